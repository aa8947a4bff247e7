"""Collecting: how far each source was read, and how it does.

There is no downgrade: restore a backup.
"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables, empty."""
