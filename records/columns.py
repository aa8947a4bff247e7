"""Column types: how times, words and models are written so that SQLite and PostgreSQL give back the same."""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from leerp.model import iso


class UtcText(TypeDecorator[datetime]):
    """An aware time as RFC 3339 text in UTC with microseconds: it sorts, and both engines return it aware."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text of a time; a naive one would silently mean this machine's zone and is refused."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time needs its offset from UTC before it is stored")
        return None if value is None else iso(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The aware time."""
        return None if value is None else datetime.fromisoformat(value)


class WordText(TypeDecorator[StrEnum]):
    """A word of a closed list."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The plain text: drivers disagree on what an enumeration is."""
        return None if value is None else str(value.value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """The word."""
        return None if value is None else self.words(value)


class ModelText(TypeDecorator[Any]):
    """A pydantic type as JSON text.

    Text and not JSONB: JSONB rewrites numbers and cannot hold an escaped NUL, and nothing here asks inside the JSON.
    """

    impl = Text
    cache_ok = True

    def __init__(self, form: Any) -> None:  # noqa: ANN401 - a class or a generic alias such as tuple[str, ...]
        super().__init__()
        self.form = form
        self._adapter: TypeAdapter[Any] = TypeAdapter(form)
        self._frozen = _is_frozen(form)

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The JSON."""
        return None if value is None else self._adapter.dump_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        """The model."""
        if value is None:
            return None
        if self._frozen and len(value) <= _LONGEST_REMEMBERED:
            return _read(self._adapter, value)
        return cast("object", self._adapter.validate_json(value))


_LONGEST_REMEMBERED = 8_192
"""Of longer texts the model is made anew each time, so that little memory is taken up."""


@lru_cache(maxsize=512)
def _read(adapter: TypeAdapter[Any], value: str) -> object:
    """The model of a text, made once: an incident is read at every step, with every report it has."""
    return cast("object", adapter.validate_json(value))


def _is_frozen(form: Any) -> bool:  # noqa: ANN401 - whatever a column holds
    """Whether it is a model that nobody can change, so that several may hold the same one."""
    return isinstance(form, type) and issubclass(form, BaseModel) and bool(form.model_config.get("frozen"))
