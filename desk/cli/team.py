"""`leerp team`: the rota of the Emergency Response Team, planned, changed, shown, and handed over."""

from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

from desk.assembly import House, open_house
from desk.cli.common import AsOfficer, Reason, send_act, who_acts
from desk.cli.running import Answer
from desk.cli.team_lines import note_lines
from leerp.errors import BadInputError
from leerp.handover import HandoverNote
from leerp.local_times import read_time, shown_time
from leerp.protocol import ActName
from leerp.rota import Pattern, Rota, Seat
from leerp.rota_acts import TeamChange, TeamChangeAct, TeamConfirmAct, TeamPlanAct
from leerp.settings import Settings
from leerp.stakeholders import Directory
from records import documents, incidents, rotas

Zone = Annotated[
    str | None,
    Parameter(help="By whose clock times without an offset are meant, as in Europe/Vienna; else by your own zone."),
]
From = Annotated[str | None, Parameter(name="--from", help="When it begins; else now.")]


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="team", help="The rota of the team: plan, show, sick, swap, overtime, handover, confirm.")
    for command in (plan, show, sick, swap, overtime, handover, confirm):
        group.command(command)
    app.command(group)


async def _time(text: str | None, *, option: str, zone: str | None, officer: str | None) -> datetime | None:
    """A time as somebody writes it, in UTC; without an offset by the named zone, else by that of who acts."""
    if text is None:
        return None
    if zone is None:
        async with open_house(Settings()) as house:
            actor = house.rooms.directory().officer(who_acts(house, officer).id)
        zone = actor.time_zone if actor else None
    return read_time(text, option=option, zone=zone)


async def plan(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    begin: From = None,
    until: Annotated[str | None, Parameter(help="When it ends, at most 14 days later; else after 7 days.")] = None,
    pattern: Annotated[Pattern, Parameter(help="Three shifts of 8 hours, or two of 12.")] = Pattern.THREE_EIGHTS,
    zone: Zone = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Plan the shifts of the team, or plan them anew; shifts that have begun stay as they are.

    Roles and seats follow from the type of the incident, rest from the rest rules. What cannot be filled is said, role
    by role and shift by shift, with the reason.
    """
    starts_at = await _time(begin, option="--from", zone=zone, officer=officer)
    ends_at = await _time(until, option="--until", zone=zone, officer=officer)
    fields = {"starts_at": starts_at, "ends_at": ends_at, "pattern": pattern, "reason": reason}
    return await send_act(ActName.TEAM_PLAN, reference, TeamPlanAct, officer=officer, **fields)


async def sick(  # noqa: PLR0913 - a command has its options
    reference: str,
    absent: Annotated[str, Parameter(help="The officer who cannot come.")],
    *,
    begin: From = None,
    until: Annotated[str | None, Parameter(help="When the officer is back; else after the rota.")] = None,
    zone: Zone = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Record that an officer cannot come, and fill the seats ahead; others change as little as can be.

    The record says that somebody is absent and until when, and not why: do not write a diagnosis into --reason.
    """
    starts_at = await _time(begin, option="--from", zone=zone, officer=officer)
    ends_at = await _time(until, option="--until", zone=zone, officer=officer)
    fields = {"person": absent, "starts_at": starts_at, "ends_at": ends_at, "reason": reason}
    return await _change(reference, TeamChange.ABSENT, officer, **fields)


async def swap(  # noqa: PLR0913 - a command has its options
    reference: str,
    gives: Annotated[str, Parameter(help="The officer who gives a seat away.")],
    shift: Annotated[str, Parameter(help="In which shift.")],
    takes: Annotated[str, Parameter(help="The officer who takes it.")],
    in_return: Annotated[str | None, Parameter(help="The shift given in return.")] = None,
    *,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Let two officers swap shifts ahead, or one take over another's; refused where a rule stands against it."""
    fields = {"person": gives, "shift": shift, "other": takes, "other_shift": in_return, "reason": reason}
    return await _change(reference, TeamChange.SWAP, officer, **fields)


async def overtime(
    reference: str,
    agrees: Annotated[str, Parameter(help="The officer who agrees to work more.")],
    *,
    hours: Annotated[int, Parameter(help="How many hours more in a period.")],
    consent: Annotated[str, Parameter(help="How the officer agreed, as in 'by telephone, 03:10'.")],
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Record that an officer agrees to overtime, and plan what lies ahead with it. Rest is never given up."""
    fields = {"person": agrees, "hours": hours, "consent": consent, "reason": reason}
    return await _change(reference, TeamChange.OVERTIME, officer, **fields)


async def _change(reference: str, change: TeamChange, officer: str | None, /, **fields: object) -> Answer:
    return await send_act(ActName.TEAM_CHANGE, reference, TeamChangeAct, officer=officer, change=change, **fields)


async def confirm(
    reference: str,
    *,
    shift: Annotated[str | None, Parameter(help="The shift; else the one that runs.")] = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Take a shift over: you have read its handover note (`leerp team handover`)."""
    return await send_act(ActName.TEAM_CONFIRM, reference, TeamConfirmAct, officer=officer, shift=shift, reason=reason)


async def show(
    reference: str,
    *,
    person: Annotated[str | None, Parameter(name="--for", help="Only the shifts of this officer.")] = None,
    version: Annotated[int | None, Parameter(help="An earlier version of the rota.")] = None,
) -> Answer:
    """Show the rota: who sits where, in UTC and by the officer's own clock, and what is missing and why."""
    async with open_house(Settings()) as house:
        rota = await _version(house, reference, version)
        directory = house.rooms.directory()
    lines = _lines(rota) if person is None else []
    rows = [row for seat in rota.seats if person in (None, seat.officer) for row in [_row(rota, seat, directory)]]
    return Answer(
        data=rota, lines=lines, header=("shift", "from (UTC)", "to", "role", "officer", "own time"), rows=rows
    )


async def _version(house: House, reference: str, version: int | None) -> Rota:
    async with house.store.reading() as connection:
        incident = await incidents.get(connection, reference)
        if version is not None:
            known = await rotas.versions(connection, reference)
            if version not in known:
                there = ", ".join(str(one) for one in known) or "none"
                raise BadInputError(f"{reference} has no version {version} of the rota; there is {there}")
            return await rotas.read(connection, known[version])
        standing = await rotas.standing(connection, incident)
    if standing is None:
        raise BadInputError(f"{reference} has no rota yet; plan one (leerp team plan {reference})")
    return standing.rota


def _lines(rota: Rota) -> list[str]:
    ends = f"{shown_time(rota.starts_at)} to {shown_time(rota.ends_at)}"
    lines = [f"version {rota.version}, {rota.pattern.value}, {ends}, made by {rota.made_by} ({rota.quality.value})"]
    names = {need.role: need.name for need in rota.needs}
    lines += [
        f"missing: {one.missing} {names[one.role]}, {shown_time(one.starts_at)} to {shown_time(one.ends_at)}: {one.why}"
        for one in rota.shortfalls
    ]
    return lines


def _row(rota: Rota, seat: Seat, directory: Directory) -> tuple[object, ...]:
    shift = rota.shift(seat.shift)
    officer = directory.officer(seat.officer) if seat.officer else None
    if shift is None:
        raise BadInputError(f"the rota names a shift {seat.shift} that it has not; it was changed by hand")
    role = next((need.name for need in rota.needs if need.role == seat.role), seat.role)
    zone = (officer.time_zone if officer else None) or rota.zone
    own = f"{shown_time(shift.starts_at, zone)} to {shown_time(shift.ends_at, zone)} {zone}" if seat.officer else ""
    begins, ends = f"{shift.starts_at:%a %Y-%m-%d %H:%M}", f"{shift.ends_at:%H:%M}"
    return shift.id, begins, ends, role, seat.officer or "NOBODY", own


async def handover(
    reference: str,
    *,
    shift: Annotated[str | None, Parameter(help="The shift; else the last that has begun.")] = None,
    zone: Annotated[str | None, Parameter(help="By whose clock times are shown beside UTC; else by your own.")] = None,
    officer: AsOfficer = None,
) -> Answer:
    """Show the handover note of a shift: what has happened, what waits, what is due; then `leerp team confirm`."""
    async with open_house(Settings()) as house:
        actor = house.rooms.directory().officer(who_acts(house, officer).id)
        async with house.store.reading() as connection:
            await incidents.get(connection, reference)
            made = [one for one in await rotas.handovers(connection, reference) if shift in (None, one.shift)]
            if not made:
                raise BadInputError(f"{reference}: there is no handover note; it is written when a shift begins")
            note = HandoverNote.model_validate_json(await documents.get(connection, made[-1].document))
    confirmed = made[-1].confirmed_by
    standing = f"confirmed by {confirmed}" if confirmed else f"to be confirmed by {shown_time(made[-1].due_at)}"
    where = zone or (actor.time_zone if actor else None)
    data = {"handover": made[-1].model_dump(mode="json"), "note": note.model_dump(mode="json")}
    return Answer(data=data, lines=note_lines(note, standing=standing, zone=where))
