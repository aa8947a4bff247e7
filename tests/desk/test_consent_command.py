"""`leerp consent` once an incident has ended: the provider's word is written down, and nothing is sent for it."""

import pytest

from desk.assembly import open_house
from leerp.incidents import IncidentPatch, Status
from leerp.journal import JournalKind
from leerp.marking import Handling, HandlingCode, Marking
from leerp.notices import DeliveryState
from leerp.settings import Settings
from records import consents, incidents, journal, ledger
from tests.desk.commands import Commands
from tests.postgresql import run_apart
from tests.records.cast import NOON, open_one, plan, planned

REF, N, PROVIDER = "LEERP-2026-0001", "N-1", "csirt-fr"
H2 = Marking(handling=(Handling(code=HandlingCode.H2, provider=PROVIDER),))


@pytest.fixture
def ended(leerp: Commands) -> Commands:
    """A closed incident with one notice, of which a line to the bureau has not been sent yet."""

    async def set_up() -> None:
        async with open_house(Settings(home=leerp.home)) as house:
            assert await open_one(house.store) == REF
            waiting = planned("liaison-es", channel="email").model_copy(update={"marking": H2})
            await plan(house.store, REF, [waiting])
            async with house.store.writing() as tx:
                await journal.append(
                    tx,
                    incident=REF,
                    at=NOON,
                    actor="leerp",
                    kind=JournalKind.DELIVERY_CONSENT_ASKED,
                    data={"notice": N, "provider": PROVIDER, "readers": ["liaison-es"], "asked_by": "N-2"},
                    key="asked",
                )
                await incidents.patch(tx, REF, IncidentPatch(status=Status.CLOSED))

    run_apart(set_up())
    return leerp


Found = tuple[list[tuple[str, object]], int, DeliveryState]
"""What the journal says of consents, how many words count, and how the line stands."""


def after(leerp: Commands) -> Found:
    """How it stands now."""
    found: list[Found] = []

    async def look() -> None:
        async with open_house(Settings(home=leerp.home)) as house, house.store.reading() as c:
            kinds = {JournalKind.DELIVERY_CONSENT_GIVEN, JournalKind.DELIVERY_CONSENT_REFUSED}
            entries: list[tuple[str, object]] = [
                (one.kind.value, one.data.get("after_end")) for one in await journal.entries(c, REF, kinds=kinds)
            ]
            (line,) = await ledger.deliveries(c, notice=N)
            found.append((entries, len(await consents.of_incident(c, REF)), line.state))

    run_apart(look())
    return found[0]


def say(leerp: Commands, word: str, officer: str = "duty-officer") -> tuple[int, str]:
    """Record it; the exit code, and what was said."""
    said = leerp("consent", REF, N, "--provider", PROVIDER, word, "--via", "mail, next day", "--as", officer)
    return said.code, said.out + said.err


def test_a_late_permission_is_recorded_and_nothing_is_sent(ended: Commands) -> None:
    """In the journal, with that it came late; it counts for no delivery."""
    sentence = f"{PROVIDER} permits 1 readers of {N} its information. {REF} has ended: nothing is sent for it."
    assert say(ended, "--given") == (0, f"{REF}: Recorded: {sentence} (journal entry 2)\n")
    assert after(ended) == ([("delivery.consent.given", True)], 0, DeliveryState.PLANNED)


def test_a_late_refusal_still_keeps_back_what_has_not_gone(ended: Commands) -> None:
    """It counts as it would while the incident runs."""
    assert say(ended, "--refused")[0] == 0
    assert after(ended) == ([("delivery.consent.refused", None)], 1, DeliveryState.WITHHELD)


def test_an_analyst_may_not_record_it(ended: Commands) -> None:
    """The same roles as while the incident runs; nothing is written down."""
    code, said = say(ended, "--given", officer="malware-analyst-1")
    assert (code, said) == (1, "leerp: malware-analyst-1 may not do this; it takes the role officer or approver.\n")
    assert after(ended)[0] == []
