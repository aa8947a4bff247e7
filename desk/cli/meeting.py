"""`leerp meeting`: what becomes of a meeting once `leerp plan meet` has called it."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from activities.meetings import MeetingAnswers
from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, keep_document, send_act, who_acts
from desk.cli.running import SMALL_FILE, read_file
from desk.cli.running import Answer as Shown
from leerp.errors import BadInputError
from leerp.formats.strict import yaml_model
from leerp.meeting_acts import CancelMeetingAct, MinutesAct
from leerp.meetings import Answer, Meeting, Minutes
from leerp.protocol import ActName
from leerp.settings import Settings
from notifications.invitation_replies import MAX_BYTES, read_invitation_reply
from records import incidents, meetings, notices


def add_to(app: App) -> None:
    """Add this group of commands."""
    meeting = App(name="meeting", help="Meetings: answer, cancel, minutes, show.")
    for command in (answer, cancel, minutes, show):
        meeting.command(command)
    app.command(meeting)


async def answer(  # noqa: PLR0913 - a command has its options
    reference: str | None = None,
    meeting: str | None = None,
    reader: str | None = None,
    said: Answer | None = None,
    *,
    via: Annotated[str, Parameter(help="Who said so, and how.")] = "telephone",
    mail: Annotated[Path | None, Parameter(help="The answer of a calendar program (.eml or .ics).")] = None,
    officer: AsOfficer = None,
) -> Shown:
    """Record what a reader answers to a call: on the telephone, or with --mail FILE by its calendar program.

    A mail that is not signed with the reader's OpenPGP key counts as not proven, and takes the place of no proven one.
    """
    named = (reference, meeting, reader, said)
    if mail is not None:
        if any(named):
            raise BadInputError("--mail says itself whose answer it is; give no other")
        return await _by_mail(mail, officer)
    if reference is None or meeting is None or reader is None or said is None:
        raise BadInputError("name the incident, the meeting, the reader and the answer, or give --mail FILE")
    async with open_house(Settings()) as house:
        answers = MeetingAnswers(house.rooms)
        actor = who_acts(house, officer)
        done = await answers.by_officer(reference, meeting, reader=reader, answer=said, via=via, actor=actor)
    return _answered(done)


async def _by_mail(file: Path, officer: str | None) -> Shown:
    said = read_invitation_reply(read_file(str(file), limit=MAX_BYTES), name=str(file))
    async with open_house(Settings()) as house:
        done = await MeetingAnswers(house.rooms).by_mail(said, by=who_acts(house, officer).id)
    return _answered(done)


def _answered(meeting: Meeting) -> Shown:
    last = meeting.replies[-1]
    proof = "" if last.proven else "; it is not proven who said so"
    return Shown(data=meeting, lines=[f"{meeting.id}, {last.reader}: {last.answer.value}{proof}"])


async def cancel(reference: str, meeting: str, *, reason: Reason = "", officer: AsOfficer = None) -> Shown:
    """Cancel a meeting: whoever was called is told, and their calendars drop it."""
    fields = {"meeting": meeting, "reason": reason}
    return await send_act(ActName.MEETING_CANCEL, reference, CancelMeetingAct, officer=officer, **fields)


async def minutes(reference: str, meeting: str, file: Path, *, reason: Reason = "", officer: AsOfficer = None) -> Shown:
    """Keep the minutes of a meeting, a YAML or JSON file: who was there, and what was decided.

    Decisions go on record, and the actions in them into the plan. Where a country that is needed was not there, it
    takes a --reason.
    """
    written = yaml_model(Minutes, read_file(str(file), limit=SMALL_FILE), name=str(file))
    document = await keep_document(written, marking=written.whole_marking)
    fields = {"meeting": meeting, "minutes": document, "reason": reason}
    return await send_act(ActName.MEETING_MINUTES, reference, MinutesAct, officer=officer, **fields)


async def show(reference: str) -> Shown:
    """Show the meetings of an incident: who has answered what, and which needed countries have not accepted."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        await incidents.get(connection, reference)
        found = await meetings.of_incident(connection, reference)
        called = {one.id: await notices.audience(connection, one.notices[-1]) for one in found}
    header = ("meeting", "kind", "at", "state", "called", "accepted", "no answer", "needed and not accepted")
    rows = [
        (
            one.id,
            one.kind.value,
            one.at,
            one.state.value,
            len(called[one.id]),
            sum(reply.answer is Answer.ACCEPTED for reply in one.replies),
            len(one.without_answer(called[one.id])),
            ", ".join(one.not_promised),
        )
        for one in found
    ]
    return Shown(data=found, lines=[] if found else ["no meeting has been called"], header=header, rows=rows)
