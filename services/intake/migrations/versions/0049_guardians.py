"""Which of a petition's persons acts for who cannot, by what it is known, and which of them is told. Expands only."""

from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.execute("ALTER TABLE petition ADD guardian integer, ADD incapacity bytea, ADD told integer")
