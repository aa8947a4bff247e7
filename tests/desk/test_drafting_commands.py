"""`leerp warn`, `plan meet` and `plan draft`: what is refused before anything is sent."""

import pytest

from tests.desk.commands import Commands

REF = "LEERP-2026-0001"
DRAFTS = (
    ("warn", REF),
    ("plan", "draft", REF),
    ("plan", "meet", REF, "--at", "2099-11-22T14:00:00+01:00", "--place", "bridge"),
)


@pytest.mark.parametrize("words", DRAFTS, ids=lambda words: " ".join(words[:2]))
def test_a_notice_replaces_or_corrects_and_not_both(leerp: Commands, words: tuple[str, ...]) -> None:
    """Each of the commands that draft says so."""
    said = leerp(*words, "--replaces", "N-1", "--corrects", "N-2", "--as", "duty-officer")
    assert (said.code, said.err) == (2, "leerp: give --replaces or --corrects, not both\n")


@pytest.mark.parametrize(
    ("time", "fault"),
    [
        ("tomorrow", "write a time as 2026-11-22T14:00:00+01:00"),
        ("2026-11-22T09:00:00", "give the offset from UTC, as in 2026-11-22T14:00:00+01:00"),
    ],
)
def test_the_next_update_is_a_time_with_its_offset(leerp: Commands, time: str, fault: str) -> None:
    """Anything else is wrong use, and the option is named."""
    said = leerp("warn", REF, "--next-update", time, "--as", "duty-officer")
    assert (said.code, said.err) == (2, f"leerp: --next-update {time}: {fault}\n")
