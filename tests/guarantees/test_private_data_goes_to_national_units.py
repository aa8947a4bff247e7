"""Regulation (EU) 2016/794 Art. 26(2): personal data from private parties goes to national units, on a clock."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.acts import actor_of
from activities.intake import Arrival
from activities.private_data import PrivateDataActs
from desk.assembly import House, open_house, wall_clock
from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalKind
from leerp.private_data import PrivateDataDecision, resubmit_until
from leerp.protocol import RefusalReason
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import incidents, journal
from records.views import incident_view
from tests.drill import OFFICER, report_file

MAILBOX = [{"kind": "email", "value": "anna.vos@mail.example"}]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The rooms with the example configuration; no engine and no worker."""
    lay_out_example(tmp_path / "config")
    async with open_house(Settings(home=tmp_path), migrate=True) as opened:
        yield opened


async def give(house: House, number: int, **more: Any) -> tuple[str, str]:
    """Report; the incident and the report."""
    arrival = Arrival(wall_clock(), "test")
    receipt = await house.intake.report(report_file(number, **more), name="report.json", arrival=arrival)
    return receipt.incident, receipt.report


async def waiting(house: House, reference: str) -> list[str]:
    """What the incident waits for because of it."""
    async with house.store.reading() as connection:
        view = await incident_view(connection, reference)
    return [line for line in view.waiting_for if "private party" in line]


async def test_it_is_routed_to_the_units_of_the_countries_in_the_transaction_that_stores_it(house: House) -> None:
    """Before the company has its answer the journal names the bureaux and contact points, and the day of the clock."""
    reference, item = await give(house, 1, source="partner-bank", observables=MAILBOX)
    async with house.store.reading() as connection:
        entries = await journal.entries(connection, reference, kinds={JournalKind.DETECTION_PRIVATE_DATA_ROUTED})
        opened_at = (await incidents.get(connection, reference)).opened_at
    (data,) = (entry.data for entry in entries)
    assert data["item"] == item
    assert data["source"] == "partner-bank"
    units = data["units"]
    assert isinstance(units, list)
    assert "liaison-es" in units
    assert not {"liaison-de", "csirt-lu", "partner-bank"} & {str(unit) for unit in units}
    assert data["until"] == resubmit_until(opened_at).isoformat(timespec="microseconds")
    assert any("a transfer to liaison-es at once" in line for line in await waiting(house, reference))


@pytest.mark.parametrize(
    ("source", "observables", "narrative"),
    [("csirt-fr", MAILBOX, ""), ("partner-bank", [{"kind": "domain", "value": "kill-switch.example"}], "A worm.")],
    ids=["not from a private party", "without personal data"],
)
async def test_nothing_else_is_routed(house: House, source: str, observables: list[object], narrative: str) -> None:
    """Neither personal data from an authority, nor a company's report without any."""
    reference, _ = await give(house, 1, source=source, observables=observables, narrative=narrative)
    assert await PrivateDataActs(house.rooms).listing(reference) == []


async def test_a_mailbox_in_the_story_alone_is_found_too(house: House) -> None:
    """Personal data in running text counts, defanged or not."""
    reference, _ = await give(house, 1, source="partner-bank", observables=[], narrative="anna[at]mail[.]example wrote")
    assert len(await PrivateDataActs(house.rooms).listing(reference)) == 1


async def test_where_no_unit_can_be_identified_the_clock_alone_runs_until_a_person_decides(house: House) -> None:
    """The officer is asked for a unit; erasing is decided, then stated as done; then nothing is asked any more."""
    facts = {"root_cause": "malicious-actions"}
    reference, item = await give(house, 1, source="partner-bank", observables=MAILBOX, facts=facts)
    acts = PrivateDataActs(house.rooms)
    actor = actor_of(house.rooms.directory(), OFFICER)
    (standing,) = await acts.listing(reference)
    assert standing.units == ()
    assert not standing.due(wall_clock())
    assert standing.due(standing.until + timedelta(seconds=1))
    lines = await waiting(house, reference)
    assert [line.split()[1] for line in lines] == ["national", "resubmission"]
    with pytest.raises(RefusedError) as early:
        await acts.decide(reference, item, decision=PrivateDataDecision.ERASED, actor=actor, reason="done")
    assert early.value.reason == RefusalReason.NOTHING_TO_DO
    erase = PrivateDataDecision.ERASE
    decided = await acts.decide(reference, item, decision=erase, actor=actor, reason="nobody wants it")
    assert decided.due(wall_clock())
    assert [line.split(":")[0] for line in await waiting(house, reference)] == ["an erasure by the operator"]
    await acts.decide(reference, item, decision=PrivateDataDecision.ERASED, actor=actor, reason="by ticket 12")
    assert await waiting(house, reference) == []


async def test_a_unit_that_has_got_it_is_confirmed_by_an_officer_and_may_resubmit_it(house: House) -> None:
    """Each unit by itself; a unit found later counts like the others; a company or an unknown name is refused."""
    reference, item = await give(house, 1, source="partner-bank", observables=MAILBOX)
    acts = PrivateDataActs(house.rooms)
    actor = actor_of(house.rooms.directory(), OFFICER)
    (before,) = await acts.listing(reference)
    after = await acts.confirm(reference, item, unit="liaison-es", actor=actor, reason="by SIENA")
    assert after.untold == tuple(unit for unit in before.untold if unit != "liaison-es")
    found = await acts.confirm(reference, item, unit="liaison-de", actor=actor, reason="the victim is German")
    assert "liaison-de" in found.confirmed
    for wrong in ("partner-cloud", "nobody"):
        with pytest.raises(RefusedError) as refused:
            await acts.confirm(reference, item, unit=wrong, actor=actor, reason="?")
        assert refused.value.reason == RefusalReason.UNKNOWN_SUBJECT
    with pytest.raises(BadInputError):
        await acts.confirm(reference, "R-none", unit="liaison-es", actor=actor, reason="?")
    await acts.decide(reference, item, decision=PrivateDataDecision.RESUBMITTED, actor=actor, reason="by liaison-es")
    assert await waiting(house, reference) == []


async def test_a_contribution_of_a_company_is_routed_too(house: House) -> None:
    """By the countries of the incident it belongs to, as far as they are known."""
    reference, _ = await give(house, 1)
    document = {
        "contributor": "partner-bank",
        "id": "c-1",
        "contributed_at": wall_clock().isoformat(),
        "title": "Payments seen",
        "observables": [{"kind": "wallet", "value": "115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn"}],
    }
    await house.intake.contribution(
        json.dumps(document).encode(),
        name="contribution.json",
        reference=reference,
        contributor="partner-bank",
        arrival=Arrival(wall_clock(), "test"),
    )
    (one,) = await PrivateDataActs(house.rooms).listing(reference)
    assert one.source == "partner-bank"
