"""Every list and every box of the worklist is a range of an index; until now referrals were listed by petition alone.

Expands only.
"""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("""
CREATE INDEX referral_standing ON referral (inbound, state, number);
CREATE INDEX referral_agency ON referral (agency, number);
CREATE INDEX referral_created ON referral (created_at, number);
CREATE INDEX clock_owed ON clock (target, id) WHERE state IN ('running', 'missed');
CREATE INDEX escalation_requested ON escalation (requested_at, id);
""")
