"""`leerp recall`, `consent`, `override`: taking a notice back, and what providers restrict."""

from typing import Annotated

from cyclopts import App, Parameter

from desk.cli.common import AsOfficer, Reason, send_act
from desk.cli.running import Answer
from leerp.errors import BadInputError
from leerp.protocol import ActName
from leerp.restrictions import ConsentAct, OverrideAct, RecallAct

Readers = Annotated[
    tuple[str, ...], Parameter(name="--readers", consume_multiple=True, help="The ids of the stakeholders it is about.")
]


def add_to(app: App) -> None:
    """Add these commands."""
    for command in (recall, consent, override):
        app.command(command)


async def recall(reference: str, notice: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Take a notice back: whom it has reached is told so and why, and it goes to nobody else.

    It takes as many people as the release of the notice; the second one says `leerp release`.
    """
    return await send_act(ActName.RECALL, reference, RecallAct, officer=officer, notice=notice, reason=reason)


async def consent(  # noqa: PLR0913 - a command has its options
    reference: str,
    notice: str | None = None,
    *,
    provider: Annotated[str, Parameter(help="Whose information it is.")],
    given: Annotated[bool, Parameter(help="The provider permits it.", negative="")] = False,
    refused: Annotated[bool, Parameter(help="It does not, or takes a permission back.", negative="")] = False,
    readers: Readers = (),
    via: Annotated[str, Parameter(help="Who said so at the provider, and how.")],
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Record whether a provider permits that readers get its H2 information, in a notice or in the whole incident.

    Without --readers it is about everybody the provider was asked about for the notice. Once the incident has ended, a
    permission is written down for the record, and nothing is sent for it.
    """
    if given is refused:
        raise BadInputError("give --given or --refused, one of the two")
    fields = {"provider": provider, "readers": readers, "given": given, "notice": notice, "via": via, "reason": reason}
    return await send_act(ActName.CONSENT, reference, ConsentAct, officer=officer, **fields)


async def override(
    reference: str, notice: str, *, readers: Readers, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Send a notice to Member States whatever its providers have restricted, against an imminent threat to life.

    Regulation (EU) 2016/794 Art. 22(2). The reason goes to every provider concerned at the same time.
    """
    fields = {"notice": notice, "readers": readers, "reason": reason}
    return await send_act(ActName.OVERRIDE, reference, OverrideAct, officer=officer, **fields)
