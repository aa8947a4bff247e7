"""What is failing in a run at the moment, and until when."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from exercises.injects import FaultInject, FaultKind

KILLED = "The worker was killed, and another one has begun."

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Failing:
    """Begins faults and ends them.

    `away`: the channels that are away; what wires the channels of a run looks into it. `kill`: kills the worker of the
    run and starts another one; None where that cannot be done.
    """

    away: set[str] = field(default_factory=set)
    ill: set[str] = field(default_factory=set)
    kill: Callable[[], Awaitable[None]] | None = None
    _ends: list[tuple[datetime, FaultInject]] = field(default_factory=list)

    @property
    def next_end(self) -> datetime | None:
        """When the next fault is over; None while none will be."""
        return min((at for at, _ in self._ends if at != _NEVER), default=None)

    async def begin(self, fault: FaultInject, at: datetime) -> str:
        """Let something fail from a time on; a sentence on it."""
        if fault.what is FaultKind.WORKER_KILLED:
            if self.kill is None:
                return "Nothing was killed: this run has no worker of its own."
            await self.kill()
            return KILLED
        self._ends.append((_NEVER if fault.lasts is None else at + fault.lasts, fault))
        until = "until the end" if fault.lasts is None else f"until {at + fault.lasts:%H:%M} UTC"
        if fault.channel:
            self.away.add(fault.channel)
            return f"Channel {fault.channel} is away {until}."
        self.ill.add(str(fault.officer))
        return f"{fault.officer} is ill {until}."

    def end_what_is_over(self, at: datetime) -> bool:
        """End the faults whose time has come; whether there were any. Of two that overlap, the longer one stays."""
        over = [(end, fault) for end, fault in self._ends if end <= at]
        self._ends = [(end, fault) for end, fault in self._ends if end > at]
        for _, fault in over:
            if not any((left.channel, left.officer) == (fault.channel, fault.officer) for _, left in self._ends):
                self.away.discard(fault.channel or "")
                self.ill.discard(fault.officer or "")
        return bool(over)
