"""Activities of meetings: keep them, remind who has not answered, and take in what was decided."""

from datetime import timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import previewed_directory, usable_directory
from activities.drafting import meeting_id
from activities.due import Due
from activities.facts import note, note_once
from activities.meeting_messages import CancelMeeting, KeepMeeting, KeepMinutes, MeetingDone
from activities.messages import Look, ToSend
from activities.notice_making import frame, own_notice
from activities.roles import STAFF, need_role
from activities.rooms import Rooms
from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalKind
from leerp.meetings import Answer, Meeting, MeetingState, Minutes, Reply, Resolution, missing
from leerp.model import iso
from leerp.notices import Notice, NoticeKind
from leerp.protocol import Actor, RefusalReason
from leerp.stakeholders import Directory
from notifications.context import Meeting as Call
from notifications.forms.calendar_form import event_uid
from notifications.invitation_replies import InvitationReply
from notifications.replies import signed_by
from records import documents, incidents, journal, meetings, notices

REMINDERS = (timedelta(hours=24), timedelta(hours=1))
"""How long before a meeting those who have not answered are reminded (project assumption)."""

SHORT = REMINDERS[-1]
"""How long before it is raised that a needed country has not accepted (project assumption)."""


class MeetingActivities:
    """The meetings of an incident."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="meetings.keep")
    async def keep(self, request: KeepMeeting) -> MeetingDone:
        """Keep a meeting that was called; a call in the place of an earlier one moves that meeting."""
        async with self.rooms.store.writing() as tx:
            incident = await incidents.get(tx, request.incident)
            before = await meetings.of_notice(tx, request.incident, request.earlier)
            said: dict[str, object] = {"at": request.meeting_at, "minutes": request.minutes, "place": request.place}
            said |= {"kind": request.kind, "needed": tuple(sorted(set(request.needed)))}
            if before is None:
                identifier = meeting_id(incident, request.key)
                known: dict[str, object] = {
                    "id": identifier,
                    "incident": request.incident,
                    "notices": (request.notice,),
                }
                known |= {"called_at": request.at}
                meeting = Meeting.model_validate(known | said)
            else:  # another time is another question: what was answered to the first counts no more
                calls = tuple(dict.fromkeys((*before.notices, request.notice)))
                meeting = Meeting.model_validate(
                    {**dict(before), **said, "notices": calls, "replies": (), "called_at": request.at}
                )
            await meetings.save(tx, meeting)
            kind = JournalKind.PLAN_MEETING_MOVED if before else JournalKind.PLAN_MEETING_CALLED
            data: dict[str, JsonValue] = {"meeting": meeting.id, "notice": request.notice, "kind": meeting.kind.value}
            data |= {"meeting_at": iso(meeting.at), "minutes": meeting.minutes, "needed": [*meeting.needed]}
            data |= {"eurojust": request.eurojust}
            entry = await note(tx, request, kind, data)
        return MeetingDone(journal_seq=entry.seq, meeting=meeting.id, notice=request.notice)

    @activity.defn(name="meetings.cancel")
    async def cancel(self, request: CancelMeeting) -> MeetingDone:
        """Note that a meeting does not take place; its latest call is to be taken back."""
        async with self.rooms.store.writing() as tx:
            meeting = await meetings.get(tx, request.incident, request.meeting)
            if meeting.state is not MeetingState.CALLED and meeting.ended_by != request.key:
                sentence = f"{meeting.id} is {meeting.state.value}; there is nothing to cancel."
                raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
            ended = {"state": MeetingState.CANCELLED, "ended_by": request.key}
            await meetings.save(tx, meeting.model_copy(update=ended))
            data = {"meeting": meeting.id, "reason": request.reason}
            entry = await note(tx, request, JournalKind.PLAN_MEETING_CANCELLED, data)
        was = meeting.model_dump(include={"minutes", "place", "kind"})
        return MeetingDone(
            journal_seq=entry.seq, meeting=meeting.id, notice=meeting.notices[-1], meeting_at=meeting.at, **was
        )

    @activity.defn(name="meetings.keep_minutes")
    async def keep_minutes(self, request: KeepMinutes) -> MeetingDone:
        """Keep who was there and what was decided; where a needed country was missing, only for a reason."""
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.writing() as tx:
            meeting = await meetings.get(tx, request.incident, request.meeting)
            if meeting.state is MeetingState.CANCELLED:
                raise RefusedError(f"{meeting.id} was cancelled.", reason=RefusalReason.NOTHING_TO_DO)
            minutes = Minutes.model_validate_json(await documents.get(tx, request.minutes))
            absent = missing(meeting.needed, _countries(directory, minutes))
            if absent and minutes.decisions and not request.reason.strip():
                sentence = f"{', '.join(absent)} was needed and not there; say --reason why it is decided all the same."
                raise RefusedError(sentence, reason=RefusalReason.REASON_MISSING)
            held = {"state": MeetingState.HELD, "attended": minutes.attended}
            await meetings.save(tx, meeting.model_copy(update=held))
            data: dict[str, JsonValue] = {"meeting": meeting.id, "minutes": request.minutes, "missing": [*absent]}
            data |= {"attended": [*minutes.attended], "decisions": len(minutes.decisions)}
            entry = await note(tx, request, JournalKind.PLAN_MEETING_HELD, data)
            actions = [
                await _take(tx, request, meeting, decision, number=number, absent=absent)
                for number, decision in enumerate(minutes.decisions, start=1)
            ]
        return MeetingDone(
            journal_seq=entry.seq,
            meeting=meeting.id,
            notice=meeting.notices[-1],
            decisions=len(minutes.decisions),
            actions=tuple(action for action in actions if action),
            missing=absent,
        )


async def _take(
    tx: AsyncConnection,
    request: KeepMinutes,
    meeting: Meeting,
    decision: Resolution,
    *,
    number: int,
    absent: tuple[str, ...],
) -> str | None:
    """Put one decision on record; the SHA-256 of the action it asks for, if it asks for one."""
    action = None
    if decision.action:
        content, banner = decision.action.model_dump_json().encode(), decision.action.marking.banner
        action = await documents.put(tx, content, media_type="application/json", marking=banner)
    content, banner = decision.model_dump_json().encode(), decision.marking.banner
    document = await documents.put(tx, content, media_type="application/json", marking=banner)
    data: dict[str, JsonValue] = {"meeting": meeting.id, "number": number, "document": document, "marking": banner}
    data |= {"action": decision.action.id} if decision.action else {}
    data |= {"without_quorum": request.reason} if absent else {}
    await note(tx, request, JournalKind.PLAN_DECISION_TAKEN, data, subject=str(number))
    return action


def _countries(directory: Directory, minutes: Minutes) -> set[str]:
    """The countries of those who were there; whom the directory does not know is nobody."""
    known = directory.by_id()
    unknown = [one for one in minutes.attended if one not in known]
    if unknown:
        sentence = f"{', '.join(unknown)}: not in the directory; name who was there by their ids."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
    return {country for one in minutes.attended if (country := known[one].country) is not None}


async def look(tx: AsyncConnection, rooms: Rooms, request: Look) -> Due:
    """Remind who has not answered, and raise what is missing for a quorum; once for each time there is one."""
    waiting = [one for one in await meetings.of_incident(tx, request.incident) if one.state is MeetingState.CALLED]
    sent, times = [], []
    for meeting in waiting:
        for before in REMINDERS:
            time = meeting.at - before
            if request.at < time:
                times.append(time)
            elif request.at < meeting.at and (notice := await _remind(tx, rooms, request, meeting, before)):
                sent.append(ToSend(notice=notice, kind=NoticeKind.MEETING))
        if meeting.at - SHORT <= request.at < meeting.at and meeting.not_promised:
            await _raise_short(tx, request, meeting)
    return Due(min(times, default=None), tuple(sent))


async def _remind(tx: AsyncConnection, rooms: Rooms, request: Look, meeting: Meeting, before: timedelta) -> str | None:
    """The notice that reminds those who have said nothing; None where nobody is left, or another look has done it."""
    key = f"meeting/{meeting.id}/{iso(meeting.at)}/{int(before.total_seconds())}"
    done = await journal.entries(tx, request.incident, kinds={JournalKind.PLAN_MEETING_REMINDED})
    entry = next((one for one in done if one.data["reminder"] == key), None)
    if entry is not None:
        return str(entry.data["notice"]) if entry.data["look"] == request.key else None
    silent = meeting.without_answer(await notices.audience(tx, meeting.notices[-1]))
    if not silent or meeting.at - meeting.called_at <= before:  # it was called later than that
        return None
    notice = await _reminder(tx, rooms, request, meeting, key)
    version = rooms.directory().version
    await notices.save(tx, notice, audience=silent, directory_version=version, at=request.at)
    await notices.release(tx, notice.id, at=request.at, by=request.actor, restrictions_read=False)
    data: dict[str, JsonValue] = {"meeting": meeting.id, "notice": notice.id, "readers": [*silent]}
    data |= {"look": request.key, "reminder": key}
    kind = JournalKind.PLAN_MEETING_REMINDED
    await note_once(tx, request, kind, data, key=key)
    return notice.id


async def _reminder(tx: AsyncConnection, rooms: Rooms, request: Look, meeting: Meeting, key: str) -> Notice:
    incident = await incidents.get(tx, request.incident)
    directory = await previewed_directory(rooms)
    called = meeting.model_dump(include={"id", "kind", "at", "place", "minutes"})
    meeting_word = Call.model_validate(called | {"reminder": True})
    context = frame(incident, directory, request.at, meeting=meeting_word)
    return own_notice(incident, NoticeKind.MEETING, context, key=key)


async def _raise_short(tx: AsyncConnection, request: Look, meeting: Meeting) -> None:
    await note_once(
        tx,
        request,
        JournalKind.PLAN_MEETING_SHORT,
        {"meeting": meeting.id, "missing": [*meeting.not_promised]},
        key=f"meeting/{meeting.id}/{iso(meeting.at)}/short",
    )


class MeetingAnswers:
    """What readers answer to a call. It decides nothing, so no workflow is asked."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def by_officer(
        self, reference: str, meeting: str, *, reader: str, answer: Answer, via: str, actor: Actor
    ) -> Meeting:
        """What a reader told an officer."""
        need_role(actor, STAFF)
        return await self._answered(reference, meeting, reader, answer, via=via, proven=True, by=actor.id)

    async def by_mail(self, said: InvitationReply, *, by: str) -> Meeting:
        """An answer of a calendar program, handed in by an officer.

        It is proven by the reader's pinned OpenPGP key over a text that holds the event; else it counts as said by
        nobody knows whom, and the desk shows that.
        """
        async with self._rooms.store.reading() as connection:
            standing = await meetings.everywhere(connection, mode=self._rooms.mode)
            meeting = next((one for one in standing if event_uid(one.incident, one.id) == said.uid), None)
            invited = await notices.audience(connection, meeting.notices[-1]) if meeting else ()
        if meeting is None:
            raise BadInputError("the answer is to no meeting that was called; call the reader, and record the answer")
        directory = await previewed_directory(self._rooms)
        known = (directory.stakeholder(one) for one in invited)
        readers = [one for one in known if one and said.attendee in {point.address.lower() for point in one.contacts}]
        if len(readers) != 1:
            raise RefusedError(
                "The address that answers is that of no one reader who was called; call the reader.",
                reason=RefusalReason.UNKNOWN_SUBJECT,
            )
        keys = [point.whole_key for point in readers[0].contacts if point.whole_key]
        at = self._rooms.wall_clock()
        signed = said.mail and signed_by(said.mail, keys, naming=said.uid, at=at)
        reader, reference = readers[0].id, meeting.incident
        return await self._answered(
            reference, meeting.id, reader, said.answer, via="mail", proven=signed is not None, by=by
        )

    async def _answered(  # noqa: PLR0913 - who answered what, how, and who says so
        self, reference: str, identifier: str, reader: str, answer: Answer, *, via: str, proven: bool, by: str
    ) -> Meeting:
        known = self._rooms.directory().stakeholder(reader)
        at = self._rooms.wall_clock()
        async with self._rooms.store.writing() as tx:
            meeting = await meetings.get(tx, reference, identifier)
            invited = await notices.audience(tx, meeting.notices[-1])
            if known is None or reader not in invited:
                sentence = f"{reader} was not called to {identifier}."
                raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
            if meeting.state is not MeetingState.CALLED:
                sentence = f"{identifier} is {meeting.state.value}; nothing is left to answer."
                raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
            if not proven and any(one.reader == reader and one.proven for one in meeting.replies):
                sentence = f"{reader} has answered already, and that is proven; this answer is not. Call the reader."
                raise RefusedError(sentence, reason=RefusalReason.NOT_AUTHORISED)
            reply = Reply(reader=reader, country=known.country, answer=answer, at=at, via=via, proven=proven)
            meeting = meeting.answered(reply)
            await meetings.save(tx, meeting)
            data: dict[str, JsonValue] = {"meeting": identifier, "reader": reader, "answer": answer.value}
            data |= {"via": via, "proven": proven}
            await journal.append(
                tx,
                incident=reference,
                at=at,
                actor=by,
                kind=JournalKind.PLAN_MEETING_ANSWERED,
                data=data,
                key=f"answer/{identifier}/{reader}/{iso(at)}",
            )
        return meeting
