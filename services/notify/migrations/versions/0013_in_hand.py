"""Whose a petition is to handle is asked of lists, and whom an officer stands in for during a leave.

Expands only: older code says of no leave, and asks for no handler.
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("""
ALTER TABLE colleague ADD COLUMN leaves jsonb;
CREATE INDEX placement_handler ON placement (handler, petition) WHERE handler IS NOT NULL;
""")
