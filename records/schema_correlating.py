"""Correlating: the tables."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from leerp.moving import MoveKind
from leerp.notices import Mode
from leerp.reports import Report
from records.columns import ModelText, UtcText, WordText
from records.schema import documents, incidents, metadata, reports

# An act of a person that took reports from one incident to another. Where a report is now stands with the report.
moves = Table(
    "moves",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", WordText(MoveKind), nullable=False),
    Column("source", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("target", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("at", UtcText, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

moved_reports = Table(
    "moved_reports",
    metadata,
    Column("move", Text, ForeignKey(moves.c.id), primary_key=True),
    Column("report", Text, ForeignKey(reports.c.id), primary_key=True, index=True),
)

# A report that is so much like another one, the leading one, that it is only counted there. It is of the incident of
# the leading one, wherever people move that.
repeats = Table(
    "repeats",
    metadata,
    Column("id", Text, primary_key=True),
    Column("leading", Text, ForeignKey(reports.c.id), nullable=False, index=True),
    Column("mode", WordText(Mode), nullable=False),
    Column("report", ModelText(Report), nullable=False),
    Column("received_at", UtcText, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("raw_sha256", Text, ForeignKey(documents.c.sha256), nullable=False),
    UniqueConstraint("mode", "content_sha256"),
)

# The reports that are like the leading one, however many. `seen` counts all that came, `counted` those in `repeats`,
# `duplicates` those whose content was there already; `told` is how many were counted when the journal last said so.
# `chain` ties their bytes together in the order they came: SHA-256 over the one before and the SHA-256 of the bytes.
bursts = Table(
    "bursts",
    metadata,
    Column("leading", Text, ForeignKey(reports.c.id), primary_key=True),
    Column("mode", WordText(Mode), nullable=False),
    Column("likeness", Text, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("first_at", UtcText, nullable=False),
    Column("last_at", UtcText, nullable=False),
    Column("sources", ModelText(dict[str, int]), nullable=False),
    Column("chain", Text, nullable=False),
    Column("told", Integer, nullable=False),
    Column("told_at", UtcText),
    Index(None, "mode", "likeness"),
)

# Those that have come further than the journal says: nearly always none.
UNTOLD = bursts.c.counted + bursts.c.duplicates > bursts.c.told
Index("ix_bursts_untold", bursts.c.mode, bursts.c.last_at, sqlite_where=UNTOLD, postgresql_where=UNTOLD)
