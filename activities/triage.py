"""Activities of step II: grade, classify, and keep the presumption."""

from collections.abc import Collection, Sequence
from functools import lru_cache, reduce

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.facts import note
from activities.messages import GONE, Assess, ChangeGrade, Classified, Fact, Graded, TakeInReport
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.facts import Facts, RootCause
from leerp.incidents import Classification, IncidentPatch, Presumption
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import LOOSEST
from leerp.protocol import RefusalReason
from matrices import grading
from matrices.assertions import Assertion
from matrices.classification import classify
from matrices.confidence import weigh
from matrices.corroboration import corroborate
from matrices.merging import merge, settle, unsettle
from matrices.tables import Table, Tables, load_table
from records import documents, incidents, journal, reports
from records.incidents import StoredIncident
from records.reports import StoredReport


class TriageActivities:
    """Grades and classification. The tables are pure; here they meet what is stored."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="triage.take_in")
    async def take_in(self, request: TakeInReport) -> Classified:
        """Record the grade that stands for a report that has arrived, and classify the incident anew.

        One that people have moved to another incident meanwhile is taken in there.
        """
        await self.rooms.admit(request.incident)

        async def work(tx: AsyncConnection) -> Classified:
            stored = await reports.get(tx, request.report)
            if stored.incident != request.incident:
                return GONE
            await note(tx, request, JournalKind.TRIAGE_GRADE_RECORDED, graded(stored))
            classified = await self.classify_anew(tx, request, because=stored.id)
            return classified.model_copy(update={"observables": len(stored.report.observables)})

        return await self.rooms.store.write(work)

    @activity.defn(name="triage.change_grade")
    async def change_grade(self, request: ChangeGrade) -> Graded:
        """Change a grade with the provider's agreement; without it the proposal alone is kept (Art. 29(3)).

        A report from open sources is graded by the centre, with nobody's agreement (Art. 29(6)).
        """
        async with self.rooms.store.writing() as tx:
            stored = await reports.get(tx, request.report)
            if stored.incident != request.incident:
                raise RefusedError(
                    f"{stored.id} is no report of {request.incident}; it is in {stored.incident}.",
                    reason=RefusalReason.UNKNOWN_SUBJECT,
                )
            data = {
                "report": stored.id,
                "stands": str(stored.grade),
                "proposed": str(request.grade),
                "provider_agrees": request.provider_agrees,
                "reason": request.reason,
            }
            agreed, public = request.provider_agrees, stored.report.open_source
            if public:
                data["by"] = "centre"
            if not grading.may_change(stored.grade, request.grade, provider_agrees=agreed, open_source=public):
                entry = await note(tx, request, JournalKind.TRIAGE_GRADE_PROPOSED, data)
                return Graded(journal_seq=entry.seq)
            await reports.set_grade(tx, stored.id, request.grade)
            entry = await note(tx, request, JournalKind.TRIAGE_GRADE_CHANGED, data)
            classified = await self.classify_anew(tx, request, because=stored.id)
            return Graded(
                journal_seq=entry.seq,
                **classified.model_dump(include={"level", "level_rank", "recommendation"}),
            )

    @activity.defn(name="triage.assess")
    async def assess(self, request: Assess) -> Classified:
        """Settle facts and record an assessment; what a person settles wins over what reports assert."""
        async with self.rooms.store.writing() as tx:
            settled = request.facts.model_dump(mode="json", exclude_defaults=True)
            data: dict[str, JsonValue] = {"facts": settled, "reason": request.reason}
            data |= {"table": request.table} if request.table else {}
            data |= {"unsettled": list(request.unsettle)} if request.unsettle else {}
            entry = await note(tx, request, JournalKind.TRIAGE_FACTS_ASSESSED, data)
            if request.assessment:
                recorded = {"document": request.assessment}
                await note(tx, request, JournalKind.WARNING_ASSESSMENT_RECORDED, recorded)
            return await self.classify_anew(tx, request, because=f"assessment {entry.seq}", table=request.table)

    async def classify_anew(
        self,
        tx: AsyncConnection,
        request: Fact,
        *,
        because: str,
        table: str | None = None,
        came: Collection[str] = (),
    ) -> Classified:
        """Classify the incident by all that it holds now; `came`: several reports that have come together."""
        incident = await incidents.get(tx, request.incident)
        stored = await reports.of_incident(tx, request.incident)
        asserted, settled = [self._asserted(one) for one in stored], await self.settled(tx, request.incident)
        chosen = await self._table(tx, incident, table)
        merged = merge(asserted, settled=settled)
        support = {
            "corroboration": corroborate(asserted, settled=settled, merged=merged),
            "confidence": weigh(chosen, asserted, settled=settled, merged=merged),
        }
        result = classify(chosen, merged).model_copy(update=support)
        await self._presume(tx, request, result)
        new = [one for one in stored if one.id == because or one.id in came]
        if result.presumption is Presumption.REBUTTED:
            await self._question(tx, request, new)
        await incidents.patch(tx, request.incident, IncidentPatch(classification=result))
        data = result.model_dump(mode="json", exclude={"facts"}) | {"because": because}
        entry = await note(tx, request, JournalKind.TRIAGE_INCIDENT_CLASSIFIED, data)
        return Classified(
            journal_seq=entry.seq,
            level=result.level,
            level_rank=result.level_rank,
            recommendation=result.recommendation,
        )

    def _asserted(self, stored: StoredReport) -> Assertion:
        """What a report asserts; an origin that the directory knows by another name is that stakeholder."""
        report = stored.report
        known = self.rooms.directory().named(report.origin) if report.origin else None
        return Assertion(report.facts, stored.grade, report.source, known.id if known else report.origin)

    async def _table(self, tx: AsyncConnection, incident: StoredIncident, wanted: str | None) -> Table:
        """The table that counts: the one a person names, as it stands now; else the very one the incident has had.

        The bytes of each table that was ever used are kept, so that a table that is changed or gone changes nothing
        for an incident that is under way.
        """
        if wanted or incident.classification is None:
            table = self.rooms.tables.named(wanted or incident.policy.table)
            await documents.put(tx, table.content, media_type="application/yaml", marking=LOOSEST.banner)
            return table
        return await table_of(tx, self.rooms.tables, incident)

    async def settled(self, tx: AsyncConnection, reference: str) -> Facts:
        """What people have settled so far, the latest word on each fact; the journal remembers it."""
        kinds = {JournalKind.TRIAGE_FACTS_ASSESSED}
        entries = await journal.entries(tx, reference, kinds=kinds)
        return reduce(_with, entries, Facts())

    async def _presume(self, tx: AsyncConnection, request: Fact, result: Classification) -> None:
        """Journal the presumption when it is first raised, and each time it changes; both stay on record."""
        kinds = {JournalKind.TRIAGE_PRESUMPTION_RAISED, JournalKind.TRIAGE_PRESUMPTION_REBUTTED}
        before: list[JournalEntry] = await journal.entries(tx, request.incident, kinds=kinds)
        kind = (
            JournalKind.TRIAGE_PRESUMPTION_RAISED
            if result.presumption is Presumption.RAISED
            else JournalKind.TRIAGE_PRESUMPTION_REBUTTED
        )
        if before and before[-1].kind is kind:
            return
        cause = result.facts.root_cause.value if result.facts.root_cause else None
        await note(tx, request, kind, {"root_cause": cause, "evidence": result.facts.rebuttal})

    async def _question(self, tx: AsyncConnection, request: Fact, new: Sequence[StoredReport]) -> None:
        """A report speaks of malice although the presumption is rebutted: that stands, and a person is asked.

        The desk shows the question until somebody answers it by an assessment.
        """
        kinds = {JournalKind.TRIAGE_PRESUMPTION_QUESTIONED, JournalKind.TRIAGE_FACTS_ASSESSED}
        before = await journal.entries(tx, request.incident, kinds=kinds)
        asked = bool(before) and before[-1].kind is JournalKind.TRIAGE_PRESUMPTION_QUESTIONED
        malice = [one.id for one in new if one.report.facts.root_cause is RootCause.MALICIOUS_ACTIONS]
        if malice and not asked:
            await note(tx, request, JournalKind.TRIAGE_PRESUMPTION_QUESTIONED, {"because": malice[0]})


def graded(stored: StoredReport) -> dict[str, JsonValue]:
    """What the journal says of the grade that stands for a report."""
    by = "provider" if stored.report.grade and not stored.report.open_source else "centre"
    return {"report": stored.id, "scale": stored.grade.scale.value, "code": stored.grade.code, "by": by}


async def table_of(c: AsyncConnection, tables: Tables, incident: StoredIncident) -> Table:
    """The very table that an incident was classified with last; before that, the one it will be classified with."""
    before = incident.classification
    if before is None:
        return tables.named(incident.policy.table)
    if before.table in tables.names():
        standing = tables.named(before.table)
        if standing.sha256 == before.table_sha256:
            return standing
    kept = await documents.find(c, before.table_sha256)
    if kept is None:  # classified by a version of leerp that did not keep tables yet
        return tables.named(incident.policy.table)
    return _kept(kept, before.table)


def _with(earlier: Facts, entry: JournalEntry) -> Facts:
    """What is settled after one more entry."""
    data = entry.data
    names = data.get("unsettled")
    kept = unsettle(earlier, [str(name) for name in names]) if isinstance(names, list) else earlier
    return settle(kept, Facts.model_validate(data["facts"]))


@lru_cache(maxsize=16)
def _kept(content: bytes, name: str) -> Table:
    return load_table(content, name=f"{name}, as it was")
