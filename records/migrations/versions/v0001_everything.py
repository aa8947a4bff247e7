"""Everything: the journal with its triggers, incidents, reports, contributions, notices, the delivery ledger.

There is no downgrade: it would drop the record. Restore a backup instead.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = ("journal", "documents", "contributions", "hits")
"""Records of fact. The database itself refuses to change or delete a line of them."""


def upgrade() -> None:
    """Make every table, then close the records of fact."""
    _journal()
    _incidents()
    _reports()
    _contributions()
    _pool()
    _outbox()
    _notices()
    _ledger()
    postgresql = op.get_context().dialect.name == "postgresql"
    if postgresql:
        op.execute(_REFUSE)
    for table in APPEND_ONLY:
        _refuse_change(table, postgresql=postgresql)
    if not postgresql:
        op.execute(_NO_REPLACEMENT)


_REFUSE = """
CREATE OR REPLACE FUNCTION leerp_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only; ' || TG_OP || ' is refused';
END $$
"""

# INSERT OR REPLACE deletes without firing a trigger on DELETE (https://sqlite.org/lang_conflict.html).
_NO_REPLACEMENT = """
CREATE TRIGGER journal_no_replacement BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE incident = NEW.incident AND (seq = NEW.seq OR key = NEW.key))
BEGIN SELECT RAISE(ABORT, 'journal is append-only; REPLACE is refused'); END
"""


def _refuse_change(table: str, *, postgresql: bool) -> None:
    if postgresql:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION leerp_refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only; {verb} is refused'); END"
        )


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _optional(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def _integer(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False, autoincrement=False) for name in names]


def _foreign(table: str, column: str, referred: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [referred], name=op.f(f"fk_{table}_{column}_{referred.partition('.')[0]}"))


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def _journal() -> None:
    op.create_table(
        "journal",
        *_text("incident"),
        *_integer("seq"),
        *_text("at", "actor", "kind", "data", "prev", "hash", "key"),
        _primary("journal", "incident", "seq"),
        _unique("journal", "incident", "key"),
    )
    op.create_table(
        "documents",
        *_text("sha256", "media_type", "marking"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _primary("documents", "sha256"),
    )


def _incidents() -> None:
    op.create_table(
        "incidents",
        *_text("reference", "mode"),
        *_integer("year", "number"),
        *_text("title", "marking", "status", "phase", "opened_at"),
        *_optional("closed_at"),
        *_text("policy", "clock"),
        *_optional("classification"),
        *_text("team", "waiting_for", "plan", "extra", "secret"),
        _primary("incidents", "reference"),
        _unique("incidents", "mode", "year", "number"),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        *_text("id", "incident", "mode", "report", "received_at", "grade", "content_sha256", "raw_sha256"),
        _primary("reports", "id"),
        _unique("reports", "mode", "content_sha256"),
        _foreign("reports", "incident", "incidents.reference"),
        _foreign("reports", "raw_sha256", "documents.sha256"),
    )
    _index("reports", "incident")


def _contributions() -> None:
    op.create_table(
        "contributions",
        *_text("id", "incident", "mode", "contribution", "received_at", "raw_sha256"),
        _primary("contributions", "id"),
        _foreign("contributions", "incident", "incidents.reference"),
        _foreign("contributions", "raw_sha256", "documents.sha256"),
    )
    _index("contributions", "incident")


def _pool() -> None:
    op.create_table(
        "sightings",
        *_text("item", "digest", "observable", "owner", "origin", "incident", "mode"),
        _primary("sightings", "item", "digest"),
        _foreign("sightings", "incident", "incidents.reference"),
    )
    _index("sightings", "digest", "mode")
    op.create_table(
        "hits",
        *_text("first", "second", "digest", "observable", "first_owner", "second_owner"),
        *_text("first_incident", "second_incident", "at"),
        _primary("hits", "first", "second", "digest"),
        _foreign("hits", "first_incident", "incidents.reference"),
        _foreign("hits", "second_incident", "incidents.reference"),
    )
    for column in ("first_incident", "second_incident", "second"):
        _index("hits", column)


def _outbox() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.Integer(), nullable=False),
        *_text("incident", "signal", "subject"),
        sa.Column("done", sa.Boolean(), nullable=False),
        _primary("postings", "id"),
        _unique("postings", "incident", "signal", "subject"),
    )
    _index("postings", "done", "id")


def _notices() -> None:
    op.create_table(
        "notices",
        *_text("id", "incident", "kind", "marking", "issued_at", "notice", "audience", "directory_version", "saved_at"),
        *_optional("released_at", "released_by"),
        sa.Column("restrictions_read", sa.Boolean(), nullable=False),
        _primary("notices", "id"),
        _foreign("notices", "incident", "incidents.reference"),
    )
    _index("notices", "incident")
    op.create_table(
        "variant_files",
        *_text("notice", "reader", "channel"),
        *_integer("position"),
        *_text("name", "media_type", "sha256"),
        _primary("variant_files", "notice", "reader", "channel", "position"),
        _foreign("variant_files", "notice", "notices.id"),
        _foreign("variant_files", "sha256", "documents.sha256"),
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        *_text("notice", "reader", "channel"),
        *_integer("position"),
        *_text("incident", "kind", "planned", "state"),
        *_optional("reason"),
        *_integer("attempts"),
        *_text("planned_at", "changed_at"),
        *_optional("sent_at", "acknowledged_at"),
        _primary("ledger", "notice", "reader", "channel"),
        _unique("ledger", "notice", "position"),
        _foreign("ledger", "notice", "notices.id"),
        _foreign("ledger", "incident", "incidents.reference"),
    )
    _index("ledger", "incident")
    pending = sa.text("state IN ('planned', 'sending')")
    op.create_index(
        "ix_ledger_pending", "ledger", ["notice", "position"], sqlite_where=pending, postgresql_where=pending
    )
