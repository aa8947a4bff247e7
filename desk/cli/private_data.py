"""`leerp private-data`: what private parties gave with personal data in it, and what becomes of it."""

from cyclopts import App

from activities.private_data import PrivateDataActs
from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, who_acts
from desk.cli.running import Answer
from leerp.errors import BadInputError
from leerp.private_data import PrivateData, PrivateDataDecision
from leerp.settings import Settings

HEADER = ("item", "from", "to", "told", "until", "decision")


def add_to(app: App) -> None:
    """Add this command."""
    app.command(private_data, name="private-data")


async def private_data(  # noqa: PLR0913 - a command has its options
    reference: str,
    item: str | None = None,
    *,
    confirm: str | None = None,
    resubmitted: bool = False,
    erase: bool = False,
    erased: bool = False,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Show personal data that private parties gave to an incident, and say what was done with it (Art. 26(2)).

    --confirm UNIT: that national unit has got it. --resubmitted: a unit has given it again, and it stays. --erase: it
    is to be erased. --erased: the operator has done so; leerp itself erases nothing of what it has accepted.
    """
    decided = [
        decision
        for decision, wanted in (
            (PrivateDataDecision.RESUBMITTED, resubmitted),
            (PrivateDataDecision.ERASE, erase),
            (PrivateDataDecision.ERASED, erased),
        )
        if wanted
    ]
    if len(decided) + (confirm is not None) > 1 or (item is None and (decided or confirm)):
        raise BadInputError("name one report or contribution, and one of --confirm, --resubmitted, --erase, --erased")
    async with open_house(Settings()) as house:
        acts = PrivateDataActs(house.rooms)
        if item is None or not (decided or confirm):
            found = await acts.listing(reference)
            return _shown([one for one in found if item in (None, one.item)])
        actor = who_acts(house, officer)
        if confirm:
            done = await acts.confirm(reference, item, unit=confirm, actor=actor, reason=reason)
        else:
            done = await acts.decide(reference, item, decision=decided[0], actor=actor, reason=reason)
    return Answer(data=done, lines=[f"{reference}, {item}: recorded", *done.sentences])


def _shown(found: list[PrivateData]) -> Answer:
    rows = [
        (one.item, one.source, ", ".join(one.units), ", ".join(one.confirmed), one.until.date(), one.decision)
        for one in found
    ]
    lines = [] if found else ["nothing that a private party gave holds personal data"]
    return Answer(data=found, lines=lines, header=HEADER, rows=rows)
