"""What either side says of a referral in words was sent on or thrown away: it is kept, sealed. Expands only."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("""
CREATE TABLE remark (
    id text PRIMARY KEY, petition text NOT NULL, referral text NOT NULL REFERENCES referral (number),
    move text NOT NULL, said_at timestamptz NOT NULL, officer text, words bytea NOT NULL);
CREATE INDEX remark_petition ON remark (petition, said_at);
""")
