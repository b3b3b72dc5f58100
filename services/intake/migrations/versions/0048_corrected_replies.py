"""Which reply another one corrects. Expands only."""

from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.execute("ALTER TABLE reply ADD corrects integer")
