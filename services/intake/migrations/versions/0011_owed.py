"""What a petitioner is owed is proved or lawfully impossible before a petition is closed."""

from alembic import op

import intake.tables

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute(intake.tables.DDL_11)
