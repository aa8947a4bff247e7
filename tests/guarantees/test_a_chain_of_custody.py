"""DESIGN rule 11: the journal verifies offline from an exported file, and one changed byte is found and placed."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from leerp.errors import BadInputError
from leerp.facts import Amount
from leerp.journal import GENESIS, JournalEntry, JournalKind, seal, verify
from leerp.protocol import ActName, AssessAct
from tests.conftest import OpenDrill

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
DATA = st.dictionaries(st.text(max_size=8), VALUES, max_size=4)


def chain(datas: list[dict[str, JsonValue]]) -> list[str]:
    """The lines of a journal with these entries."""
    lines: list[str] = []
    entry: JournalEntry | None = None
    for number, data in enumerate(datas, start=1):
        entry = seal(
            seq=number,
            incident="LEERP-2026-0001",
            at=datetime(2026, 11, 22, 3, number % 60, tzinfo=UTC),
            actor="duty-officer",
            kind=JournalKind.DETECTION_REPORT_RECEIVED,
            data=data,
            prev=entry.hash if entry else GENESIS,
        )
        lines.append(entry.line)
    return lines


@given(st.lists(DATA, min_size=1, max_size=5))
def test_what_was_written_verifies(datas: list[dict[str, JsonValue]]) -> None:
    """Whatever the entries hold, the chain is whole."""
    assert verify(chain(datas)) == len(datas)


@given(st.lists(DATA, min_size=1, max_size=4), st.data())
def test_one_changed_byte_is_found_and_placed(datas: list[dict[str, JsonValue]], data: st.DataObject) -> None:
    """Any byte of any line changed into another: the fault is found, in that line or where the next one follows."""
    lines = chain(datas)
    number = data.draw(st.integers(0, len(lines) - 1))
    raw = bytearray(lines[number].encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    lines[number] = raw.decode("utf-8", "replace")
    with pytest.raises(BadInputError) as caught:
        verify(lines)
    assert f"line {number + 1}" in caught.value.sentence


@pytest.mark.parametrize("fault", ["removed", "swapped", "inserted"])
def test_entries_removed_swapped_or_inserted_are_found(fault: str) -> None:
    """The order of the chain is part of it."""
    lines = chain([{"n": number} for number in range(5)])
    changed = {
        "removed": lines[:2] + lines[3:],
        "swapped": [lines[0], lines[2], lines[1], *lines[3:]],
        "inserted": [*lines[:2], lines[1], *lines[2:]],
    }[fault]
    with pytest.raises(BadInputError, match=r"line [23]"):
        verify(changed)


async def test_a_fraction_stands_in_the_journal_as_text(open_drill: OpenDrill) -> None:
    """An amount with a fraction is settled, kept, and counts, and the entry holds no number that is not whole."""
    async with open_drill() as drill:
        await drill.classified()
        await drill.act(ActName.ASSESS, AssessAct, facts={"users_percent": 5.5}, table="nciss")
        view = await drill.view()
        assert view.classification is not None
        assert view.classification.facts.users_percent == Amount(at_least=5.5, at_most=5.5)
        assert isinstance(view.classification.score, float)
        entries = [json.loads(line, parse_float=_refuse) for line in await drill.lines()]
        settled = next(entry for entry in entries if entry["kind"] == "triage.facts.assessed")
        assert settled["data"]["facts"] == {"users_percent": {"at_least": "5.5", "at_most": "5.5"}}


def _refuse(text: str) -> float:
    raise AssertionError(f"{text} is a fraction")
