"""Hits as people see them: which items of two owners meet, what the owners permit, and the links as a graph."""

from leerp.model import Identifier, Instant, Line, Message


class Meeting(Message):
    """Two items of different owners that hold the same observables. `kinds`: how many of each kind.

    `first` and `second` are ids of reports and contributions, the smaller one first.
    """

    first: Identifier
    second: Identifier
    first_owner: Identifier
    second_owner: Identifier
    first_incident: Identifier
    second_incident: Identifier
    kinds: dict[str, int]
    at: Instant

    @property
    def count(self) -> int:
        """How many observables they share."""
        return sum(self.kinds.values())

    @property
    def owners(self) -> tuple[str, str]:
        """Both owners."""
        return (self.first_owner, self.second_owner)

    @property
    def incidents(self) -> tuple[str, ...]:
        """The incidents the two items belong to, each once."""
        return tuple(dict.fromkeys((self.first_incident, self.second_incident)))

    def other_than(self, owner: str) -> str:
        """The owner on the other side."""
        return self.second_owner if owner == self.first_owner else self.first_owner

    def item_of(self, owner: str) -> str:
        """The item of one of the two owners."""
        return self.first if owner == self.first_owner else self.second


class HitWord(Message):
    """What an owner has said of a hit: whether the other owner may see what of its information has met.

    `via`: who said so at the owner, and how. The newest word stands; what has been seen stays seen.
    """

    hit: Identifier
    owner: Identifier
    given: bool
    at: Instant
    actor: Identifier
    via: Line


class SharedContent(Message):
    """What one side of a hit is, for who may see it. `left_out`: how many observables there are beyond those."""

    item: Identifier
    owner: Identifier
    title: Line
    marking: str
    grade: str | None
    observables: tuple[str, ...]
    left_out: int = 0


class HitView(Message):
    """A hit as one asker may see it; what the asker may not see is not there, whether it exists or not.

    `call`: whom an owner is to call about it. `said`: the word of the asker's own side, or at the centre of both.
    `kinds` and the ids of items are for the centre alone. `withheld`: why the content of a side is not shown.
    """

    hit: Identifier
    owners: tuple[Identifier, Identifier]
    at: Instant
    call: tuple[str, ...] = ()
    said: tuple[HitWord, ...] = ()
    items: tuple[Identifier, ...] = ()
    incidents: tuple[Identifier, ...] = ()
    kinds: dict[str, int] = {}
    content: tuple[SharedContent, ...] = ()
    withheld: dict[str, str] = {}


class Node(Message):
    """A point of the graph: an owner, an item or an observable. `label` is None where the asker may not see it."""

    id: str
    kind: str
    label: str | None
    owner: Identifier | None = None
    marking: str | None = None


class Edge(Message):
    """A line between two points, and why it is there."""

    source: str
    target: str
    why: str


class LinkGraph(Message):
    """What hangs together. `components`: the ids of the points of each, the largest first.

    `left_out`: observables beyond what one answer holds.
    """

    reference: Identifier
    reader: Identifier | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    components: tuple[tuple[str, ...], ...]
    left_out: int = 0
