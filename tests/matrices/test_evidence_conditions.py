"""The ten conditions of evidence: each met, not met, or not to be told, and what stands in the way of a status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.evidence import (
    ConditionId,
    Description,
    EvidenceItem,
    EvidenceStatus,
    Judgement,
    Origin,
    Verdict,
)
from matrices.evidence_conditions import (
    Subject,
    judge,
    load_evidence_conditions,
    shipped_evidence_conditions,
    standing_in_the_way,
)
from matrices.tables import content_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHA256, OTHER = "ab" * 32, "cd" * 32
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.CANNOT_BE_TOLD

WHOLE: dict[str, Any] = {
    "basis": {"kind": "order", "authority": "Investigating judge", "given_at": NOON - timedelta(days=1)},
    "capture": {
        "at": NOON,
        "by": "Forensic laboratory",
        "clock": "NTP",
        "tool": "imager",
        "tool_version": "4.2",
        "command": "imager --read-only",
        "sha256": SHA256,
    },
    "earlier_custody": "Laboratory record 12/26",
    "owner_consent": {"given": True, "by": "The owner", "via": "letter", "at": NOON},
    "original": True,
    "conversion": {"route": "eio", "requested_at": NOON, "completed_at": NOON + timedelta(days=9)},
    "limits": [],
    "nothing_left_out": True,
}
"""A description with which every condition is met."""


def item(**changes: Any) -> EvidenceItem:
    """An item as it came in."""
    fields: dict[str, Any] = {
        "id": "E-1",
        "origin": Origin.FILE,
        "of": None,
        "source": "csirt-fr",
        "sha256": SHA256,
        "size_bytes": 5,
        "marking": "marked",
        "acquired_seq": 3,
        "acquired_at": "2026-03-02T00:00:00.000000+00:00",
        "record": None,
        "derived_from": (),
        "descriptions": (),
        "basis_text": None,
        "status": EvidenceStatus.INTELLIGENCE_ONLY,
        "intact": None,
        "custody": (),
    }
    return EvidenceItem(**fields | changes)


def subject(*, stamped: bool | None = True, of: EvidenceItem | None = None, **changes: Any) -> Subject:
    """The whole description with these fields in the place of its own; None takes one away."""
    return Subject(of or item(), Description.model_validate(WHOLE | changes), {"E-1", "E-2"}, stamped)


def verdict(condition: ConditionId, judged: Subject) -> tuple[Verdict, str]:
    """What is said of one condition."""
    return next((one.verdict, one.why) for one in judge(judged) if one.condition is condition)


def test_an_item_of_which_all_is_known_meets_every_condition() -> None:
    """Ten times met, in the order of the list, and nothing stands in the way of any status."""
    found = judge(subject())
    assert [(one.condition, one.verdict) for one in found] == [(one, MET) for one in ConditionId]
    assert [standing_in_the_way(found, status) for status in EvidenceStatus] == [(), (), ()]


def test_a_fresh_report_is_intelligence() -> None:
    """Of what just came in nothing is known: nothing is met that nobody said, and what is wanting is named."""
    fresh = judge(Subject(item(origin=Origin.REPORT, of="R-1"), Description(), {"E-1"}, stamped=False))
    verdicts = {one.condition.value: one.verdict for one in fresh}
    assert verdicts == {
        "lawful-basis": NOT_MET,
        "original-kept": UNKNOWN,
        "tool-known": UNKNOWN,
        "custody-logged": UNKNOWN,
        "owner-consents": NOT_MET,
        "sources-linked": UNKNOWN,
        "route-named": NOT_MET,
        "limits-carried": UNKNOWN,
        "nothing-left-out": UNKNOWN,
        "independently-verified": NOT_MET,
    }
    assert len(standing_in_the_way(fresh, EvidenceStatus.EVIDENTIAL)) == 10
    candidate = standing_in_the_way(fresh, EvidenceStatus.CANDIDATE)
    assert [one.condition.value for one in candidate] == ["lawful-basis", "route-named"]


CAPTURE = WHOLE["capture"]
BASIS = WHOLE["basis"]
ROUTE = WHOLE["conversion"]


@pytest.mark.parametrize(
    ("condition", "changes", "expected", "why"),
    [
        ("lawful-basis", {"basis": None}, NOT_MET, "no lawful basis is recorded"),
        ("lawful-basis", {"basis": BASIS | {"given_at": NOON + timedelta(hours=1)}}, NOT_MET, "before an order"),
        ("lawful-basis", {"basis": BASIS | {"valid_until": NOON - timedelta(hours=1)}}, NOT_MET, "the basis ended at"),
        ("lawful-basis", {"basis": BASIS | {"given_at": NOON}}, MET, "stood when it was captured"),
        ("lawful-basis", {"capture": None}, UNKNOWN, "not when the item was captured"),
        ("original-kept", {"capture": CAPTURE | {"sha256": OTHER}}, NOT_MET, "not that of the bytes that came in"),
        ("original-kept", {"capture": CAPTURE | {"sha256": None}}, UNKNOWN, "no hash from the capture"),
        ("original-kept", {"capture": CAPTURE | {"clock": None}}, UNKNOWN, "where its time came from"),
        ("tool-known", {"capture": CAPTURE | {"tool_version": None, "by": None}}, UNKNOWN, "who, version"),
        ("tool-known", {"capture": None}, UNKNOWN, "nothing is recorded of the capture"),
        ("custody-logged", {"earlier_custody": None}, UNKNOWN, "whose hands it was in before"),
        ("owner-consents", {"owner_consent": None, "conversion": None}, NOT_MET, "csirt-fr has not agreed"),
        (
            "owner-consents",
            {"owner_consent": WHOLE["owner_consent"] | {"given": False}, "conversion": None},
            NOT_MET,
            "its owner refused",
        ),
        ("owner-consents", {"conversion": None}, MET, "its owner agreed"),
        ("owner-consents", {"owner_consent": None}, MET, "a formal channel (eio)"),
        (
            "owner-consents",
            {"owner_consent": None, "conversion": ROUTE | {"completed_at": None}},
            NOT_MET,
            "not agreed",
        ),
        ("sources-linked", {"original": None}, UNKNOWN, "whether it was made from other data"),
        ("sources-linked", {"original": False}, NOT_MET, "that it does not name"),
        ("route-named", {"conversion": None}, NOT_MET, "no formal route"),
        ("route-named", {"conversion": ROUTE | {"completed_at": None}}, UNKNOWN, "not answered"),
        ("limits-carried", {"limits": None}, UNKNOWN, "is not recorded"),
        ("limits-carried", {"limits": ["No other proceedings"]}, MET, "1 conditions go with it"),
        ("nothing-left-out", {"nothing_left_out": None}, UNKNOWN, "nobody has said"),
        ("nothing-left-out", {"nothing_left_out": False}, NOT_MET, "stated not to be whole"),
    ],
)
def test_each_condition_says_what_it_lacks(
    condition: str, changes: dict[str, Any], expected: Verdict, why: str
) -> None:
    """One thing taken away or turned round changes that condition's verdict, with the reason in words."""
    found, said = verdict(ConditionId(condition), subject(**changes))
    assert found is expected
    assert why in said


@pytest.mark.parametrize(
    ("condition", "changed", "stamped", "expected"),
    [
        ("original-kept", {"intact": False}, True, NOT_MET),
        ("original-kept", {"intact": True}, True, MET),
        ("sources-linked", {"derived_from": ("E-2",)}, True, NOT_MET),
        ("sources-linked", {"derived_from": ("E-9",)}, True, NOT_MET),
        ("independently-verified", {}, False, NOT_MET),
        ("independently-verified", {}, None, UNKNOWN),
    ],
)
def test_what_the_journal_says_counts_too(
    condition: str, changed: dict[str, Any], *, stamped: bool | None, expected: Verdict
) -> None:
    """Changed bytes, sources that contradict the description or are not there, and no timestamp."""
    judged = subject(stamped=stamped, of=item(**changed))
    assert verdict(ConditionId(condition), judged)[0] is expected


def test_an_item_made_from_others_names_them() -> None:
    """With sources that are here, and no claim to be an original, it is linked."""
    judged = subject(of=item(derived_from=("E-2",)), original=None)
    assert verdict(ConditionId.SOURCES_LINKED, judged) == (MET, "made from E-2")


@given(st.sets(st.sampled_from(sorted(WHOLE))))
def test_knowing_less_never_makes_an_item_more_usable(missing: set[str]) -> None:
    """Whatever is left out of a description, no verdict improves, and evidential is refused while anything is open."""
    order = [NOT_MET, UNKNOWN, MET]
    whole = judge(subject())
    less = judge(subject(**dict.fromkeys(missing)))
    assert all(order.index(a.verdict) <= order.index(b.verdict) for a, b in zip(less, whole, strict=True))
    open_ones = {one.condition for one in less if one.verdict is not MET}
    assert {one.condition for one in standing_in_the_way(less, EvidenceStatus.EVIDENTIAL)} == open_ones


def test_the_table_decides_what_counts_for_which_status() -> None:
    """A centre that wants more of a candidate writes it into the table."""
    text = content_of("evidence-conditions").decode()
    stricter = text.replace("needed_for: [evidential]", "needed_for: [candidate, evidential]")
    table = load_evidence_conditions(stricter.encode(), name="mine.yaml")
    judged = judge(subject(owner_consent=None, conversion=ROUTE | {"completed_at": None}))
    refused: tuple[Judgement, ...] = standing_in_the_way(judged, EvidenceStatus.CANDIDATE, table=table)
    assert [one.condition for one in refused] == [ConditionId.OWNER_CONSENTS]
    assert standing_in_the_way(judged, EvidenceStatus.CANDIDATE) == ()


def test_the_table_has_the_ten_conditions_and_no_other() -> None:
    """One that is missing, moved or new is refused; the shipped table says that it is an assumption."""
    text = content_of("evidence-conditions").decode()
    assert shipped_evidence_conditions().status.startswith("project assumption")
    with pytest.raises(BadInputError, match="in this order"):
        load_evidence_conditions(text.replace("tool-known", "lawful-basis").encode(), name="mine.yaml")
    with pytest.raises(BadInputError, match=r"mine\.yaml, line"):
        load_evidence_conditions(text.replace("tool-known", "tools-known").encode(), name="mine.yaml")


@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": BASIS | {"valid_until": NOON - timedelta(days=2)}},
        {"conversion": ROUTE | {"completed_at": NOON - timedelta(days=1)}},
        {"conversion": ROUTE | {"route": "other"}},
        {"capture": CAPTURE | {"sha256": "AB" * 32}},
        {"capture": CAPTURE | {"at": "2026-03-01T12:00:00"}},
        {"statuts": "evidential"},
    ],
)
def test_a_description_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    """A basis that ends before it begins, an answer before the request, a route without a name, a time without zone."""
    with pytest.raises(ValueError, match="validation error"):
        Description.model_validate(WHOLE | wrong)
