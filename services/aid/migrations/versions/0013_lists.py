"""Every list and every box of the worklist is a range of an index.

Expands only.
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("""
CREATE INDEX aid_case_decide_by ON aid_case (decide_by, number);
CREATE INDEX aid_case_open ON aid_case (decide_by, number) WHERE state = 'opened';
CREATE INDEX lead_answer_by ON lead (answer_by, number);
CREATE INDEX lead_open ON lead (answer_by, number) WHERE state IN ('offered', 'signed');
""")
