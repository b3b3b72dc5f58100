"""What its sender was told of what was sent to us, and by when it wants an answer."""

from alembic import op

import intake.tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(intake.tables.DDL_6)
