"""Every list and every box of the worklist is a range of an index.

Expands only.
"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("""
CREATE INDEX notice_state ON notice (state, planned_at, id);
CREATE INDEX notice_calls ON notice (changed_at, id)
    WHERE carrier = 'phone' AND state IN ('planned', 'sending', 'sent', 'unknown');
CREATE INDEX notice_failed ON notice (changed_at, id) WHERE state IN ('failed', 'refused');
CREATE INDEX officer_notice_at ON officer_notice (not_before, id);
""")
