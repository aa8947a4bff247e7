"""What each reader would get of a draft: the very variants, readers who get the same bytes together."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from activities.planned_deliveries import DeliveryPlanner, PlannedDelivery
from desk.access.reading import Sight
from desk.web.acting.why import why
from leerp.marking import HandlingCode, WithheldReason
from leerp.notices import Notice, Variant
from leerp.stakeholders import Stakeholder

SHOWN = 24
"""How many readers of a group are named; the others are counted."""


MANY = 500
"""From so many readers on previews are remembered."""

MOST_REMEMBERED = 8


class SameVariant(NamedTuple):
    """Readers who get the same bytes. `text`: None where it is above the clearance of who looks."""

    variant: Variant
    text: str | None
    readers: tuple[str, ...]
    groups: Mapping[str, int]
    channels: Mapping[str, int]

    @property
    def others(self) -> int:
        """How many readers are not named."""
        return sum(self.groups.values()) - len(self.readers)


class Held(NamedTuple):
    """Readers who get nothing, for the same reason."""

    reason: str
    readers: tuple[str, ...]
    times: int

    @property
    def words(self) -> str:
        """The reason in words."""
        return why(self.reason)


class Previews(NamedTuple):
    """Everything that would go out, and to whom nothing would."""

    same: tuple[SameVariant, ...]
    held: tuple[Held, ...]

    @property
    def getting(self) -> int:
        """How many readers get something."""
        return sum(sum(one.groups.values()) for one in self.same)


def previews(
    planner: DeliveryPlanner, readers: Sequence[str], *, everybody: Mapping[str, Stakeholder], sight: Sight
) -> Previews:
    """Plan a notice for all its readers as it would be planned now. It takes a while for thousands of them."""
    strangers = set(planner.strangers(readers))
    plans = {one: planner.preview(one, channel=None) for one in readers if one not in strangers}
    together: dict[str, list[tuple[str, PlannedDelivery]]] = {}
    held: dict[str, list[str]] = {WithheldReason.UNKNOWN_READER.value: sorted(strangers)} if strangers else {}
    for reader, plan in plans.items():
        if plan.variant is None:
            held.setdefault(str(plan.planned.withheld), []).append(reader)
        else:
            together.setdefault(str(plan.planned.variant_sha256), []).append((reader, plan))
    same = [_same(found, everybody, sight) for found in together.values()]
    return Previews(
        same=tuple(sorted(same, key=lambda one: (-one.variant.marking.level.rank, -sum(one.groups.values())))),
        held=tuple(Held(reason, tuple(names[:SHOWN]), len(names)) for reason, names in sorted(held.items())),
    )


def _same(
    found: Sequence[tuple[str, PlannedDelivery]], everybody: Mapping[str, Stakeholder], sight: Sight
) -> SameVariant:
    variant = found[0][1].variant
    if variant is None:
        raise ValueError("nothing goes to these readers")
    return SameVariant(
        variant=variant,
        text=text_of(variant) if sight.may_read(variant.marking) else None,
        readers=tuple(reader for reader, _ in found[:SHOWN]),
        groups=dict(Counter(everybody[reader].group.value for reader, _ in found)),
        channels=dict(Counter(plan.planned.channel for _, plan in found)),
    )


def text_of(variant: Variant) -> str:
    """What a variant says, as plain text."""
    return next((file.content.decode() for file in variant.files if file.name.endswith(".txt")), "")


class Remembered:
    """Previews for thousands of readers, for a minute: who releases looks more than once at the same."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Previews] = {}

    def find(self, key: Hashable) -> Previews | None:
        """What was remembered under this key."""
        return self._known.get(key)

    def keep(self, key: Hashable, found: Previews) -> None:
        """Remember it, if it is for many; of a few large ones the oldest is forgotten."""
        if found.getting + sum(one.times for one in found.held) < MANY:
            return
        while len(self._known) >= MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[key] = found


class Restriction(NamedTuple):
    """A restriction in words (H3), and whose it is. `text`: None where it is above the clearance of who looks."""

    provider: str
    text: str | None


def restrictions(notice: Notice, sight: Sight) -> list[Restriction]:
    """The restrictions in words in a notice, each once."""
    found = (
        Restriction(item.provider, item.text if sight.may_read(portion.marking) else None)
        for portion in notice.portions
        for item in portion.marking.handling
        if item.code is HandlingCode.H3
    )
    return list(dict.fromkeys(found))
