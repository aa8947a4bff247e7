"""Grades: how far a source is to be believed. (scale, code) is kept together and never converted.

4x4: Regulation (EU) 2016/794 Art. 29. Admiralty: the NATO 6x6 grid as in MISP's `admiralty-scale` taxonomy.
The letter C means "mostly unreliable" in one and "fairly reliable" in the other.
"""

import re
from enum import StrEnum

from pydantic import model_validator

from leerp.model import Model


class Scale(StrEnum):
    """The grids a provider may grade by."""

    FOUR_BY_FOUR = "4x4"
    ADMIRALTY = "admiralty"


CODES = {Scale.FOUR_BY_FOUR: ("ABCX", "1234"), Scale.ADMIRALTY: ("ABCDEF", "123456")}
"""The codes for the source and for the information, in their order. What each says: `matrices/tables/grades.yaml`."""

_PATTERNS = {scale: re.compile(f"[{source}][{information}]") for scale, (source, information) in CODES.items()}
_UNKNOWN = {Scale.FOUR_BY_FOUR: ("X", ""), Scale.ADMIRALTY: ("F", "6")}


class Grade(Model):
    """A grade such as B2 on the 4x4 grid."""

    scale: Scale
    code: str

    @model_validator(mode="after")
    def _on_the_grid(self) -> "Grade":
        if not _PATTERNS[self.scale].fullmatch(self.code):
            raise ValueError(f"{self.code!r} is not a grade of the {self.scale} grid")
        return self

    @property
    def source_judged(self) -> bool:
        """False for X and F: "cannot be judged" is unknown, not a midpoint."""
        return self.code[0] != _UNKNOWN[self.scale][0]

    def __str__(self) -> str:
        return f"{self.code} ({self.scale})"


UNGRADED = Grade(scale=Scale.FOUR_BY_FOUR, code="X4")
"""What stands when the provider gave no grade and agreed to none (Art. 29(4))."""
