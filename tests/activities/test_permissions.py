"""What was being sent when a notice was stopped or a permission taken back, and has come back unsent."""

import asyncio
from pathlib import Path

import pytest

from activities.messages import DeliverBatch
from activities.permissions import hold_back
from desk.assembly import House, open_house
from leerp.journal import JournalKind
from leerp.marking import Handling, HandlingCode, Marking, WithheldReason
from leerp.notices import DeliveryState, Mode, NoticeKind
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import consents, journal, ledger, withholding
from tests.records.cast import CSIRT, LIAISON, NOON, open_one, plan, planned
from tests.records.test_withholding import word

N = "N-1"
H2 = Marking(handling=(Handling(code=HandlingCode.H2, provider=CSIRT),))


async def looked_at(house: House, reference: str) -> tuple[dict[str, tuple[str, str | None]], list[object]]:
    """How the lines stand when the next batch begins, and what the journal says was withheld."""
    batch = DeliverBatch(
        incident=reference,
        at=NOON,
        key="deliver/1",
        notice=N,
        kind=NoticeKind.LAUNCH_EXTERNAL,
        mode=Mode.ACTUAL,
        first=0,
        after=100,
    )
    await hold_back(house.rooms, batch)
    async with house.store.reading() as c:
        found = await ledger.deliveries(c, notice=N)
        said = await journal.entries(c, reference, kinds={JournalKind.DELIVERY_READER_WITHHELD})
    return {one.reader: (one.state.value, one.reason) for one in found}, [one.data["readers"] for one in said]


async def opened(folder: Path) -> Settings:
    """The settings of a house with the example configuration."""
    await asyncio.to_thread(lay_out_example, folder / "config")
    return Settings(home=folder)


@pytest.mark.parametrize("fell_back", [True, False], ids=["it fell back", "its sender died"])
async def test_a_line_that_was_being_sent_when_its_notice_was_stopped(tmp_path: Path, *, fell_back: bool) -> None:
    """It is not tried again; where nobody knows whether it went, the journal says that it may have gone."""
    async with open_house(await opened(tmp_path), migrate=True) as house:
        reference = await open_one(house.store)
        await plan(house.store, reference, [planned("a")])
        async with house.store.writing() as tx:
            await ledger.claim(tx, N, [("a", "mail")], NOON)
            await withholding.stop(tx, N, WithheldReason.RECALLED, by="N-2", at=NOON)
            if fell_back:
                again = ledger.Outcome("a", "mail", DeliveryState.PLANNED, "unreachable", NOON)
                assert await ledger.settle(tx, N, [again]) == 1
        states, said = await looked_at(house, reference)
    doubt = {} if fell_back else {"may_have_gone": True}
    assert (states, said) == ({"a": ("withheld", "recalled")}, [[{"reader": "a", "reason": "recalled"} | doubt]])


async def test_a_line_whose_permission_was_taken_back_meanwhile(tmp_path: Path) -> None:
    """Only what holds that provider's H2 information, only without its permission, and never the provider's own."""
    async with open_house(await opened(tmp_path), migrate=True) as house:
        reference = await open_one(house.store)
        restricted = [planned(name).model_copy(update={"marking": H2}) for name in (LIAISON, "permitted", CSIRT)]
        await plan(house.store, reference, [*restricted, planned("open")])
        async with house.store.writing() as tx:
            await consents.put(tx, [word("permitted", given=True, reference=reference)])
            await consents.put(tx, [word(LIAISON, given=False, reference=reference)])
        states, said = await looked_at(house, reference)
    assert states == {
        LIAISON: ("withheld", "provider_consent_missing"),
        "permitted": ("planned", None),
        CSIRT: ("planned", None),
        "open": ("planned", None),
    }
    assert said == [[{"reader": LIAISON, "reason": "provider_consent_missing"}]]
