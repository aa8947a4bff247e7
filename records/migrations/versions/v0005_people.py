"""People at the desk: what they sign in with, their sessions, and who is admitted to which incident.

There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables, empty: everybody signs in anew."""
    _sessions()
    _accounts()
    op.create_table(
        "incident_circle",
        *_texts("incident", "person", "by", "at"),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.reference"], name=op.f("fk_incident_circle_incident_incidents")
        ),
        sa.PrimaryKeyConstraint("incident", "person", name=op.f("pk_incident_circle")),
    )
    op.create_index(op.f("ix_incident_circle_person"), "incident_circle", ["person"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        *_texts("id_sha256", "person", "how", "address", "begun_at", "seen_at", "until"),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id_sha256", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_person"), "sessions", ["person"])
    op.create_table(
        "sign_in_links",
        *_texts("token_sha256", "person", "leads_to", "until"),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sign_in_links")),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        *_texts("person"),
        *_texts("password", "totp", nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        *_texts("locked_at", "locked_by", "locked_because", nullable=True),
        *_texts("changed_at"),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_accounts")),
    )
    op.create_table(
        "passkeys",
        *_texts("id", "person", "public_key"),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        *_texts("name", "made_at"),
        *_texts("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
    )
    op.create_index(op.f("ix_passkeys_person"), "passkeys", ["person"])
    op.create_table(
        "ceremonies",
        *_texts("token_sha256", "kind"),
        *_texts("person", nullable=True),
        *_texts("data", "until"),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_ceremonies")),
    )
    op.create_table(
        "sign_in_failures",
        *_texts("subject"),
        sa.Column("failures", sa.Integer(), nullable=False),
        *_texts("last_at", "until"),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_failures")),
    )


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]
