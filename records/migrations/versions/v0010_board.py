"""The board and the readers' pages: indexes by which incidents stand on it, and by which a reader's lines are found.

There is no downgrade: restore a backup.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_incidents_board", "incidents", ["status", "phase", "opened_at", "reference"])
    op.create_index("ix_ledger_reader", "ledger", ["reader"])
