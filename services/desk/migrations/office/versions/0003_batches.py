"""What is done to many at once, step by step, with what became of each; closed, until its officer has read it."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
CREATE TABLE batch (
    id text NOT NULL, officer text NOT NULL, key_id text NOT NULL, content bytea NOT NULL, total integer NOT NULL,
    done integer NOT NULL, running boolean NOT NULL, begun_at timestamptz NOT NULL, stepped_at timestamptz NOT NULL,
    CONSTRAINT batch_pkey PRIMARY KEY (id), CONSTRAINT batch_done CHECK (done BETWEEN 0 AND total));
CREATE INDEX batch_officer ON batch (officer);
CREATE INDEX batch_stepped ON batch (stepped_at);
""")
