"""Of a period: which of its rule's rows, the moment hours count from, whether somebody is held; the last of a petition.

Expands only: what older code starts has none of them, and means the plain row.
"""

from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.execute("""
ALTER TABLE clock ADD COLUMN variant text, ADD COLUMN begins_at timestamptz,
    ADD COLUMN in_custody boolean NOT NULL DEFAULT false;
ALTER TABLE petition ADD COLUMN in_custody boolean NOT NULL DEFAULT false;
""")
