"""What a receipt says was handed in, and what somebody complained of is there for. Expands only."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.execute("""
ALTER TABLE petition ADD COLUMN pieces integer CONSTRAINT petition_pieces CHECK (pieces > 0),
    ADD COLUMN pages integer CONSTRAINT petition_pages CHECK (pages > 0);
ALTER TABLE respondent ADD COLUMN position bytea;
""")
