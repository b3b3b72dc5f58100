"""Every kind and state: a statutory transfer, a predecessor passed on, how often it was urged, what was offered."""

from alembic import op

import referral.tables

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(referral.tables.DDL_4)
