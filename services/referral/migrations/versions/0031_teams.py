"""A petition's team, and what its counsellor wrote down. Expands only."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("""
CREATE TABLE team (
    id text PRIMARY KEY, petition text NOT NULL, formed_at timestamptz NOT NULL, formed_by text NOT NULL,
    ended_at timestamptz, ended_by text);
CREATE UNIQUE INDEX team_one_at_a_time ON team (petition) WHERE ended_at IS NULL;
CREATE TABLE member (
    team text NOT NULL REFERENCES team (id), entry text NOT NULL REFERENCES roster (id), since timestamptz NOT NULL,
    kind text NOT NULL, until timestamptz, CONSTRAINT member_pkey PRIMARY KEY (team, entry, since));
CREATE TABLE note (
    id text PRIMARY KEY, petition text NOT NULL, officer text NOT NULL, violence boolean NOT NULL,
    written_at timestamptz NOT NULL, words bytea NOT NULL);
CREATE INDEX note_petition ON note (petition, written_at);
""")
