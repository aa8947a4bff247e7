"""Texts that people write and that carry a marking of their own."""

from pydantic import Field

from leerp.marking import Marking
from leerp.model import Model, Text


class Assessment(Model):
    """A tactical assessment (seed, IV.1)."""

    text: Text = Field(min_length=1)
    marking: Marking
