"""A petition belongs to a service point and a department, and colleagues it concerns are kept away from it."""

from alembic import op

import intake.tables

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(intake.tables.DDL_4)
