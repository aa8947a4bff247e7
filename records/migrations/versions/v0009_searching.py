"""Searching: where words and observables stand.

There is no downgrade: restore a backup.
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables, empty."""
