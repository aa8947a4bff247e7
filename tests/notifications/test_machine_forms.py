"""What holds for every machine form: when there is one, the same bytes every time, and nothing hidden in them."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from leerp.facts import Facts
from leerp.marking import Level, Marking, Reader, refusal
from leerp.notices import Form, Mode, NoticeKind, Portion, Said, Section, Slot, Variant
from leerp.observables import Observable, ObservableKind
from notifications.forms.mappings import Mapping, mappings
from notifications.rendering import Renderer, render
from tests.notifications import cast, machine_forms, strategies
from tests.notifications.machine_forms import FORMS, TIGHT, notice, observed, portion, read_back, telling

WITH_OBSERVABLES = "notice.stix.json notice.misp.json"
EXPECTED = {
    NoticeKind.LAUNCH_INTERNAL: "notice.cap.xml",
    NoticeKind.LAUNCH_EXTERNAL: "notice.cap.xml",
    NoticeKind.MEETING: "",
    NoticeKind.EARLY_WARNING: f"{WITH_OBSERVABLES} notice.cap.xml",
    NoticeKind.ACTION_PLAN: "",
    NoticeKind.UPDATE: f"{WITH_OBSERVABLES} notice.cap.xml",
    NoticeKind.CLOSURE: "notice.cap.xml",
    NoticeKind.PROVIDER: "",
    NoticeKind.DECONFLICTION: "",
    NoticeKind.PRODUCT: "",
    NoticeKind.PACKAGE: "",
}
"""What each kind has of a notice that says nothing for machines."""


@pytest.mark.parametrize("kind", NoticeKind)
def test_which_form_has_something_to_say(kind: NoticeKind) -> None:
    """Each kind has its forms; visible observables add STIX and MISP, a visible meeting adds the calendar."""
    plain = machine_forms.variant(notice(kind=kind), *FORMS)
    assert EXPECTED[kind].split() == [file.name for file in plain.files]
    slot = Slot(at=cast.AT, minutes=30, place="room 1")
    whole = notice(telling(observed(ObservableKind.IPV4)), portion(Said(meeting=slot)), kind=kind)
    alert = ["notice.cap.xml"] if "cap" in EXPECTED[kind] else []
    expected = [*WITH_OBSERVABLES.split(), *alert, "meeting.ics"]
    assert expected == [file.name for file in machine_forms.variant(whole, *FORMS).files]


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("reader", cast.READERS, ids=lambda reader: reader.id)
def test_composed_notices_have_their_forms(kind: NoticeKind, reader: Reader) -> None:
    """What the protocol composes is rendered in every form for every reader who gets anything of it."""
    made = render(cast.notice(kind), reader, channel="email", maximum=Level.SECRET, at=cast.AT, forms=FORMS)
    if isinstance(made, Variant):
        names = {file.name for file in made.files}
        assert set(EXPECTED[kind].split()) <= names
        assert ("meeting.ics" in names) is (kind is NoticeKind.MEETING)


@pytest.mark.parametrize("form", [Form.STIX, Form.MISP])
def test_an_exercise_is_one_for_machines(form: Form) -> None:
    """Every name carries the mark, every object and attribute the label; a real notice has neither."""
    exercise = notice(telling(*machine_forms.ALL_KINDS), mode=Mode.EXERCISE)
    mark = "EXERCISE EXERCISE EXERCISE"
    if form is Form.STIX:
        found = machine_forms.of_type(machine_forms.bundle(exercise), "report", "indicator", "vulnerability")
        assert len(found) == 1 + len(machine_forms.ALL_KINDS)
        assert all(one["name"].startswith(mark) and "exercise" in one["labels"] for one in found)
    else:
        made = machine_forms.event(exercise)
        assert made["info"].startswith(mark)
        assert made["EventReport"][0]["name"].startswith(mark)
        assert all({"name": "exercise"} in one["Tag"] for one in (made, *made["Attribute"]))
        assert "tag exercise: this belongs to an exercise; make sure it is taken in as one" in (
            read_back(machine_forms.content(exercise, form)).notes
        )
    actual = machine_forms.content(notice(telling(*machine_forms.ALL_KINDS)), form)
    assert b"exercise" not in actual.lower()


@given(st.permutations(machine_forms.ALL_KINDS))
def test_the_order_of_observables_leaves_no_trace(observables: list[Observable]) -> None:
    """The same observables in another order give the same bytes."""
    one, other = (
        machine_forms.variant(notice(telling(*listed)), *FORMS) for listed in (observables, machine_forms.ALL_KINDS)
    )
    assert one == other


PROGRAM = """
import hashlib
from leerp.facts import Facts
from leerp.notices import Said, Slot
from tests.notifications import cast, machine_forms as m

facts = Facts(types=("fraud", "fraud:phishing"), countries=("ES", "GB"))
said = Said(facts=facts, meeting=Slot(at=cast.AT, minutes=5, place="x"))
made = m.notice(m.telling(*m.ALL_KINDS, marking=m.TIGHT), m.portion(said))
for file in m.variant(made, *m.FORMS).files:
    print(file.name, hashlib.sha256(file.content).hexdigest())
"""


def test_every_process_makes_the_same_bytes() -> None:
    """Neither the process, nor its hash seed, nor its time zone changes a byte."""
    root = Path(__file__).parents[2]
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=root,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Pacific/Kiritimati"))
    ]
    said = Said(
        facts=Facts(types=("fraud:phishing", "fraud"), countries=("GB", "ES")),
        meeting=Slot(at=cast.AT, minutes=5, place="x"),
    )
    here = machine_forms.variant(notice(telling(*machine_forms.ALL_KINDS, marking=TIGHT), portion(said)), *FORMS)
    lines = [f"{file.name} {hashlib.sha256(file.content).hexdigest()}\n" for file in here.files]
    assert len(lines) == 4
    assert ["".join(lines)] * 2 == outputs


def test_two_thousand_observables() -> None:
    """Every one of them is made and read back; twenty thousand: `tests/long`."""
    come_back(2_000)


def come_back(count: int) -> None:
    """Have so many observables in one portion made, and read back, in both forms that carry them."""
    many = tuple(observed(ObservableKind.SHA256, f"{number:064x}") for number in range(count))
    made = notice(telling(*many, marking=TIGHT, grade=cast.B2))
    for form in (Form.STIX, Form.MISP):
        content = machine_forms.content(made, form)
        assert set(many) == set(read_back(content).observables)


@st.composite
def mixed(draw: st.DrawFn) -> tuple[Reader, NoticeKind, Mode, tuple[Portion, ...], tuple[Portion, ...]]:
    """A reader, and the same visible portions twice with other hidden ones between them; all say much for machines."""
    cleared = draw(st.sampled_from((Level.BPL, Level.RESTREINT)))
    reader = draw(strategies.readers).model_copy(update={"clearance": cleared, "cleared_until": None})
    spoken = st.tuples(strategies.portions, machine_forms.said).map(
        lambda drawn: drawn[0].model_copy(update={"said": drawn[1]})
    )

    def visible(one: Portion) -> bool:
        reason = refusal(one.marking, reader, channel_maximum=Level.TRES_SECRET, restrictions_read=True, at=cast.AT)
        return reason is None

    pools = [draw(st.lists(spoken, min_size=1, max_size=6)) for _ in range(2)]
    shown = [*(one for one in pools[0] if visible(one)), machine_forms.FACT, cast.FRAME]
    wholes = []
    for pool in pools:
        whole = list(shown)
        for hidden in (one for one in pool if not visible(one)):
            whole.insert(draw(st.integers(0, len(whole))), hidden)
        wholes.append(tuple(whole))
    return reader, draw(st.sampled_from(NoticeKind)), draw(st.sampled_from(Mode)), wholes[0], wholes[1]


@settings(max_examples=300)
@given(mixed(), st.booleans())
def test_hidden_portions_change_no_byte(
    drawn: tuple[Reader, NoticeKind, Mode, tuple[Portion, ...], tuple[Portion, ...]], told: bool
) -> None:
    """What hidden portions say for machines, their number and their place change no byte of any machine form."""
    reader, kind, mode, one, other = drawn
    made, again = (
        Renderer(cast.notice(kind, portions, mode=mode)).variant(
            reader, channel="secure", maximum=Level.TRES_SECRET, at=cast.AT, forms=FORMS, told_earlier=told
        )
        for portions in (one, other)
    )
    assert isinstance(made, Variant)
    event(f"hidden differ: {one != other}, files: {len(made.files)}")
    assert made == again


def test_a_word_of_a_hidden_portion_is_in_no_form() -> None:
    """Observables, types, countries, level and meeting of a portion that is not visible stand in nothing."""
    slot = Slot(at=cast.AT, minutes=30, place="xyzzy-room")
    facts = Facts(types=("fraud:phishing",), countries=("PL",), life_threat=True)
    hidden = portion(
        Said(
            observables=(observed(ObservableKind.DOMAIN, "xyzzy.example"),),
            facts=facts,
            level="xyzzy",
            level_rank=4,
            levels=5,
            meeting=slot,
        ),
        marking=Marking(level=Level.TRES_SECRET),
    )
    made = machine_forms.variant(notice(hidden), *FORMS, reader=cast.LIAISON)
    whole = b"".join(file.content for file in made.files)
    assert [name for name in (b"xyzzy", b"phishing", b">PL<", b"Extreme") if name in whole] == []
    assert "meeting.ics" not in [file.name for file in made.files]


@pytest.mark.parametrize("form", FORMS)
def test_hostile_words_stay_inside(form: Form) -> None:
    """No control character that a terminal or a parser obeys comes out of any form, whatever the portions say."""
    slot = Slot(at=cast.AT, minutes=30, place="x\u202e")
    portions = [Portion(section=section, text=machine_forms.HOSTILE, marking=TIGHT) for section in Section]
    made = notice(*portions, portion(Said(meeting=slot)), issuer="C\u202e\u2028")
    content = machine_forms.content(made, form).decode()
    assert [sign for sign in "\x00\x1b\x0b\x85\u2028\u202e" if sign in content] == []
    assert "{{ 7*7 }}" in content
    if form in (Form.STIX, Form.MISP):
        texts = json.dumps(json.loads(content), ensure_ascii=False)
        assert [sign for sign in "\x00\x1b\x0b\x85\u2028\u202e" if sign in texts] == []


def test_a_mapping_names_only_facts() -> None:
    """A line on a fact that there is not is refused, and the table says that it is an assumption."""
    with pytest.raises(ValueError, match="no such fact: weather"):
        Mapping(value="x", facts={"weather": ("bad",)})
    assert mappings().status.startswith("project assumption")


def test_every_value_of_a_mapping_is_a_value_of_its_fact() -> None:
    """No line of the table waits for a value that the fact cannot have."""
    table = mappings()
    lines = (*table.cap.urgency, *table.cap.severity, *table.cap.certainty, *table.misp.threat_level_id)
    for line in lines:
        for key, values in line.facts.items():
            for value in values:
                assert getattr(Facts.model_validate({key: value}), key) == value
