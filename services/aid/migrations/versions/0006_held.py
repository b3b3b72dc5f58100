"""Petitions of which nothing leaves, and to whom it was let go."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("CREATE TABLE held (petition text PRIMARY KEY, released jsonb NOT NULL DEFAULT '[]')")
