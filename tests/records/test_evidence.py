"""Evidence as told from the journal and the documents, on both engines."""

from typing import Any

import pytest
import rfc8785

from leerp.errors import BadInputError
from leerp.evidence import Acquisition, Description, EvidenceStatus
from leerp.journal import JournalKind
from leerp.marking import Level, Marking
from leerp.model import Model
from records import contributions, documents, evidence, journal, reports
from records.store import Store
from tests.records.cast import CSIRT, LIAISON, NOON, contribution, report

HIGH = Marking(level=Level.CONFIDENTIEL)


async def append(store: Store, reference: str, kind: JournalKind, key: str, **data: Any) -> None:
    """An entry of evidence."""
    async with store.writing() as tx:
        await journal.append(tx, incident=reference, at=NOON, actor="duty", kind=kind, data=data, key=key)


async def keep(store: Store, document: Model) -> str:
    """Keep what a person wrote."""
    content = rfc8785.dumps(document.model_dump(mode="json", exclude_none=True))
    async with store.writing() as tx:
        return await documents.put(tx, content, media_type="application/json", marking="m")


async def test_items_come_from_reports_contributions_and_files_with_their_own_marking(
    store: Store, reference: str
) -> None:
    """Each in the order of its coming in, found by its id or by what it is of; another incident's are not there."""
    marked = report(CSIRT).model_copy(update={"marking": HIGH})
    async with store.writing() as tx:
        first = await reports.store(tx, report=marked, raw=b"r", received_at=NOON, incident=reference)
        second = await contributions.store(
            tx, contribution=contribution(LIAISON), raw=b"c", received_at=NOON, incident=reference
        )
    told = {"marking": "m", "source": CSIRT, "contributor": LIAISON}
    received = JournalKind.DETECTION_REPORT_RECEIVED
    await append(store, reference, received, "1", report=first.id, raw_sha256=first.raw_sha256, **told)
    kind = JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED
    await append(store, reference, kind, "2", contribution=second.id, raw_sha256=second.raw_sha256, **told)
    record = await keep(store, Acquisition(name="disk.img", source=CSIRT, marking=HIGH))
    acquired = JournalKind.INVESTIGATION_EVIDENCE_ACQUIRED
    await append(store, reference, acquired, "3", item="E-3", sha256="ab" * 32, bytes=4, record=record, **told)
    async with store.reading() as c:
        items = await evidence.of_incident(c, reference)
        assert [one.of for one in items] == [first.id, second.id, None]
        assert [await evidence.marking(c, reference, one) for one in items] == [HIGH, Marking(), HIGH]
        chosen = await evidence.get_all(c, reference, ["E-3", first.id, items[0].id])
        assert [one.id for one in chosen] == [items[0].id, "E-3"]
        with pytest.raises(BadInputError, match="has no evidence 'E-4'"):
            await evidence.get(c, reference, "E-4")
        assert await evidence.of_incident(c, "LEERP-1999-0001") == ()


async def test_what_is_said_later_adds_to_what_was_said_before(store: Store, reference: str) -> None:
    """Two descriptions are put together, the later one first; the status is the last that a person set."""
    kind = JournalKind.INVESTIGATION_EVIDENCE_ACQUIRED
    await append(store, reference, kind, "1", item="E-1", sha256="ab" * 32, bytes=4, marking="m", source=CSIRT)
    for key, said in (
        ("2", Description(original=True, earlier_custody="first")),
        ("3", Description(earlier_custody="second", limits=())),
    ):
        sha256 = await keep(store, said)
        described = JournalKind.INVESTIGATION_EVIDENCE_DESCRIBED
        await append(store, reference, described, key, item="E-1", description=sha256)
    status = JournalKind.INVESTIGATION_EVIDENCE_STATUS_SET
    await append(store, reference, status, "4", item="E-1", before="intelligence_only", status="candidate")
    async with store.reading() as c:
        item = await evidence.get(c, reference, "E-1")
        whole = await evidence.description(c, item)
    assert item.status is EvidenceStatus.CANDIDATE
    assert whole == Description(original=True, earlier_custody="second", limits=())
    assert [one.action.value for one in item.custody] == ["acquired", "described", "described", "status_set"]
