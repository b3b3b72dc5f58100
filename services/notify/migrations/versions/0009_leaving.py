"""Whether a notice may go is asked when it leaves: its number's messages of the day, what it says, who has died.

Expands only. Older code writes none of it: a notice of its is asked about as before, and counts for no number.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE contact ADD number bytea, ADD given_at timestamptz;
        CREATE TABLE ended_number (number bytea PRIMARY KEY, at timestamptz NOT NULL);
        ALTER TABLE petitioner ADD ended text, ADD round integer NOT NULL DEFAULT 1, ADD department text;
        ALTER TABLE notice ADD round integer, ADD concerns text, ADD due_at timestamptz, ADD promised date,
            ADD stopped text, ADD taken boolean NOT NULL DEFAULT false, ADD number bytea,
            ADD left_at timestamptz, ADD ask_at timestamptz;
        CREATE INDEX notice_sent ON notice (left_at) WHERE state = 'sent';
        CREATE INDEX notice_number ON notice (number, left_at) WHERE number IS NOT NULL;
    """)
