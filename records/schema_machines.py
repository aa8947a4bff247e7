"""Machines at the desk: the tables."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from leerp.machines import Scope, Signing
from records.columns import ModelText, UtcText, WordText
from records.schema import metadata

# Only the SHA-256 of a token is kept, so that who reads the records can send nothing in anybody's name.
tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_sha256", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("scopes", ModelText(tuple[Scope, ...]), nullable=False),
    Column("note", Text),
    Column("made_at", UtcText, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("until", UtcText, nullable=False),
    Column("revoked_at", UtcText),
    Column("revoked_by", Text),
    Column("per_minute", Integer, nullable=False),
    Column("signing", WordText(Signing)),
    Column("signed_only", Boolean, nullable=False),
    Column("public_key", Text),
    Column("sealed_secret", Text),
    Column("used_at", UtcText),
)

# What makes a signed request one of its own, until it would be refused for its age anyway.
used_nonces = Table(
    "used_nonces",
    metadata,
    Column("token", Text, ForeignKey(tokens.c.id), primary_key=True),
    Column("nonce_sha256", Text, primary_key=True),
    Column("until", UtcText, nullable=False, index=True),
)

# A request with an idempotency key: begun before anything of it is stored, answered after. `answer` is empty where
# whoever began it died before it could write the answer down.
keyed_requests = Table(
    "keyed_requests",
    metadata,
    Column("token", Text, ForeignKey(tokens.c.id), primary_key=True),
    Column("key_sha256", Text, primary_key=True),
    Column("request_sha256", Text, nullable=False),
    Column("begun_at", UtcText, nullable=False, index=True),
    Column("status", Integer),
    Column("media_type", Text),
    Column("answer", Text),
)

# The objects of a reader's feed in the order in which they came into it, each with a time of its own.
feed_objects = Table(
    "feed_objects",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("added_at", UtcText, nullable=False),
    Column("version", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("spec_version", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    UniqueConstraint("reader", "added_at"),
)

# The files whose objects are in a reader's feed.
feed_files = Table(
    "feed_files",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("notice", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
)
