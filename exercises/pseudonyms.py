"""Pseudonyms: a scenario in which nobody and nothing of an incident can be recognised, and which plays the same.

Everybody and every technical value is replaced, the same by the same everywhere. What is free text is left out; with
`keep_text` it stays with all that is known replaced in it. Numbers, times between injects, markings, countries, sectors
and choices stay, for they are what is rehearsed, and so do the names of channels, room services and decision tables,
for it could not be played without them. A field that is not known here is treated as free text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from pydantic import BaseModel

from exercises.offsets import write_offset
from exercises.pseudonym_finding import ANY_KIND, KEPT, PEOPLE, PLAIN_WAYS, Found, group_of, pair_of
from exercises.pseudonym_values import Values
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.observables import ObservableKind, refanged
from leerp.stakeholders import Directory
from leerp.targets import TargetKind
from notifications.audience import EUROJUST

LEFT_OUT = "left out"
"""How a text that was left out begins."""

_DATA = frozenset("choice grade kind level notice outcome phase reason recommended state step status".split())
"""Fields of journal entries that hold words of closed lists."""

_OPTIONAL = frozenset({"delivery", "evaluator_note", "expected", "learning_point", "narrative"})
_ASKS_FOR_TEXT = ("shows", "hides", "could_see", "never_sees")


@dataclass(frozen=True)
class Pseudonymised:
    """The scenario as its file holds it, and what was done.

    `people`: who stands for whom, and `values`: what replaced the technical values; neither leaves this machine.
    `replaced`: how many of which. `left_out`: how many texts. `dropped`: expectations that asked for one of them.
    """

    document: dict[str, Any]
    people: dict[str, str]
    values: Values
    replaced: dict[str, int]
    left_out: int
    dropped: tuple[str, ...]


@dataclass
class _Known:
    """Everything that must not be seen again, and what stands for it. Filled before anything is written."""

    values: Values
    people: dict[str, str] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    technical: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def plain_words(self) -> set[str]:
        """Ids within the scenario that are words, such as a branch `launch`: they tell nothing, and stand elsewhere."""
        names = {name.casefold() for group in self.names.values() for name in group}
        return {name for name in names if not any(sign.isdigit() for sign in name)} - set(self.people)

    def everything(self) -> dict[str, str]:
        """What is replaced and its replacement."""
        technical = {value: new for (_, value), new in self.technical.items()}
        return technical | {old: new for group in self.names.values() for old, new in group.items()} | self.people


def pseudonymised(
    scenario: Scenario,
    *,
    key: bytes,
    directory: Directory | None = None,
    keep_text: bool = False,
    start: datetime | None = None,
) -> Pseudonymised:
    """The scenario with pseudonyms. `directory`: whose names and addresses are known, beside those in the scenario.

    `start`: when it begins instead. Raises BadInputError when an original name or value would still be seen, which
    then is written nowhere.
    """
    known = _known(scenario, key, directory, keep_text=keep_text)
    writer = _Writer(known, keep_text=keep_text)
    document = writer.model(scenario, "scenario")
    document["name"] = known.names["exercise"][scenario.name]
    document["start"] = (start or scenario.start).isoformat()
    document["expectations"], dropped = _kept(document.get("expectations", []))
    if not document["expectations"]:
        del document["expectations"]
    _nothing_seen(document, known)
    counts = {"people": len(known.people), "values": len(known.technical)}
    counts["names"] = sum(len(group) for group in known.names.values())
    return Pseudonymised(document, known.people, known.values, counts, writer.left_out, dropped)


def _kept(expectations: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The expectations that still ask for something, and the ids of those that asked for a text that was left out."""
    kept: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    for one in expectations:
        asked = [one.get(name) for name in _ASKS_FOR_TEXT] + [one.get("where", {}), one.get("after", {})]
        (dropped if LEFT_OUT in str(asked) else kept).append(one)
    return kept, tuple(one["id"] for one in dropped)


# What there is to be replaced


def _known(scenario: Scenario, key: bytes, directory: Directory | None, *, keep_text: bool) -> _Known:
    found = Found()
    found.look(scenario, "")
    if directory is not None:
        found.look_at(directory)
    if keep_text:
        found.read_texts()
    addresses = [value for kind, value in found.technical if kind in (ObservableKind.IPV4, TargetKind.IP_RANGE)]
    hosts = [host for kind, value in found.technical if (host := _host_of(kind, value))]
    known = _Known(Values(key, addresses=[*addresses, *hosts]))
    known.technical = _technical(found.technical, known.values)
    taken = set(found.people) | set(found.officers)
    known.people = _numbered("officer", found.officers, known.values, taken=taken)
    others = [one for one in found.people if one not in known.people]
    known.people |= _numbered("party", others, known.values, taken=taken)
    if EUROJUST in known.people:  # it is invited by this id, and that an act is relevant to it stands in the act anyway
        known.people[EUROJUST] = EUROJUST
    for other, identifier in found.also.items():
        known.people.setdefault(other, known.people.get(identifier, "somebody"))
    known.names["exercise"] = {scenario.name: known.values.word("scenario", scenario.name)}
    for group, names in found.names.items():
        known.names[group] = _numbered(group, names, known.values, taken=set(names))
    return known


def _technical(found: set[tuple[str, str]], values: Values) -> dict[tuple[str, str], str]:
    """The replacement of each; what is written without its kind is of the kind that it has elsewhere."""
    kinds = {value: kind for kind, value in sorted(found) if kind != ANY_KIND}
    return {(kind, value): values.observable(kinds.get(value, kind), value) for kind, value in sorted(found)}


def _host_of(kind: str, value: str) -> str | None:
    if kind == ObservableKind.URL:
        found = re.match(r"[a-z0-9+.-]+://(?:[^/@]*@)?(\d+\.\d+\.\d+\.\d+)", value, re.IGNORECASE)
        return found[1] if found else None
    return value if kind == TargetKind.SERVER else None


def _numbered(what: str, names: Iterable[str], values: Values, *, taken: set[str]) -> dict[str, str]:
    """A number for each in an order that only the key knows; none that somebody already has."""
    ordered = sorted(set(names), key=lambda name: values.word(f"order of {what}", name, length=24))
    free = (name for name in (f"{what}-{at}" for at in range(1, 10**6)) if name not in taken)
    return dict(zip(ordered, free, strict=False))


# What is written instead


class _Writer:
    def __init__(self, known: _Known, *, keep_text: bool) -> None:
        self._known, self._keep_text = known, keep_text
        self.left_out = 0
        everything = {old: new for old, new in known.everything().items() if old.casefold() not in known.plain_words}
        longest_first = sorted((one for one in everything if one.strip()), key=lambda one: (-len(one), one))
        self._instead = {one.casefold(): new for one, new in everything.items()}
        pattern = "|".join(re.escape(one) for one in longest_first) or r"(?!)"
        self._pattern = re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE)

    def model(self, value: BaseModel, above: str) -> dict[str, Any]:
        """A part of the scenario as its file holds it."""
        pair = pair_of(value)
        written: dict[str, Any] = {}
        for name, about in type(value).model_fields.items():
            held = getattr(value, name)
            if held == about.get_default(call_default_factory=True) and not about.is_required():
                continue
            alias = about.alias or name
            if pair and name == "value":
                written[alias] = self._known.technical[pair]
            else:
                part = self._part(held, name, above)
                if part != LEFT_OUT or name not in _OPTIONAL:
                    written[alias] = part
        if getattr(value, "description", "") and not self._keep_text:
            written["description"] = self._described(value, written)
        return written

    def _part(self, value: object, name: str, above: str) -> Any:  # noqa: ANN401 - any part of a scenario
        if isinstance(value, BaseModel):
            return self.model(value, name)
        if isinstance(value, list | tuple):
            return [self._part(one, name, above) for one in value]
        if isinstance(value, dict):
            return {str(key): self._datum(one, str(key)) for key, one in value.items()}
        if isinstance(value, str) and not isinstance(value, Enum):
            return self._word(value, name, above)
        return self._plain(value, name)

    def _plain(self, value: object, name: str) -> Any:  # noqa: ANN401 - any scalar
        match value:
            case Enum():
                return value.value
            case timedelta():
                return write_offset(value)
            case datetime():
                return value.isoformat()
            case None | bool() | int() | float():
                return value
            case _:
                return self._text(str(value), name)

    def _datum(self, value: object, key: str) -> Any:  # noqa: ANN401 - any scalar
        if not isinstance(value, str) or (key in _DATA and re.fullmatch(r"[a-z0-9_.-]{1,40}", value)):
            return value
        return self._known.people.get(value) or self._text(value, key)

    def _word(self, value: str, name: str, above: str) -> str:
        group = group_of(name, above)
        if name == "releasable_to":
            kind, _, selector = value.partition(":")
            here = {"reader": self._known.people, "circle": self._known.names.get("circle", {})}.get(kind)
            return f"{kind}:{here[selector]}" if here is not None else value
        if name in PEOPLE:
            return self._known.people.get(value, value)
        if group is not None:
            return self._known.names[group][value]
        if name in KEPT or (name in ("delivery", "how", "via", "version") and value in PLAIN_WAYS):
            return value
        if name == "version":
            return "pseudonymised"
        return self._text(value, name)

    def _text(self, value: str, name: str) -> str:
        """A free text with what is known replaced in it; without keep_text only what was replaced is left of it."""
        if not value:
            return value
        if self._keep_text:
            return self._pattern.sub(lambda found: self._instead[found[0].casefold()], refanged(value))
        whole = self._instead.get(value.casefold())
        if whole is not None:
            return whole
        self.left_out += 1
        if name == "link":
            return "https://left-out.example/"
        met = dict.fromkeys(self._instead[found[0].casefold()] for found in self._pattern.finditer(refanged(value)))
        return f"{LEFT_OUT}: {', '.join(met)}"[:256] if met else LEFT_OUT

    def _described(self, value: BaseModel, written: dict[str, Any]) -> str:
        sender = written.get("from", [])
        who = ", ".join(sender[:3]) if isinstance(sender, list) else sender
        return f"{getattr(value, 'kind', 'inject')}{f' from {who}' if who else ''}".capitalize()


def strings(value: object) -> Iterator[str]:
    """Every text of a document, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def _nothing_seen(document: dict[str, Any], known: _Known) -> None:
    """Refuse to hand out a document in which an original name or value can still be read."""
    said, plain = "\n".join(strings(document)).casefold(), known.plain_words
    for original, instead in known.everything().items():
        text = original.casefold()
        if not text or text in plain or text not in said or text == instead:
            continue
        if re.search(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])", said):
            raise BadInputError(
                f"{original!r} would still be read in the scenario; nothing was written. Rename it in the directory, or"
                " leave the texts out"
            )
