"""Whether a proposal is adopted, in part or not (信访工作条例 29); counted by the index.

Expands only: what older code concludes says nothing of it.
"""

from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.execute("""
ALTER TABLE petition ADD COLUMN adoption text
    CONSTRAINT petition_adoption_known CHECK (adoption IN ('adopted', 'partly', 'not_adopted'));
CREATE INDEX petition_adoption ON petition (adoption, number) WHERE adoption IS NOT NULL;
""")
