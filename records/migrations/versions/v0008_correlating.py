"""Correlating: reports that repeat others, and incidents that became others.

There is no downgrade: restore a backup.
"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables, empty."""
