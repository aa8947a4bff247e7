"""Evidence: originals are items from their intake on, everything done to them is recorded first, and people decide."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.contributing import PendingActs
from activities.evidence import NewFile
from activities.evidence_stamping import Stamping
from activities.intake import Arrival
from desk.bag_verifying import verify_bag
from leerp.contributions import ContributionOutcome, Told
from leerp.errors import BadInputError, LeerpError, RefusedError
from leerp.evidence import Description, EvidenceStatus, Verdict
from leerp.journal import JournalEntry, JournalKind, verify
from leerp.marking import Level, Marking, Tlp
from leerp.notices import Mode
from leerp.protocol import Actor, RefusalReason
from notifications.evidence.authority import Answer
from records import incidents, journal
from tests.evidence_cast import ANALYST, APPROVER, BASIS, IMAGE, NOON, OFFICER, Case, open_case
from tests.timestamping import timestamp_authority

GROUND = Description.model_validate({"basis": BASIS})


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    """An incident of one report; no engine and no worker."""
    async with open_case(tmp_path) as opened:
        yield opened


async def contribute(case: Case) -> str:
    """Contribute something; the contribution."""
    document = {"contributor": "poc-no", "id": "c-1", "contributed_at": NOON.isoformat(), "title": "Traffic seen"}
    receipt = await case.house.intake.contribution(
        json.dumps(document).encode(),
        name="contribution.json",
        reference=case.reference,
        contributor="poc-no",
        arrival=Arrival(NOON, "cli"),
    )
    return receipt.contribution


async def test_every_report_and_contribution_is_an_item_from_its_intake_on(case: Case) -> None:
    """The bytes as they came, their hash, who brought them, when, by which version: the first record of custody."""
    contribution = await contribute(case)
    first, second = await case.acts.listing(case.reference)
    assert (first.source, second.source, second.of) == ("csirt-fr", "poc-no", contribution)
    assert {one.status for one in (first, second)} == {EvidenceStatus.INTELLIGENCE_ONLY}
    (record,) = second.custody
    assert (record.action.value, record.actor, record.detail["sha256"]) == ("acquired", "cli", second.sha256)
    assert (str(record.tool)[:6], record.reason) == ("leerp ", "came in as a contribution")
    content = await case.acts.show(case.reference, contribution, actor=case.who(), reason="to read it")
    assert b"Traffic seen" in content


async def test_a_contribution_that_waits_is_an_item_whatever_becomes_of_it(case: Case) -> None:
    """Prose waits for a person. Its bytes are evidence from its intake on, marked as they were given."""
    marking = Marking(level=Level.RESTREINT)
    receipt = await case.house.intake.contribution(
        b"We saw kill-switch.example on our network.",
        name="letter.txt",
        reference=case.reference,
        contributor="poc-no",
        arrival=Arrival(NOON, "cli"),
        told=Told(marking=marking),
    )
    assert receipt.outcome is ContributionOutcome.PENDING
    item = (await case.acts.listing(case.reference))[-1]
    assert (item.of, item.sha256, item.marking) == (receipt.contribution, receipt.raw_sha256, marking.banner)
    with pytest.raises(RefusedError, match="channel_below_marking"):
        await case.prepare(reader="interpol", items=[item.id], extract=True)
    at = case.house.rooms.wall_clock()
    acts = PendingActs(case.house.rooms)
    await acts.confirm(case.reference, receipt.contribution, actor=case.who(ANALYST), at=at, reason="read it")
    assert [one.id for one in await case.acts.listing(case.reference)].count(item.id) == 1


async def test_reports_of_earlier_versions_are_items_too(case: Case) -> None:
    """An entry of a version that did not write its tool down is an item all the same."""
    data = {"report": "R-old", "source": "csirt-fr", "marking": "m", "raw_sha256": "ab" * 32}
    async with case.house.store.writing() as tx:
        kind = JournalKind.DETECTION_REPORT_RECEIVED
        await journal.append(tx, incident=case.reference, at=NOON, actor="cli", kind=kind, data=dict(data), key="old")
    old = (await case.acts.listing(case.reference))[-1]
    assert (old.of, old.custody[0].tool) == ("R-old", None)


async def test_showing_is_recorded_before_anything_is_shown(case: Case) -> None:
    """Who looked, when and why stands in the chain; looking at the chain itself shows no content and leaves no line."""
    item = await case.add()
    before = len(await case.entries())
    await case.acts.standing(case.reference, item.id)
    assert len(await case.entries()) == before
    assert await case.acts.show(case.reference, item.id, actor=case.who(ANALYST), reason="look for keys") == IMAGE
    (entry,) = await case.entries("investigation.evidence.accessed")
    assert (entry.actor, entry.data["item"], entry.data["reason"]) == (ANALYST, item.id, "look for keys")
    assert (await case.acts.listing(case.reference))[-1].custody[-1].seq == entry.seq


async def test_the_journal_never_holds_content(case: Case) -> None:
    """Neither the bytes, nor the name of a file, nor what people wrote of it: only hashes, ids and words of lists."""
    item = await case.add(b"the secret bytes", name="victim-anna.txt")
    await case.describe(item)
    await case.acts.show(case.reference, item.id, actor=case.who(), reason="to read it")
    text = "\n".join(one.line for one in await case.entries())
    for word in ("secret bytes", "victim-anna", "Investigating judge", "Gs 12/26", "imager", "For this case alone"):
        assert word not in text
    assert verify(text.split("\n")) == len(await case.entries())


async def test_the_same_file_of_the_same_source_is_one_item(case: Case) -> None:
    """Adding it again changes nothing; of another source it is another item with a chain of its own."""
    first = await case.add()
    entries = len(await case.entries())
    assert await case.add() == first
    assert len(await case.entries()) == entries
    assert (await case.add(source="poc-no")).id != first.id


async def test_a_file_is_marked_as_high_as_the_incident_and_as_what_it_was_made_from(case: Case) -> None:
    """Without a marking it gets the incident's; a derived one is never lower than its sources; the incident rises."""
    high = await case.add(b"a", marking=Marking(level=Level.CONFIDENTIEL, tlp=Tlp.AMBER))
    derived = await case.add(b"b", derived_from=(high.id,), marking=Marking(level=Level.PUBLIC))
    plain = await case.add(b"c")
    assert {derived.marking, plain.marking} == {high.marking}
    assert derived.derived_from == (high.id,)
    assert derived.custody[0].action.value == "derived"
    async with case.house.store.reading() as connection:
        assert (await incidents.get(connection, case.reference)).marking.level is Level.CONFIDENTIEL


async def test_evidential_is_refused_while_a_condition_is_open_and_says_which(case: Case) -> None:
    """All that stands in the way is named; once it is recorded a person may set it, and the verdicts are kept."""
    item = await case.add()
    with pytest.raises(RefusedError) as refused:
        await set_to(case, item.id, EvidenceStatus.EVIDENTIAL)
    assert refused.value.reason == RefusalReason.CONDITIONS_UNMET
    for condition in ("owner-consents", "tool-known", "independently-verified"):
        assert condition in refused.value.sentence
    assert (await case.entries("desk.act.refused"))[-1].data["act"] == "evidence_status"
    await case.describe(item)
    with pytest.raises(RefusedError, match=r"evidential: independently-verified \(no timestamp"):
        await set_to(case, item.id, EvidenceStatus.EVIDENTIAL)
    await case.stamp(timestamp_authority(case.house.settings.home / "tsa"))
    await set_to(case, item.id, EvidenceStatus.EVIDENTIAL)
    (entry,) = await case.entries("investigation.evidence.status_set")
    verdicts = entry.data["verdicts"]
    assert isinstance(verdicts, dict)
    assert (entry.actor, set(verdicts.values()), len(verdicts)) == (APPROVER, {Verdict.MET.value}, 10)


async def set_to(case: Case, item: str, status: EvidenceStatus) -> None:
    """Set a status."""
    await case.acts.set_status(case.reference, item, status, actor=case.who(APPROVER), reason="as found")


async def test_nothing_but_a_person_changes_a_status_and_it_may_be_lowered(case: Case) -> None:
    """Meeting every condition raises nothing by itself; lowering asks for no condition; the same again is nothing."""
    item = await case.add()
    await case.describe(item)
    await case.stamp(timestamp_authority(case.house.settings.home / "tsa"))
    standing = await case.acts.standing(case.reference, item.id)
    assert {one.verdict for one in standing.judgements} == {Verdict.MET}
    assert standing.item.status is EvidenceStatus.INTELLIGENCE_ONLY
    await set_to(case, item.id, EvidenceStatus.EVIDENTIAL)
    withdrawn = {"owner_consent": {"given": False, "by": "The owner", "via": "letter", "at": NOON}}
    told = Description.model_validate(withdrawn)
    await case.acts.describe(case.reference, item.id, told, actor=case.who(), reason="withdrawn")
    assert (await case.acts.standing(case.reference, item.id)).item.status is EvidenceStatus.EVIDENTIAL
    await set_to(case, item.id, EvidenceStatus.INTELLIGENCE_ONLY)
    with pytest.raises(RefusedError) as again:
        await set_to(case, item.id, EvidenceStatus.INTELLIGENCE_ONLY)
    assert again.value.reason == RefusalReason.NOTHING_TO_DO


async def test_changed_bytes_are_found_and_stand_in_the_way(case: Case) -> None:
    """Bytes changed behind leerp's back: the check names the item, no status rises, and nothing of it goes out."""
    item = await case.add()
    await case.describe(item)
    await case.stamp(timestamp_authority(case.house.settings.home / "tsa"))
    assert await case.acts.check(case.reference, actor=case.who(), reason="weekly") == ()
    case.spoil(item)
    with pytest.raises(RefusedError, match="original-kept"):
        await set_to(case, item.id, EvidenceStatus.CANDIDATE)
    (changed,) = await case.acts.check(case.reference, actor=case.who(), reason="weekly")
    assert changed.id == item.id
    found = (await case.acts.listing(case.reference))[-1]
    assert (found.intact, found.custody[-1].detail["found"]) == (False, "changed")
    with pytest.raises(BadInputError, match="not those that came in"):
        await case.export(case.house.settings.home / "bag")
    assert [path.name for path in case.house.settings.home.iterdir() if "bag" in path.name] == []


async def test_what_is_refused_leaves_a_line_and_nothing_else(case: Case) -> None:
    """No role, no reason, no basis, an unknown source: each with its reason, recorded, and nothing was kept."""
    nobody = Actor(id="visitor", roles=())
    new = NewFile("disk.img", IMAGE, "csirt-fr")
    ways = {
        RefusalReason.NOT_AUTHORISED: case.acts.add(
            case.reference, new, description=GROUND, actor=nobody, reason="curious"
        ),
        RefusalReason.REASON_MISSING: case.acts.show(case.reference, "E-1", actor=case.who(), reason=" "),
        RefusalReason.CONDITIONS_UNMET: case.acts.add(
            case.reference, new, description=Description(), actor=case.who(), reason="found"
        ),
        RefusalReason.UNKNOWN_SUBJECT: case.acts.add(
            case.reference, new._replace(source="nobody"), description=GROUND, actor=case.who(), reason="found"
        ),
    }
    for reason, act in ways.items():
        with pytest.raises(RefusedError) as refused:
            await act
        assert refused.value.reason == reason
    entries: list[JournalEntry] = await case.entries("desk.act.refused")
    assert [one.data["why"] for one in entries] == [reason.value for reason in ways]
    assert await case.entries("investigation.evidence") == []


@pytest.mark.parametrize(
    ("reference", "item", "content"), [("LEERP-1999-0001", None, IMAGE), (None, "E-none", IMAGE), (None, None, b"")]
)
async def test_what_is_not_there_and_an_empty_file_are_wrong_use(
    case: Case, reference: str | None, item: str | None, content: bytes
) -> None:
    """An unknown incident, an unknown item to derive from, and a file without content are said, and keep nothing."""
    new = NewFile("disk.img", content, "csirt-fr", derived_from=(item,) if item else ())
    with pytest.raises(BadInputError):
        await case.acts.add(reference or case.reference, new, description=GROUND, actor=case.who(), reason="found")
    assert await case.entries("investigation.evidence") == []


async def test_a_timestamp_covers_what_has_happened_and_nothing_is_stamped_twice(case: Case) -> None:
    """The entry names what was stamped, the token and the certificates; with nothing new there is nothing to stamp."""
    authority = timestamp_authority(case.house.settings.home / "tsa")
    head = (await case.entries())[-1]
    await case.stamp(authority)
    (entry,) = await case.entries("investigation.evidence.timestamped")
    assert (entry.data["seq"], entry.data["hash"], entry.data["tsa"]) == (head.seq, head.hash, "CN=Timestamps")
    assert isinstance(entry.data["clock_ahead_seconds"], int)
    with pytest.raises(RefusedError) as refused:
        await case.stamp(authority)
    assert refused.value.reason == RefusalReason.NOTHING_TO_DO


async def test_nothing_is_kept_of_a_timestamp_that_never_came(case: Case) -> None:
    """The authority is away: no entry, no document, and the next attempt is free."""

    class AwayError(LeerpError):
        """Nobody there."""

    async def ask(_: JournalEntry) -> None:
        raise AwayError("nobody there")

    before = len(await case.entries())
    with pytest.raises(AwayError):
        await Stamping(case.house.rooms, ask).stamp(  # type: ignore[arg-type]
            case.reference, actor=case.who(OFFICER), reason="every day"
        )
    assert len(await case.entries()) == before


async def test_an_exercise_asks_nobody_outside_for_a_timestamp(tmp_path: Path) -> None:
    """Refused before anybody is asked, and everything else of evidence can be rehearsed."""
    asked: list[JournalEntry] = []

    async def ask(entry: JournalEntry) -> Answer:
        asked.append(entry)
        raise AssertionError("somebody was asked")

    async with open_case(tmp_path / "drill", mode=Mode.EXERCISE) as drill:
        with pytest.raises(RefusedError) as refused:
            await Stamping(drill.house.rooms, ask).stamp(drill.reference, actor=drill.who(), reason="every day")
        assert (refused.value.reason, asked) == (RefusalReason.NOT_PERMITTED, [])
        await drill.add()
        bag = await drill.export(tmp_path / "bag")
    assert verify_bag(bag).export.mode is Mode.EXERCISE
