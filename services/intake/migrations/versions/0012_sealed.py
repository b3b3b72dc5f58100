"""Who asks for secrecy lives apart, and is opened for a purpose another officer approves."""

from alembic import op

import intake.tables

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(intake.tables.DDL_11)
