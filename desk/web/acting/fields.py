"""What a form asks for, field by field, and reading what was typed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from starlette.datastructures import FormData, UploadFile

from leerp.errors import BadInputError
from leerp.local_times import read_time
from leerp.stakeholders import Stakeholder
from notifications.view import clean

LONGEST_TEXT = 100_000
"""Characters of a text; as `leerp.model.Text`."""

LONGEST_LINE = 256
LARGEST_FILE = 8 * 1024 * 1024
"""Bytes of a file that is given with an act; reports and contributions have ways in of their own."""

MOST_NAMES = 1_000
FEW = 100
"""Up to so many stakeholders are shown to choose from; more are written by their ids."""


class Kind(StrEnum):
    """How a field is shown."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    ONE_OF = "one_of"
    SEVERAL = "several"
    NAMES = "names"
    TICK = "tick"
    TIME = "time"
    NUMBER = "number"
    FILE = "file"


@dataclass(frozen=True)
class Option:
    """One of several that may be chosen."""

    value: str
    words: str
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. `given`: what stands in it before anybody types, one value or for SEVERAL several of them."""

    name: str
    label: str
    kind: Kind = Kind.LINE
    help: str = ""
    options: tuple[Option, ...] = ()
    given: tuple[str, ...] = ()
    required: bool = False
    least: int | None = None
    most: int | None = None
    longest: int = LONGEST_LINE


def choices(words: Iterable[str], *, empty: str | None = None) -> tuple[Option, ...]:
    """The words of a closed list; `empty`: what it says where none is chosen."""
    first = (Option("", empty),) if empty is not None else ()
    return (*first, *(Option(str(word), str(word).replace("_", " ")) for word in words))


def stakeholder(
    name: str,
    label: str,
    found: Sequence[Stakeholder],
    *,
    help: str = "",  # noqa: A002 - what the field is called
    given: tuple[str, ...] = (),
) -> Field:
    """One stakeholder of those found: a list to choose from where there are few, else the id is written."""
    if len(found) > FEW:
        more = f"{help} The id that the directory has.".strip()
        return Field(name=name, label=label, help=more, given=given, required=True)
    options = (Option("", "choose"), *(Option(one.id, f"{one.id} ({one.name})") for one in found))
    return Field(name=name, label=label, kind=Kind.CHOICE, help=help, options=options, given=given, required=True)


def reason(*, required: bool, help: str = "The record keeps it.") -> Field:  # noqa: A002 - what the field is called
    """Why somebody acts."""
    return Field(name="reason", label="Reason", kind=Kind.TEXT, help=help, required=required, longest=2_000)


class Values:
    """What was typed into a form. Texts come without control characters and with one kind of line end."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    def text(self, name: str) -> str:
        """One text without spaces around it; empty where there is none."""
        value = self._form.get(name)
        return clean(value[: LONGEST_TEXT + 1]).strip() if isinstance(value, str) else ""

    def maybe(self, name: str) -> str | None:
        """One text, or None where nothing was typed."""
        return self.text(name) or None

    def several(self, name: str) -> tuple[str, ...]:
        """Everything that was ticked, and of a text the words in it: names stand there with spaces or commas between.

        Raises BadInputError for more than anybody means.
        """
        given = [value for value in self._form.getlist(name) if isinstance(value, str)]
        names = [one for value in given for one in clean(value).replace(",", " ").split()]
        if len(names) > MOST_NAMES:
            raise BadInputError(f"{name}: at most {MOST_NAMES} names in one act; do it in several")
        return tuple(dict.fromkeys(names))

    def exactly(self, name: str) -> tuple[str, ...]:
        """Everything that was ticked, each as it stands; an observable may have spaces and commas in it."""
        return tuple(dict.fromkeys(value for value in self._form.getlist(name) if isinstance(value, str)))

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.text(name))

    def time(self, name: str, *, label: str) -> datetime | None:
        """A time in UTC, or None; one without an offset is meant in UTC, as the label says. BadInputError says how."""
        typed = self.text(name)
        return read_time(typed, option=f"{label}:", zone="UTC") if typed else None

    def number(self, name: str, *, label: str) -> int | None:
        """A whole number, or None."""
        typed = self.text(name)
        if not typed:
            return None
        try:
            return int(typed[:20])
        except ValueError as error:
            raise BadInputError(f"{label}: write a whole number") from error

    async def file(self, name: str, *, label: str, limit: int = LARGEST_FILE) -> tuple[bytes, str] | None:
        """The bytes of a file and what it is called; None where none was given. BadInputError for one too large."""
        given = self._form.get(name)
        if not isinstance(given, UploadFile) or not given.filename:
            return None
        content = await given.read(limit + 1)
        if len(content) > limit:
            raise BadInputError(f"{label}: larger than {limit // 1024**2} MB; give a smaller file")
        return content, clean(given.filename)[:100]

    @property
    def typed(self) -> Mapping[str, tuple[str, ...]]:
        """Everything as it was typed, for the form that is shown again."""
        names = dict.fromkeys(self._form.keys())
        return {
            name: tuple(one[: LONGEST_TEXT + 1] for one in self._form.getlist(name) if isinstance(one, str))
            for name in names
        }
