"""The one template environment: sandboxed, strict about names, escaping everywhere but in plain text.

Wording lives in the folders under `notifications/notices`; Python hands over values and never words. A value is never
read as a template, so `{{ }}` in a report stays what it is.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leerp.model import iso


def _escaped(name: str | None) -> bool:
    return name is None or not name.endswith(".txt")


def _utc(at: datetime) -> str:
    """A time for people: ISO 8601 in UTC to the second, with its offset."""
    return iso(at)[:19] + iso(at)[26:]


def _defanged(value: str) -> str:
    """A value that no mail program turns into a link; reading a report takes it back."""
    return value.replace("http", "hxxp").replace(".", "[.]").replace("@", "[@]")


def _spaced(value: str) -> str:
    """`covert_monitoring` as `covert monitoring`."""
    return value.replace("_", " ")


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox of Jinja, which decides about each attribute once.

    Whether a template may read an attribute follows from the type of what has it and from the attribute's name. Of both
    there are as many as the templates name, for what a template reads is written in it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as its base
        super().__init__(*args, **kwargs)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 - whatever a template has
        """Whether it may be read; what Jinja says of the first of its type holds for all."""
        key = (type(obj), attr)
        if key not in self._safe:
            self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return self._safe[key]


@cache
def environment() -> Sandbox:
    """The environment; templates are compiled once per process."""
    made = Sandbox(
        loader=PackageLoader("notifications", "notices"),
        undefined=StrictUndefined,
        autoescape=_escaped,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"utc": _utc, "defanged": _defanged, "spaced": _spaced}
    return made


@cache
def _statements(file: str) -> object:
    return environment().get_template(file).module


def statement(name: str, *, of: str | None = None, **values: object) -> str:
    """The fixed text `name` of a kind of notice (its folder `of`), or of all of them, with these values in it."""
    return _fixed(name, of) if not values else _stated(name, of, values)


@cache
def _fixed(name: str, of: str | None) -> str:
    """One without values, of which there are as many as are written."""
    return _stated(name, of, {})


def _stated(name: str, of: str | None, values: Mapping[str, object]) -> str:
    macro = getattr(_statements(f"{of}/statements.txt" if of else "statements.txt"), name)
    return str(macro(**values)).strip()
