"""The director: plays the injects of a scenario in their order of time, and notes what became of each."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from activities.engine import Engine
from exercises.hands import Hands
from exercises.injects import AcknowledgeInject, ActInject, Inject, senders
from exercises.played import Played
from exercises.scenario import Scenario
from exercises.time_lapse import TimeLapse
from leerp.errors import BadInputError, RefusedError


@dataclass(frozen=True)
class Moment:
    """When an inject, or one reader's part of it, is due."""

    at: timedelta
    inject: Inject
    sender: str


def moments(scenario: Scenario, *, seed: int) -> list[Moment]:
    """Everything that is due, in the order of time; what is due at once, in the order of the scenario."""
    due = [moment for inject in scenario.injects for moment in _moments_of(inject, seed=f"{scenario.name}/{seed}")]
    return sorted(due, key=lambda moment: moment.at)


def _moments_of(inject: Inject, *, seed: str) -> Iterator[Moment]:
    span = inject.over if isinstance(inject, AcknowledgeInject) else timedelta()
    for sender in senders(inject):
        later = _drawn(f"{seed}/{inject.number}/{sender}", most=int(span.total_seconds()))
        yield Moment(at=inject.at + timedelta(seconds=later), inject=inject, sender=sender)


def _drawn(name: str, *, most: int) -> int:
    """A number from 0 to `most`, the same for the same name wherever it is drawn."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % (most + 1)


@dataclass
class Director:
    """Plays one scenario; `played` grows with each moment."""

    scenario: Scenario
    hands: Hands
    engine: Engine
    lapse: TimeLapse
    played: list[Played] = field(default_factory=list)

    async def direct(self, *, seed: int) -> None:
        """Play everything, each moment after what came before has come to rest, and let the scenario run to its end."""
        for moment in moments(self.scenario, seed=seed):
            at = self.scenario.time(moment.at)
            await self.lapse.until(at)
            self.played.append(await self._play(moment, at))
            await self.engine.relay()
            await self.lapse.settle()
        await self.lapse.until(self.scenario.end)
        await self.lapse.settle()

    async def _play(self, moment: Moment, at: datetime) -> Played:
        """Play one moment. What goes otherwise than the scenario expects is noted, and the exercise goes on."""
        inject = moment.inject
        note = Played(number=inject.number, sender=moment.sender, at=at, became="")
        try:
            done = await self.hands.play(inject, moment.sender, note)
        except RefusedError as error:
            as_expected = _to_be_refused(inject) == error.reason
            refused = {"became": f"Refused: {error.sentence}", "refused": error.reason}
            return note.model_copy(update={**refused, "as_expected": as_expected})
        except BadInputError as error:
            as_expected = _to_be_turned_away(inject)
            return note.model_copy(update={"became": f"Turned away: {error.sentence}", "as_expected": as_expected})
        if _to_be_refused(inject) or _to_be_turned_away(inject):
            became = f"{done.became} It was to be refused, and was not."
            return done.model_copy(update={"became": became, "as_expected": False})
        return done


def _to_be_refused(inject: Inject) -> str | None:
    refused = inject.refused if isinstance(inject, AcknowledgeInject | ActInject) else None
    return refused.value if refused else None


def _to_be_turned_away(inject: Inject) -> bool:
    return not isinstance(inject, AcknowledgeInject | ActInject) and inject.turned_away
