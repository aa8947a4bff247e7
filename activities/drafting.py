"""Activities that draft and release notices: what is said, to whom, as it stands now."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.delivery_planning import planner_of, readers_of
from activities.facts import note
from activities.messages import Done, Drafted, DraftNotice, NoticeTask, ReleaseNotice
from activities.notice_making import contact_lines, drafted_notice, frame
from activities.rooms import Rooms
from leerp.assessments import Assessment
from leerp.contributions import Hit
from leerp.errors import RefusedError
from leerp.facts import Facts
from leerp.hits import Meeting as HitMeeting
from leerp.journal import JournalKind
from leerp.marking import HandlingCode, Marking, WithheldReason
from leerp.model import iso
from leerp.notices import Notice, NoticeKind, Portion, Relation
from leerp.opaque_ids import opaque_id
from leerp.plans import Plan
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory
from notifications.audience import audience
from notifications.composing import compose, compose_recall
from notifications.context import Ask, Closing, Meeting, NoticeContext
from notifications.templating import statement
from records import documents, incidents, journal, ledger, meetings, notices, pool, reports, withholding
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
        await self.rooms.admit(request.incident)
        directory = await usable_directory(self.rooms)  # the addresses of the centre are what readers answer to
        async with self.rooms.store.writing() as tx:
            incident = await incidents.get(tx, request.incident)
            readers = await self._readers(tx, request, directory)
            recalls = request.relation is Relation.RECALLS  # it stops what is still to be sent, reached or not
            if not readers and not request.may_be_empty and not recalls:
                sentence = f"Nobody in the directory is to get a {request.kind.value} of {request.incident}."
                raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
            earlier = await _earlier(tx, request)
            context = await self.context(tx, request, incident, directory)
            portions = _portions(request, context, earlier)
            notice = drafted_notice(incident, request, directory, portions, earlier=earlier)
            version = directory.version
            await notices.save(tx, notice, audience=readers, directory_version=version, at=request.at)
            data = {"notice": notice.id, "kind": request.kind.value, "readers": len(readers), "directory": version}
            data |= {"marking": notice.marking.banner}
            data |= {notice.relation.value: str(notice.earlier)} if notice.relation else {}
            data |= {"next_update_at": iso(request.next_update_at)} if request.next_update_at else {}
            entry = await note(tx, request, JournalKind(f"{request.kind.step}.notice.drafted"), data)
        if self.rooms.ahead:
            await self._begin(notice, request, directory)
        return Drafted(
            notice=notice.id,
            marking=notice.marking.banner,
            readers=len(readers),
            journal_seq=entry.seq,
            level=notice.marking.level,
            restricted_by=tuple(
                sorted({one.provider for one in notice.marking.handling if one.code is HandlingCode.H3})
            ),
        )

    async def _begin(self, notice: Notice, request: DraftNotice, directory: Directory) -> None:
        """Have its documents set, for whoever it would go to if it were released now and its restrictions read."""
        read = notice.model_copy(update={"restrictions_read": True})
        async with self.rooms.store.reading() as connection:
            readers = await readers_of(connection, read)
            planner = await planner_of(connection, read, self.rooms, directory=directory, at=request.at)
        planner.begin(readers)

    async def _readers(self, tx: AsyncConnection, request: DraftNotice, directory: Directory) -> tuple[str, ...]:
        """Closure goes to exactly those who were told of the launch (rule 9); everything else by the directory."""
        if request.relation is Relation.RECALLS and request.earlier is not None:
            return tuple(sorted(await withholding.reached(tx, request.earlier)))
        launched = await ledger.readers(tx, request.incident, LAUNCH, or_pending=True)
        if request.kind is NoticeKind.CLOSURE:
            return launched
        known = directory.by_id().keys()
        unknown = [name for name in request.named if name not in known]
        if unknown:
            sentence = f"{', '.join(unknown)}: not in the directory; nobody was told."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        if request.inside:
            return audience(NoticeKind.LAUNCH_INTERNAL, directory, named=request.named)
        if request.only_named:
            return tuple(sorted(set(request.named)))
        late = await self._late(tx, request, launched) if request.kind in WARNINGS else ()
        named = (*request.named, *(name for name in late if name in known))
        return audience(request.kind, directory, named=named, eurojust=request.eurojust)

    async def _late(self, tx: AsyncConnection, request: DraftNotice, launched: tuple[str, ...]) -> tuple[str, ...]:
        """Who joined late is warned like the others; the meeting and the plan stay with law enforcement (seed, V).

        Also whoever is named already, but whose launch notice is only on its way into the ledger.
        """
        return (*launched, *await ledger.to_be_planned(tx, request.incident, LAUNCH))

    async def context(
        self, tx: AsyncConnection, request: DraftNotice, incident: StoredIncident, directory: Directory
    ) -> NoticeContext:
        """What is known at this moment."""
        stored = await reports.of_incident(tx, request.incident)
        reference = request.incident
        return frame(
            incident,
            directory,
            request.at,
            reports=tuple((one.report, one.grade) for one in stored),
            classification=incident.classification,
            facts=incident.classification.facts if incident.classification else Facts(),
            assessments=await self._assessments(tx, reference),
            team=incident.team,
            command_post=contact_lines(directory)[0],
            plan=incident.plan,
            hits=tuple(_hit(one) for one in await pool.meetings(tx, reference)),
            meeting=await _meeting(tx, request, incident),
            closing=_closing(request, incident.marking),
            asks=asks_of(request),
            next_update_at=request.next_update_at,
            level_before=request.level_before,
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
            stopped = await _to_be_stopped(tx, request.notice)
            read = request.restrictions_read
            ground = request.ground
            await notices.release(
                tx, request.notice, at=request.at, by=request.actor, restrictions_read=read, ground=ground
            )
            data: dict[str, JsonValue] = {"notice": request.notice, "kind": request.kind.value}
            data |= {"reason": request.reason}
            data |= {"choice": f"release {request.kind.value}"}
            data |= {"ground": ground.value} if ground else {}
            if request.proposed_by:
                data |= {"proposed_by": request.proposed_by, "approved_by": request.actor}
                data |= {"approval_reason": request.approval_reason}
            entry = await note(tx, request, JournalKind(f"{request.kind.step}.notice.released"), data)
            await _stop(tx, request, stopped)
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
            told = await ledger.readers(tx, request.incident, {request.kind}, or_pending=True)  # a channel may be slow
            fed = [name for name in told if (one := everybody.get(name)) and one.blueprint]
            data = {"notice": request.notice, "readers": fed}
            entry = await note(tx, request, JournalKind.WARNING_BLUEPRINT_FED, data)
        return Done(journal_seq=entry.seq)


async def _earlier(tx: AsyncConnection, request: DraftNotice) -> Notice | None:
    return await notices.get(tx, request.earlier) if request.earlier else None


def _portions(request: DraftNotice, context: NoticeContext, earlier: Notice | None) -> tuple[Portion, ...]:
    """What the notice says; a recall says why, under the marking of what it takes back."""
    if request.relation is Relation.RECALLS and earlier is not None:
        return compose_recall(context, reason=request.reason, marking=earlier.marking)
    return compose(request.kind, context)


async def _to_be_stopped(tx: AsyncConnection, notice: str) -> dict[str, WithheldReason]:
    """What goes to nobody any more once this notice is released, and why; nobody delivers any of it meanwhile.

    It is what the notice replaces, corrects or recalls, and the copies that an override made of that. To be asked
    before anything is journalled: who delivers holds a notice and then the journal, and two that hold the same things
    the other way round wait in a ring.
    """
    released = await notices.get(tx, notice)
    if released.relation is None or released.earlier is None:
        return {}
    await withholding.keep_still(tx, released.earlier)
    made = await copies(tx, released.incident, released.earlier)
    await withholding.keep_still(tx, *made)
    return dict.fromkeys((released.earlier, *made), released.relation.stops)


async def _stop(tx: AsyncConnection, request: ReleaseNotice, stopped: Mapping[str, WithheldReason]) -> None:
    for one, reason in stopped.items():
        rows = await withholding.stop(tx, one, reason, by=request.notice, at=request.at)
        data: dict[str, JsonValue] = {"notice": one, "by": request.notice, "reason": reason.value}
        data |= {"readers": [*sorted({row.planned.reader.id for row in rows})]}
        await note(tx, request, JournalKind.DELIVERY_NOTICE_STOPPED, data, subject=one)


async def copies(c: AsyncConnection, incident: str, notice: str) -> list[str]:
    """The notices that said the same to Member States with the restrictions of providers lifted."""
    entries = await journal.entries(c, incident, kinds={JournalKind.DELIVERY_RESTRICTION_LIFTED})
    return [str(entry.data["copy"]) for entry in entries if entry.data["notice"] == notice]


def _hit(met: HitMeeting) -> Hit:
    """As much of it as a notice tells: between whom."""
    said = met.model_dump(include={"first", "second", "first_owner", "second_owner", "at"})
    return Hit(observable="", **said)


async def _meeting(tx: AsyncConnection, request: DraftNotice, incident: StoredIncident) -> Meeting | None:
    """When and where; a call in the place of an earlier one is to the same meeting."""
    if request.meeting_at is None or request.meeting_place is None:
        return None
    identifier = None
    if request.meeting_kind is not None:
        before = await meetings.of_notice(tx, request.incident, request.earlier)
        identifier = before.id if before else meeting_id(incident, request.key)
    return Meeting(
        id=identifier,
        kind=request.meeting_kind,
        at=request.meeting_at,
        place=request.meeting_place,
        minutes=request.meeting_minutes,
    )


def meeting_id(incident: StoredIncident, key: str) -> str:
    """An id that tells nothing of how many other meetings there are."""
    return opaque_id("M", f"meeting/{key}", secret=incident.secret)


def _closing(request: DraftNotice, marking: Marking) -> Closing | None:
    """The reason is an officer's words about the whole incident, and marked like it."""
    if request.outcome is None:
        return None
    return Closing.model_validate({"outcome": request.outcome, "reason": request.reason, "marking": marking})


def asks_of(request: DraftNotice) -> tuple[Ask, ...]:
    """The one thing every notice with a deadline asks for."""
    if request.acknowledge_within_minutes is None:
        return ()
    # Where groups have times of their own, a statement for all of them names none; each variant says its reader's.
    shared = not request.acknowledge_within_minutes_by_group
    by = request.at + timedelta(minutes=request.acknowledge_within_minutes) if shared else None
    return (Ask(text=statement("acknowledge"), by=by),)
