"""The clock of a live exercise: the scenario's hour at a speed that people change, kept in the run's own folder.

Everybody who works on the run reads the same file: the worker, the desk, the director and the command line. It is
written whole and at once, under a lock, so that whoever is killed leaves either the old or the new one.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from exercises.live_places import FOLDER, write_whole
from leerp.errors import BadInputError, RefusedError
from leerp.model import Instant, Message, iso
from leerp.protocol import Clock, RefusalReason

SLOWEST, FASTEST = 1.0, 60.0
"""How fast a live exercise goes, for people: seconds of the scenario for each second."""


class Stop(Message):
    """That somebody ends a run before its scenario does, at that time of the scenario, and why."""

    by: str
    reason: str
    at: Instant


class ClockState(Message):
    """The clock and what people want of it.

    `generation` counts the changes of `clock`, so that workflows can be told each one. `paused`: by a person. `speed`:
    at which it goes when it goes. `steps`: how many steps a facilitator has asked for. `stop`: who has stopped the run,
    and why. `ended`: the run is over.
    """

    clock: Clock
    generation: int = 0
    speed: float = 1.0
    paused: bool = False
    steps: int = 0
    stop: Stop | None = None
    ended: bool = False


Change = Callable[[ClockState], ClockState]


class LiveClock:
    """The clock of the run in a state folder. `machine`: the machine's time."""

    def __init__(self, home: Path, *, machine: Callable[[], datetime]) -> None:
        self._folder = home / FOLDER
        self._machine = machine
        self._seen: tuple[int, int] | None = None
        self._state: ClockState | None = None

    def begin(self, start: datetime, *, speed: float) -> None:
        """Put the clock at the start of the scenario, where it stands until somebody lets it go."""
        self._folder.mkdir(parents=True, exist_ok=True)
        origins = {"engine_origin": self._machine(), "scenario_origin": start}
        self._write(ClockState(clock=Clock(**origins, speed=speed, stopped=True), speed=speed))

    def state(self) -> ClockState:
        """The clock as it is now; the file is read only when it has changed."""
        stat = (self._folder / "clock.json").stat()
        seen = (stat.st_mtime_ns, stat.st_ino)
        if self._state is None or self._seen != seen:
            content = (self._folder / "clock.json").read_text(encoding="utf-8")
            self._state, self._seen = ClockState.model_validate_json(content), seen
        return self._state

    def now(self) -> datetime:
        """The scenario's time."""
        return self.state().clock.time(self._machine())

    def go(self, *, speed: float | None = None) -> ClockState:
        """Let the scenario's time go on, at its own speed or another, unless a person has paused it or it is over."""

        def change(state: ClockState) -> ClockState:
            wanted = speed or state.speed
            if state.paused or state.ended or state.stop or (state.clock.speed == wanted and not state.clock.stopped):
                return state
            return self._at(state, speed=wanted, stopped=False)

        return self._change(change)

    def stand(self, *, at: datetime | None = None) -> ClockState:
        """Stop the scenario's time, where it is or at a time."""
        return self._change(lambda state: self._at(state, time=at, stopped=True))

    def pause(self) -> ClockState:
        """A person stops the scenario's time."""

        def change(state: ClockState) -> ClockState:
            _need_running(state)
            if state.paused:
                raise RefusedError("The exercise is paused already.", reason=RefusalReason.NOTHING_TO_DO)
            return self._at(state, stopped=True).model_copy(update={"paused": True})

        return self._change(change)

    def resume(self, *, stands: bool = False) -> ClockState:
        """A person lets it go on; at a table-top its time stands all the same until the next step (`stands`)."""

        def change(state: ClockState) -> ClockState:
            _need_running(state)
            if not state.paused:
                raise RefusedError("The exercise is not paused.", reason=RefusalReason.NOTHING_TO_DO)
            return self._at(state, stopped=stands).model_copy(update={"paused": False})

        return self._change(change)

    def speed(self, speed: float) -> ClockState:
        """A person wants another speed; a clock that stands keeps standing."""
        check_speed(speed)

        def change(state: ClockState) -> ClockState:
            _need_running(state)
            return self._at(state, speed=speed, stopped=state.clock.stopped).model_copy(update={"speed": speed})

        return self._change(change)

    def step(self) -> ClockState:
        """A facilitator asks for the next inject."""

        def change(state: ClockState) -> ClockState:
            _need_running(state)
            if state.paused:
                raise RefusedError("The exercise is paused; resume it first.", reason=RefusalReason.CONDITIONS_UNMET)
            return state.model_copy(update={"steps": state.steps + 1})

        return self._change(change)

    def stop(self, *, by: str, reason: str) -> ClockState:
        """A person ends the run here; its time stands, and the director leaves its files with what there is."""

        def change(state: ClockState) -> ClockState:
            _need_running(state)
            stood = self._at(state, stopped=True)
            at = stood.clock.time(self._machine())
            return stood.model_copy(update={"stop": Stop(by=by, reason=reason, at=at), "paused": False})

        if not reason.strip():
            raise RefusedError("This act needs a reason; say why.", reason=RefusalReason.REASON_MISSING)
        return self._change(change)

    def end(self, at: datetime) -> ClockState:
        """The run is over; its time stands for good."""
        ended = {"ended": True, "paused": False}
        return self._change(lambda state: self._at(state, time=at, stopped=True).model_copy(update=ended))

    def beat(self) -> None:
        """Give a sign of life."""
        write_whole(self._folder / "alive", iso(self._machine()), durable=False)

    def stand_where_it_was(self) -> ClockState:
        """After everything was down: go back to where the scenario's time was at the last sign of life, and stand."""
        state = self.state()
        origin = state.clock.engine_origin or self._machine()
        try:
            last = datetime.fromisoformat((self._folder / "alive").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            last = origin
        return self.stand(at=state.clock.time(max(last, origin)))

    def _at(
        self, state: ClockState, *, stopped: bool, speed: float | None = None, time: datetime | None = None
    ) -> ClockState:
        """The clock from this moment on."""
        machine = self._machine()
        clock = Clock(
            engine_origin=machine,
            scenario_origin=time or state.clock.time(machine),
            speed=speed or state.speed,
            stopped=stopped,
        )
        return state.model_copy(update={"clock": clock, "generation": state.generation + 1})

    def _change(self, change: Change) -> ClockState:
        with self._locked():
            changed = change(self.state())
            self._write(changed)
            return changed

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "clock.lock").open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _write(self, state: ClockState) -> None:
        write_whole(self._folder / "clock.json", state.model_dump_json())


def check_speed(speed: float) -> None:
    """Refuse a speed that people could not follow, or that would be slower than life."""
    if not SLOWEST <= speed <= FASTEST:
        raise BadInputError(f"a speed of {speed:g} cannot be had; choose from {SLOWEST:g} to {FASTEST:g}")


def _need_running(state: ClockState) -> None:
    if state.ended:
        raise RefusedError("The exercise is over.", reason=RefusalReason.ALREADY_ENDED)
    if state.stop:
        raise RefusedError(f"{state.stop.by} has stopped the exercise.", reason=RefusalReason.ALREADY_ENDED)
