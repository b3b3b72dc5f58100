"""A petitioner looks progress up by number and code, and rates a reply."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("""
CREATE TABLE query_code (
    petition text PRIMARY KEY REFERENCES petition (number), code bytea NOT NULL UNIQUE, issued_at timestamptz NOT NULL);
CREATE TABLE lookup_try (
    bucket bytea NOT NULL, slot timestamptz NOT NULL, tries integer NOT NULL, PRIMARY KEY (bucket, slot));
CREATE TABLE rating (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, stars integer NOT NULL, text bytea,
    rated_at timestamptz NOT NULL, PRIMARY KEY (petition, seq),
    CONSTRAINT rating_of_a_reply FOREIGN KEY (petition, seq) REFERENCES reply (petition, seq),
    CONSTRAINT rating_stars CHECK (stars BETWEEN 1 AND 5));
""")
