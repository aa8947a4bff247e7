"""Indexes: of the board, and of the kinds of entries in a journal.

There is no downgrade: restore a backup.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_incidents_board", "incidents", ["status", "phase", "opened_at", "reference"])
    op.create_index("ix_journal_kind", "journal", ["incident", "kind", "seq"])
