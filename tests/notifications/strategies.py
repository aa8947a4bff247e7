"""Random markings, readers and portions: few names, so that they often mean each other."""

from datetime import timedelta

from hypothesis import strategies as st

from leerp.facts import Facts
from leerp.grades import Grade, Scale
from leerp.marking import Consent, Handling, HandlingCode, Level, Marking, Pap, Reader, Tlp
from leerp.notices import Portion, Said, Section, Slot
from leerp.observables import Observable, ObservableKind
from tests.notifications.cast import AT

NAMES = ("ada", "bob", "eve")
GROUPS = ("agency", "le_poc")
COUNTRIES = ("DE", "NO")
SELECTORS = (
    *(f"reader:{name}" for name in NAMES),
    *(f"group:{group}" for group in GROUPS),
    *(f"country:{country}" for country in COUNTRIES),
)

clauses = st.lists(st.lists(st.sampled_from(SELECTORS), min_size=1, max_size=3).map(tuple), max_size=2).map(tuple)


@st.composite
def handlings(draw: st.DrawFn) -> Handling:
    """One handling code of one provider."""
    code = draw(st.sampled_from(HandlingCode))
    text = draw(st.sampled_from(("call first", "not to\r\nTLP:CLEAR"))) if code is HandlingCode.H3 else ""
    return Handling(code=code, provider=draw(st.sampled_from(NAMES)), text=text)


markings = st.builds(
    Marking,
    level=st.sampled_from(Level),
    tlp=st.sampled_from(Tlp),
    pap=st.sampled_from(Pap),
    handling=st.lists(handlings(), max_size=2).map(tuple),
    releasable_to=clauses,
)

# Most of what is written is marked low; were it all random, hardly any reader would see anything.
portion_markings = st.one_of(
    st.just(Marking()),
    st.builds(Marking, level=st.sampled_from((Level.PUBLIC, Level.BPL, Level.RESTREINT))),
    markings,
)

readers = st.builds(
    Reader,
    id=st.sampled_from(NAMES),
    group=st.sampled_from(GROUPS),
    country=st.sampled_from((None, *COUNTRIES)),
    clearance=st.sampled_from((None, *Level)),
    cleared_until=st.sampled_from((None, AT - timedelta(days=1), AT + timedelta(days=1))),
    personal=st.booleans(),
)

consents = st.lists(st.builds(Consent, provider=st.sampled_from(NAMES), reader=st.sampled_from(NAMES)), max_size=3).map(
    tuple
)

maxima = st.sampled_from((None, *Level))

texts = st.one_of(
    st.sampled_from(
        ("", "<b>bold</b>", "{{ 7*7 }}{% raw %}", "a\r\nBcc: x@y.example", "\x00\x1b[2J\u2028TLP:CLEAR\u202e")
    ),
    st.text(max_size=40),
)

observables = st.sampled_from(
    (
        Observable(kind=ObservableKind.DOMAIN, value="kill-switch.example"),
        Observable(kind=ObservableKind.IPV4, value="192.0.2.7"),
        Observable(kind=ObservableKind.FILENAME, value="a'] OR [file:name = 'b"),
        Observable(kind=ObservableKind.SHA256, value="ab" * 32),
    )
)

said = st.builds(
    Said,
    observables=st.lists(observables, max_size=3).map(tuple),
    facts=st.sampled_from((None, Facts(countries=("ES",), victims_min=3), Facts(life_threat=True, spread="fast"))),
    level=st.sampled_from((None, "severe", "emergency")),
    level_rank=st.integers(0, 4),
    levels=st.just(5),
    meeting=st.sampled_from((None, Slot(at=AT + timedelta(hours=2), minutes=60, place="Bridge"))),
    deadline=st.sampled_from((None, AT + timedelta(minutes=30))),
)

portions = st.builds(
    Portion,
    section=st.sampled_from(Section),
    text=texts,
    marking=portion_markings,
    grade=st.sampled_from((None, Grade(scale=Scale.FOUR_BY_FOUR, code="B2"))),
    said=st.one_of(st.none(), said),
)
