"""Weights by which a line is suggested. Expands only: older code suggests nothing."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.execute("""
CREATE TABLE classifier (
    version integer PRIMARY KEY, trained_at timestamptz NOT NULL, officer text NOT NULL, figures jsonb NOT NULL,
    weights bytea NOT NULL);
""")
