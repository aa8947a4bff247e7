"""When a token was last used.

There is no downgrade: restore a backup.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; what was used before is not known."""
    op.add_column("tokens", sa.Column("used_at", sa.Text))
