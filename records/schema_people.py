"""People at the desk: the tables."""

from sqlalchemy import Column, Table, Text

from records.columns import UtcText
from records.schema import metadata

# The cookie holds a random id; only its SHA-256 is kept, so that who reads the records can open no session.
sessions = Table(
    "sessions",
    metadata,
    Column("id_sha256", Text, primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("how", Text, nullable=False),
    Column("begun_at", UtcText, nullable=False),
    Column("until", UtcText, nullable=False),
    Column("ended_at", UtcText),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("until", UtcText, nullable=False),
)
