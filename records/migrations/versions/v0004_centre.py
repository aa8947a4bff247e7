"""The coordination centre and the investigation: what they keep beside the journal.

There is no downgrade: what was decided would be lost. Restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "command_posts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "incident", "room")),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.reference"], name=op.f("fk_command_posts_incident_incidents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_posts")),
    )
    op.create_index(op.f("ix_command_posts_incident"), "command_posts", ["incident"])
    op.create_table(
        "meetings",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "incident", "meeting")),
        sa.ForeignKeyConstraint(["incident"], ["incidents.reference"], name=op.f("fk_meetings_incident_incidents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_index(op.f("ix_meetings_incident"), "meetings", ["incident"])
    op.add_column("sightings", sa.Column("silent", sa.Text(), nullable=True))
    unjudged = sa.text("silent IS NULL")
    op.create_index(
        op.f("ix_sightings_unjudged"), "sightings", ["item"], sqlite_where=unjudged, postgresql_where=unjudged
    )
    op.create_table(
        "operation_keys",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("incident", "id", "secret", "made_at", "made_by")),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.reference"], name=op.f("fk_operation_keys_incident_incidents")
        ),
        sa.PrimaryKeyConstraint("incident", "id", name=op.f("pk_operation_keys")),
    )
