"""Reports that people move between incidents, and why reports are where they are."""

from enum import StrEnum

from leerp.model import Identifier, Instant, Message


class MoveKind(StrEnum):
    """How reports came to another incident: some of them, some into an incident of their own, or all of them."""

    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"


class Move(Message):
    """One act that took reports from the incident `source` to the incident `target`. `reports`: how many."""

    id: str
    kind: MoveKind
    source: Identifier
    target: Identifier
    at: Instant
    actor: Identifier
    reason: str
    reports: int = 0


class Because(StrEnum):
    """Why a report is in its incident.

    `no_longer`: it joined for observables that no report of this incident holds any more.
    """

    OPENED = "opened"
    SHARED = "shared"
    MOVED = "moved"
    NO_LONGER = "no_longer"


class SharedObservable(Message):
    """A `kind:value`, the report that brought it first, and whether it is so common that it joins nothing."""

    observable: str
    first_in: Identifier
    common: bool = False


class ReportReason(Message):
    """Why one report is in its incident, as far as the asker may see it.

    `shared`: the observables that a report before it had brought. `hidden`: there are some that the asker may not see.
    `left_out`: how many more there are than fit.
    """

    report: Identifier
    because: Because
    shared: tuple[SharedObservable, ...] = ()
    left_out: int = 0
    hidden: bool = False
    move: Move | None = None


class RelatedIncident(Message):
    """Another ongoing incident that holds the same observables, of which the asker may see those in `shared`.

    `left_out`: how many more than fit. Whoever may see none of them does not learn that there is this incident.
    """

    reference: Identifier
    title: str
    shared: tuple[SharedObservable, ...]
    left_out: int = 0

    @property
    def strong(self) -> int:
        """How many of the shared observables are not common."""
        return sum(not one.common for one in self.shared)
