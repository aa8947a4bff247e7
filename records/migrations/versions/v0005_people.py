"""People at the desk: what they sign in with, their sessions, and who is admitted to which incident.

There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables, empty: everybody signs in anew."""
    op.create_table(
        "sessions",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id_sha256", "person", "how", "begun_at", "until")),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id_sha256", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_person"), "sessions", ["person"])
    op.create_table(
        "sign_in_links",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("token_sha256", "person", "until")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sign_in_links")),
    )
