"""What was handed to an agency is kept until it has ended; an outsider's message is known by its digest;
hardship and the wish to be helped are facts of a petition."""

from alembic import op

import intake.tables
from courier import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for ddl in (tables.DDL_2, intake.tables.DDL_2):
        op.execute(ddl)
