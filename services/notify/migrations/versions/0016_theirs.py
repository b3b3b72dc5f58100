"""Whose a task is reads of it, also where the petition is another department's. Expands only."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE officer_item ADD COLUMN theirs boolean NOT NULL DEFAULT false")
