"""Drafts of stakeholders, made from what a file says of each, and the notes on what it says besides."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from leerp.countries import normalise
from leerp.formats.texts import line, shown
from leerp.keys import Fingerprint
from leerp.stakeholders import ContactPoint, Group, Stakeholder
from notifications.channels.smtp import addresses

MAX_ENTRIES = 20_000
_LONGEST_ID = 60
_FINGERPRINT: TypeAdapter[str] = TypeAdapter(Fingerprint)


@dataclass(frozen=True, kw_only=True)
class Raw:
    """What a file says of one entry. `where`: its place in the file. `others`: what has no place in the directory."""

    where: str
    short_name: str = ""
    name: str = ""
    aliases: Sequence[str] = ()
    country: str = ""
    emails: Sequence[str] = ()
    fingerprint: str = ""
    languages: Sequence[str] = ()
    group: Group | None = None
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An entry for the directory, without a clearance. `fingerprint`: of a key that still has to be fetched."""

    stakeholder: Stakeholder
    fingerprint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What became of a file. `left_out`: entries that were not taken, and why. `notes`: what was not, of the others.

    `seen`: the ids and names of everything in it, in lower case, left out or not.
    """

    drafts: tuple[Draft, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    seen: frozenset[str]


class Drafting:
    """Makes drafts of one file, one after the other; of two with the same id or address the second is left out."""

    def __init__(self, *, channel: str, group: Group | None) -> None:
        self._channel = channel
        self._group = group
        self._drafts: list[Draft] = []
        self._left_out: list[str] = []
        self._notes: list[str] = []
        self._taken: dict[str, str] = {}
        self._seen: set[str] = set()

    def note(self, sentence: str) -> None:
        """Say something of the file as a whole."""
        self._notes.append(sentence)

    def add(self, raw: Raw) -> None:
        """Take one entry in, or leave it out and say why."""
        name = line(raw.name or raw.short_name, otherwise="")
        identifier = identifier_of(raw.short_name or raw.name)
        who = f"{raw.where} ({shown(name)})" if name else raw.where
        self._seen |= {text.casefold() for text in (identifier, name, raw.short_name) if text}
        fault = self._fault(raw, identifier)
        if fault:
            self._left_out.append(f"{who}: {fault}")
            return
        made = self._made(raw, identifier, name, who)
        if made:
            self._taken |= {f"id {identifier}": who, f"address {raw.emails[0].casefold()}": who}
            self._drafts.append(made)

    def _fault(self, raw: Raw, identifier: str) -> str | None:
        if not identifier:
            return "has no name of which an id could be made"
        if not raw.emails:
            return "has no e-mail address"
        if wrong := addresses.fault(raw.emails[0]):
            return f"its address {shown(raw.emails[0])} {wrong}"
        if raw.group is None and self._group is None:
            return "the file does not say its group; say --group"
        for taken in (f"id {identifier}", f"address {raw.emails[0].casefold()}"):
            if taken in self._taken:
                return f"has the {taken}, as {self._taken[taken]} has"
        return None

    def _made(self, raw: Raw, identifier: str, name: str, who: str) -> Draft | None:
        notes = {key: value for key, value in raw.others.items() if value}
        country = _country(raw.country)
        if raw.country and country is None:
            notes["country"] = raw.country
        if more := raw.emails[1:]:
            notes["further addresses"] = ", ".join(more)
        fingerprint = _fingerprint(raw.fingerprint)
        if raw.fingerprint and fingerprint is None:
            notes["fingerprint"] = raw.fingerprint
        values = {
            "id": identifier,
            "name": name,
            "group": raw.group or self._group,
            "country": country,
            "contacts": (ContactPoint(channel=self._channel, address=raw.emails[0]),),
            "aliases": _aliases(raw, name),
            "languages": tuple(raw.languages),
        }
        try:
            stakeholder = Stakeholder.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            self._left_out.append(f"{who}: {place}: {first['msg'].removeprefix('Value error, ')}")
            return None
        if notes:
            told = ", ".join(f"{shown(key, limit=40)} = {shown(value)}" for key, value in notes.items())
            self._notes.append(f"{who}: not taken over: {told}")
        return Draft(stakeholder=stakeholder, fingerprint=fingerprint)

    def done(self) -> Imported:
        """Everything so far."""
        return Imported(
            drafts=tuple(self._drafts),
            left_out=tuple(self._left_out),
            notes=tuple(self._notes),
            seen=frozenset(self._seen),
        )


def identifier_of(name: str) -> str:
    """An id made of a name: lower-case Latin letters, digits and hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_ID].strip("-")


def words(text: str) -> tuple[str, ...]:
    """The words of a cell, separated by semicolons, commas or blanks; what an address book has for a list."""
    return tuple(word for word in re.split(r"[;,\s]+", text.strip()) if word)


def _country(text: str) -> str | None:
    """The code, if the text is one; a country's name is not turned into one."""
    try:
        return normalise(text) if text.strip() else None
    except ValueError:
        return None


def _fingerprint(text: str) -> str | None:
    try:
        return _FINGERPRINT.validate_python(text)
    except ValidationError:
        return None


def _aliases(raw: Raw, name: str) -> tuple[str, ...]:
    found = (line(text, otherwise="") for text in (raw.short_name, *raw.aliases))
    return tuple(dict.fromkeys(text for text in found if text and text.casefold() != name.casefold()))
