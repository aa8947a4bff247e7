"""The after-action report: what it finds in a run of two incidents, and how it shows it as a page and a document."""

import asyncio
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pypdf import PdfReader

from desk.worker import build_worker
from exercises import improvement
from exercises.after_action import AfterAction, after_action
from exercises.improvement import Finding, Rating
from exercises.played import CAST, Played
from exercises.player import Outcome, play
from exercises.recommendations import Recommendation
from exercises.report_document import set_document
from exercises.report_page import drawings, render
from exercises.setting import setting
from exercises.timeline import MOST_TARGETS, Target, chart, charts, moment
from leerp.errors import BadInputError
from leerp.stakeholders import Group
from notifications.forms import pdf
from tests.exercises.report_scenario import HOSTILE, TITLE, rich
from tests.exercises.scenarios import SHORT, scenario
from tests.exercises.test_response_times import kept, line

MARK = "EXERCISE EXERCISE EXERCISE"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Run(NamedTuple):
    """A run and the folder it has left."""

    outcome: Outcome
    folder: Path

    @property
    def report(self) -> AfterAction:
        """What it reports."""
        return self.outcome.report

    @property
    def page(self) -> str:
        """The report as a page."""
        return (self.folder / "after-action.html").read_text(encoding="utf-8")

    @property
    def document(self) -> PdfReader:
        """The report as a document, as another library reads it."""
        return PdfReader(io.BytesIO((self.folder / "after-action.pdf").read_bytes()), strict=True)

    def entry(self, seq: int) -> dict[str, Any]:
        """An entry of the journal of the run's own incident."""
        lines = (self.folder / "journal.jsonl").read_text(encoding="utf-8").split("\n")
        found: dict[str, Any] = json.loads(lines[seq - 1])
        return found

    def recommended(self, finding: Finding) -> list[Recommendation]:
        """What follows from findings of a kind."""
        return [one for one in self.report.recommendations if one.finding is finding]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run for all."""
    out = tmp_path_factory.mktemp("rich") / "out"
    return Run(asyncio.run(play(scenario(rich()), out=out, build_worker=build_worker)), out)


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.ids: list[str] = []
        self.parts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.parts.append(data)


def squeezed(text: str) -> str:
    """Text without white space, to compare what is broken into lines."""
    return "".join(text.split())


# What it finds.


def test_an_objective_is_met_missed_or_left_to_the_evaluators(run: Run) -> None:
    """Met with its entries, missed, and unmeasured; the rating follows the table, and is nobody's where none speaks."""
    found = {one.id: (one.met, one.rating) for one in run.report.objectives}
    assert found == {"O1": (True, Rating.S), "O2": (False, Rating.U), "O3": (None, None), "O4": (True, Rating.P)}
    (launched,) = run.report.objectives[0].expectations
    (proof,) = launched.proofs
    assert run.entry(proof.seq)["kind"] == "triage.decision.made"


@pytest.mark.parametrize(
    ("met", "of", "in_order", "expected"),
    [
        (4, 4, True, "P"),
        (4, 4, False, "S"),
        (2, 4, True, "M"),
        (1, 4, True, "U"),
        (0, 1, False, "U"),
        (0, 0, True, None),
    ],
)
def test_ratings_follow_the_table(met: int, of: int, in_order: bool, expected: str | None) -> None:
    """P only when everything is met and in order, U when less than half is met, none where nothing is measured."""
    assert expected == improvement.table().rate(met=met, of=of, in_order=in_order)


def test_a_deadline_knows_when_it_happened_in_time_late_or_never(run: Run) -> None:
    """The launch came after 11 minutes of 30; the confirmation after 51 of 30; the warning never."""
    found = {one.expectation: one for one in run.report.deadlines}
    took = {
        name: (one.happened_at - one.begins_at) / timedelta(minutes=1) for name, one in found.items() if one.happened_at
    }
    assert took["launched"] == pytest.approx(11)
    assert took["confirmed"] == pytest.approx(51, abs=1.1)
    assert "warned" not in took
    assert {k: v.met for k, v in found.items()} == {
        "launched": True,
        "confirmed": False,
        "warned": False,
        "alerted": True,
    }


def test_response_times_of_each_stakeholder(run: Run) -> None:
    """Median and worst of what was confirmed; how often late and how often never."""
    found = {one.reader: one for one in run.report.response_times}
    enisa, silent, prompt = found["enisa"], found["poc-fr"], found["csirt-lu"]
    assert (enisa.asked, enisa.confirmed, enisa.late, enisa.never) == (1, 1, 1, 0)
    assert enisa.median_minutes == enisa.worst_minutes == pytest.approx(50, abs=1.1)
    assert (silent.confirmed, silent.median_minutes, silent.never) == (0, None, silent.asked)
    assert (prompt.late, prompt.never, prompt.worst_kind) == (0, 0, "launch_external")


def test_who_was_told_late_is_proved_by_an_entry(run: Run) -> None:
    """ENISA confirmed only after its alternate was asked; an entry of the escalation says so."""
    (late,) = [one for one in run.report.told_late if one.reader == "enisa"]
    assert late.because == "asked again over another contact point"
    assert late.minutes_later == pytest.approx(30, abs=0.1)
    assert {"delivery.reader.escalated"} == {run.entry(proof.seq)["kind"] for proof in late.proofs}
    assert not [one for one in run.report.told_late if one.reader == "csirt-lu"]


def test_what_was_withheld_names_the_entry(run: Run) -> None:
    """A contact point whose clearance nobody knows, with the reason and the entry."""
    (one,) = [one for one in run.report.withheld if one.reader == "poc-us"]
    assert (one.reason, one.state) == ("clearance_unknown", "withheld")
    assert [run.entry(proof.seq)["kind"] for proof in one.proofs] == ["delivery.reader.withheld"]


def test_an_alert_has_its_answers_and_its_outcome(run: Run) -> None:
    """Both owners were called, none answered, nobody decided: that is not good, and every entry of it is named."""
    (alert,) = run.report.alerts
    assert {("poc-de", None), ("poc-fr", None)} == {(one.owner, one.confirmed_at) for one in alert.answers}
    assert not alert.good
    assert alert.ended == "still open at the end"
    kinds = [run.entry(proof.seq)["kind"] for proof in alert.proofs]
    assert kinds[0] == "plan.alert.raised"
    assert set(kinds[1:]) == {"plan.alert.unanswered"}


def test_conditions_branches_and_contingencies_say_whether_they_fired(run: Run) -> None:
    """The contingency and the branch fired because nobody warned; the praise did not."""
    fired = {one.number: one.fired for one in run.report.conditional}
    assert fired == {8: True, 10: False, 11: True}
    (branch,) = run.report.branches
    assert (branch.id, branch.taken, branch.injects) == ("quiet", True, (11,))
    assert run.report.conditional[0].condition == "unless there is warning.notice.sent"
    assert [one.inject for one in run.report.messages] == [3, 8, 11]


def test_a_fact_is_told_known_and_settled(run: Run) -> None:
    """Three victims told, five known and settled at once; what only the second incident has belongs to it."""
    facts = {(one.incident[-1], one.fact): one for one in run.report.facts}
    victims = facts["1", "victims_min"]
    assert [(one.value, one.certain) for one in victims.told] == [("3", False), ("5", True)]
    assert (victims.minutes, victims.right) == (0.0, True)
    assert "RESTREINT" in (victims.told[0].marking or "")
    assert run.entry(victims.settled[0].proof.seq)["kind"] == "triage.facts.assessed"
    impact = facts["2", "service_impact"]
    assert (impact.minutes, impact.settled) == (None, ())


def test_recommendations_come_from_what_was_found(run: Run) -> None:
    """One for each kind of finding in this run; the objective's own comes first, with its owner."""
    first = run.report.recommendations[0]
    assert (first.objective, first.text, first.owner) == ("O2", "Warn before noon.", "head of the early warning desk")
    found = {one.finding for one in run.report.recommendations}
    expected = {"objective_missed", "expectation_missed", "inject_otherwise", "alert_unanswered", "reader_silent"}
    expected |= {"reader_late", "reader_told_late", "team_shortfall", "against_recommendation", "alarm"}
    assert expected == found
    assert list(range(1, len(run.report.recommendations) + 1)) == [one.number for one in run.report.recommendations]


def test_a_recommendation_is_due_by_the_table(run: Run) -> None:
    """So many days after the end of the exercise as the table says, never by the day on which it is read."""
    table = improvement.table()
    assert table.status == "project assumption"
    for one in run.report.recommendations:
        assert one.starts_on == run.report.ends_at.date()
        assert timedelta(days=table.kinds[one.finding].days) == one.due_on - one.starts_on


def test_a_recommendation_names_the_entries_behind_it(run: Run) -> None:
    """Each kind of finding is proved by entries of the kinds that tell of it; only what never came may have none."""
    kinds = {
        one.finding.value: {run.entry(proof.seq)["kind"] for proof in one.proofs} for one in run.report.recommendations
    }
    assert kinds["objective_missed"] == {"triage.decision.made"}
    assert kinds["expectation_missed"] == {"delivery.acknowledgement.received", "delivery.reader.escalated"}
    assert kinds["inject_otherwise"] == {"desk.act.refused"}
    assert kinds["against_recommendation"] == {"triage.decision.made"}
    assert kinds["team_shortfall"] == {"coordination.team.formed"}
    assert "delivery.acknowledgement.overdue" in kinds["reader_silent"]
    assert all(kinds.values())
    (silent,) = run.recommended(Finding.READER_SILENT)
    assert "poc-fr" in silent.readers
    assert "csirt-lu" not in silent.readers


def test_the_marking_is_the_join_of_what_is_quoted(run: Run) -> None:
    """One report marked RESTREINT and AMBER raises the whole report; each part shows its own."""
    assert run.report.marking.startswith("RESTREINT UE/EU RESTRICTED | TLP:AMBER")
    assert [one.marking is not None for one in run.report.injects[:2]] == [True, False]


def test_two_incidents_are_told_apart(run: Run) -> None:
    """Both stand in the overview; every entry is named with its incident."""
    assert [one.reference for one in run.report.incidents] == ["EXERCISE-2026-0001", "EXERCISE-2026-0002"]
    assert {"EXERCISE-2026-0001", "EXERCISE-2026-0002"} <= {one.proof.incident for one in run.report.remarks}
    assert re.search(r"\d+ of EXERCISE-2026-0001", run.page)


def test_what_the_cast_did_otherwise_is_a_failure() -> None:
    """It has no inject of its own, and is told all the same."""
    note = Played(number=CAST, sender="enisa", at=START, became="It was not refused.", as_expected=False)
    report = after_action(scenario(), [note], [kept(line("csirt-lu", 0, 5))], (), seed=0)
    assert report.failures == ("enisa of the cast went otherwise: It was not refused.",)
    assert (report.met, report.cast) == (False, (note,))


async def test_readers_of_some_groups_are_measured_by_their_own_time(tmp_path: Path) -> None:
    """Where the policy gives CSIRTs one minute, the same confirmation is late for them and in time for others."""
    centre = setting(None)
    policy = centre.policy.model_copy(update={"acknowledge_within_minutes_by_group": {Group.CSIRT_NETWORK: 1}})
    out = tmp_path / "out"
    outcome = await play(scenario(SHORT), out=out, build_worker=build_worker, centre=centre.with_policy(policy))
    found = {one.reader: one for one in outcome.report.answers if one.acknowledged_at}
    assert {name: one.limit_minutes for name, one in found.items()} == {"csirt-lu": 1, "enisa": 30}
    assert {name: one.late for name, one in found.items()} == {"csirt-lu": True, "enisa": False}


# The page.


def test_the_page_shows_hostile_texts_and_runs_none(run: Run) -> None:
    """Every text stands there as it was written; there is no script, no handler, and nothing from elsewhere."""
    page = Page(run.page)
    text = "".join(page.parts)
    for one in (*HOSTILE, TITLE):
        assert " ".join(one.split()) in " ".join(text.split())
    assert not {"script", "img", "iframe", "link", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    links = [value for name, value in page.attributes if name in ("href", "src")]
    assert links
    assert all(value and value.startswith("#") and value[1:] in page.ids for value in links)


def test_the_page_can_be_read_by_everybody(run: Run) -> None:
    """Language, one main heading, headings in order, scoped headers, names for charts; wide tables can be scrolled."""
    page = Page(run.page)
    assert ("lang", "en") in page.attributes
    assert page.tags.count("h1") == page.tags.count("main") == 1
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.tags.count("th") == sum(name == "scope" for name, _ in page.attributes)
    regions = page.tags.count("table") + page.tags.count("svg")
    assert regions == sum(pair == ("role", "region") for pair in page.attributes)
    assert page.tags.count("svg") == sum(pair == ("role", "img") for pair in page.attributes) > 0
    assert "width=device-width" in run.page
    assert "@media print" in run.page


def test_the_page_is_marked_at_both_ends(run: Run) -> None:
    """The sign of the exercise and the marking stand before and after everything else."""
    for words in (MARK, run.report.marking):
        assert run.page.index(words) < run.page.index("<main>")
        assert run.page.rindex(words) > run.page.index("</main>")


def test_the_page_says_how_late_something_was(run: Run) -> None:
    """What came after its deadline has its minutes, what never came says so."""
    assert re.search(r"NOT MET</td>\s*<td>5[01](\.\d)?, late \(30\)", run.page)
    assert re.search(r"NOT MET</td>\s*<td>never \(60\)", run.page)


def test_a_marking_cannot_leave_the_style_sheet(run: Run) -> None:
    """In print it stands on every page; whatever it says, it stays inside of its quotes."""
    marking = 'X"; } </style><script>alert(1)</script> \\'
    page = render(run.report.model_copy(update={"marking": marking}))
    style = page[page.index("<style>") : page.index("</style>")]
    (content,) = re.findall(r'content: "(X[^;]*)"; font-size', style)
    numbers = re.sub(r"\\([0-9a-f]{6})", lambda found: chr(int(found[1], 16)), content)
    assert numbers == marking
    assert not set(content) & set('";<>}')
    assert "script" not in Page(page).tags


def test_the_json_reads_back(run: Run) -> None:
    """The file beside the page is the report, whole."""
    read = AfterAction.model_validate_json((run.folder / "after-action.json").read_bytes())
    assert run.report == read
    assert run.page == render(read)


# The document.


def test_every_page_of_the_document_is_marked_and_numbered(run: Run) -> None:
    """The sign of the exercise twice, the marking twice, and the number, on each page."""
    pages = [" ".join(page.extract_text().split()) for page in run.document.pages]
    assert len(pages) > 4
    for number, text in enumerate(pages, start=1):
        assert text.count(MARK) >= 2
        assert squeezed(text).count(squeezed(run.report.marking)) >= 2
        assert text.endswith(f"page {number} of {len(pages)}")


def test_the_document_is_archival_and_accessible(run: Run) -> None:
    """PDF/A-2a and PDF/UA-1 by its own word, tagged, in English, its title shown; charts have words beside them."""
    reader = run.document
    xmp = reader.xmp_metadata
    assert xmp is not None
    said = re.findall(r"<(pdf(?:a|ua)id:\w+)>(\w+)<", xmp.stream.get_data().decode())
    assert said == [("pdfaid:part", "2"), ("pdfaid:conformance", "A"), ("pdfuaid:part", "1")]
    root: Any = reader.trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == f"EXERCISE | After-action report: {TITLE}"
    found = list(_elements(root["/StructTreeRoot"].get_object()["/K"]))
    names = [name for name, _ in found]
    assert names.count("/H1") == 1
    assert {"/H2", "/H3", "/Table", "/TH", "/TD", "/L"} <= set(names)
    assert all(alt for name, alt in found if name == "/Figure")
    assert names.count("/Figure") == len(drawings(run.report))


def _elements(node: Any) -> Any:
    """Name and alternative text of every element of the structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for one in node:
            yield from _elements(one)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]), str(node.get("/Alt", ""))
        yield from _elements(node.get("/K", []))


def test_the_document_says_what_the_page_says(run: Run) -> None:
    """Every text of the page's main part stands in the document, hostile ones as they were written."""
    whole = squeezed(" ".join(page.extract_text() for page in run.document.pages))
    for one in HOSTILE:
        assert squeezed(pdf.shown(one)) in whole
    main = run.page[run.page.index("<h2") : run.page.index("</main>")]
    words = Page(re.sub(r"<svg.*?</svg>", "", main, flags=re.DOTALL)).parts
    missing = [part for part in words if squeezed(pdf.shown(part)) not in whole]
    assert missing == []


def test_the_document_is_the_same_bytes_again_and_elsewhere(run: Run, tmp_path: Path) -> None:
    """Set again, and by another process with another time zone, home and hash seed, it has the same bytes."""
    kept = (run.folder / "after-action.pdf").read_bytes()
    assert kept == set_document(run.report, run.page, drawings(run.report))
    program = (
        "import hashlib, sys; from pathlib import Path; from exercises.after_action import AfterAction\n"
        "from exercises.artefacts import write_report\n"
        "report = AfterAction.model_validate_json(Path(sys.argv[1]).read_bytes())\n"
        "write_report(report, out=Path(sys.argv[2]))"
    )
    environment = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "SOURCE_DATE_EPOCH": "1"}
    words = [sys.executable, "-c", program, str(run.folder / "after-action.json"), str(tmp_path)]
    subprocess.run(words, cwd=tmp_path, env=environment, check=True)
    for name in ("after-action.pdf", "after-action.html"):
        here, there = ((folder / name).read_bytes() for folder in (run.folder, tmp_path))
        assert hashlib.sha256(here).hexdigest() == hashlib.sha256(there).hexdigest()


def test_a_report_that_cannot_be_set_says_so_and_quotes_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetter's own sentence would repeat the text; the error does not."""
    monkeypatch.setattr("exercises.report_document.shown", str)
    with pytest.raises(BadInputError) as refused:
        set_document(run.report, run.page, drawings(run.report))
    assert refused.value.sentence == "rich: no PDF can be made of its report; read after-action.html instead"
    assert refused.value.__cause__ is None


# The timeline.


def _target(number: int, *, met: bool = True) -> Target:
    begins = START + timedelta(minutes=number)
    event = (begins + timedelta(minutes=5 if met else 90), "done")
    return Target(f"T{number}", "what", begins, begins + timedelta(minutes=30), (event,), met)


def test_a_target_is_a_bar_with_its_deadline() -> None:
    """The bar runs from its beginning to its deadline, and what came after it is late."""
    drawn = chart("x", (), (_target(0), _target(60, met=False)), begin=START, end=START + timedelta(hours=10))
    prompt, late = drawn.bars
    assert prompt.width == pytest.approx((drawn.width - drawn.left - 18) / 20, abs=0.1)
    assert [tuple(mark.late for mark in bar.marks) for bar in drawn.bars] == [(False,), (True,)]
    assert late.marks[0].x > late.x + late.width


def test_many_targets_make_more_drawings_and_none_is_lost() -> None:
    """A drawing stays short enough for a page; the targets that do not fit stand in the next one."""
    several = [_target(number) for number in range(2 * MOST_TARGETS + 3)]
    drawn = charts([("lane", [(START, "x")])], several, begin=START, end=START + timedelta(hours=20))
    assert [len(one.bars) for one in drawn] == [MOST_TARGETS, MOST_TARGETS, 3]
    assert [len(one.lanes) for one in drawn] == [1, 0, 0]
    assert all(one.height <= 0.86 * one.width for one in drawn)


def test_a_bar_is_cut_where_the_drawing_ends() -> None:
    """Of a target that outlasts the drawing only the part inside is drawn, and its deadline is not."""
    long = Target("T", "what", START, START + timedelta(hours=5), (), met=False)
    (bar,) = chart("x", (), (long,), begin=START, end=START + timedelta(hours=1)).bars
    assert not bar.ends_inside
    assert bar.x + bar.width <= 820


def test_a_notice_on_the_timeline_says_how_many_have_confirmed(run: Run) -> None:
    """The count stands at the end of the name and is not cut off with it, however long the kind of the notice is."""
    drawn = "".join(one.svg for one in drawings(run.report))
    asked = [one for one in run.report.answers if one.deadline]
    for kind in {one.kind for one in asked}:
        assert re.search(rf"<text [^>]*>{kind.replace('_', ' ')}: [0-9]+/[0-9]+</text>", drawn)
    assert "launch_external" in {one.kind for one in asked}


def test_parts_of_a_second_do_not_show() -> None:
    """An entry a moment before the full minute is shown at that minute, in every run."""
    assert moment(START - timedelta(milliseconds=2)) == moment(START) == "01 Mar 08:00 UTC"
