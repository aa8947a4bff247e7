"""`leerp hits`: what information of different owners meets, what owners permit, and the graph of it."""

from typing import Annotated

from cyclopts import App, Parameter

from activities.hit_graph import MOST_OBSERVABLES, HitGraph
from activities.hits import HitActs
from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, who_acts
from desk.cli.running import Answer
from leerp.errors import BadInputError
from leerp.hits import HitView
from leerp.settings import Settings

AsReader = Annotated[
    str | None, Parameter(name="--reader", help="As this stakeholder may see it; without it, as the centre does.")
]
SHOWN = 20


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="hits", help="Hits between owners: list, show, consent, graph.")
    group.command(list_hits, name="list")
    for command in (show, consent, graph):
        group.command(command)
    app.command(group)


async def list_hits(reference: str, *, reader: AsReader = None) -> Answer:
    """List the hits of an incident: between whom, whom to call, and what the owners have said."""
    async with open_house(Settings()) as house:
        found = await HitActs(house.rooms).listing(reference, reader=reader)
    header = ("hit", "between", "call", "what", "permitted", "refused", "since")
    rows = [
        (
            one.hit,
            " and ".join(one.owners),
            ", ".join(one.call),
            ", ".join(f"{times} {kind}" for kind, times in sorted(one.kinds.items())),
            ", ".join(word.owner for word in one.said if word.given),
            ", ".join(word.owner for word in one.said if not word.given),
            one.at.isoformat(timespec="minutes"),
        )
        for one in found
    ]
    return Answer(data=found, lines=[] if found else ["no hits"], header=header if found else (), rows=rows)


async def show(reference: str, hit: str, *, reader: AsReader = None) -> Answer:
    """Show one hit, with as much of its content as the asker may see, and why the rest is not shown."""
    async with open_house(Settings()) as house:
        view = await HitActs(house.rooms).show(reference, hit, reader=reader)
    return Answer(data=view, lines=_lines(view))


async def consent(  # noqa: PLR0913 - a command has its options
    reference: str,
    hit: str,
    *,
    provider: Annotated[str, Parameter(help="The owner whose information it is.")],
    given: Annotated[bool, Parameter(help="The other owner may see what has met.", negative="")] = False,
    refused: Annotated[bool, Parameter(help="It may not, or not any more.", negative="")] = False,
    via: Annotated[str, Parameter(help="Who said so at the owner, and how.")],
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Record whether an owner permits that the other owner of a hit sees what of its information has met.

    Each owner decides for its own side alone, and may take it back; what has been seen stays seen. For information
    under H2 it is its provider's permission for this one reader; what others have restricted in it stays restricted.
    """
    if given is refused:
        raise BadInputError("give --given or --refused, one of the two")
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        acts = HitActs(house.rooms)
        view = await acts.say(reference, hit, owner=provider, given=given, via=via, actor=actor, reason=reason)
        other = next(one for one in view.owners if one != provider)
        theirs = await acts.show(reference, hit, reader=other)
    seen = "sees it" if any(one.owner == provider for one in theirs.content) else _why_not(theirs, provider)
    verb = "permits" if given else "does not permit"
    lines = [f"Recorded: {provider} {verb} that {other} sees its side of {hit}. {other} {seen}."]
    return Answer(data=view, lines=lines)


def _why_not(view: HitView, owner: str) -> str:
    return f"does not see it ({view.withheld.get(owner, 'another side is withheld')})"


def _lines(view: HitView) -> list[str]:
    lines = [f"{view.hit}: {' and '.join(view.owners)}, since {view.at.isoformat(timespec='minutes')}"]
    lines += [f"  call {one}" for one in view.call]
    for word in view.said:
        verb = "permits it" if word.given else "does not permit it"
        lines.append(f"  {word.owner} {verb} ({word.via}; {word.at.isoformat(timespec='minutes')})")
    for one in view.content:
        lines.append(f"  {one.item} of {one.owner}: {one.title} [{one.marking}; {one.grade or 'not graded'}]")
        lines += [f"    {value}" for value in one.observables[:SHOWN]]
        beyond = len(one.observables) - SHOWN + one.left_out
        lines += [f"    … and {beyond} more"] if beyond > 0 else []
    lines += [f"  the side of {owner} is not shown: {why}" for owner, why in sorted(view.withheld.items())]
    return lines


async def graph(reference: str, *, reader: AsReader = None, most: int = MOST_OBSERVABLES) -> Answer:
    """Show what hangs together and why: owners, contributions, reports and observables, as the asker may see them.

    --json has the points, the lines each with its reason, and the components. --most: how many observables at most.
    """
    if most < 1:
        raise BadInputError("--most: at least 1")
    async with open_house(Settings()) as house:
        drawn = await HitGraph(house.rooms).draw(reference, reader=reader, most=most)
    lines = [f"{len(drawn.nodes)} points, {len(drawn.edges)} lines, {len(drawn.components)} components"]
    lines += [f"{drawn.left_out} observables more than fit (--most)"] if drawn.left_out else []
    rows = [(one.source, one.target, one.why) for one in drawn.edges]
    return Answer(data=drawn, lines=lines, header=("from", "to", "why") if rows else (), rows=rows)
