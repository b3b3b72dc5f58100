"""What a petitioner is owed is proved or lawfully impossible before a petition is closed."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("""
ALTER TABLE petition ADD COLUMN round integer NOT NULL DEFAULT 0;
ALTER TABLE reply ADD COLUMN round integer NOT NULL DEFAULT 0, ADD COLUMN proof text, ADD COLUMN proved_on date,
    ADD COLUMN proved_by text,
    ADD CONSTRAINT reply_proved_by_somebody CHECK (num_nonnulls(proof, proved_on, proved_by) IN (0, 3));
CREATE TABLE untellable (
    petition text NOT NULL REFERENCES petition (number), round integer NOT NULL, reply text NOT NULL,
    reason text NOT NULL, officer text NOT NULL, recorded_at timestamptz NOT NULL,
    PRIMARY KEY (petition, round, reply));
""")
