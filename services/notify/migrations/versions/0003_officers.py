"""What officers are told of clocks: at once, or once a day."""

from alembic import op

import notify.tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(notify.tables.DDL_3)
