"""Of a period: which of its rule's rows, the moment hours count from, whether somebody is held.

Expands only: what older code starts has none of them, and means the plain row.
"""

from alembic import op

revision = "0024"
down_revision = "0022"


def upgrade() -> None:
    op.execute("""
ALTER TABLE clock ADD COLUMN variant text, ADD COLUMN begins_at timestamptz,
    ADD COLUMN in_custody boolean NOT NULL DEFAULT false;
""")
