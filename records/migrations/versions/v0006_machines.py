"""Machines at the desk: their tokens, the answers to what they sent, and the feeds they fetch.

There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables, empty."""
    _tokens()
    _requests()
    _feeds()


def _tokens() -> None:
    op.create_table(
        "tokens",
        *_texts("id", "secret_sha256", "source", "scopes"),
        sa.Column("note", sa.Text(), nullable=True),
        *_texts("made_at", "made_by", "until"),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("signing", sa.Text(), nullable=True),
        sa.Column("signed_only", sa.Boolean(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_tokens_secret_sha256")),
    )


def _requests() -> None:
    op.create_table(
        "used_nonces",
        *_texts("token", "nonce_sha256", "until"),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name=op.f("fk_used_nonces_token_tokens")),
        sa.PrimaryKeyConstraint("token", "nonce_sha256", name=op.f("pk_used_nonces")),
    )
    op.create_index(op.f("ix_used_nonces_until"), "used_nonces", ["until"])
    op.create_table(
        "keyed_requests",
        *_texts("token", "key_sha256", "request_sha256", "begun_at"),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name=op.f("fk_keyed_requests_token_tokens")),
        sa.PrimaryKeyConstraint("token", "key_sha256", name=op.f("pk_keyed_requests")),
    )
    op.create_index(op.f("ix_keyed_requests_begun_at"), "keyed_requests", ["begun_at"])


def _feeds() -> None:
    op.create_table(
        "feed_objects",
        *_texts("reader", "object", "added_at", "version", "type", "spec_version", "notice", "sha256"),
        sa.PrimaryKeyConstraint("reader", "object", name=op.f("pk_feed_objects")),
        sa.UniqueConstraint("reader", "added_at", name=op.f("uq_feed_objects_reader_added_at")),
    )
    op.create_table(
        "feed_files",
        *_texts("reader", "notice", "sha256"),
        sa.PrimaryKeyConstraint("reader", "notice", "sha256", name=op.f("pk_feed_files")),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]
