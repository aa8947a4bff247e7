"""Bursts: what is alike, what never is, and from when on alike reports are only counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.grades import Grade, Scale
from leerp.marking import Level, Marking, Tlp
from leerp.observables import Observable, ObservableKind
from leerp.reports import Report
from matrices import bursts
from matrices.bursts import Run, Told, bare, goes_on, is_counted, is_to_tell, likeness, load_rules, shipped_rules
from matrices.tables import content_of
from matrices.team_tables import REPLACEABLE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = shipped_rules()


def observable(kind: str, value: str) -> Observable:
    """An observable by the name of its kind."""
    return Observable(kind=ObservableKind(kind), value=value)


def report(**more: Any) -> Report:
    """An alert of a monitoring service."""
    fields = {
        "source": "csirt-fr",
        "id": "alert-4711",
        "reported_at": NOON,
        "title": "Host down, alert-4711",
        "narrative": "Since 12:33:01 on 2026-03-01 there were 417 hits at 203.0.113.7.",
        "facts": Facts(victims_min=40),
        "observables": (observable("domain", "evil.example"), observable("ipv4", "203.0.113.7")),
    }
    return Report.model_validate(fields | more)


def like(one: Report, other: Report) -> bool:
    """Whether the two are alike."""
    return likeness(one, joining=True) == likeness(other, joining=True)


ALIKE: list[dict[str, Any]] = [
    {"id": "alert-4712", "title": "Host down, alert-4712"},
    {"source": "csirt-de"},
    {"reported_at": NOON + timedelta(hours=1), "observed_at": NOON},
    {"narrative": "Since 23:59:59 on 2027-12-31 there were 980 hits at 203.0.113.7."},
    {"observables": (observable("ipv4", "203.0.113.7"), observable("domain", "evil.example"))},
]


@pytest.mark.parametrize("change", ALIKE)
def test_ids_times_and_numbers_may_differ(change: dict[str, Any]) -> None:
    """So may the order of observables, and who says it."""
    assert like(report(), report(**change))


DIFFERENT: list[dict[str, Any]] = [
    {"facts": Facts(victims_min=41)},
    {"facts": Facts(victims_min=40, life_threat=True)},
    {"facts": Facts()},
    {"observables": (observable("domain", "evil.example"),)},
    {"observables": (observable("domain", "evil.example"), observable("ipv4", "203.0.113.8"))},
    {"marking": Marking(tlp=Tlp.RED)},
    {"marking": Marking(level=Level.RESTREINT)},
    {"grade": Grade(scale=Scale.FOUR_BY_FOUR, code="B2")},
    {"open_source": True},
    {"origin": "The Daily Byte"},
    {"notes": ("a field nobody knows",)},
    {"narrative": "Since 12:33:01 on 2026-03-01 there were 4170 hits at 203.0.113.7."},
    {"narrative": "Since 12:33:01 on 2026-03-01 there were 417 hits at 203.0.113.8."},
    {"narrative": "Since 12:33:01 on 2026-03-01 there were 417 deaths at 203.0.113.7."},
    {"title": "Hospital down, alert-4711"},
]


@pytest.mark.parametrize("change", DIFFERENT)
def test_whatever_else_differs_is_another_report(change: dict[str, Any]) -> None:
    """A fact, an observable, a marking, a grade, a word, an address in the text, or one digit more of a number."""
    assert not like(report(), report(**change))


FACTS = st.builds(Facts, victims_min=st.none() | st.integers(0, 99), deaths=st.none() | st.booleans())


@given(st.lists(FACTS, max_size=6))
def test_reports_are_alike_exactly_if_their_facts_are_equal(facts: list[Facts]) -> None:
    """Whatever the facts are, when all else is equal."""
    reports = [report(id=f"alert-{1000 + number}", title="Host down", facts=one) for number, one in enumerate(facts)]
    for one in reports:
        for other in reports:
            assert like(one, other) == (one.facts == other.facts)


def test_without_an_observable_that_joins_only_one_source_is_like_itself() -> None:
    """Two sources that use the same words may speak of two things."""
    one, other = report(observables=()), report(observables=(), source="csirt-de")
    assert likeness(one, joining=False) != likeness(other, joining=False)
    again = report(observables=(), id="alert-4712", title="Host down, alert-4712")
    assert likeness(one, joining=False) == likeness(again, joining=False)


def test_texts_cannot_be_told_for_one_another() -> None:
    """Where a title ends and the narrative begins counts, whatever signs are in them."""
    assert not like(report(title="a b", narrative="c"), report(title="a", narrative="b c"))
    assert not like(report(narrative='a","b'), report(narrative="a", notes=("b",)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Host 10.0.0.5 down at 12:33:01, 417 hits", "Host 10.0.0.5 down at <time>, ### hits"),
        ("INC0012345, seen 2026-11-22T14:03:22.123Z", "INC#######, seen <time>"),
        ("http://evil12.example/7 and srv-0042", "http://evil12.example/7 and srv-0042"),
        ("CVE-2024-1234, T1486, APT28, MS17-010", "CVE-2024-1234, T1486, APT28, MS17-010"),
        ("10[.]1[.]2[.]3 and 10[dot]1[dot]2[dot]4", "10[.]1[.]2[.]3 and 10[dot]1[dot]2[dot]4"),
        ("2001:db8::1, port 443, 5% of 1,234.5", "2001:db8::1, port ###, #% of #,###.#"),
        ("ticket #4711: 300 hospitals", "ticket #####: ### hospitals"),
        ("550e8400-e29b-41d4-a716-446655440000", "<id>"),
        ("a@1.example, 12@example.net", "a@1.example, 12@example.net"),
        ("d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
        ("12345678901234567890", "12345678901234567890"),
    ],
)
def test_what_could_be_an_observable_is_no_number(text: str, expected: str) -> None:
    """Times, ids and numbers are blanked; addresses, names, hashes and vulnerabilities stand."""
    assert bare(text) == expected


TOKENS = [
    "12",
    "7",
    "2026-03-01",
    "12:33:01",
    "deadbeef",
    "-0a1b",
    "-c2d3",
    "-e4f5",
    "-a6b7",
    "c8d9e0f1",
    "case",
    "INC",
]
WHOLE = "deadbeef-abcd-beef-cafe-abcdefabcdef"
PIECES = st.sampled_from([WHOLE, *TOKENS, "-", " ", ".", ":", "#", "hits", "evil.example", "\u0663"])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_is_passed_over_holds_nothing_to_pass_over(text: str) -> None:
    """A text that need not be looked through is what it would be if it were."""
    words = shipped_rules().case_words
    assert bare(text) == bursts._pattern(words).sub(bursts._blank, text)


TEXTS = st.sampled_from(["{} victims", "({}) hits", "in {}.", "case-{} again", "{}%"])
NUMBERS = st.integers(0, 10**9)


@given(TEXTS, NUMBERS, NUMBERS)
def test_numbers_are_alike_exactly_if_they_have_as_many_digits(text: str, one: int, other: int) -> None:
    """One digit more is news."""
    alike = like(report(narrative=text.format(one)), report(narrative=text.format(other)))
    assert alike == (len(str(one)) == len(str(other)))


@pytest.mark.parametrize("text", ["1", "1 ", "1:", "12:34 ", "a-", "1,111", "2026-01-01T", "alert ", "dot]1"])
def test_a_long_text_made_to_be_slow_is_not(text: str) -> None:
    """A hundred thousand signs of what a pattern could stumble over come back."""
    assert bare(text * (100_000 // len(text)))


def test_from_the_fifth_on_they_are_counted() -> None:
    """While the burst goes on, of a source that was heard in it; whoever speaks for the first time is handed on."""
    sources = {"csirt-fr"}
    counted = [is_counted(Run(seen, NOON, sources), source="csirt-fr", at=NOON) for seen in range(1, 7)]
    assert counted == [False, False, False, True, True, True]
    assert RULES.from_the == 5
    assert not is_counted(Run(1_000, NOON, sources), source="csirt-de", at=NOON)


def test_after_a_pause_a_burst_is_news_again() -> None:
    """More than the window after the last one; a clock that is behind does not end a burst."""
    run = Run(1_000, NOON, {"csirt-fr"})
    assert goes_on(run, at=NOON + RULES.window)
    assert not goes_on(run, at=NOON + RULES.window + timedelta(seconds=1))
    assert goes_on(run, at=NOON - timedelta(days=1))


def test_the_journal_grows_with_the_number_of_digits() -> None:
    """Of ten thousand in one minute it says so five times, and of a slow one every quarter of an hour."""
    told, said = Told(0, None), []
    for counted in range(1, 10_001):
        if is_to_tell(told, counted=counted, at=NOON):
            said.append(counted)
            told = Told(counted, NOON)
    assert said == [1, 10, 100, 1_000, 10_000]
    later = NOON + timedelta(minutes=RULES.journal_minutes)
    assert is_to_tell(told, counted=10_001, at=later)
    assert not is_to_tell(told, counted=10_000, at=later)


def test_a_centre_may_have_thresholds_of_its_own() -> None:
    """A file of that name takes the place of the shipped one, and a fault in it is named."""
    own = content_of("bursts").replace(b"from_the: 5", b"from_the: 2")
    rules = load_rules(own, name="bursts.yaml")
    assert is_counted(Run(1, NOON, {"csirt-fr"}), source="csirt-fr", at=NOON, rules=rules)
    assert "bursts" in REPLACEABLE
    with pytest.raises(BadInputError, match=r"bursts.yaml, line \d+, key from_the"):
        load_rules(content_of("bursts").replace(b"from_the: 5", b"from_the: 1"), name="bursts.yaml")
    assert "project assumption" in RULES.status
