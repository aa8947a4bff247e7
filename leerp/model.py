"""The two kinds of model: what is read from outside, and what travels in histories."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Model(BaseModel):
    """Frozen, and strict about keys: for everything read from outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Message(BaseModel):
    """Frozen, and forgiving about keys: for payloads in histories, which newer code must still read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its offset from UTC, as in 2017-05-12T07:44:00+00:00")
    return value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_utc)]
"""An aware time in UTC; a time without an offset is refused."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$")]
"""An id that is safe in file names, URLs, mail headers and logs."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text, at most 256 characters, without control characters."""

Text = Annotated[str, StringConstraints(max_length=100_000)]
"""Free text of at most 100,000 characters."""


def iso(at: datetime) -> str:
    """The one way a time is written: RFC 3339 in UTC with microseconds and offset."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
