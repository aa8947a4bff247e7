"""Searching: where words and observables stand.

Also by whom a line of the ledger is for, which is how what a stakeholder was sent is found.
Both tables are empty at first; what was stored before is put in by the processes of this version, batch by batch.
There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables, empty."""
    plain = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    texts = ("kind", "mode", "incident", "at", "made_of", "marking")
    op.create_table(
        "search_parts",
        sa.Column("thing", plain, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.reference"], name=op.f("fk_search_parts_incident_incidents")),
        sa.PrimaryKeyConstraint("thing", "level", name=op.f("pk_search_parts")),
    )
    op.create_index(op.f("ix_search_parts_incident"), "search_parts", ["incident"])
    op.create_table(
        "search_terms",
        sa.Column("shelf", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("term", plain, nullable=False),
        sa.Column("age", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thing", plain, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shelf", "term", "age", "thing", name=op.f("pk_search_terms")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_search_terms_thing_term_place"), "search_terms", ["thing", "term", "place"])
    op.create_index(op.f("ix_ledger_reader_planned_at"), "ledger", ["reader", "planned_at"])
