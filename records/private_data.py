"""Personal data from private parties, as the journal has it: there is no table of its own to fall out of step."""

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.journal import JournalEntry, JournalKind
from leerp.private_data import PrivateData
from records import journal

_KINDS = {
    JournalKind.DETECTION_PRIVATE_DATA_ROUTED,
    JournalKind.DETECTION_PRIVATE_DATA_CONFIRMED,
    JournalKind.DETECTION_PRIVATE_DATA_DECIDED,
    JournalKind.DETECTION_REPORT_MOVED,
}


async def of_incident(c: AsyncConnection, reference: str) -> list[PrivateData]:
    """What private parties gave an incident that holds personal data, in the order in which it came."""
    return _gathered(await journal.entries(c, reference, kinds=_KINDS))


async def everywhere(c: AsyncConnection) -> list[PrivateData]:
    """The same of all incidents, ended or not: the four months outlast most of them."""
    return _gathered(await journal.of_kinds(c, _KINDS))


async def get(c: AsyncConnection, reference: str, item: str) -> PrivateData:
    """One of an incident's; raises BadInputError when there is no such report or contribution among them."""
    for one in await of_incident(c, reference):
        if one.item == item:
            return one
    raise BadInputError(
        f"{item!r} is nothing that a private party gave {reference} with personal data in it;"
        f" `leerp private-data {reference}` names what is"
    )


def _gathered(entries: list[JournalEntry]) -> list[PrivateData]:
    found: dict[tuple[str, str], PrivateData] = {}
    for entry in entries:
        if entry.kind is JournalKind.DETECTION_REPORT_MOVED:
            if entry.data["from"] == entry.incident:  # it goes on where the report is now
                found.pop((entry.incident, str(entry.data["report"])), None)
            continue
        key = (entry.incident, str(entry.data["item"]))
        if entry.kind is JournalKind.DETECTION_PRIVATE_DATA_ROUTED:
            found[key] = PrivateData.model_validate({**entry.data, "incident": entry.incident})
        else:
            found[key] = _told(found[key], entry)
    return list(found.values())


def _told(before: PrivateData, entry: JournalEntry) -> PrivateData:
    if entry.kind is JournalKind.DETECTION_PRIVATE_DATA_DECIDED:
        changes: dict[str, object] = {"decision": entry.data["decision"], "decided_by": entry.actor}
    else:
        unit = str(entry.data["unit"])
        changes = {
            "units": tuple(dict.fromkeys((*before.units, unit))),
            "confirmed": tuple(dict.fromkeys((*before.confirmed, unit))),
        }
    return PrivateData.model_validate({**dict(before), **changes})
