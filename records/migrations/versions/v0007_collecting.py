"""Collecting: how far each source was read, and how it does.

There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "collected",
        *_text("name", "kind"),
        sa.Column("named", sa.Boolean(), nullable=False),
        *_numbers("interval_seconds", "alarm_after", "failures"),
        sa.Column("expected_seconds", sa.Integer(), nullable=True),
        *_text("since"),
        *_optional("cursor", "last_tried", "last_ok", "last_heard", "last_error"),
        *_optional("failing_since", "silent_since", "holder", "held_until"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_collected")),
    )
    op.create_table(
        "clocks",
        *_text("name"),
        *_numbers("offset_ms", "within_ms"),
        *_text("at"),
        *_optional("skewed_since"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clocks")),
    )


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _optional(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]
