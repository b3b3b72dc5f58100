"""Whose a petition is to handle is asked of lists, and whom an officer stands in for during a leave.

Expands only: older code says of no leave, and asks for no handler.
"""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("""
ALTER TABLE officer ADD COLUMN leaves jsonb NOT NULL DEFAULT '[]';
ALTER TABLE colleague ADD COLUMN leaves jsonb;
CREATE INDEX petition_handler ON petition (handler, number) WHERE handler IS NOT NULL;
""")
