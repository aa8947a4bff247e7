"""Collecting: the tables."""

from sqlalchemy import Boolean, Column, Integer, Table, Text

from records.columns import UtcText
from records.schema import metadata

# A source that leerp reads by itself. `cursor` is its way's own word for how far it was read. `holder` reads it now,
# until `held_until` unless it says so again. `failing_since` and `silent_since` stand while that is an alarm.
collected = Table(
    "collected",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("named", Boolean, nullable=False),
    Column("interval_seconds", Integer, nullable=False),
    Column("expected_seconds", Integer),
    Column("alarm_after", Integer, nullable=False),
    Column("since", UtcText, nullable=False),
    Column("cursor", Text),
    Column("last_tried", UtcText),
    Column("last_ok", UtcText),
    Column("last_heard", UtcText),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text),
    Column("failing_since", UtcText),
    Column("silent_since", UtcText),
    Column("holder", Text),
    Column("held_until", UtcText),
)

# A clock that the centre's is compared with. `offset_ms`: how far the centre's is ahead of it.
clocks = Table(
    "clocks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("offset_ms", Integer, nullable=False),
    Column("within_ms", Integer, nullable=False),
    Column("at", UtcText, nullable=False),
    Column("skewed_since", UtcText),
)
