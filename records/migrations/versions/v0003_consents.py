"""Consents: what providers said of their H2 information; and which notices go to nobody any more.

There is no downgrade: a notice that was taken back would go out again. Restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table, empty, and the columns: so far nothing was asked of a provider, and nothing taken back."""
    op.create_table(
        "consents",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("incident", "notice", "provider", "reader")),
        sa.Column("given", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("at", "actor", "via")),
        sa.ForeignKeyConstraint(["incident"], ["incidents.reference"], name=op.f("fk_consents_incident_incidents")),
        sa.PrimaryKeyConstraint("incident", "notice", "provider", "reader", name=op.f("pk_consents")),
    )
    for name in ("stopped", "stopped_by"):
        op.add_column("notices", sa.Column(name, sa.Text(), nullable=True))
