"""Correlating: reports that repeat others, and incidents that became others.

There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables, empty."""
    _moves()
    _bursts()
    op.drop_index(op.f("ix_sightings_digest_mode"), "sightings")
    columns = ["digest", "mode", "origin", "incident"]
    op.create_index(op.f("ix_sightings_digest_mode_origin_incident"), "sightings", columns)


def _moves() -> None:
    """What people moved between incidents."""
    names = ("id", "kind", "source", "target", "at", "actor", "reason")
    op.create_table(
        "moves",
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.ForeignKeyConstraint(["source"], ["incidents.reference"], name=op.f("fk_moves_source_incidents")),
        sa.ForeignKeyConstraint(["target"], ["incidents.reference"], name=op.f("fk_moves_target_incidents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
    )
    for name in ("source", "target"):
        op.create_index(op.f(f"ix_moves_{name}"), "moves", [name])
    op.create_table(
        "moved_reports",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("move", "report")),
        sa.ForeignKeyConstraint(["move"], ["moves.id"], name=op.f("fk_moved_reports_move_moves")),
        sa.ForeignKeyConstraint(["report"], ["reports.id"], name=op.f("fk_moved_reports_report_reports")),
        sa.PrimaryKeyConstraint("move", "report", name=op.f("pk_moved_reports")),
    )
    op.create_index(op.f("ix_moved_reports_report"), "moved_reports", ["report"])
    _let_hits_move()


_OF_A_HIT = "first, second, digest, observable, first_owner, second_owner, at"


def _let_hits_move() -> None:
    """What has met stays as it is for good; to which incidents it belongs changes with where its reports belong."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER hits_append_only ON hits")
        op.execute(
            f"CREATE TRIGGER hits_append_only BEFORE UPDATE OF {_OF_A_HIT} OR DELETE OR TRUNCATE ON hits "
            "FOR EACH STATEMENT EXECUTE FUNCTION leerp_refuse_change()"
        )
        return
    op.execute("DROP TRIGGER hits_no_update")
    op.execute(
        f"CREATE TRIGGER hits_no_update BEFORE UPDATE OF {_OF_A_HIT} ON hits "
        "BEGIN SELECT RAISE(ABORT, 'hits is append-only; UPDATE is refused'); END"
    )


def _bursts() -> None:
    """What is counted instead of handed on."""
    op.create_table(
        "repeats",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("id", "leading", "mode", "report", "received_at", "content_sha256", "raw_sha256")
        ),
        sa.ForeignKeyConstraint(["leading"], ["reports.id"], name=op.f("fk_repeats_leading_reports")),
        sa.ForeignKeyConstraint(["raw_sha256"], ["documents.sha256"], name=op.f("fk_repeats_raw_sha256_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeats")),
        sa.UniqueConstraint("mode", "content_sha256", name=op.f("uq_repeats_mode_content_sha256")),
    )
    op.create_index(op.f("ix_repeats_leading"), "repeats", ["leading"])
    op.create_table(
        "bursts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("leading", "mode", "likeness")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("seen", "counted", "duplicates")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("first_at", "last_at", "sources", "chain")),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["leading"], ["reports.id"], name=op.f("fk_bursts_leading_reports")),
        sa.PrimaryKeyConstraint("leading", name=op.f("pk_bursts")),
    )
    op.create_index(op.f("ix_bursts_mode_likeness"), "bursts", ["mode", "likeness"])
