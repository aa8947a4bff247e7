"""Contact pins: which addresses and keys are approved, and the first of two confirmations of a change.

There is no downgrade: what was approved would be forgotten, and anything found would be taken. Restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both tables, empty: what the directory holds at its first use is taken as found."""
    op.create_table(
        "contact_pins",
        *_text("stakeholder", "channel", "address"),
        sa.Column("personal", sa.Boolean(), nullable=False),
        *_optional("key"),
        *_text("approved_at"),
        *_optional("proposed_by", "approved_by"),
        sa.PrimaryKeyConstraint("stakeholder", "channel", "address", name=op.f("pk_contact_pins")),
    )
    op.create_table(
        "contact_proposals",
        *_text("stakeholder", "channel", "sha256", "proposed_by", "proposed_at", "reason"),
        sa.PrimaryKeyConstraint("stakeholder", "channel", name=op.f("pk_contact_proposals")),
    )


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _optional(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]
