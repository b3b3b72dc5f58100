"""Who is a party to a petition, as keyed hashes, for who must keep away. Expands only."""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.execute("""
CREATE TABLE parties (
    petition text PRIMARY KEY, keyed bytea[], as_of timestamptz NOT NULL, asked_at timestamptz NOT NULL);
""")
