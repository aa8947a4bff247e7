"""Things that can be found: what of a report, a contribution, a notice, an incident or an action is searched."""

import hashlib
from collections.abc import Iterable
from enum import IntEnum

from leerp.contributions import Contribution
from leerp.marking import Level, Marking, join_all
from leerp.model import Instant, Message
from leerp.notices import Mode, Notice, Portion, Section
from leerp.observables import Observable
from leerp.plans import Action
from leerp.reports import Report
from leerp.search_terms import terms_of, terms_of_text
from leerp.searching import SearchKind

MOST_WORDS = 5_000
"""The most different words of one text that are found; of a longer text those that come first."""

MOST_TEXT = 200_000
"""The most characters of one text that are searched."""


class Place(IntEnum):
    """Where a term stands in a thing; what counts more is larger. `COUNTED`: in the id of what is counted on it."""

    TEXT = 1
    TITLE = 2
    VALUE = 3
    NAME = 4
    COUNTED = 5


class Part(Message):
    """What of a thing stands under one level: its own words, and the marking of just these.

    `names`: the ids it goes by. `values`: its observables.
    """

    kind: SearchKind
    id: str
    mode: Mode
    incident: str
    at: Instant
    marking: Marking
    title: str | None
    text: str = ""
    names: tuple[str, ...] = ()
    values: tuple[Observable, ...] = ()

    @property
    def thing(self) -> str:
        """The name of the whole in the index: its kind's first letter, and its id."""
        return thing_name(self.kind, self.id)

    @property
    def made_of(self) -> str:
        """SHA-256 of it all."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def terms(self) -> dict[str, Place]:
        """Every term under which it is found, with the place that counts most."""
        found: dict[str, Place] = {}
        for value in self.values:
            found.update(dict.fromkeys(terms_of(value), Place.VALUE))
        told = dict.fromkeys(_words(self.text, most=MOST_WORDS), Place.TEXT)
        told |= dict.fromkeys(_words(self.title or "", most=MOST_WORDS), Place.TITLE)
        named = {word: Place.NAME for name in self.names for word in _words(name, most=MOST_WORDS)}
        return found | told | named


def thing_name(kind: SearchKind, identifier: str) -> str:
    """The name of a thing in the index."""
    return f"{kind.value[0]}:{identifier}"


def _words(text: str, *, most: int) -> Iterable[str]:
    words: dict[str, None] = {}
    for terms in terms_of_text(text[:MOST_TEXT]):
        words.update(dict.fromkeys(terms))
        if len(words) > most:
            break
    return list(words)[:most]


def of_report(report: Report, *, identifier: str, incident: str, mode: Mode, at: Instant) -> Part:
    """A report, under its own marking."""
    return Part(
        kind=SearchKind.REPORT,
        id=identifier,
        mode=mode,
        incident=incident,
        at=at,
        marking=report.marking,
        title=report.title,
        text=report.narrative,
        names=(identifier, report.id, report.source, *([report.origin] if report.origin else [])),
        values=report.observables,
    )


def of_contribution(given: Contribution, *, identifier: str, incident: str, mode: Mode, at: Instant) -> Part:
    """A contribution, under its own marking, with what it says of its observables."""
    comments = [detail.comment for detail in given.details if detail.comment]
    return Part(
        kind=SearchKind.CONTRIBUTION,
        id=identifier,
        mode=mode,
        incident=incident,
        at=at,
        marking=given.marking,
        title=given.title,
        text="\n".join([given.narrative, *comments])[:MOST_TEXT],
        names=(identifier, given.id, given.contributor, *([given.file.name] if given.file else [])),
        values=given.observables,
    )


def of_incident(reference: str, *, title: str, marking: Marking, mode: Mode, at: Instant) -> Part:
    """An incident, under the marking of all it holds."""
    return Part(
        kind=SearchKind.INCIDENT,
        id=reference,
        mode=mode,
        incident=reference,
        at=at,
        marking=marking,
        title=title,
        names=(reference,),
    )


def of_action(action: Action, *, incident: str, mode: Mode) -> Part:
    """An action of the plan, under its own marking. Sealed targets are not found."""
    open_targets = [one for one in action.targets if not isinstance(one, Observable)]
    said = (action.agency, action.legal_basis, *(one.value for one in open_targets))
    return Part(
        kind=SearchKind.ACTION,
        id=f"{incident}/{action.id}",
        mode=mode,
        incident=incident,
        at=action.starts_at,
        marking=action.marking,
        title=action.title,
        text="\n".join(one for one in said if one)[:MOST_TEXT],
        names=(action.id, action.owner, *([action.case] if action.case else [])),
        values=tuple(one for one in action.targets if isinstance(one, Observable)),
    )


def of_notice(notice: Notice) -> list[Part]:
    """A notice in parts: the portions of one level together, and apart from those of any other."""
    levels = dict.fromkeys(portion.marking.level for portion in notice.portions)
    return [_level_of(notice, level) for level in sorted(levels, key=lambda one: one.rank)]


def _level_of(notice: Notice, level: Level) -> Part:
    portions = [portion for portion in notice.portions if portion.marking.level is level]
    titles = [portion for portion in portions if portion.section is Section.TITLE]
    rest = [portion for portion in portions if portion.section is not Section.TITLE]
    return Part(
        kind=SearchKind.NOTICE,
        id=notice.id,
        mode=notice.mode,
        incident=notice.incident,
        at=notice.issued_at,
        marking=join_all(portion.marking for portion in portions),
        title=" ".join(portion.text for portion in titles)[:MOST_TEXT] or None,
        text="\n".join(portion.text for portion in rest)[:MOST_TEXT],
        names=(notice.id,),
        values=_said(portions),
    )


def _said(portions: Iterable[Portion]) -> tuple[Observable, ...]:
    return tuple(dict.fromkeys(one for portion in portions if portion.said for one in portion.said.observables))
