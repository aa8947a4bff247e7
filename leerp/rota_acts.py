"""What people do about the rota: plan it, change what lies ahead, take a shift over."""

from enum import StrEnum

from pydantic import Field, model_validator

from leerp.model import Identifier, Instant, Line
from leerp.protocol import Act
from leerp.rota import Pattern


class TeamPlanAct(Act):
    """Plan shifts between two times, by default for seven days from now. What has begun stays as it is."""

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    pattern: Pattern = Pattern.THREE_EIGHTS


class TeamChange(StrEnum):
    """What may change in a rota that stands."""

    ABSENT = "absent"
    SWAP = "swap"
    OVERTIME = "overtime"


class TeamChangeAct(Act):
    """Change what lies ahead. `person`: who is absent, gives a seat away, or agrees to overtime.

    `absent`: from `starts_at` (absent: now) to `ends_at` (absent: the end of the rota). `swap`: `other` takes the seat
    of `person` in `shift`, and gives in return the one in `other_shift`, if it is named. `overtime`: up to `hours`
    more in a period than its limit; `consent` tells how the person agreed.
    """

    change: TeamChange
    person: Identifier
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    shift: Identifier | None = None
    other: Identifier | None = None
    other_shift: Identifier | None = None
    hours: int | None = Field(default=None, ge=1, le=60)
    consent: Line | None = None

    @model_validator(mode="after")
    def _whole(self) -> "TeamChangeAct":
        if self.change is TeamChange.SWAP and (self.shift is None or self.other is None):
            raise ValueError("a swap names the shift that is given away and who takes it")
        if self.change is TeamChange.OVERTIME and (self.hours is None or not (self.consent or "").strip()):
            raise ValueError("overtime names the hours, and how the officer agreed to them (--consent)")
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise ValueError("the absence ends before it begins; give a later end")
        return self


class TeamConfirmAct(Act):
    """Take a shift over: the incoming officer has read the handover note. Without `shift`, the one that runs."""

    shift: Identifier | None = None
