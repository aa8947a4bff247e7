"""Activities that draft and release notices: what is said, to whom, as it stands now."""

import hashlib
import hmac
from datetime import timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.facts import note
from activities.messages import Done, Drafted, DraftNotice, NoticeTask, ReleaseNotice
from activities.rooms import Rooms
from leerp.assessments import Assessment
from leerp.errors import RefusedError
from leerp.facts import Facts
from leerp.journal import JournalKind
from leerp.marking import Marking
from leerp.notices import Notice, NoticeKind
from leerp.plans import Plan
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory
from notifications.audience import audience
from notifications.composing import compose
from notifications.context import Ask, Closing, Meeting, NoticeContext
from notifications.templating import statement
from records import contributions, documents, incidents, journal, ledger, notices, reports
from records.incidents import StoredIncident

LAUNCH = (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
WARNINGS = (NoticeKind.EARLY_WARNING, NoticeKind.UPDATE)


class DraftingActivities:
    """Notices, from what is stored to what waits for release."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="notice.draft")
    async def draft(self, request: DraftNotice) -> Drafted:
        """Draft a notice and fix who it is for. Refused when nobody would be told (fail closed)."""
        await self.rooms.incident(request.incident)
        directory = await usable_directory(self.rooms)  # the addresses of the centre are what readers answer to
        async with self.rooms.store.writing() as tx:
            incident = await incidents.get(tx, request.incident)
            readers = await self._readers(tx, request, directory)
            if not readers and not request.may_be_empty:
                sentence = f"Nobody in the directory is to get a {request.kind.value} of {request.incident}."
                raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
            notice = Notice(
                id=_notice_id(incident, request),
                incident=request.incident,
                kind=request.kind,
                mode=incident.mode,
                issued_at=request.at,
                issuer=directory.centre.name,
                portions=compose(request.kind, await self._context(tx, request, incident, directory)),
                acknowledge_within_minutes=request.acknowledge_within_minutes,
            )
            version = directory.version
            await notices.save(tx, notice, audience=readers, directory_version=version, at=request.at)
            data = {"notice": notice.id, "kind": request.kind.value, "readers": len(readers), "directory": version}
            data |= {"marking": notice.marking.banner}
            entry = await note(tx, request, JournalKind(f"{request.kind.step}.notice.drafted"), data)
        return Drafted(notice=notice.id, marking=notice.marking.banner, readers=len(readers), journal_seq=entry.seq)

    async def _readers(self, tx: AsyncConnection, request: DraftNotice, directory: Directory) -> tuple[str, ...]:
        """Closure goes to exactly those who were told of the launch (rule 9); everything else by the directory."""
        launched = await ledger.readers(tx, request.incident, LAUNCH, or_pending=True)
        if request.kind is NoticeKind.CLOSURE:
            return launched
        known = directory.by_id().keys()
        unknown = [name for name in request.named if name not in known]
        if unknown:
            sentence = f"{', '.join(unknown)}: not in the directory; nobody was told."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        if request.only_named:
            return tuple(sorted(set(request.named)))
        # who joined late is warned like the others; the meeting and the plan stay with law enforcement (seed, V)
        late = [name for name in launched if request.kind in WARNINGS and name in known]
        return audience(request.kind, directory, named=(*request.named, *late), eurojust=request.eurojust)

    async def _context(
        self, tx: AsyncConnection, request: DraftNotice, incident: StoredIncident, directory: Directory
    ) -> NoticeContext:
        stored = await reports.of_incident(tx, request.incident)
        reference = request.incident
        contacts = tuple(f"{contact.channel}: {contact.address}" for contact in directory.centre.contacts)
        return NoticeContext(
            reference=reference,
            mode=incident.mode,
            issued_at=request.at,
            issuer=directory.centre.name,
            centre_contacts=contacts,
            reports=tuple((one.report, one.grade) for one in stored),
            classification=incident.classification,
            facts=incident.classification.facts if incident.classification else Facts(),
            assessments=await self._assessments(tx, reference),
            team=incident.team,
            command_post=contacts[0],
            plan=incident.plan,
            hits=tuple(await contributions.hits(tx, reference)),
            meeting=_meeting(request),
            closing=_closing(request, incident.marking),
            asks=_asks(request),
        )

    async def _assessments(self, tx: AsyncConnection, reference: str) -> tuple[tuple[str, Marking], ...]:
        kinds = {JournalKind.WARNING_ASSESSMENT_RECORDED}
        found = []
        for entry in await journal.entries(tx, reference, kinds=kinds):
            content = await documents.get(tx, str(entry.data["document"]))
            assessment = Assessment.model_validate_json(content)
            found.append((assessment.text, assessment.marking))
        return tuple(found)

    @activity.defn(name="notice.release")
    async def release(self, request: ReleaseNotice) -> Done:
        """Let a drafted notice go, on the word of one person or of two."""
        async with self.rooms.store.writing() as tx:
            read = request.restrictions_read
            await notices.release(tx, request.notice, at=request.at, by=request.actor, restrictions_read=read)
            data: dict[str, JsonValue] = {"notice": request.notice, "kind": request.kind.value}
            data |= {"reason": request.reason}
            data |= {"choice": f"release {request.kind.value}"}
            if request.proposed_by:
                data |= {"proposed_by": request.proposed_by, "approved_by": request.actor}
                data |= {"approval_reason": request.approval_reason}
            entry = await note(tx, request, JournalKind(f"{request.kind.step}.notice.released"), data)
            if request.kind is NoticeKind.ACTION_PLAN:
                await self._mark_disseminated(tx, request.incident)
        return Done(journal_seq=entry.seq)

    async def _mark_disseminated(self, tx: AsyncConnection, reference: str) -> None:
        plan: Plan = (await incidents.get(tx, reference)).plan
        await incidents.set_plan(tx, reference, plan.model_copy(update={"disseminated_version": plan.version}))

    @activity.defn(name="notice.feed_blueprint")
    async def feed_blueprint(self, request: NoticeTask) -> Done:
        """Record which readers take the early warning into the shared situational awareness (seed, IV.4)."""
        everybody = self.rooms.directory().by_id()
        async with self.rooms.store.writing() as tx:
            told = await ledger.readers(tx, request.incident, {request.kind})
            fed = [name for name in told if (one := everybody.get(name)) and one.blueprint]
            data = {"notice": request.notice, "readers": fed}
            entry = await note(tx, request, JournalKind.WARNING_BLUEPRINT_FED, data)
        return Done(journal_seq=entry.seq)


def _notice_id(incident: StoredIncident, request: DraftNotice) -> str:
    """An id that tells a reader nothing of how many other notices there are: keyed by the incident's secret."""
    digest = hmac.new(bytes.fromhex(incident.secret), request.key.encode(), hashlib.sha256).hexdigest()
    return f"N-{digest[:20]}"


def _meeting(request: DraftNotice) -> Meeting | None:
    if request.meeting_at is None or request.meeting_place is None:
        return None
    return Meeting(at=request.meeting_at, place=request.meeting_place)


def _closing(request: DraftNotice, marking: Marking) -> Closing | None:
    """The reason is an officer's words about the whole incident, and marked like it."""
    if request.outcome is None:
        return None
    return Closing.model_validate({"outcome": request.outcome, "reason": request.reason, "marking": marking})


def _asks(request: DraftNotice) -> tuple[Ask, ...]:
    """The one thing every notice with a deadline asks for."""
    if request.acknowledge_within_minutes is None:
        return ()
    by = request.at + timedelta(minutes=request.acknowledge_within_minutes)
    return (Ask(text=statement("acknowledge"), by=by),)
