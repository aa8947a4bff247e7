"""Machines at the desk: their tokens, and the answers to what they sent.

There is no downgrade: restore a backup.
"""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables, empty."""
