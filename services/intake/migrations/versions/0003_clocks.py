"""What is owed by when is a clock's to say, and no column of the petition."""

from alembic import op

import clock.tables
import intake.tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for ddl in (clock.tables.DDL_1, intake.tables.DDL_3):
        op.execute(ddl)
