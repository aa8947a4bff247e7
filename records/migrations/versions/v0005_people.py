"""People at the desk: what they sign in with, their sessions, and who is admitted to which incident.

There is no downgrade: restore a backup.
"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables, empty."""
