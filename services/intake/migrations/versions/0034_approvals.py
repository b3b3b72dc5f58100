"""What is drafted and waits for another's approval; a wall that was taken down stays as it was.

Expands only. Older code beside this does at once what it is asked, and still holds a wall that was taken down: the safe
side of the two.
"""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("""
CREATE TABLE approval (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), action text NOT NULL,
    subject text NOT NULL, draft bytea NOT NULL, department text, asked_by text NOT NULL, drafted_by text NOT NULL,
    asked_at timestamptz NOT NULL, state text NOT NULL, level text, decided_by text, decided_at timestamptz,
    reason bytea, paper bytea,
    CONSTRAINT approval_two_people CHECK (decided_by NOT IN (asked_by, drafted_by)),
    CONSTRAINT approval_decided_by_somebody CHECK (num_nonnulls(level, decided_by, decided_at) IN (0, 3)),
    CONSTRAINT approval_state CHECK (
        CASE WHEN state = 'waiting' THEN decided_by IS NULL
        WHEN state IN ('approved', 'signed', 'issued', 'refused') THEN decided_by IS NOT NULL
        ELSE state IN ('withdrawn', 'void') END));
CREATE UNIQUE INDEX approval_open ON approval (petition, action, subject) WHERE state IN ('waiting', 'signed');
CREATE INDEX approval_waits ON approval (asked_at, id) WHERE state IN ('waiting', 'signed');
CREATE INDEX approval_petition ON approval (petition);
ALTER TABLE petition ADD COLUMN asks integer NOT NULL DEFAULT 0;
ALTER TABLE wall ADD COLUMN lifted_at timestamptz;
""")
