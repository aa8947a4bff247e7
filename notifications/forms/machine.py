"""What the machine forms share: their words, their ids, their tags, and what the visible portions say for machines."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import NAMESPACE_DNS, UUID, uuid5

from pydantic import JsonValue

from leerp.grades import Grade, Scale
from leerp.marking import Handling, Level, Marking
from leerp.model import iso
from leerp.notices import NoticeKind
from leerp.observables import Observable
from notifications.forms.mappings import facts_of
from notifications.identity import DOMAIN
from notifications.templating import environment
from notifications.view import View, fold

NAMESPACE = uuid5(NAMESPACE_DNS, DOMAIN)
"""The name space of every id made here: the same thing has the same id, in every process and at every time."""

INTELLIGENCE = frozenset({NoticeKind.EARLY_WARNING, NoticeKind.UPDATE})
"""The kinds of notice that are always worth a STIX bundle and a MISP event, with observables or without."""

EUCI = {
    Level.RESTREINT: "euci:R-UE/EU-R",
    Level.CONFIDENTIEL: "euci:C-UE/EU-C",
    Level.SECRET: "euci:S-UE/EU-S",
    Level.TRES_SECRET: "euci:TS-UE/EU-TS",
}
"""The tag of MISP's taxonomy `euci` for each classified level. It never stands without the full words beside it."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One observable that a visible portion tells, under that portion's marking and grade."""

    observable: Observable
    marking: Marking
    grade: Grade | None


def told(view: View) -> tuple[Told, ...]:
    """The visible observables; each once for every marking and grade under which it is told."""
    frames: dict[tuple[Marking, Grade | None], int] = {}
    found: dict[tuple[int, str, str], Told] = {}
    for portion in view.portions:
        if portion.said and portion.said.observables:
            frame = frames.setdefault((portion.marking, portion.grade), len(frames))
            for one in portion.said.observables:
                key = (frame, one.kind.value, one.value)
                found.setdefault(key, Told(observable=one, marking=portion.marking, grade=portion.grade))
    return tuple(found.values())


def intelligence(view: View) -> bool:
    """Whether a STIX bundle or a MISP event has something to say: the kind is for it, or there are observables."""
    return view.kind in INTELLIGENCE or any(portion.said and portion.said.observables for portion in view.portions)


def incident_types(view: View) -> tuple[str, ...]:
    """The types of incident in RSIT that the visible facts name, sorted."""
    return tuple(sorted({one for facts in facts_of(view) for one in facts.types}))


def type_tag(incident_type: str) -> str:
    """`class:value` as a tag of MISP's taxonomy `rsit`."""
    name, colon, value = incident_type.partition(":")
    return f'rsit:{name}="{value}"' if colon else f"rsit:{name}"


def marking_tags(marking: Marking) -> Iterator[str]:
    """A marking as tags of MISP's taxonomies tlp, PAP and euci."""
    yield marking.tlp.value.lower()
    yield marking.pap.value
    if marking.level in EUCI:
        yield EUCI[marking.level]


def grade_tags(grade: Grade | None) -> Iterator[str]:
    """A grade as a text with its scale; one on the Admiralty grid as tags of MISP's taxonomy, too."""
    if grade:
        yield f'leerp:grade="{grade}"'
    if grade and grade.scale is Scale.ADMIRALTY:
        yield f'admiralty-scale:source-reliability="{grade.code[0].lower()}"'
        yield f'admiralty-scale:information-credibility="{grade.code[1]}"'


def limits(marking: Marking) -> Iterator[str]:
    """What no tag can carry of a marking, in words, one line each: handling codes, and to whom it is releasable."""
    yield from (_handling(item) for item in marking.handling)
    yield from (fold(word("releasable", clause=clause)) for clause in marking.releasable_to)


def _handling(item: Handling) -> str:
    return fold(word("handling", code=item.code.value, provider=item.provider, text=item.text))


@cache
def _words() -> object:
    return environment().get_template("machine.txt").module


def word(name: str, **values: object) -> str:
    """The fixed text `name` with these values in it."""
    return str(getattr(_words(), name)(**values))


def named(view: View, name: str, *, longest: int | None = None) -> str:
    """A name that says first if this is an exercise, on one line."""
    return fold(f"{word('exercise')} | {name}" if view.exercise else name, longest=longest)


def plain(view: View) -> str:
    """The whole text for people, with the marking and the grade of every portion, and the mark of an exercise."""
    return view.text


def asks(view: View) -> Iterable[str]:
    """What is asked of the readers, each with its marking."""
    return _paragraphs(view, "ask")


def contacts(view: View) -> Iterable[str]:
    """Whom to call, each with its marking."""
    return _paragraphs(view, "contact")


def _paragraphs(view: View, section: str) -> Iterator[str]:
    for one in view.sections:
        if one.name == section:
            yield from (word("paragraph", banner=item.banner, text=item.text) for item in one.paragraphs)


def identity(*parts: JsonValue) -> UUID:
    """The id of what these parts say: version 5 (RFC 9562), so that it is computed and never drawn."""
    return uuid5(NAMESPACE, json.dumps(parts, sort_keys=True, separators=(",", ":")))


def seconds(at: datetime) -> str:
    """A time to the second, `YYYY-MM-DDThh:mm:ss` in UTC, without its offset: each format writes that differently."""
    return iso(at)[:19]
