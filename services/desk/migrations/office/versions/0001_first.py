"""The office door's first schema: sessions and drafts."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE session (
    id bytea PRIMARY KEY, grant_id bytea NOT NULL, officer text, begun_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, "whole" boolean NOT NULL,
    locked boolean NOT NULL DEFAULT false, agent text NOT NULL, lists jsonb NOT NULL DEFAULT '{}');
CREATE INDEX session_officer ON session (officer);
CREATE INDEX session_ends ON session (ends_at);
CREATE TABLE draft (
    officer text NOT NULL, form text NOT NULL, key_id text NOT NULL, content bytea NOT NULL,
    saved_at timestamptz NOT NULL, CONSTRAINT draft_pkey PRIMARY KEY (officer, form));
CREATE INDEX draft_saved ON draft (saved_at);
""")
