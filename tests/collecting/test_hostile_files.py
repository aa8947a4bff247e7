"""Whatever comes in by any way is taken in or refused in words; the long form is tests/long/test_fuzzed_ways_in.py."""

import random
from pathlib import Path

import pytest

from activities.collecting import Counts, Hands
from leerp.errors import BadInputError
from leerp.formats.letters import read_letter
from leerp.journal import JournalKind, verify
from records import journal
from tests.collecting.cast import Centre, open_centre
from tests.collecting.mutating import SEEDS, mutated, take

FILES = 40


@pytest.mark.parametrize("kind", sorted(SEEDS))
async def test_a_changed_file_is_taken_in_or_refused(kind: str, tmp_path: Path) -> None:
    """No crash, and nothing kept by halves: each report has its bytes and its entry, and there are no others."""
    chance = random.Random(f"hostile {kind}")  # noqa: S311 - the same files every time
    async with open_centre(tmp_path / "home", {}) as centre:
        hands = Hands(centre.house.rooms, centre.house.intake, by="collector")
        total = Counts()
        for number in range(FILES):
            seed = SEEDS[kind][number % len(SEEDS[kind])]
            total += await take(kind, mutated(seed, chance), hands)
        assert total.taken + total.known + total.refused >= FILES
        await check_whole(centre, taken=total.taken)


async def check_whole(centre: Centre, *, taken: int) -> None:
    """Everything that was taken in is there once, and the journals hold."""
    async with centre.house.store.reading() as c:
        counts = "SELECT COUNT(*) FROM reports r JOIN documents d ON d.sha256 = r.raw_sha256"
        stored = (await c.exec_driver_sql(counts)).scalar_one()
        chains = (await c.exec_driver_sql("SELECT DISTINCT incident FROM journal")).scalars().all()
        lines = [await journal.lines(c, chain) for chain in chains]
    received = await centre.entries(JournalKind.DETECTION_REPORT_RECEIVED)
    assert (stored, len(received)) == (taken, taken)
    for chain in lines:
        verify(chain)


def test_a_mail_of_quotes_alone_is_refused_before_it_is_parsed() -> None:
    """The standard library takes the square of their number, in every field and at every look."""
    for sign in ('"', "("):
        content = f"From: a@b.example\r\nContent-Type: text/plain; boundary={sign * 3_000}\r\n\r\nText".encode()
        with pytest.raises(BadInputError, match="not a mail that can be read"):
            read_letter(content, name="mail")
