"""What an officer has saved of how a list is narrowed, closed like a draft, for as long as they want it."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
CREATE TABLE saved (
    officer text NOT NULL, list text NOT NULL, key_id text NOT NULL, content bytea NOT NULL,
    saved_at timestamptz NOT NULL, CONSTRAINT saved_pkey PRIMARY KEY (officer, list));
""")
