"""What is sent to us: the sender's number, and who is asked to coordinate when nobody takes a matter."""

from alembic import op

import referral.tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(referral.tables.DDL_6)
