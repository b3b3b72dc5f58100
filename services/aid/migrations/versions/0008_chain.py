"""A lane remembers which event it applied last: what comes next must name it."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE lane ADD last_version integer, ADD last_digest bytea, ADD last_time timestamptz")
    # a lane is written when it is made, and again in the same transaction: into the same page where there is room
    op.execute("ALTER TABLE lane SET (fillfactor = 50)")
