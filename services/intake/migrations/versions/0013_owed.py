"""What a petitioner is owed is proved or lawfully impossible before a petition is closed."""

from alembic import op

import intake.tables

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute(intake.tables.DDL_12)
