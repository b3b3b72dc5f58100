"""What was handed to an agency is kept until it has ended; an outsider's message is known by its digest."""

from alembic import op

import referral.tables
from courier import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for ddl in (tables.DDL_2, referral.tables.DDL_2):
        op.execute(ddl)
