"""Keyword rules: which entries of an open source are worth a report. Words in any language and script."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from leerp.model import Identifier, Model

MAX_CHARACTERS = 200_000
"""So much of an entry is looked at."""

_GLUED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that are written without spaces between words: there a keyword is looked for anywhere."""


def folded(text: str) -> str:
    """Text as it is compared: one form for each character (NFKC), one case, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _not_empty(keyword: str) -> str:
    if not any(sign.isalnum() for sign in folded(keyword)):
        raise ValueError("a keyword needs a letter or a digit")
    return keyword


Keyword = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_not_empty)]
"""A word, or a phrase whose words follow one another."""

Keywords = Annotated[tuple[Keyword, ...], Field(max_length=200)]


class KeywordRule(Model):
    """An entry matches if it has every keyword of `all_of`, one of `any_of` (if there are any), and none of `none_of`.

    In a file they are called `all`, `any` and `not`.
    """

    name: Identifier
    all_of: Keywords = Field(default=(), alias="all")
    any_of: Keywords = Field(default=(), alias="any")
    none_of: Keywords = Field(default=(), alias="not")

    @model_validator(mode="after")
    def _looks_for_something(self) -> "KeywordRule":
        if not self.all_of and not self.any_of:
            raise ValueError(f"the rule {self.name} would match everything; give it all or any")
        return self

    def matches(self, text: str) -> bool:
        """Whether a folded text matches."""
        return (
            all(_found(one, text) for one in self.all_of)
            and (not self.any_of or any(_found(one, text) for one in self.any_of))
            and not any(_found(one, text) for one in self.none_of)
        )


def first_match(rules: Sequence[KeywordRule], text: str) -> KeywordRule | None:
    """The first rule that an entry matches; None if none does."""
    compared = folded(text[:MAX_CHARACTERS])
    return next((rule for rule in rules if rule.matches(compared)), None)


def _found(keyword: str, text: str) -> bool:
    return _pattern(keyword).search(text) is not None


@cache
def _pattern(keyword: str) -> re.Pattern[str]:
    """A whole word: `ransom` is not in `ransomware`, and `SAP` is not in `asap`."""
    wanted = folded(keyword)
    begin = r"(?<!\w)" if wanted[0].isalnum() and not _GLUED.match(wanted[0]) else ""
    end = r"(?!\w)" if wanted[-1].isalnum() and not _GLUED.match(wanted[-1]) else ""
    return re.compile(begin + re.escape(wanted) + end)
