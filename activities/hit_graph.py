"""The graph of hits: who holds what with whom, and why each line is there, as far as the asker may see it.

What an asker may not see has no point and no line. Two owners of whom one has not permitted it are joined by one line,
which says that there is a hit and whom to call.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.hits import Asker, HitActs, Item, item_of
from activities.rooms import Rooms
from leerp.hits import Edge, LinkGraph, Meeting, Node
from matrices.links import components
from records import pool

MOST_OBSERVABLES = 2_000
"""The most observables in one graph; how many there are beyond is told."""


class HitGraph:
    """Draws the graph of an incident."""

    def __init__(self, rooms: Rooms) -> None:
        self._hits = HitActs(rooms)
        self._rooms = rooms

    async def draw(self, reference: str, *, reader: str | None = None, most: int = MOST_OBSERVABLES) -> LinkGraph:
        """The graph as this reader, or the centre, may see it. BadInputError for an unknown incident or reader."""
        asker = await self._hits.asker(reader)
        drawing = _Drawing(asker, most)
        async with self._rooms.store.reading() as connection:
            for hit, meeting in await self._hits.found(connection, reference, asker):
                await self._add(connection, drawing, hit, meeting)
        return drawing.graph(reference, reader)

    async def _add(self, c: AsyncConnection, drawing: "_Drawing", hit: str, meeting: Meeting) -> None:
        asker = drawing.asker
        items = [await drawing.item(c, meeting.item_of(owner)) for owner in meeting.owners]
        hidden = [bool(await self._hits.withheld(c, meeting, item, asker)) for item in items]
        if not asker.centre and any(hidden):
            drawing.add_closed(hit, meeting)
            return
        values = await pool.shared(c, meeting.first, meeting.second, limit=drawing.most)
        drawing.add_open(hit, meeting, items, [None if any(hidden) else value for value in values], values)


class _Drawing:
    """Collects points and lines, each once."""

    def __init__(self, asker: Asker, most: int) -> None:
        self.asker, self.most = asker, most
        self._nodes: dict[str, Node] = {}
        self._edges: dict[tuple[str, str], Edge] = {}
        self._items: dict[str, Item] = {}
        self._values: dict[str, str] = {}
        self._beyond: set[str] = set()
        self._uncounted = 0

    async def item(self, c: AsyncConnection, identifier: str) -> Item:
        """A report or a contribution, asked for once."""
        if identifier not in self._items:
            self._items[identifier] = await item_of(c, identifier)
        return self._items[identifier]

    def add_closed(self, hit: str, meeting: Meeting) -> None:
        """That two owners have a hit, and nothing else."""
        for owner in meeting.owners:
            self._owner(owner)
        self._edge(*meeting.owners, f"hit {hit}: ask {meeting.other_than(self.asker.stakeholder.id)}")

    def add_open(
        self, hit: str, meeting: Meeting, items: list[Item], labels: list[str | None], values: list[str]
    ) -> None:
        """Both sides, what they share, and the line between their owners."""
        for item in items:
            title = item.title if all(label is not None for label in labels) else None
            owner, banner = item.owner, item.marking.banner
            self._nodes[item.id] = Node(id=item.id, kind=item.kind, label=title, owner=owner, marking=banner)
            self._owner(owner)
            self._edge(owner, item.id, f"{owner} gave this {item.kind} at {item.at.isoformat(timespec='minutes')}")
        for label, value in zip(labels, values, strict=True):
            known = self._values.get(value)
            if known is None and len(self._values) >= self.most:
                self._beyond.add(value)
                continue
            node = self._values.setdefault(value, f"O-{len(self._values) + 1}")
            kind = value.partition(":")[0]
            self._nodes[node] = Node(id=node, kind=kind, label=label and label.partition(":")[2])
            for item in items:
                self._edge(item.id, node, f"{item.id} holds this {kind} (hit {hit})")
        self._uncounted += max(0, meeting.count - len(values))

    def _owner(self, owner: str) -> None:
        known = self.asker.directory.stakeholder(owner)
        self._nodes[owner] = Node(id=owner, kind="owner", label=known.name if known else owner, owner=owner)

    def _edge(self, source: str, target: str, why: str) -> None:
        before = self._edges.get((source, target))
        if before is None:
            self._edges[source, target] = Edge(source=source, target=target, why=why)
        elif why not in before.why:
            self._edges[source, target] = before.model_copy(update={"why": f"{before.why}; {why}"})

    def graph(self, reference: str, reader: str | None) -> LinkGraph:
        """What was collected."""
        return LinkGraph(
            reference=reference,
            reader=reader,
            nodes=tuple(self._nodes[name] for name in sorted(self._nodes)),
            edges=tuple(self._edges[ends] for ends in sorted(self._edges)),
            components=tuple(components(self._nodes, self._edges)),
            left_out=len(self._beyond) + self._uncounted,
        )
