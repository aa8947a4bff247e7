"""`leerp incident`: what is going on."""

from collections.abc import Iterator

from cyclopts import App
from pydantic import JsonValue

from desk.assembly import open_house
from desk.cli.moving import merge, move, move_line, related, split
from desk.cli.running import Answer
from leerp.incidents import Classification, Decision, IncidentView, NoticeView
from leerp.settings import Settings
from records import incidents, journal
from records.views import incident_view

SHORT = 100
"""How many characters of an entry's data a line shows."""


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="incident", help="What is going on, and what belongs together.")
    group.command(list_incidents, name="list")
    group.command(show)
    group.command(show_journal, name="journal")
    for command in (related, move, split, merge):
        group.command(command)
    app.command(group)


async def list_incidents(*, ended: bool = False) -> Answer:
    """List the incidents that are open; with --ended all of them."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        stored = await incidents.listing(connection, include_ended=ended)
    rows = [
        (
            one.reference,
            one.status.value,
            one.phase.value,
            one.classification.level if one.classification else "",
            "; ".join(one.waiting_for),
        )
        for one in stored
    ]
    data = [
        {"reference": one.reference, "status": one.status, "phase": one.phase, "waiting_for": one.waiting_for}
        for one in stored
    ]
    return Answer(data=data, header=("reference", "status", "phase", "level", "waits for"), rows=rows)


async def show(reference: str) -> Answer:
    """Show an incident: phase, marking, classification, decisions, notices, plan."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        view = await incident_view(connection, reference)
    return Answer(data=view, lines=_lines(view))


def _lines(view: IncidentView) -> list[str]:
    lines = [
        f"{view.reference} ({view.mode.value}) {view.status.value}, step {view.phase.value}",
        f"  title    {view.title}",
        f"  marking  {view.marking}",
        f"  reports  {len(view.reports)}{_and_more(view)}, contributions {len(view.contributions)}",
    ]
    if view.classification:
        result = view.classification
        span = result.lowest if result.lowest == result.highest else f"{result.lowest} to {result.highest}"
        lines.append(f"  level    {result.level} ({span}); recommended: {result.recommendation.value}")
        lines.extend(f"    because {row}" for row in (*result.trace, *result.triggers))
        lines.extend(f"    ask for {words}" for words in (result.questions or result.ask_for)[:3])
        lines.extend(_support_lines(result))
    lines.extend(f"  {move_line(one)}" for one in view.moves)
    lines.extend(_decision_line(one) for one in view.decisions)
    lines.extend(_notice_line(notice) for notice in view.notices)
    if view.plan.version:
        conflicts = len(view.plan.conflicts)
        lines.append(f"  plan     version {view.plan.version}, {len(view.plan.actions)} actions, {conflicts} conflicts")
    lines.extend(f"  waits for {one}" for one in view.waiting_for)
    return lines


def _and_more(view: IncidentView) -> str:
    repeats = sum(report.repeats for report in view.reports)
    return f" and {repeats:,} near-identical {'one' if repeats == 1 else 'ones'}" if repeats else ""


def _support_lines(result: Classification) -> Iterator[str]:
    """How far the level may be relied on, what kind of incident it is, and what would change it."""
    if result.confidence:
        yield f"    confidence {result.confidence.word.value}: {result.confidence.because}"
    for one in result.corroboration:
        against = f", contradicted by {', '.join(one.contradicted_by)}" if one.contradicted_by else ""
        if against or one.doubted:
            yield f"    {one.fact} {one.value}: {one.origins} origins, {one.doubted} more in doubt{against}"
    yield from (f"    type {one}" for one in result.types if one.stated)


def _decision_line(one: Decision) -> str:
    against = f" (recommended: {one.recommended})" if one.against_recommendation else ""
    return f"  decision {one.at:%Y-%m-%d %H:%M}Z {one.choice}{against} by {one.actor}: {one.reason}"


def _notice_line(notice: NoticeView) -> str:
    return (
        f"  notice   {notice.id} {notice.kind.value}: planned {notice.planned} = sent {notice.sent}"
        f" + failed {notice.failed} + withheld {notice.withheld} + pending {notice.pending};"
        f" acknowledged {notice.acknowledged}"
    )


async def show_journal(reference: str, *, after: int = 0) -> Answer:
    """Show the journal of an incident (or of the desk: `desk`), entry by entry."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        entries = await journal.entries(connection, reference, after=after)
    rows = [(one.seq, one.at[:19] + "Z", one.actor, one.kind.value, _short(one.data)) for one in entries]
    return Answer(data=entries, header=("seq", "at", "actor", "kind", "data"), rows=rows)


def _short(data: dict[str, JsonValue]) -> str:
    text = ", ".join(f"{key}={value}" for key, value in data.items())
    return text if len(text) <= SHORT else text[: SHORT - 3] + "..."
