"""Activities of step II: grade, classify, and keep the presumption."""

from functools import reduce

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.facts import note
from activities.messages import Assess, ChangeGrade, Classified, Done, Fact, TakeInReport
from activities.rooms import Rooms
from leerp.facts import Facts
from leerp.incidents import Classification, IncidentPatch, Presumption
from leerp.journal import JournalEntry, JournalKind
from matrices import grading
from matrices.classification import classify
from matrices.merging import merge, settle
from matrices.tables import shipped
from records import incidents, journal, reports


class TriageActivities:
    """Grades and classification. The tables are pure; here they meet what is stored."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="triage.take_in")
    async def take_in(self, request: TakeInReport) -> Classified:
        """Record the grade that stands for a report that has arrived, and classify the incident anew."""
        await self.rooms.incident(request.incident)
        async with self.rooms.store.writing() as tx:
            stored = await reports.get(tx, request.report)
            provider = "provider" if stored.report.grade else "centre"
            data = {"report": stored.id, "scale": stored.grade.scale.value, "code": stored.grade.code, "by": provider}
            await note(tx, request, JournalKind.TRIAGE_GRADE_RECORDED, data)
            return await self._classify(tx, request, because=stored.id)

    @activity.defn(name="triage.change_grade")
    async def change_grade(self, request: ChangeGrade) -> Done:
        """Change a grade with the provider's agreement; without it the proposal alone is kept (Art. 29(3))."""
        async with self.rooms.store.writing() as tx:
            stored = await reports.get(tx, request.report)
            data = {
                "report": stored.id,
                "stands": str(stored.grade),
                "proposed": str(request.grade),
                "provider_agrees": request.provider_agrees,
                "reason": request.reason,
            }
            if not grading.may_change(stored.report.grade, request.grade, provider_agrees=request.provider_agrees):
                entry = await note(tx, request, JournalKind.TRIAGE_GRADE_PROPOSED, data)
                return Done(journal_seq=entry.seq)
            await reports.set_grade(tx, stored.id, request.grade)
            entry = await note(tx, request, JournalKind.TRIAGE_GRADE_CHANGED, data)
            await self._classify(tx, request, because=stored.id)
            return Done(journal_seq=entry.seq)

    @activity.defn(name="triage.assess")
    async def assess(self, request: Assess) -> Classified:
        """Settle facts and record an assessment; what a person settles wins over what reports assert."""
        async with self.rooms.store.writing() as tx:
            settled = request.facts.model_dump(mode="json", exclude_defaults=True)
            data = {"facts": settled, "reason": request.reason}
            entry = await note(tx, request, JournalKind.TRIAGE_FACTS_ASSESSED, data)
            if request.assessment:
                recorded = {"document": request.assessment}
                await note(tx, request, JournalKind.WARNING_ASSESSMENT_RECORDED, recorded)
            return await self._classify(tx, request, because=f"assessment {entry.seq}")

    async def _classify(self, tx: AsyncConnection, request: Fact, *, because: str) -> Classified:
        incident = await incidents.get(tx, request.incident)
        stored = await reports.of_incident(tx, request.incident)
        asserted = [(one.report.facts, one.grade) for one in stored]
        result = classify(shipped(incident.policy.table), merge(asserted, settled=await self._settled(tx, request)))
        await self._presume(tx, request, result)
        await incidents.patch(tx, request.incident, IncidentPatch(classification=result))
        data = result.model_dump(mode="json", exclude={"facts"}) | {"because": because}
        entry = await note(tx, request, JournalKind.TRIAGE_INCIDENT_CLASSIFIED, data)
        return Classified(journal_seq=entry.seq, level=result.level, recommendation=result.recommendation)

    async def _settled(self, tx: AsyncConnection, request: Fact) -> Facts:
        """What people have settled so far, the latest word on each fact; the journal remembers it."""
        kinds = {JournalKind.TRIAGE_FACTS_ASSESSED}
        entries = await journal.entries(tx, request.incident, kinds=kinds)
        return reduce(settle, (Facts.model_validate(entry.data["facts"]) for entry in entries), Facts())

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
