"""The director: plays the injects of a scenario in their order of time, and notes what became of each.

Between injects the cast reacts to what has happened, and what has failed comes back.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from activities.engine import Engine
from exercises.branches import Branch
from exercises.conditions import Condition, holds
from exercises.failing import Failing
from exercises.hands import Hands
from exercises.injects import (
    APART,
    AcknowledgeInject,
    ActInject,
    ContributionInject,
    DecisionInject,
    FactInject,
    FaultInject,
    Inject,
    ReportInject,
    plain,
    senders,
)
from exercises.pace import Pace
from exercises.played import CAST, Played, times_of
from exercises.reactions import Due, Reactions
from exercises.scenario import Scenario
from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalEntry
from records import journal


@dataclass(frozen=True)
class Moment:
    """When an inject, or one person's part of it, is due. `last`: nobody of the same inject comes after this one."""

    at: timedelta
    inject: Inject
    sender: str
    last: bool = True


def moments(scenario: Scenario, *, seed: int) -> list[Moment]:
    """Everything that is due, in the order of time; what is due at once, in the order of the scenario."""
    due = [moment for inject in scenario.injects for moment in _moments_of(inject, seed=f"{scenario.name}/{seed}")]
    return sorted(due, key=lambda moment: moment.at)


def _moments_of(inject: Inject, *, seed: str) -> Iterator[Moment]:
    one = plain(inject)
    span = one.over if isinstance(one, AcknowledgeInject) else timedelta()
    step = APART if isinstance(one, DecisionInject) else timedelta()
    people = senders(inject)
    for place, sender in enumerate(people):
        later = drawn(f"{seed}/{inject.number}/{sender}", most=int(span.total_seconds()))
        at = inject.at + place * step + timedelta(seconds=later)
        yield Moment(at=at, inject=inject, sender=sender, last=place == len(people) - 1)


def drawn(name: str, *, most: int) -> int:
    """A number from 0 to `most`, the same for the same name wherever it is drawn."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % (most + 1)


@dataclass
class Director:
    """Plays one scenario; `played` grows with each moment.

    `failing`: what can be made to fail in this run; without it a fault is noted and changes nothing.
    """

    scenario: Scenario
    hands: Hands
    engine: Engine
    lapse: Pace
    played: list[Played] = field(default_factory=list)
    failing: Failing = field(default_factory=Failing)
    _taken: dict[str, bool] = field(default_factory=dict)

    async def direct(self, *, seed: int) -> None:
        """Play everything, each moment after what came before has come to rest, and let the scenario run to its end."""
        reactions = Reactions(self.scenario, self.hands, draw=lambda name, most: drawn(f"{seed}/{name}", most=most))
        for moment in moments(self.scenario, seed=seed):
            at = self.scenario.time(moment.at)
            await self._until(at, reactions)
            self.played.append(await self._play(moment, at))
            await self._rest()
            await reactions.look(at)
        await self._until(self.scenario.end, reactions)
        await self.lapse.settle()

    async def _rest(self) -> None:
        await self.engine.relay()
        await self.lapse.settle()

    async def _until(self, at: datetime, reactions: Reactions) -> None:
        """Let the scenario go on until a time. On the way the cast reacts, and what was away comes back."""
        while True:
            stops = [one for one in (reactions.next_stop(self.failing.away), self.failing.next_end) if one is not None]
            stop = min([at, *stops])
            await self.lapse.until(stop)
            self.failing.end_what_is_over(stop)
            if stops:
                await reactions.look(stop)
            for due in reactions.take(stop):
                await self._react(due, reactions, max(due.at, stop))
            if stop >= at:
                return

    async def _react(self, due: Due, reactions: Reactions, at: datetime) -> None:
        note = Played(number=CAST, sender=due.member.who, at=at, became="")
        if due.member.who in self.failing.ill:
            became = f"Not played: {due.member.who} is ill."
            self.played.append(note.model_copy(update={"became": became, "happened": False}))
            return
        done = await reactions.do(due, note)
        if done is not None:
            self.played.append(done)
            await self._rest()
            await reactions.look(at)

    async def held_back(self, moment: Moment, at: datetime) -> Played | None:
        """The note on a moment that is not played: by its branch, its condition, or because its officer is ill."""
        inject = moment.inject
        note = Played(number=inject.number, sender=moment.sender, at=at, became="", happened=False)
        branch = self.scenario.branch(inject.branch) if inject.branch else None
        taken = await self._settled(branch) if branch else None
        if branch and not taken:
            return note.model_copy(update={"became": f"Not played: {_not_taken(branch)}", "branch_taken": False})
        why = await self._why_not(inject.when, inject.unless)
        if why is None and moment.sender in self.failing.ill and isinstance(plain(inject), _OF_OFFICERS):
            why = f"{moment.sender} is ill."
        return note.model_copy(update={"became": f"Not played: {why}", "branch_taken": taken}) if why else None

    async def _settled(self, branch: Branch) -> bool:
        """Whether a branch is taken: settled when its first inject is due, and the same for all of them."""
        if branch.id not in self._taken:
            mine = {one.number for one in self.scenario.injects if one.branch == branch.id}
            before = (one.branch_taken for one in self.played if one.number in mine)
            earlier = next((taken for taken in before if taken is not None), None)
            settled = await self._why_not(branch.when, branch.unless) is None if earlier is None else earlier
            self._taken[branch.id] = settled
        return self._taken[branch.id]

    async def _why_not(self, when: Condition | None, unless: Condition | None) -> str | None:
        """Why something stays away by its condition; None if it does not."""
        condition = when or unless
        if condition is None:
            return None
        held = holds(condition, await self.entries(), times_of(self.played))
        if held is (when is not None):
            return None
        return f"{'' if held else 'no '}{condition.kind.value} {'has been' if held else 'so far'}."

    async def entries(self) -> list[JournalEntry]:
        """The journals of all incidents of the run."""
        async with self.hands.rooms.store.reading() as connection:
            chains = [await journal.entries(connection, one) for one in self.hands.casebook.incidents]
        return [entry for chain in chains for entry in chain]

    async def _play(self, moment: Moment, at: datetime) -> Played:
        """Play one moment. What goes otherwise than the scenario expects is noted, and the exercise goes on."""
        away = await self.held_back(moment, at)
        if away is not None:
            return away
        taken = self._taken.get(moment.inject.branch) if moment.inject.branch else None
        note = Played(number=moment.inject.number, sender=moment.sender, at=at, became="", branch_taken=taken)
        inject = plain(moment.inject)
        if isinstance(inject, FaultInject):
            return note.model_copy(update={"became": await self.failing.begin(inject, at)})
        refused, turned_away = _to_be_refused(moment), _to_be_turned_away(inject)
        try:
            done = await self.hands.play(inject, moment.sender, note)
        except RefusedError as error:
            said = {"became": f"Refused: {error.sentence}", "refused": error.reason}
            return note.model_copy(update={**said, "as_expected": refused == error.reason})
        except BadInputError as error:
            became = f"Turned away: {error.sentence}"
            return note.model_copy(update={"became": became, "as_expected": turned_away})
        if refused or turned_away:
            became = f"{done.became} It was to be refused, and was not."
            return done.model_copy(update={"became": became, "as_expected": False})
        return done


_OF_OFFICERS = ActInject | DecisionInject | FactInject


def _not_taken(branch: Branch) -> str:
    return f"branch {branch.id} is not taken ({branch.text})"


def _to_be_refused(moment: Moment) -> str | None:
    """Why a moment must be refused; of several people who decide, the last one's."""
    inject = plain(moment.inject)
    if isinstance(inject, DecisionInject) and not moment.last:
        return None
    refused = inject.refused if isinstance(inject, AcknowledgeInject | _OF_OFFICERS) else None
    return refused.value if refused else None


def _to_be_turned_away(inject: Inject) -> bool:
    return isinstance(inject, ReportInject | ContributionInject) and inject.turned_away
