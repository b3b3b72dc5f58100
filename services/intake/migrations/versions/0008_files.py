"""What petitioners give with their petitions, and who may fetch it once."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # a piece is written before its file: only at its end it is known whether it is let in
    op.execute("""
CREATE TABLE file (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), sha256 text NOT NULL,
    size integer NOT NULL, media_type text NOT NULL, name bytea NOT NULL, added_at timestamptz NOT NULL,
    officer text NOT NULL, CONSTRAINT file_once UNIQUE (petition, sha256),
    CONSTRAINT file_size CHECK (size BETWEEN 1 AND 20971520));
CREATE TABLE file_piece (
    file text NOT NULL, seq integer NOT NULL, sealed bytea NOT NULL, PRIMARY KEY (file, seq));
CREATE TABLE file_grant (
    token bytea PRIMARY KEY, file text NOT NULL REFERENCES file (id), agency text NOT NULL,
    until timestamptz NOT NULL, used_at timestamptz);
""")
