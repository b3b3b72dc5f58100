"""What was handed to an agency is kept until it has ended; an outsider's message is known by its digest; a notice has
a carrier."""

from alembic import op

import notify.tables
from courier import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for ddl in (tables.DDL_2, notify.tables.DDL_2):
        op.execute(ddl)
