"""Personal data from private parties goes to national units when it comes (Regulation (EU) 2016/794 Art. 26(2))."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import PROTOCOL, JournalKind
from leerp.model import iso
from leerp.observables import Observable
from leerp.private_data import resubmit_until
from leerp.stakeholders import Directory, Group
from notifications.personal_data import is_personal, is_private, stands_in
from records import journal
from records.journal import Draft

NATIONAL_UNITS = (Group.LIAISON_BUREAU, Group.LE_POC)
"""Through whom a country's law enforcement is reached."""


class Given(NamedTuple):
    """A report or a contribution as it is looked at here: who gave it, what it says, which countries it concerns."""

    item: str
    source: str
    texts: Sequence[str]
    observables: Iterable[Observable]
    countries: Sequence[str]


async def route(tx: AsyncConnection, directory: Directory, given: Given, *, incident: str, at: datetime) -> None:
    """Journal to which national units it must go at once, if a private party gave it and it holds personal data.

    It belongs into the transaction that stores the item: what is accepted is routed, whatever dies next.
    """
    draft = routing(directory, given, at=at)
    if draft is not None:
        await journal.append_all(tx, [draft], incident=incident, at=at, actor=PROTOCOL)


def routing(directory: Directory, given: Given, *, at: datetime) -> Draft | None:
    """The same entry for whoever writes it with others; None where there is nothing to route."""
    source = directory.named(given.source)
    if source is None or not is_private(source.group) or not _holds_personal_data(given):
        return None
    units: list[JsonValue] = [
        one.id
        for one in directory.stakeholders
        if one.group in NATIONAL_UNITS and one.country is not None and one.country in given.countries
    ]
    data: dict[str, JsonValue] = {"item": given.item, "source": given.source, "units": units}
    data["until"] = iso(resubmit_until(at))
    return Draft(JournalKind.DETECTION_PRIVATE_DATA_ROUTED, data, f"private-data/{given.item}")


def _holds_personal_data(given: Given) -> bool:
    return any(is_personal(one) for one in given.observables) or any(stands_in(text) for text in given.texts)
