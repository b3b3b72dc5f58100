"""What belongs to a guarded petition is held, and to whom it was let go."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE guarded ADD COLUMN held boolean NOT NULL DEFAULT false,
            ADD COLUMN released jsonb NOT NULL DEFAULT '[]';
    """)
