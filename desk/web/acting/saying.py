"""What is wrong with a form, in one sentence and with the right status."""

from typing import NamedTuple

from pydantic import ValidationError

from desk.web.acting.fields import Field
from leerp.errors import BadInputError, LeerpError, RefusedError, ServiceMissingError

_MOST = 3


class Problem(NamedTuple):
    """Why an act was not made. `again`: it may have been made all the same, so its id is kept for another try.

    `fields`: the names of the fields it is about.
    """

    status: int
    sentence: str
    again: bool = False
    fields: tuple[str, ...] = ()


def problem_of(error: LeerpError | ValidationError, fields: tuple[Field, ...]) -> Problem:
    """The problem that an error tells of."""
    if isinstance(error, ValidationError):
        return _invalid(error, fields)
    if isinstance(error, RefusedError):
        return Problem(409, error.sentence)
    if isinstance(error, ServiceMissingError):
        sentence = f"{error.sentence} What you have typed is still here; press the button again, and it is done once."
        return Problem(503, sentence, again=True)
    if isinstance(error, BadInputError):
        return Problem(422, _ended(error.sentence))
    return Problem(409, _ended(error.sentence))


def _invalid(error: ValidationError, fields: tuple[Field, ...]) -> Problem:
    labels = {field.name: field.label for field in fields}
    said, names = [], []
    for one in error.errors(include_url=False, include_input=False)[:_MOST]:
        place = [str(part) for part in one["loc"] if not isinstance(part, int)]
        name = next((part for part in place if part in labels), place[0] if place else "")
        words = one["msg"].removeprefix("Value error, ")
        said.append(f"{labels.get(name, name.replace('_', ' ').capitalize() or 'The form')}: {words}")
        names.append(name)
    return Problem(422, _ended("; ".join(said)), fields=tuple(names))


def _ended(sentence: str) -> str:
    text = sentence[:1].upper() + sentence[1:]
    return text if text.endswith((".", "?", "!", ")")) else f"{text}."
