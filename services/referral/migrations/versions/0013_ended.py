"""What has ended with us goes to nobody new."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE guarded ADD COLUMN ended boolean NOT NULL DEFAULT false")
