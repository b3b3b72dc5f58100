"""What is parked can be listed, counted, read again and discarded."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
ALTER TABLE inbox ADD COLUMN queue text, ADD COLUMN sender text;
CREATE INDEX inbox_open ON inbox (state, id) WHERE state <> 'done';
CREATE INDEX lane_held ON lane (held_at) WHERE held_at IS NOT NULL;
CREATE TABLE discarded (
    id bigint PRIMARY KEY, kind text NOT NULL, source text NOT NULL, subject text NOT NULL, version integer,
    message_id text NOT NULL, type text NOT NULL, fault text, said bytea NOT NULL, officer text NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT now());
""")
