"""What another service has still to do is kept on the petition; one that was accepted never goes behind that again.

How agencies stand to each other is known here, so that the ban's refusal is said at once.
Older code put what was given back to `registered`, also where it had been accepted and told so.
"""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE petition ADD COLUMN pending jsonb NOT NULL DEFAULT '[]';
        CREATE INDEX petition_pending ON petition (number) WHERE pending <> '[]'::jsonb;
        ALTER TABLE agency ADD COLUMN parent text, ADD COLUMN edges jsonb;
        UPDATE petition SET state = 'accepted' WHERE state = 'registered' AND accepted;
        UPDATE petition SET before = 'accepted' WHERE before = 'registered' AND accepted;
    """)
