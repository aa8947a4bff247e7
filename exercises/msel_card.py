"""An inject as a facilitator sees it: its columns of the master scenario events list, and what is expected."""

from collections.abc import Iterator

from exercises.injects import Inject, senders
from exercises.offsets import write_offset
from exercises.scenario import Scenario
from leerp.model import Message


class Card(Message):
    """The columns of one inject; empty where the scenario says nothing.

    `condition`: why it may not come. `awaited_of`: people whose part of it is not played.
    """

    number: int
    at: str
    time: str
    kind: str
    sender: str
    to: str
    delivery: str
    description: str
    expected: str = ""
    objective: str = ""
    max_minutes: int | None = None
    controller: str = ""
    learning_point: str = ""
    evaluator_note: str = ""
    condition: str = ""
    awaited_of: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The card in lines, for a terminal."""
        head = f"Inject {self.number} · {self.at} · {self.time} · {self.kind} · from {self.sender} to {self.to}"
        return [f"{head} · by {self.delivery}", f"  {self.description}", *(f"  {line}" for line in self._more())]

    def _more(self) -> Iterator[str]:
        said = {
            "expected": self.expected,
            "objective": self.objective,
            "answer within": f"{self.max_minutes} min" if self.max_minutes else "",
            "controller": self.controller,
            "learning point": self.learning_point,
            "evaluator": self.evaluator_note,
            "only if": self.condition,
            "awaited of": ", ".join(self.awaited_of),
        }
        yield from (f"{name}: {value}" for name, value in said.items() if value)


def card(scenario: Scenario, inject: Inject, *, people: frozenset[str] = frozenset()) -> Card:
    """The card of an inject."""
    objective = next((one for one in scenario.objectives if one.id == inject.objective), None)
    conditions = [
        *([f"branch {inject.branch}"] if inject.branch else []),
        *([f"there is {inject.when.kind.value}"] if inject.when else []),
        *([f"there is no {inject.unless.kind.value}"] if inject.unless else []),
    ]
    return Card(
        number=inject.number,
        at=write_offset(inject.at),
        time=f"{scenario.time(inject.at):%Y-%m-%d %H:%M}Z",
        kind=inject.kind,
        sender=", ".join(senders(inject)),
        to=inject.to,
        delivery=inject.delivery,
        description=inject.description,
        expected=inject.expected,
        objective=f"{objective.id}: {objective.text}" if objective else "",
        max_minutes=inject.max_minutes,
        controller=inject.controller or "",
        learning_point=inject.learning_point,
        evaluator_note=inject.evaluator_note,
        condition=" and ".join(conditions),
        awaited_of=tuple(one for one in senders(inject) if one in people),
    )
