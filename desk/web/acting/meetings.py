"""Forms about meetings: call, cancel, minutes, and what was answered."""

from typing import Any

from activities.meetings import MeetingAnswers
from desk.access.acts import DeskAct
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet, marking_fields
from desk.web.acting.done import newest
from desk.web.acting.fields import Field, Kind, Option, choices, reason
from leerp.errors import BadInputError
from leerp.formats.strict import yaml_model
from leerp.journal import JournalKind
from leerp.meeting_acts import CancelMeetingAct, MinutesAct
from leerp.meetings import Answer, Meeting, MeetingKind, MeetingState, Minutes, Resolution
from leerp.notices import NoticeKind
from leerp.protocol import ActName, MeetAct
from records import meetings

DECISIONS = 4
"""How many decisions the form has room for; a file takes more."""


async def _meet_sheet(case: Case) -> Sheet:
    kinds = choices(MeetingKind)
    return Sheet(
        fields=(
            Field(name="at", label="When (UTC)", kind=Kind.TIME, required=True),
            Field(name="place", label="Where", help="A room, or the link of a conference.", required=True),
            Field(name="minutes", label="How long, in minutes", kind=Kind.NUMBER, given=("60",), least=5, most=1440),
            Field(
                name="kind",
                label="Kind",
                kind=Kind.CHOICE,
                options=kinds,
                given=case.given("kind", MeetingKind.OPERATIONAL.value),
                help="An internal coordination goes to those inside, the others to liaison bureaux and contact points.",
            ),
            Field(name="eurojust", label="Eurojust too", kind=Kind.TICK),
            Field(
                name="needed",
                label="Countries that must be there",
                kind=Kind.NAMES,
                help="Two letters each; without them nothing can be decided there but for a reason that is kept.",
            ),
            case.readers("invite", "Call these and nobody else"),
            *await case.relation(NoticeKind.MEETING),
            reason(required=False),
        ),
        confirm="The call goes out at once.",
    )


async def _meet(making: Making) -> Made:
    values = making.values
    fields: dict[str, Any] = {
        "at": values.time("at", label="When"),
        "place": values.text("place"),
        "minutes": values.number("minutes", label="How long") or 60,
        "kind": values.text("kind") or MeetingKind.OPERATIONAL,
        "eurojust": values.ticked("eurojust"),
        "needed": values.several("needed"),
        "invite": values.several("invite"),
    }
    return await making.perform(ActName.MEET, MeetAct, fields | making.related())


async def _meetings(case: Case) -> list[Meeting]:
    """Those that were called and not cancelled."""
    found = await meetings.of_incident(case.connection, case.reference)
    return [one for one in found if one.state is MeetingState.CALLED]


def _which(case: Case, found: list[Meeting]) -> Field:
    options = tuple(
        Option(one.id, f"{one.kind.value.replace('_', ' ')} at {one.at:%Y-%m-%d %H:%M} UTC, {one.place}")
        for one in found
    )
    return Field(
        name="meeting", label="Meeting", kind=Kind.CHOICE, options=options, given=case.given("meeting"), required=True
    )


async def _cancel_sheet(case: Case) -> Sheet:
    found = await _meetings(case)
    return Sheet(
        fields=(_which(case, found), reason(required=True, help="Whoever was called is told it.")),
        confirm="Whoever was called is told at once, and their calendars drop it.",
        impossible="" if found else "No meeting is called that could be cancelled.",
    )


async def _cancel(making: Making) -> Made:
    fields = {"meeting": making.values.text("meeting")}
    return await making.perform(ActName.MEETING_CANCEL, CancelMeetingAct, fields)


async def _minutes_sheet(case: Case) -> Sheet:
    found = await _meetings(case)
    decisions = tuple(
        Field(name=f"decision-{number}", label=f"Decision {number}", kind=Kind.TEXT)
        for number in range(1, DECISIONS + 1)
    )
    lines = tuple((f"{one.id} needs", ", ".join(one.needed) or "no country") for one in found)
    return Sheet(
        fields=(
            _which(case, found),
            case.readers("attended", "Who was there"),
            Field(name="text", label="Minutes", kind=Kind.TEXT),
            *decisions,
            *marking_fields(case.incident),
            Field(
                name="file",
                label="Or a file",
                kind=Kind.FILE,
                help="YAML or JSON, as for leerp meeting minutes; decisions with actions, which go into the plan.",
            ),
            reason(required=False, help="Needed where a country that must be there was not."),
        ),
        stake=lines,
        impossible="" if found else "No meeting is called whose minutes could be kept.",
    )


async def _minutes(making: Making) -> Made:
    values = making.values
    given = await values.file("file", label="File")
    written = yaml_model(Minutes, given[0], name=given[1]) if given else _typed(making)
    document = await making.maker.keep_minutes(written)
    fields = {"meeting": values.text("meeting"), "minutes": document}
    return await making.perform(ActName.MEETING_MINUTES, MinutesAct, fields)


def _typed(making: Making) -> Minutes:
    values, marking = making.values, making.marking()
    texts = (values.text(f"decision-{number}") for number in range(1, DECISIONS + 1))
    decisions = tuple(Resolution(text=text, marking=marking) for text in texts if text)
    if not (values.text("text") or decisions):
        raise BadInputError("Write the minutes or a decision, or give a file")
    return Minutes(attended=values.several("attended"), text=values.text("text"), marking=marking, decisions=decisions)


async def _answer_sheet(case: Case) -> Sheet:
    found = await _meetings(case)
    return Sheet(
        fields=(
            _which(case, found),
            case.reader("reader", "Who answers"),
            Field(name="said", label="Answer", kind=Kind.ONE_OF, options=choices(Answer), required=True),
            Field(name="via", label="How", given=("telephone",), help="Who said so, and how.", required=True),
        ),
        impossible="" if found else "No meeting is called that could be answered.",
    )


async def _answer(making: Making) -> Made:
    values = making.values
    if not values.text("via"):
        raise BadInputError("How: say who answered, and how")
    said = values.text("said")
    if said not in set(Answer):
        raise BadInputError("Choose one of the answers")
    await MeetingAnswers(making.house.rooms).by_officer(
        making.reference,
        values.text("meeting"),
        reader=values.text("reader"),
        answer=Answer(said),
        via=values.text("via"),
        actor=making.principal.actor,
    )
    return await newest(making, JournalKind.PLAN_MEETING_ANSWERED)


FORMS = (
    ActForm(
        name="meet",
        act=ActName.MEET,
        title="Call a meeting",
        button="Call it",
        about="A meeting or a conference call; naming an earlier call moves that meeting.",
        sheet=_meet_sheet,
        make=_meet,
    ),
    ActForm(
        name="meeting-cancel",
        act=ActName.MEETING_CANCEL,
        title="Cancel a meeting",
        button="Cancel the meeting",
        about="A meeting that was called does not take place.",
        sheet=_cancel_sheet,
        make=_cancel,
    ),
    ActForm(
        name="meeting-minutes",
        act=ActName.MEETING_MINUTES,
        title="Keep the minutes",
        button="Keep the minutes",
        about="Who was there and what was decided. Decisions go on record, and the actions in them into the plan.",
        sheet=_minutes_sheet,
        make=_minutes,
    ),
    ActForm(
        name="meeting-answer",
        act=DeskAct.RECORD_ACKNOWLEDGEMENT,
        title="Record an answer to a call",
        button="Record the answer",
        about="What a reader has answered, on the telephone.",
        sheet=_answer_sheet,
        make=_answer,
    ),
)
