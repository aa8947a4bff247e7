"""The coordination centre and the investigation: what they keep beside the journal.

There is no downgrade: what was decided would be lost. Restore a backup.
"""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, empty."""
