"""The numbers that are called where nobody answers at the first. Expands only."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("ALTER TABLE contact ADD others bytea")
