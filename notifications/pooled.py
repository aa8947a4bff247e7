"""The portions of what the incident holds, item by item, as products and packages tell it.

Each item stands under its own marking and grade, and says nothing of any other. Where it holds personal data it stands
there twice: as it is, and for private parties as what is left of it (`notifications.personal_data`).
"""

from collections.abc import Sequence

from leerp.model import Instant
from leerp.notices import PersonalData, Portion, Said, Section
from leerp.observables import Observable
from notifications import personal_data
from notifications.context import PooledItem
from notifications.portions import marked
from notifications.templating import statement

Seen = tuple[Observable, Instant | None]


def told(items: Sequence[PooledItem], *, known: frozenset[str]) -> list[Portion]:
    """What each item says in words; `known`: see `personal_data.stands_in`."""
    return [portion for item in items if item.title for portion in _told(item, known)]


def _told(item: PooledItem, known: frozenset[str]) -> list[Portion]:
    text = statement("pooled", item=item)
    if not personal_data.stands_in(text, known=known):
        return marked(Section.FACT, text, item.marking, grade=item.grade)
    whole = marked(Section.FACT, text, item.marking, grade=item.grade, personal=PersonalData.HELD)
    short = statement("pooled", item=item.model_copy(update={"narrative": ""}))
    if personal_data.stands_in(short, known=known):
        return whole
    return whole + marked(Section.FACT, short, item.marking, grade=item.grade, personal=PersonalData.LEFT_OUT)


def observables(items: Sequence[PooledItem]) -> list[Portion]:
    """The observables of each item, with when they were first seen where that is known."""
    return [portion for item in items for portion in _observables(item)]


def _observables(item: PooledItem) -> list[Portion]:
    seen = item.first_seen or (None,) * len(item.observables)
    every: list[Seen] = list(zip(item.observables, seen, strict=True))
    left = [one for one in every if not personal_data.is_personal(one[0])]
    if len(left) == len(every):
        return _listed(item, every)
    return [
        *_listed(item, every, personal=PersonalData.HELD),
        *_listed(item, left, personal=PersonalData.LEFT_OUT),
    ]


def _listed(item: PooledItem, every: Sequence[Seen], *, personal: PersonalData | None = None) -> list[Portion]:
    if not every:
        return []
    text = statement("pooled_observables", item=item, observables=every)
    times = tuple(at for _, at in every)
    said = Said(observables=tuple(one for one, _ in every), first_seen=times if any(times) else ())
    return marked(Section.INDICATOR, text, item.marking, grade=item.grade, said=said, personal=personal)
