"""What the commands share: who acts, and how an act is sent."""

from typing import Annotated

from cyclopts import Parameter

from activities.acts import actor_of, new_act_id
from desk.assembly import House, open_house, wall_clock
from desk.cli.running import Answer
from leerp.errors import BadInputError
from leerp.protocol import Act, ActName, Actor
from leerp.settings import Settings

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
        act = act_type.model_validate({"act": new_act_id(), "actor": actor, **fields})
        receipt = await (await house.acts()).perform(name, reference, act, at=wall_clock())
    return Answer(data=receipt, lines=[f"{reference}: {receipt.sentence} (journal entry {receipt.journal_seq})"])
