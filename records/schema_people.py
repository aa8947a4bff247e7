"""People at the desk: the tables."""

from pydantic import JsonValue
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from records.columns import ModelText, UtcText
from records.schema import metadata

# The cookie holds a random id; only its SHA-256 is kept, so that who reads the records can open no session.
sessions = Table(
    "sessions",
    metadata,
    Column("id_sha256", Text, primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("how", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("begun_at", UtcText, nullable=False),
    Column("seen_at", UtcText, nullable=False),
    Column("until", UtcText, nullable=False),
    Column("ended_at", UtcText),
)

# `leads_to`: the page of the desk that the link opens.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("leads_to", Text, nullable=False),
    Column("until", UtcText, nullable=False),
)

# What a person signs in with here. `totp_step`: the newest code that was used, so that none is used twice.
accounts = Table(
    "accounts",
    metadata,
    Column("person", Text, primary_key=True),
    Column("password", Text),
    Column("totp", Text),
    Column("totp_step", Integer),
    Column("locked_at", UtcText),
    Column("locked_by", Text),
    Column("locked_because", Text),
    Column("changed_at", UtcText, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", UtcText, nullable=False),
    Column("used_at", UtcText),
)

# What stands between the two halves of a ceremony, such as a challenge; each is used once, within minutes.
ceremonies = Table(
    "ceremonies",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("person", Text),
    Column("data", ModelText(dict[str, JsonValue]), nullable=False),
    Column("until", UtcText, nullable=False),
)

# `subject`: a digest of the name that was tried, or of the address it was tried from; the name may be nobody's.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcText, nullable=False),
    Column("until", UtcText, nullable=False),
)

# An incident without a line here is open to everybody of the centre whose roles reach it.
incident_circle = Table(
    "incident_circle",
    metadata,
    Column("incident", Text, ForeignKey("incidents.reference"), primary_key=True),
    Column("person", Text, primary_key=True, index=True),
    Column("by", Text, nullable=False),
    Column("at", UtcText, nullable=False),
)
