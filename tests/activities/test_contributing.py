"""What becomes of what is contributed: pooled at once, or kept whole until a person has looked at it."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.contributing import PendingActs
from activities.intake import Arrival
from desk.assembly import House, open_house, wall_clock
from leerp.contributions import ContributionOutcome, ContributionReceipt, Provenance, Told
from leerp.errors import BadInputError, RefusedError
from leerp.grades import Grade, Scale
from leerp.journal import DESK, JournalEntry, JournalKind
from leerp.marking import Handling, HandlingCode, Level, Marking, Tlp
from leerp.observables import Observable
from leerp.protocol import Actor
from leerp.settings import Settings
from leerp.stakeholders import Role
from notifications.configuration import lay_out_example
from records import contributions, documents, journal, sightings
from records.views import incident_view
from tests.drill import report_file

GIVER = "poc-no"
OFFICER = Actor(id="duty-officer", roles=(Role.OFFICER,))
NOBODY = Actor(id="visitor")
NOTE = """Seen at a bank
Beacons to hxxp://panel.evil[.]net/gate from 45.66.77.88, and from 10.0.0.7 inside.
Also 1.2.3.4[.]5 and p\u0430ypal[.]com.
"""
FOUND = ["domain:xn--pypal-4ve.com", "ipv4:10.0.0.7", "ipv4:45.66.77.88", "url:http://panel.evil.net/gate"]


class Desk:
    """An incident, and the way in for contributions to it."""

    def __init__(self, house: House, reference: str) -> None:
        self.house, self.reference = house, reference
        self.waiting = PendingActs(house.rooms)

    async def give(
        self, content: bytes | str, *, name: str = "note.txt", told: Told | None = None, giver: str = GIVER
    ) -> ContributionReceipt:
        """Hand something in."""
        raw = content.encode() if isinstance(content, str) else content
        arrival = Arrival(wall_clock(), OFFICER.id)
        return await self.house.intake.contribution(
            raw, name=name, reference=self.reference, contributor=giver, arrival=arrival, told=told
        )

    async def pooled(self) -> list[str]:
        """What the pool holds of contributions, as `kind:value`."""
        async with self.house.store.reading() as c:
            kept = await contributions.of_incident(c, self.reference)
        return sorted(sightings.key(one) for stored in kept for one in stored.contribution.observables)

    async def entries(self, *kinds: JournalKind, chain: str | None = None) -> list[JournalEntry]:
        """The journal, or the entries of these kinds."""
        async with self.house.store.reading() as c:
            return await journal.entries(c, chain or self.reference, kinds=set(kinds) or None)

    async def waits_for(self) -> tuple[str, ...]:
        """What the incident says it waits for."""
        async with self.house.store.reading() as c:
            return (await incident_view(c, self.reference)).waiting_for


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """An incident with a report, and no engine."""
    lay_out_example(tmp_path / "config")
    async with open_house(Settings(home=tmp_path), migrate=True) as house:
        receipt = await house.intake.report(report_file(1), name="r.json", arrival=Arrival(wall_clock(), OFFICER.id))
        yield Desk(house, receipt.incident)


def listed(receipt: ContributionReceipt) -> list[str]:
    """What a person is asked to confirm."""
    return [sightings.key(one) for one in receipt.found]


async def test_what_is_read_from_prose_waits_for_a_person(desk: Desk) -> None:
    """The list is answered with what is odd in it; nothing is pooled, and the incident says what it waits for."""
    receipt = await desk.give(NOTE)
    assert (receipt.outcome, listed(receipt)) == (ContributionOutcome.PENDING, FOUND)
    assert [(one.observable.value, one.silent) for one in receipt.flagged] == [
        ("xn--pypal-4ve.com", False),
        ("10.0.0.7", True),
    ]
    assert "1 x number of more than four parts in line 3: no address; left out" in receipt.notes
    assert await desk.pooled() == []
    (waiting,) = await desk.waiting.listing(desk.reference)
    assert (waiting.id, waiting.observables, waiting.flagged) == (receipt.contribution, 4, 2)
    assert f"a look at {receipt.contribution} of {GIVER} (contribution confirm)" in await desk.waits_for()
    async with desk.house.store.reading() as c:
        assert await documents.get(c, waiting.raw_sha256) == NOTE.encode()


async def test_what_a_person_confirms_is_pooled_without_what_that_person_leaves_out(desk: Desk) -> None:
    """The journal says who confirmed it and how much was left out; afterwards nothing waits."""
    receipt = await desk.give(NOTE)
    done = await desk.waiting.confirm(
        desk.reference, receipt.contribution, actor=OFFICER, at=wall_clock(), without=["ipv4:10.0.0.7"]
    )
    assert (done.outcome, done.contribution) == (ContributionOutcome.POOLED, receipt.contribution)
    assert await desk.pooled() == [one for one in FOUND if one != "ipv4:10.0.0.7"]
    (entry,) = await desk.entries(JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED)
    assert (entry.data["confirmed_by"], entry.data["left_out"], entry.actor) == (OFFICER.id, 1, OFFICER.id)
    assert await desk.waiting.listing(desk.reference) == []
    assert (await desk.give(NOTE)).outcome is ContributionOutcome.DUPLICATE
    with pytest.raises(RefusedError) as refused:
        await desk.waiting.confirm(desk.reference, receipt.contribution, actor=OFFICER, at=wall_clock())
    assert refused.value.reason == "nothing_to_do"


async def test_handed_in_again_it_waits_once(desk: Desk) -> None:
    """The same file with the same words is one; with other words it is refused, and says what to do."""
    first = await desk.give(NOTE)
    again = await desk.give(NOTE)
    assert again == first
    assert len(await desk.entries(JournalKind.INVESTIGATION_CONTRIBUTION_PENDING)) == 1
    with pytest.raises(BadInputError, match="something else was said of the same file"):
        await desk.give(NOTE, told=Told(legal_basis="Order 7"))


async def test_what_is_discarded_keeps_its_bytes_and_may_come_again(desk: Desk) -> None:
    """Not without a reason; then nothing waits, the bytes stay, and the same file can be handed in anew."""
    receipt = await desk.give(NOTE)
    at = wall_clock()
    for actor, why, reason in ((OFFICER, " ", "reason_missing"), (NOBODY, "no", "not_authorised")):
        with pytest.raises(RefusedError) as refused:
            await desk.waiting.discard(desk.reference, receipt.contribution, actor=actor, at=at, reason=why)
        assert refused.value.reason == reason
    await desk.waiting.discard(desk.reference, receipt.contribution, actor=OFFICER, at=at, reason="sent by mistake")
    assert await desk.waiting.listing(desk.reference) == []
    async with desk.house.store.reading() as c:
        assert await documents.find(c, hashlib.sha256(NOTE.encode()).hexdigest()) == NOTE.encode()
    assert (await desk.give(NOTE)).outcome is ContributionOutcome.PENDING
    assert len(await desk.waiting.listing(desk.reference)) == 1


async def test_only_what_is_listed_can_be_left_out(desk: Desk) -> None:
    """An unknown one is refused without being repeated, and nothing is pooled; nobody without a role confirms."""
    receipt = await desk.give(NOTE)
    with pytest.raises(BadInputError, match="1 of 2 are not in the list") as refused:
        await desk.waiting.confirm(
            desk.reference,
            receipt.contribution,
            actor=OFFICER,
            at=wall_clock(),
            without=["ipv4:45.66.77.88", "ipv4:45.66.77.89"],
        )
    assert "45.66" not in refused.value.sentence
    with pytest.raises(RefusedError):
        await desk.waiting.confirm(desk.reference, receipt.contribution, actor=NOBODY, at=wall_clock())
    assert await desk.pooled() == []


async def test_a_list_with_rows_left_out_waits_and_a_whole_one_does_not(desk: Desk) -> None:
    """Nothing is half applied: with a bad row a person decides whether the rest is pooled without it."""
    good, bad = "type,value\nipv4,45.66.77.88\n", "ipv4,1.2.3.4[.]5\n"
    assert (await desk.give(good, name="a.csv")).outcome is ContributionOutcome.POOLED
    receipt = await desk.give(good + bad, name="b.csv")
    assert (receipt.outcome, [one.row for one in receipt.refused]) == (ContributionOutcome.PENDING, [3])
    shown = await desk.waiting.show(desk.reference, receipt.contribution)
    assert (listed(shown), shown.refused_rows) == (["ipv4:45.66.77.88"], 1)


async def test_a_file_is_kept_byte_for_byte_and_its_hashes_are_observables(desk: Desk) -> None:
    """Any binary, without being read; the bytes come back, and the hashes can be matched."""
    content = b"MZ\x00\x01" * 5_000
    receipt = await desk.give(content, name="C:\\cases\\dropper.exe")
    assert (receipt.outcome, receipt.observables, receipt.without_legal_basis) == (ContributionOutcome.POOLED, 4, True)
    assert await desk.pooled() == [
        "filename:dropper.exe",
        f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}",
        f"sha1:{hashlib.sha1(content, usedforsecurity=False).hexdigest()}",
        f"sha256:{hashlib.sha256(content).hexdigest()}",
    ]
    async with desk.house.store.reading() as c:
        stored = await contributions.get(c, receipt.contribution)
        assert await documents.get(c, stored.raw_sha256) == content
    assert stored.contribution.file is not None
    assert stored.contribution.file.size_bytes == len(content)


async def test_what_is_told_besides_the_file_is_kept_with_it(desk: Desk) -> None:
    """Grade, marking with its handling codes, provenance and legal basis; the journal has them but for the words."""
    provenance = Provenance(how="network capture", obtained_from="a bank", tool="nfdump 1.7")
    handling = Handling(code=HandlingCode.H2, provider=GIVER)
    told = Told(
        grade=Grade(scale=Scale.FOUR_BY_FOUR, code="B2"),
        marking=Marking(level=Level.RESTREINT, handling=(handling,)),
        legal_basis="Order 7/2026",
        provenance=provenance,
    )
    receipt = await desk.give("type,value,tlp\nipv4,45.66.77.88,amber\n", name="a.csv", told=told)
    async with desk.house.store.reading() as c:
        kept = (await contributions.get(c, receipt.contribution)).contribution
    assert (kept.grade, kept.legal_basis, kept.provenance) == (told.grade, "Order 7/2026", provenance)
    assert (kept.marking.level, kept.marking.tlp, kept.marking.handling) == (Level.RESTREINT, Tlp.AMBER, (handling,))
    (entry,) = await desk.entries(JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED)
    said = {name: entry.data[name] for name in ("grade", "handling", "legal_basis", "provenance", "format")}
    assert said == {
        "grade": "B2 (4x4)",
        "handling": ["H2"],
        "legal_basis": "Order 7/2026",
        "provenance": True,
        "format": "csv",
    }
    assert receipt.without_legal_basis is False


async def test_a_file_that_says_otherwise_than_the_command_is_refused(desk: Desk) -> None:
    """Where both say something, both must say the same."""
    document = {
        "contributor": GIVER,
        "id": "c-1",
        "contributed_at": wall_clock().isoformat(),
        "title": "Servers",
        "grade": {"scale": "4x4", "code": "A1"},
    }
    told = Told(grade=Grade(scale=Scale.FOUR_BY_FOUR, code="C3"))
    with pytest.raises(BadInputError, match="key grade: the file says otherwise than the command"):
        await desk.give(json.dumps(document), name="c.json", told=told)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ('{"contributed_at": "2026-03-01T12:00:00Z", "id": "x", "title": "T", "observables": [%s]}', "c.json"),
        ("type,value\nipv4,s3cret.1.2.3\n", "c.csv"),
    ],
)
async def test_what_is_refused_is_not_repeated_in_the_journal(desk: Desk, content: str, name: str) -> None:
    """A bad value may be above what the journal may hold: the sentence names the place, not the value."""
    whole = content.replace("%s", '{"kind": "ipv4", "value": "s3cret.1.2.3"}')
    with pytest.raises(BadInputError) as refused:
        await desk.give(whole, name=name)
    entry = (await desk.entries(JournalKind.DESK_INPUT_REFUSED, chain=DESK))[-1]
    assert entry.data["why"] == refused.value.sentence
    assert "s3cret" not in str(entry.data["why"])
    assert "not an address of version 4" in refused.value.sentence
    assert await desk.pooled() == []


async def test_no_entry_of_the_journal_holds_what_was_contributed(desk: Desk) -> None:
    """Neither while it waits, nor when it is pooled: ids, counts and hashes alone."""
    receipt = await desk.give(NOTE)
    await desk.waiting.confirm(desk.reference, receipt.contribution, actor=OFFICER, at=wall_clock())
    said = json.dumps([entry.data for entry in await desk.entries()])
    assert [one for one in (*FOUND, "45.66.77.88", "panel.evil", "Seen at a bank") if one in said] == []


async def test_what_private_parties_give_is_routed_while_it_waits(desk: Desk) -> None:
    """The centre holds the personal data from the moment it has come, not from the confirmation."""
    await desk.give(NOTE, giver="partner-bank")
    assert len(await desk.entries(JournalKind.DETECTION_PRIVATE_DATA_ROUTED)) == 1


async def test_common_observables_are_stored_as_silent(desk: Desk) -> None:
    """The pool knows of each whether it may make hits, so that matching need not ask."""
    await desk.give("type,value\nipv4,10.0.0.7\nipv4,45.66.77.88\n", name="a.csv")
    (stored,) = await _kept(desk)
    async with desk.house.store.reading() as c:
        assert await sightings.unjudged(c, stored.id) == []
    assert Observable.model_validate({"kind": "ipv4", "value": "10.0.0.7"}) in stored.contribution.observables
    (entry,) = await desk.entries(JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED)
    assert (entry.data["observables"], entry.data["silent"]) == (2, 1)


async def _kept(desk: Desk) -> list[contributions.StoredContribution]:
    async with desk.house.store.reading() as c:
        return await contributions.of_incident(c, desk.reference)
