"""Where each petition sits is told to the other services: what was told last, and whom a wall stands for there.

What is stored before is told by the running service, a batch at a time; `placements tell` compares all of it once no
older copy runs any more.
"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE petition ADD COLUMN placed bytea;
        CREATE INDEX petition_unplaced ON petition (number) WHERE placed IS NULL;
        ALTER TABLE wall ADD COLUMN tag bytea;
        CREATE INDEX wall_untagged ON wall (petition) WHERE officer IS NOT NULL AND tag IS NULL;
    """)
