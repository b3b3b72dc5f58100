"""Whether it was a wall that said whom of us a petition concerns. Expands only: of walls of before nothing is known."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.execute("ALTER TABLE wall ADD COLUMN identified boolean NOT NULL DEFAULT false")
