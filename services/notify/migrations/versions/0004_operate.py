"""What is parked can be listed, counted, read again and discarded."""

from alembic import op

from courier import tables

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(tables.DDL_3)
