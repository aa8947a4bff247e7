"""Composing: each statement is a portion, marked at least as tightly as what it came from."""

from datetime import timedelta

import pytest

from leerp.errors import BadInputError
from leerp.incidents import Presumption
from leerp.marking import Marking
from leerp.notices import NoticeKind, PersonalData, Portion, Section
from leerp.observables import Observable, ObservableKind
from leerp.plans import AlertLevel, Conflict, Plan
from notifications.composing import MAX_PORTIONS, compose
from notifications.context import PackageWord, ProductWord
from tests.notifications import cast

BPL = Marking()
LAUNCHES = (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
WARNINGS = (NoticeKind.EARLY_WARNING, NoticeKind.UPDATE)


def of_section(portions: tuple[Portion, ...], section: Section) -> list[Portion]:
    """The portions of one section."""
    return [portion for portion in portions if portion.section is section]


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_says_what_it_is_and_whom_to_call(kind: NoticeKind) -> None:
    """Title and points of contact stand in every notice, at BPL."""
    portions = compose(kind, cast.context())
    title, contacts = of_section(portions, Section.TITLE), of_section(portions, Section.CONTACT)
    assert [portion.marking for portion in (*title, *contacts)] == [BPL] * 4
    assert "LEERP-2017-0001" in title[0].text
    assert "24/7 desk: ecc@ec3.example" in contacts[0].text


@pytest.mark.parametrize("kind", LAUNCHES)
def test_a_launch_says_so(kind: NoticeKind) -> None:
    """The title of both launch notices."""
    assert compose(kind, cast.context())[0].text == "Emergency Response Protocol launched: LEERP-2017-0001"


def test_a_notice_without_a_point_of_contact_cannot_be_made() -> None:
    """The points of contact of the coordination centre are mandatory (seed, III.2 and III.3)."""
    with pytest.raises(ValueError, match="centre_contacts"):
        cast.context(centre_contacts=())


@pytest.mark.parametrize("kind", [*LAUNCHES, *WARNINGS])
def test_each_report_is_a_fact_under_its_own_marking_and_grade(kind: NoticeKind) -> None:
    """Title and narrative stand together, graded as the provider graded them."""
    restricted, hospital = of_section(compose(kind, cast.context()), Section.FACT)
    assert restricted.text.startswith("Worm encrypts disks\nIt spreads by itself")
    assert (restricted.marking, restricted.grade) == (cast.RESTRICTED, cast.B2)
    assert hospital.text.startswith("Hospitals turn patients away\nReported by poc-no")
    assert hospital.marking == BPL


@pytest.mark.parametrize("kind", NoticeKind)
def test_what_is_derived_is_marked_as_all_it_came_from(kind: NoticeKind) -> None:
    """Level, merged facts, presumption and unknowns carry the join of all reports and assessments."""
    derived = of_section(compose(kind, cast.context()), Section.UNKNOWN)
    derived += of_section(compose(kind, cast.context()), Section.ASSUMPTION)
    derived += [portion for portion in compose(kind, cast.context()) if "Level: emergency" in portion.text]
    derived += [portion for portion in compose(kind, cast.context()) if "Countries affected" in portion.text]
    assert {portion.marking for portion in derived} <= {BPL.join(cast.RESTRICTED)}


def test_facts_assumptions_and_unknowns_are_kept_apart() -> None:
    """An early warning has each in a section of its own (field reference §6.3)."""
    portions = compose(NoticeKind.EARLY_WARNING, cast.context())
    assert [portion.text for portion in of_section(portions, Section.ASSUMPTION)] == [
        "The incident is treated as a criminal attack until it is shown to be something else."
    ]
    assert [portion.text for portion in of_section(portions, Section.UNKNOWN)] == [
        "Not known: what happened to the services of the victims.",
        "Not known: how many organisations are affected.",
    ]
    assert [portion.marking for portion in of_section(portions, Section.ASSESSMENT)] == [cast.RESTRICTED, BPL]


def test_merged_facts_are_told_in_words() -> None:
    """What the reports come to together, one line each; what nobody knows is not among them."""
    portions = compose(NoticeKind.EARLY_WARNING, cast.context())
    assert of_section(portions, Section.SUMMARY)[1].text.splitlines() == [
        "Activity: effect",
        "Countries affected: ES, GB",
        "Sectors affected: health",
        "Victim organisations: at least 16",
        "Spread: fast",
        "Outlook for the next 6 hours: worsening",
    ]


@pytest.mark.parametrize(
    ("lowest", "highest", "words"),
    [(None, 9, "at most 9"), (3, 3, "3"), (0, 5, "0 to 5"), (0, None, "at least 0")],
)
def test_the_number_of_victims_is_told_as_it_is_known(lowest: int | None, highest: int | None, words: str) -> None:
    """Bounds are told as bounds."""
    context = cast.context(facts={"victims_min": lowest, "victims_max": highest})
    texts = [portion.text for portion in compose(NoticeKind.UPDATE, context)]
    assert f"Victim organisations: {words}" in texts


def test_a_rebutted_presumption_says_why() -> None:
    """The evidence stands with the assumption."""
    usual = cast.context()
    assert usual.classification is not None
    context = cast.context(
        classification=usual.classification.model_copy(update={"presumption": Presumption.REBUTTED}),
        facts={"root_cause": "human-errors", "rebuttal": "a technician said so"},
    )
    (assumption,) = of_section(compose(NoticeKind.EARLY_WARNING, context), Section.ASSUMPTION)
    assert "human-errors" in assumption.text
    assert assumption.text.endswith("because: a technician said so")


def test_indicators_cannot_be_clicked() -> None:
    """Addresses are written defanged, under the marking of their report."""
    (indicators,) = of_section(compose(NoticeKind.EARLY_WARNING, cast.context()), Section.INDICATOR)
    assert "url hxxp://kill[.]switch[.]example/x" in indicators.text
    assert f"sha256 {'ab' * 32}" in indicators.text
    assert indicators.marking == cast.RESTRICTED


def test_only_the_inside_is_told_of_the_team() -> None:
    """The internal notice names the functions and says which is not filled."""
    inside = [portion.text for portion in compose(NoticeKind.LAUNCH_INTERNAL, cast.context())]
    outside = [portion.text for portion in compose(NoticeKind.LAUNCH_EXTERNAL, cast.context())]
    assert "Emergency Response Team:\n- malware analyst: malware-analyst-1\n- x: NOT FILLED" in inside
    assert not any("Emergency Response Team" in text for text in outside)


def test_each_action_is_marked_by_itself_and_the_plan_as_all_of_them() -> None:
    """A version number counts hidden actions too, and so does a conflict with one."""
    portions = compose(NoticeKind.ACTION_PLAN, cast.context())
    actions = of_section(portions, Section.ACTION)
    first, second, conflict = (one for one in actions if one.personal_data is not PersonalData.LEFT_OUT)
    assert first.marking == BPL
    assert "Target: ipv4 192[.]0[.]2[.]1" in first.text
    assert second.marking == cast.RESTRICTED
    assert conflict.marking == BPL.join(cast.RESTRICTED)
    (version,) = of_section(portions, Section.SUMMARY)
    assert version.text == "Version 2 of the plan, with 2 actions.\nAgreed by DE, FR."
    assert version.marking == BPL.join(cast.RESTRICTED)


def test_a_conflict_with_an_unknown_action_is_marked_as_the_whole_plan() -> None:
    """Where an action is not in the plan any more, nothing is assumed of its marking."""
    conflict = Conflict(first="A1", second="A9", alert=AlertLevel.COORDINATE, because="same server")
    plan = Plan(version=1, actions=cast.plan().actions, conflicts=(conflict,))
    portions = compose(NoticeKind.ACTION_PLAN, cast.context(plan=plan))
    assert of_section(portions, Section.ACTION)[-1].marking == BPL.join(cast.RESTRICTED)


def test_asks_carry_their_deadline() -> None:
    """What is asked, and by when; an early warning also asks to preserve evidence."""
    sent, preserve = of_section(compose(NoticeKind.EARLY_WARNING, cast.context()), Section.ASK)
    assert sent.text == "Send samples.\nBy 2017-05-12T15:14:00+00:00."
    assert preserve.text.startswith("Preserve evidence")


def test_closure_tells_the_outcome_to_all_and_the_reason_as_marked() -> None:
    """The outcome is structure; the reason carries its own marking."""
    outcome, reason = of_section(compose(NoticeKind.CLOSURE, cast.context()), Section.SUMMARY)
    assert outcome.marking == BPL
    assert "mitigated" in outcome.text
    assert (reason.text, reason.marking) == ("Reason: Contained everywhere.", cast.RESTRICTED)


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [
        (NoticeKind.MEETING, "meeting"),
        (NoticeKind.CLOSURE, "closing"),
        (NoticeKind.PROVIDER, "provider_word"),
        (NoticeKind.PRODUCT, "product"),
        (NoticeKind.PACKAGE, "package"),
    ],
)
def test_what_a_notice_is_about_must_be_there(kind: NoticeKind, lacking: str) -> None:
    """No meeting without time and place, no closure without an outcome."""
    with pytest.raises(BadInputError, match="LEERP-2017-0001 needs"):
        compose(kind, cast.context(**{lacking: None}))


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_bare_context_makes_a_notice(kind: NoticeKind) -> None:
    """With nothing known yet a notice still says what it is and whom to call."""
    usual = cast.context()
    bare = type(usual)(
        reference=usual.reference,
        mode=usual.mode,
        issued_at=usual.issued_at,
        issuer=usual.issuer,
        centre_contacts=usual.centre_contacts,
        meeting=usual.meeting,
        closing=usual.closing,
        provider_word=usual.provider_word,
        product=ProductWord(title="Situation report"),
        package=PackageWord(country="DE"),
    )
    portions = compose(kind, bare)
    assert all(portion.text.strip() for portion in portions)
    assert {portion.section for portion in portions} >= {Section.TITLE, Section.CONTACT}


def test_a_long_statement_becomes_several_portions() -> None:
    """20,000 observables and the longest narrative lose nothing and keep their marking."""
    many = tuple(Observable(kind=ObservableKind.SHA256, value=f"{number:064x}") for number in range(3_000))
    long = cast.report(narrative="word " * 20_000, observables=many)
    portions = compose(NoticeKind.EARLY_WARNING, cast.context(reports=((long, cast.B2),)))
    facts, indicators = of_section(portions, Section.FACT), of_section(portions, Section.INDICATOR)
    assert len(facts) > 1
    assert "".join(portion.text for portion in facts).count("word ") == 20_000
    assert {portion.marking for portion in (*facts, *indicators)} == {cast.RESTRICTED}
    assert sum(portion.text.count("sha256 ") for portion in indicators) == 3_000
    assert all(portion.text.startswith(("sha256 ", "Indicators")) for portion in indicators)


def test_more_than_a_notice_can_carry_is_refused() -> None:
    """Nothing is left out in silence: too much is an error that says so."""
    asks = tuple({"text": f"Ask {number}."} for number in range(MAX_PORTIONS))
    with pytest.raises(BadInputError, match="at most 5000"):
        compose(NoticeKind.MEETING, cast.context(asks=asks))


def test_wording_stays_out_of_values() -> None:
    """A template expression in a report is text, wherever it goes."""
    context = cast.context(
        reports=((cast.report(title="{{ 7 * 7 }}", narrative="{% for x in y %}{{ self }}"), cast.B2),),
        assessments=(("{{ cycler.__init__ }}", BPL),),
        asks=({"text": "{{ config }}", "by": cast.AT + timedelta(hours=1)},),
        command_post="{{ 1 }}",
    )
    texts = "\n".join(portion.text for portion in compose(NoticeKind.EARLY_WARNING, context))
    for word in ("{{ 7 * 7 }}", "{% for x in y %}{{ self }}", "{{ cycler.__init__ }}", "{{ config }}", "{{ 1 }}"):
        assert word in texts
