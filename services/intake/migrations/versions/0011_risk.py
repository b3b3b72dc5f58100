"""Risk: a colour with its reasons, scored from facts that officers enter and the system sees."""

from alembic import op

import intake.tables

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute(intake.tables.DDL_10)
    # who ran late is looked for every few seconds: by this, not among all clocks
    op.execute("CREATE INDEX clock_missed ON clock (petition) WHERE state = 'missed' AND referral IS NULL")
