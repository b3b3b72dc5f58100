"""A petitioner looks progress up by number and code, and rates a reply."""

from alembic import op

import intake.tables

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute(intake.tables.DDL_13)
