"""What is taken of each outsider is counted; what was turned back goes some time after its sender was told.

Expands only: older code writes neither, so that what it turns back stays until a person discards it.
"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
CREATE TABLE spent (
    source text NOT NULL, what text NOT NULL, begins timestamptz NOT NULL, times integer NOT NULL,
    CONSTRAINT spent_pkey PRIMARY KEY (source, what));
ALTER TABLE inbox ADD COLUMN told_at timestamptz;
CREATE INDEX inbox_told ON inbox (told_at)
    WHERE told_at IS NOT NULL AND (state = 'parked' OR kind = 'unreadable');
""")
