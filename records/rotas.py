"""Rotas: each version a document, the one that stands named by the incident; handovers stand in the journal."""

from datetime import timedelta
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.handover import Handover
from leerp.incidents import IncidentPatch, TeamMember
from leerp.journal import JournalKind
from leerp.model import iso
from leerp.notices import Mode
from leerp.rota import Rota, RotaView, Stretch
from records import documents, incidents, journal

VERSIONS = (JournalKind.COORDINATION_ROTA_PLANNED, JournalKind.COORDINATION_ROTA_CHANGED)
_HANDOVERS = (
    JournalKind.COORDINATION_HANDOVER_WRITTEN,
    JournalKind.COORDINATION_HANDOVER_CONFIRMED,
    JournalKind.COORDINATION_HANDOVER_OVERDUE,
)
_HISTORY = timedelta(days=120)
"""How far back shifts in other incidents can matter: the longest period of the rest rules."""


class Standing(NamedTuple):
    """The version that stands, and the SHA-256 of its document."""

    rota: Rota
    document: str


def pointer(incident: incidents.StoredIncident) -> str | None:
    """The document of the rota that stands; None while there is none."""
    named = incident.extra.get("rota")
    return str(named["document"]) if isinstance(named, dict) else None


async def standing(c: AsyncConnection, incident: incidents.StoredIncident) -> Standing | None:
    """The rota that stands; None while there is none."""
    document = pointer(incident)
    return Standing(await read(c, document), document) if document else None


async def read(c: AsyncConnection, document: str) -> Rota:
    """A version of a rota by its document; raises BadInputError when there is none."""
    return Rota.model_validate_json(await documents.get(c, document))


async def put(tx: AsyncConnection, rota: Rota, *, document: str) -> None:
    """Let a version stand from now on."""
    named: dict[str, JsonValue] = {"version": rota.version, "document": document}
    await incidents.patch(tx, rota.incident, IncidentPatch(extra={"rota": named}))


async def put_team(tx: AsyncConnection, rota: Rota, *, shift: str) -> None:
    """Say in the incident who sits in the shift that runs."""
    names = {need.role: need.name for need in rota.needs}
    team = tuple(TeamMember(role=names[one.role], officer=one.officer) for one in rota.seated(shift))
    await incidents.patch(tx, rota.incident, IncidentPatch(team=team))


async def view(c: AsyncConnection, incident: incidents.StoredIncident) -> RotaView | None:
    """The rota as the incident view shows it."""
    found = await standing(c, incident)
    return RotaView.of(found.rota, document=found.document) if found else None


async def versions(c: AsyncConnection, reference: str) -> dict[int, str]:
    """The document of each version."""
    entries = await journal.entries(c, reference, kinds=VERSIONS)
    return {int(str(entry.data["version"])): str(entry.data["document"]) for entry in entries}


async def engaged(c: AsyncConnection, *, mode: Mode, reference: str, rota: Rota | None) -> dict[str, list[Stretch]]:
    """When officers sit in shifts of other incidents of the same mode; what an incident had ahead ended with it."""
    since = rota.anchor - _HISTORY if rota else None
    found: dict[str, list[Stretch]] = {}
    for incident in await incidents.listing(c, include_ended=True):
        over = since is not None and incident.closed_at is not None and incident.closed_at < since
        if incident.mode is not mode or incident.reference == reference or over:
            continue
        other = await standing(c, incident)
        if other is None:
            continue
        shifts = {shift.id: shift for shift in other.rota.shifts}
        for seat in other.rota.seats:
            shift = shifts[seat.shift]
            took_place = incident.closed_at is None or shift.starts_at < incident.closed_at
            if seat.officer is not None and took_place:
                found.setdefault(seat.officer, []).append(shift.stretch)
    return found


async def handovers(c: AsyncConnection, reference: str) -> list[Handover]:
    """Every handover, in the order of time."""
    found: dict[str, Handover] = {}
    for entry in await journal.entries(c, reference, kinds=_HANDOVERS):
        shift = str(entry.data["shift"])
        if entry.kind is JournalKind.COORDINATION_HANDOVER_WRITTEN:
            data = {name: entry.data[name] for name in ("shift", "document", "due_at", "incoming")}
            found[shift] = Handover.model_validate({**data, "written_at": entry.at})
        elif entry.kind is JournalKind.COORDINATION_HANDOVER_OVERDUE:
            found[shift] = found[shift].model_copy(update={"overdue": True})
        else:
            changes = {"confirmed_by": entry.actor, "confirmed_at": entry.at}
            found[shift] = Handover.model_validate({**found[shift].model_dump(), **changes})
    return list(found.values())


async def waits(c: AsyncConnection, incident: incidents.StoredIncident) -> list[str]:
    """What an officer must not overlook: a handover that nobody has confirmed, and a rota that ends."""
    if pointer(incident) is None:
        return []
    lines = []
    made = await handovers(c, incident.reference)
    if made and made[-1].confirmed_by is None:
        last = made[-1]
        who = ", ".join(last.incoming) or "an officer, as nobody sits in the shift"
        late = ", overdue" if last.overdue else ""
        lines.append(f"the handover to shift {last.shift} to be confirmed by {who}{late} (team confirm)")
    ending = await journal.entries(c, incident.reference, kinds={JournalKind.COORDINATION_ROTA_ENDING})
    found = await standing(c, incident) if ending else None
    if found and ending[-1].data["until"] == iso(found.rota.ends_at):
        lines.append(f"a rota from {found.rota.ends_at:%Y-%m-%d %H:%MZ} on (team plan)")
    return lines
