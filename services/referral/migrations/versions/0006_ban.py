"""What the routing ban needs to know of a petition; what agencies with no queue said is written down by an officer."""

from alembic import op

import referral.tables

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(referral.tables.DDL_5)
