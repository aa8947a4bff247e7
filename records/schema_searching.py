"""Searching: the tables."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from leerp.marking import Level, Marking
from leerp.notices import Mode
from leerp.searching import SearchKind
from records.columns import ModelText, UtcText, WordText
from records.schema import incidents, metadata

TERM = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared sign by sign: ranges of it must be the same on both engines."""

# What of a thing stands under one level: a notice has a part for each level in it, everything else has one.
# `made_of` is the SHA-256 of what the part was made of, so that nothing is written anew that has not changed.
search_parts = Table(
    "search_parts",
    metadata,
    Column("thing", TERM, primary_key=True),
    Column("level", WordText(Level), primary_key=True),
    Column("kind", WordText(SearchKind), nullable=False),
    Column("mode", WordText(Mode), nullable=False),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("at", UtcText, nullable=False),
    Column("made_of", Text, nullable=False),
    Column("marking", ModelText(Marking), nullable=False),
    Column("title", Text),
    Column("text", Text, nullable=False),
)

# Where terms stand. `shelf` is mode and level together: it comes first, so that whoever may not see a level never
# walks through what stands there. `age` grows into the past: the newest of a term comes first.
search_terms = Table(
    "search_terms",
    metadata,
    Column("shelf", Integer, primary_key=True, autoincrement=False),
    Column("term", TERM, primary_key=True),
    Column("age", BigInteger, primary_key=True, autoincrement=False),
    Column("thing", TERM, primary_key=True),
    Column("place", Integer, nullable=False),
    Index(None, "thing", "term", "place"),
    sqlite_with_rowid=False,
)
