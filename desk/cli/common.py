"""What the commands share: who acts, and how an act is sent."""

from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from activities.acts import actor_of
from desk.assembly import House, open_house
from desk.cli.running import Answer
from desk.making import Maker, related
from leerp.errors import BadInputError
from leerp.marking import Marking
from leerp.model import Model
from leerp.protocol import Act, ActName, Actor
from leerp.settings import Settings

__all__ = ["AsOfficer", "Reason", "instant", "keep_document", "related", "send_act", "who_acts"]

AsOfficer = Annotated[str | None, Parameter(name="--as", help="The officer who acts; else LEERP_ACTOR.")]
Reason = Annotated[str, Parameter(help="Why; the record keeps it.")]


def who_acts(house: House, officer: str | None) -> Actor:
    """The officer named on the command line or in the environment."""
    named = officer or house.settings.actor
    if not named:
        known = ", ".join(one.id for one in house.rooms.directory().officers if one.roles)
        raise BadInputError(f"who acts? Say --as ID or set LEERP_ACTOR; the directory has {known}")
    return actor_of(house.rooms.directory(), named)


async def send_act(
    name: ActName, reference: str, act_type: type[Act], /, *, officer: str | None, **fields: object
) -> Answer:
    """Send one act of a person and show its receipt."""
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        receipt = await Maker(house).perform(name, reference, act_type, fields, actor=actor)
    return Answer(data=receipt, lines=[f"{reference}: {receipt.sentence} (journal entry {receipt.journal_seq})"])


def instant(text: str, *, option: str) -> datetime:
    """A time with its offset, as a person writes it; BadInputError says how."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{option} {text}: write a time as 2026-11-22T14:00:00+01:00") from error
    if when.tzinfo is None:
        raise BadInputError(f"{option} {text}: give the offset from UTC, as in 2026-11-22T14:00:00+01:00")
    return when


async def keep_document(document: Model, *, marking: Marking) -> str:
    """Keep what an act names; its SHA-256."""
    async with open_house(Settings()) as house:
        return await Maker(house).keep(document, marking=marking)
