"""What people do when correlation was wrong: move reports, split an incident, merge one into another."""

from pydantic import Field

from leerp.model import Identifier
from leerp.protocol import Act

MOST_REPORTS = 1_000
"""The most reports that one act names; a merge takes all there are."""


class MoveAct(Act):
    """Take reports of an incident to the ongoing incident `to`."""

    reports: tuple[Identifier, ...] = Field(min_length=1, max_length=MOST_REPORTS)
    to: Identifier


class SplitAct(Act):
    """Open a new incident with some reports of this one."""

    reports: tuple[Identifier, ...] = Field(min_length=1, max_length=MOST_REPORTS)


class MergeAct(Act):
    """Take all reports of an incident to the ongoing incident `into`; the one they leave ends."""

    into: Identifier
