"""The whole lifecycle: standing still and going back, material that is lacking, liability and resolution."""

from alembic import op

import intake.tables

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(intake.tables.DDL_5)
