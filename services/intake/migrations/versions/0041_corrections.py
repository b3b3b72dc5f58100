"""What of a registration was wrong, and what stood there before. Expands only."""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.execute("""
CREATE TABLE correction (
    petition text NOT NULL REFERENCES petition (number),
    seq integer NOT NULL,
    what jsonb NOT NULL,
    of_seq integer,
    was bytea,
    reason bytea,
    recorded_at timestamptz NOT NULL,
    officer text NOT NULL,
    approved_by text,
    PRIMARY KEY (petition, seq),
    CONSTRAINT correction_of_something CHECK (what <> '[]'::jsonb)
);
""")
