"""Forms about the rota of the team: plan, change, take over."""

from desk.web.acting.case import ActForm, Case, Made, Making, Sheet
from desk.web.acting.fields import Field, Kind, Option, choices, reason
from leerp.handover import HandoverNote
from leerp.protocol import ActName
from leerp.rota import Pattern
from leerp.rota_acts import TeamChange, TeamChangeAct, TeamConfirmAct, TeamPlanAct
from records import documents, rotas

_CHANGES = {
    TeamChange.ABSENT: Option("absent", "somebody cannot come", "From and to; the seats ahead are filled again."),
    TeamChange.SWAP: Option("swap", "two swap shifts", "The shift that is given away, and who takes it."),
    TeamChange.OVERTIME: Option("overtime", "somebody agrees to overtime", "The hours, and how it was agreed."),
}


async def _plan_sheet(case: Case) -> Sheet:
    standing = await rotas.standing(case.connection, case.incident)
    stake = []
    if standing is not None:
        rota = standing.rota
        stake = [
            ("Stands", f"version {rota.version}, until {rota.ends_at:%Y-%m-%d %H:%M} UTC, {rota.missing} seats empty")
        ]
    return Sheet(
        fields=(
            Field(name="starts_at", label="From (UTC)", kind=Kind.TIME, help="Empty: now."),
            Field(name="ends_at", label="Until (UTC)", kind=Kind.TIME, help="At most 14 days; empty: seven days on."),
            Field(
                name="pattern",
                label="Shifts",
                kind=Kind.CHOICE,
                options=choices(Pattern),
                given=(Pattern.THREE_EIGHTS.value,),
            ),
            reason(required=False),
        ),
        stake=tuple(stake),
        confirm="Shifts that have begun stay as they are. It can take some seconds.",
    )


async def _plan(making: Making) -> Made:
    values = making.values
    fields = {
        "starts_at": values.time("starts_at", label="From"),
        "ends_at": values.time("ends_at", label="Until"),
        "pattern": values.text("pattern") or Pattern.THREE_EIGHTS,
    }
    return await making.perform(ActName.TEAM_PLAN, TeamPlanAct, fields)


async def _change_sheet(case: Case) -> Sheet:
    standing = await rotas.standing(case.connection, case.incident)
    shifts = standing.rota.shifts if standing else ()
    ahead = [one for one in shifts if one.ends_at > case.house.now()]
    options = tuple(Option(one.id, f"{one.starts_at:%a %Y-%m-%d %H:%M} to {one.ends_at:%H:%M} UTC") for one in ahead)
    return Sheet(
        fields=(
            Field(
                name="change",
                label="What changes",
                kind=Kind.ONE_OF,
                options=tuple(_CHANGES.values()),
                given=case.given("change"),
                required=True,
            ),
            case.officer("person", "Who is absent, gives a seat away, or agrees"),
            Field(name="starts_at", label="Absent from (UTC)", kind=Kind.TIME, help="Empty: now."),
            Field(name="ends_at", label="Absent until (UTC)", kind=Kind.TIME, help="Empty: to the end of the rota."),
            Field(
                name="shift",
                label="Swap: the shift given away",
                kind=Kind.CHOICE,
                options=(Option("", "none"), *options),
            ),
            case.officer("other", "Swap: who takes it", required=False),
            Field(
                name="other_shift",
                label="Swap: the shift in return",
                kind=Kind.CHOICE,
                options=(Option("", "none"), *options),
            ),
            Field(name="hours", label="Overtime: hours more", kind=Kind.NUMBER, least=1, most=60),
            Field(name="consent", label="Overtime: how it was agreed", help="As in: by telephone, 03:10."),
            reason(
                required=False,
                help="The record says that somebody is absent and not why: do not write a diagnosis here.",
            ),
        ),
        impossible="" if standing else "There is no rota yet; plan one first.",
    )


async def _change(making: Making) -> Made:
    values = making.values
    change = values.text("change")
    fields: dict[str, object] = {"change": change, "person": values.text("person")}
    if change == TeamChange.ABSENT:
        times: dict[str, object] = {name: values.time(name, label="Absent") for name in ("starts_at", "ends_at")}
        return await making.perform(ActName.TEAM_CHANGE, TeamChangeAct, fields | times)
    if change == TeamChange.SWAP:
        swap: dict[str, object] = {name: values.maybe(name) for name in ("shift", "other", "other_shift")}
        return await making.perform(ActName.TEAM_CHANGE, TeamChangeAct, fields | swap)
    more: dict[str, object] = {"hours": values.number("hours", label="Hours"), "consent": values.maybe("consent")}
    return await making.perform(ActName.TEAM_CHANGE, TeamChangeAct, fields | more)


async def _confirm_sheet(case: Case) -> Sheet:
    made = await rotas.handovers(case.connection, case.reference)
    waiting = [one for one in made if one.confirmed_by is None]
    options = tuple(
        Option(one.shift, f"{one.shift}, taken over by {', '.join(one.incoming) or 'nobody'}") for one in waiting
    )
    note = None
    if waiting:
        note = HandoverNote.model_validate_json(await documents.get(case.connection, waiting[-1].document))
    named = case.given("shift", *([waiting[-1].shift] if waiting else []))
    return Sheet(
        fields=(
            Field(name="shift", label="Shift", kind=Kind.CHOICE, options=options, given=named, required=True),
            reason(required=False),
        ),
        impossible="" if waiting else "No handover waits to be confirmed.",
        template="acts/handover.html",
        more={"note": note if case.sight.sees_inside(case.incident) else None},
    )


async def _confirm(making: Making) -> Made:
    return await making.perform(ActName.TEAM_CONFIRM, TeamConfirmAct, {"shift": making.values.maybe("shift")})


FORMS = (
    ActForm(
        name="team-plan",
        act=ActName.TEAM_PLAN,
        title="Plan the shifts",
        button="Plan the shifts",
        about="Roles and seats follow from the type of the incident, rest from the rest rules; what cannot be filled is"
        " said, with the reason.",
        sheet=_plan_sheet,
        make=_plan,
    ),
    ActForm(
        name="team-change",
        act=ActName.TEAM_CHANGE,
        title="Change the rota",
        button="Change the rota",
        about="Somebody cannot come, two swap, or somebody agrees to overtime.",
        sheet=_change_sheet,
        make=_change,
    ),
    ActForm(
        name="team-confirm",
        act=ActName.TEAM_CONFIRM,
        title="Take a shift over",
        button="I have read the note and take over",
        about="The incoming officer has read the handover note.",
        sheet=_confirm_sheet,
        make=_confirm,
    ),
)
