"""The tables, once for both engines. What they are called and how they grew stands in `records/migrations/`."""

from pydantic import JsonValue
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from leerp.command_posts import PostRoom
from leerp.contributions import Contribution
from leerp.grades import Grade
from leerp.incidents import Classification, Phase, Status, TeamMember
from leerp.journal import JournalKind
from leerp.keys import Key
from leerp.marking import Marking, WithheldReason
from leerp.meetings import Meeting
from leerp.notices import DeliveryState, Mode, Notice, NoticeKind, Planned
from leerp.plans import Plan
from leerp.protocol import Clock, Policy, Signal
from leerp.reports import Report
from records.columns import ModelText, UtcText, WordText

HEAD = "0012"
"""The revision of the schema that this code reads and writes; the newest one in `records/migrations/versions/`."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

journal = Table(
    "journal",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", WordText(JournalKind), nullable=False),
    Column("data", ModelText(dict[str, JsonValue]), nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("incident", "key"),
)

# The kinds of entry that a view is made from are few; nobody reads a whole chain to find them.
Index("ix_journal_kind", journal.c.incident, journal.c.kind, journal.c.seq)

documents = Table(
    "documents",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("marking", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("mode", WordText(Mode), nullable=False),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("marking", ModelText(Marking), nullable=False),
    Column("status", WordText(Status), nullable=False),
    Column("phase", WordText(Phase), nullable=False),
    Column("opened_at", UtcText, nullable=False),
    Column("closed_at", UtcText),
    Column("policy", ModelText(Policy), nullable=False),
    Column("clock", ModelText(Clock), nullable=False),
    Column("classification", ModelText(Classification)),
    Column("team", ModelText(tuple[TeamMember, ...]), nullable=False),
    Column("waiting_for", ModelText(tuple[str, ...]), nullable=False),
    Column("plan", ModelText(Plan), nullable=False),
    Column("extra", ModelText(dict[str, JsonValue]), nullable=False),
    Column("secret", Text, nullable=False),
    UniqueConstraint("mode", "year", "number"),
    # By which they stand on the board: not one of them has to be read as a whole to count or to order them.
    Index("ix_incidents_board", "status", "phase", "opened_at", "reference"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("mode", WordText(Mode), nullable=False),
    Column("report", ModelText(Report), nullable=False),
    Column("received_at", UtcText, nullable=False),
    Column("grade", ModelText(Grade), nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("raw_sha256", Text, ForeignKey(documents.c.sha256), nullable=False),
    UniqueConstraint("mode", "content_sha256"),
)

contributions = Table(
    "contributions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("mode", WordText(Mode), nullable=False),
    Column("contribution", ModelText(Contribution), nullable=False),
    Column("received_at", UtcText, nullable=False),
    Column("raw_sha256", Text, ForeignKey(documents.c.sha256), nullable=False),
)

# An observable of a report or a contribution. `digest` is what is compared and indexed: PostgreSQL cannot index a
# value of 4,096 characters, which a URL may have.
# `silent` is why it makes no hits; empty where it does, and null while nobody has looked.
sightings = Table(
    "sightings",
    metadata,
    Column("item", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("observable", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False),
    Column("mode", WordText(Mode), nullable=False),
    Column("silent", Text),
    Index(None, "digest", "mode", "origin", "incident"),
)

# Nobody looks at every observable of a contribution just to see that it was judged when it came.
UNJUDGED = sightings.c.silent.is_(None)
Index("ix_sightings_unjudged", sightings.c.item, sqlite_where=UNJUDGED, postgresql_where=UNJUDGED)

hits = Table(
    "hits",
    metadata,
    Column("first", Text, primary_key=True),
    Column("second", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("observable", Text, nullable=False),
    Column("first_owner", Text, nullable=False),
    Column("second_owner", Text, nullable=False),
    Column("first_incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("second_incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("at", UtcText, nullable=False),
    Index(None, "second"),
)

postings = Table(
    "postings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident", Text, nullable=False),
    Column("signal", WordText(Signal), nullable=False),
    Column("subject", Text, nullable=False),
    Column("done", Boolean, nullable=False),
    UniqueConstraint("incident", "signal", "subject"),
    Index(None, "done", "id"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("kind", WordText(NoticeKind), nullable=False),
    Column("marking", Text, nullable=False),
    Column("issued_at", UtcText, nullable=False),
    Column("notice", ModelText(Notice), nullable=False),
    Column("audience", ModelText(tuple[str, ...]), nullable=False),
    Column("directory_version", Text, nullable=False),
    Column("saved_at", UtcText, nullable=False),
    Column("released_at", UtcText),
    Column("released_by", Text),
    Column("restrictions_read", Boolean, nullable=False),
    Column("stopped", WordText(WithheldReason)),
    Column("stopped_by", Text),
)

ledger = Table(
    "ledger",
    metadata,
    Column("notice", Text, ForeignKey(notices.c.id), primary_key=True),
    Column("reader", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("kind", WordText(NoticeKind), nullable=False),
    Column("planned", ModelText(Planned), nullable=False),
    Column("state", WordText(DeliveryState), nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("planned_at", UtcText, nullable=False),
    Column("changed_at", UtcText, nullable=False),
    Column("sent_at", UtcText),
    Column("acknowledged_at", UtcText),
    UniqueConstraint("notice", "position"),
    Index(None, "reader", "planned_at"),
)

STILL_TO_SEND = (DeliveryState.PLANNED, DeliveryState.SENDING)
"""A line in one of these states is still to be sent."""

# Written into the statement, not bound: SQLite uses a partial index only when it sees the same words.
PENDING = ledger.c.state.in_([literal_column("'planned'"), literal_column("'sending'")])
"""What still has to be sent."""

Index("ix_ledger_pending", ledger.c.notice, ledger.c.position, sqlite_where=PENDING, postgresql_where=PENDING)

variant_files = Table(
    "variant_files",
    metadata,
    Column("notice", Text, ForeignKey(notices.c.id), primary_key=True),
    Column("reader", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, ForeignKey(documents.c.sha256), nullable=False),
)

# A provider's word on its H2 information. `notice` is empty where it was given for every notice of the incident.
consents = Table(
    "consents",
    metadata,
    Column("incident", Text, ForeignKey(incidents.c.reference), primary_key=True),
    Column("notice", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("reader", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("at", UtcText, nullable=False),
    Column("actor", Text, nullable=False),
    Column("via", Text, nullable=False),
)

meetings = Table(
    "meetings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("meeting", ModelText(Meeting), nullable=False),
)

command_posts = Table(
    "command_posts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", Text, ForeignKey(incidents.c.reference), nullable=False, index=True),
    Column("room", ModelText(PostRoom), nullable=False),
)

# The secret keys of an operation, under which its targets are sealed: the newest one seals, those before it are kept
# so that what was sealed with them can still be compared.
operation_keys = Table(
    "operation_keys",
    metadata,
    Column("incident", Text, ForeignKey(incidents.c.reference), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("secret", Text, nullable=False),
    Column("made_at", UtcText, nullable=False),
    Column("made_by", Text, nullable=False),
)

contact_pins = Table(
    "contact_pins",
    metadata,
    Column("stakeholder", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("personal", Boolean, nullable=False),
    Column("key", ModelText(Key)),
    Column("approved_at", UtcText, nullable=False),
    Column("proposed_by", Text),
    Column("approved_by", Text),
)

contact_proposals = Table(
    "contact_proposals",
    metadata,
    Column("stakeholder", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", UtcText, nullable=False),
    Column("reason", Text, nullable=False),
)
