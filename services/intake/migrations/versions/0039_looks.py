"""Why somebody looked at how to reach a visitor is kept, sealed under the key of the visitor's place. Expands only."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.execute("""
CREATE TABLE visitor_look (
    id text PRIMARY KEY,
    booking text NOT NULL REFERENCES booking,
    officer text NOT NULL,
    at timestamptz NOT NULL,
    reason bytea NOT NULL
);
CREATE INDEX visitor_look_of ON visitor_look (booking);
""")
