"""Sub-lines and routes, several petitioners, acts, cases a leader leads, and reception days."""

from alembic import op

import intake.tables

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute(intake.tables.DDL_9)
