"""Of several colleagues whom a petition concerns one may be named and another not: then nobody is known for certain."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("ALTER TABLE petition ADD unidentified boolean NOT NULL DEFAULT false")
