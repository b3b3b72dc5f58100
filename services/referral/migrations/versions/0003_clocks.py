"""By when a referral is to be signed for is a clock's to say, and no column of the referral."""

from alembic import op

import clock.tables
import referral.tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for ddl in (clock.tables.DDL_1, referral.tables.DDL_3):
        op.execute(ddl)
