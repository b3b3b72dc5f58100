"""What is parked can be listed, counted, read again and discarded."""

from alembic import op

from courier import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(tables.DDL_3)
