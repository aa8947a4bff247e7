"""The map that a planner may hand in with a foreign file: who is who, which column is what, how dates are written."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from exercises.exchange.moments import DateOrder
from leerp.formats.strict import yaml_model
from leerp.model import Instant, Line, Model


def _letters(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{1,3}", value):
        raise ValueError(f"{value!r} is no column; write its letters, such as C")
    return value.upper()


def _offset(value: str) -> str:
    if not re.fullmatch(r"[+-](0\d|1[0-4]):[0-5]\d", value):
        raise ValueError(f"{value!r} is no offset from UTC; write it as +01:00")
    return value


class CastMap(Model):
    """What a foreign file does not say itself; everything is optional.

    `people`: a name of the file and the id that it has in the directory. `columns`: a column of an MSEL (`at`,
    `description`, …) and the letters it has in the sheet, for sheets without a row of headings. `sheet`: the only one
    to read. `dates`: the order in `05/12/2026`. `utc_offset`: of times that do not name theirs. `start`: when the
    exercise starts, which is also the day that `D+1` counts from.
    """

    people: dict[Line, Line] = Field(default={}, max_length=10_000)
    columns: dict[Line, Annotated[str, AfterValidator(_letters)]] = {}
    sheet: Line | None = None
    dates: DateOrder | None = None
    utc_offset: Annotated[str, AfterValidator(_offset)] | None = None
    start: Instant | None = None

    def who(self, name: str) -> str:
        """The id of somebody, or the name as it is."""
        folded = name.casefold().strip()
        return next((here for there, here in self.people.items() if there.casefold().strip() == folded), name)


def read_map(content: bytes, *, name: str) -> CastMap:
    """The map in a YAML file; BadInputError with line and key."""
    return yaml_model(CastMap, content, name=name)
