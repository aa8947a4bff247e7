"""`leerp notice`: preview a notice as a reader, and look at its ledger."""

from cyclopts import App

from activities.contact_pins import previewed_directory
from activities.delivery_planning import planner_of
from activities.personal_data import personal_data_in
from desk.assembly import open_house
from desk.cli.running import Answer
from leerp.errors import BadInputError
from leerp.settings import Settings
from records import ledger, notices


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="notice", help="Notices: render (as a given reader), ledger.")
    group.command(render)
    group.command(show_ledger, name="ledger")
    app.command(group)


async def render(notice: str, reader: str, *, channel: str | None = None) -> Answer:
    """Show what a reader would get of a notice: over a channel, or over the one that may carry most of it.

    If the notice holds personal data, it is said first which private parties do not get it.
    """
    async with open_house(Settings()) as house:
        directory = await previewed_directory(house.rooms)
        stakeholder = directory.stakeholder(reader)
        if stakeholder is None:
            raise BadInputError(f"{reader}: not in the directory")
        if channel not in (None, *(one.channel for one in stakeholder.contacts)):
            raise BadInputError(f"{reader} has no contact point on channel {channel}")
        async with house.store.reading() as connection:
            stored = await notices.get(connection, notice)
            planner = await planner_of(connection, stored, house.rooms, directory=directory, at=house.now())
            inside = await personal_data_in(connection, stored, directory)
        plan = planner.preview(reader, channel=channel)
    variant = plan.variant
    data: dict[str, object] = {"reader": reader, "personal_data": vars(inside) if inside else None}
    lines = [inside.sentence, ""] if inside and inside.private_parties else []
    if variant is None:
        data |= {"withheld": plan.planned.withheld}
        return Answer(data=data, lines=[*lines, f"{reader} gets nothing of {notice}: {plan.planned.withheld}"])
    text = next(file.content.decode() for file in variant.files if file.name.endswith(".txt"))
    data |= {"subject": variant.subject, "banner": variant.marking.banner, "text": text}
    return Answer(data=data, lines=[*lines, f"Subject: {variant.subject}", "", text])


async def show_ledger(notice: str) -> Answer:
    """Show each delivery of a notice; the sum that must add up stands above."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        deliveries = await ledger.deliveries(connection, notice=notice)
        sums = await ledger.sums(connection, notice)
    if not deliveries:
        raise BadInputError(f"{notice}: no delivery has been planned for such a notice")
    rows = [
        (one.reader, one.channel, one.state.value, one.reason, one.attempts, one.sent_at, one.acknowledged_at)
        for one in deliveries
    ]
    total = (
        f"planned {sums.planned} = sent {sums.sent} + failed {sums.failed}"
        f" + withheld {sums.withheld} + pending {sums.pending}"
    )
    header = ("reader", "channel", "state", "reason", "attempts", "sent", "acknowledged")
    return Answer(data=deliveries, lines=[total], header=header, rows=rows)
