"""What petitioners give with their petitions, and who may fetch it once."""

from alembic import op

import intake.tables

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(intake.tables.DDL_7)
