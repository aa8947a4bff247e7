"""An index of the bursts that have come further than the journal says.

There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index."""
    untold = sa.text("counted + duplicates > told")
    op.create_index("ix_bursts_untold", "bursts", ["mode", "last_at"], sqlite_where=untold, postgresql_where=untold)
