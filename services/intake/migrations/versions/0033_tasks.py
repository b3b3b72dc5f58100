"""Tasks inside our office, and reception days whole: visitors without a petition, who moves, who did not come.

Expands only. Older code beside this books as before: its bookings get an id by default and wait for their outcome like
ours. What it does not know of is what was cancelled: it counts a place too many as taken, never one too few.
"""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.execute("""
CREATE TABLE task (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), kind text NOT NULL, zh text NOT NULL,
    origin text NOT NULL, duty text NOT NULL, department text, officer text, due date NOT NULL, state text NOT NULL,
    text bytea, opened_at timestamptz NOT NULL, opened_by text NOT NULL, overdue_told timestamptz,
    CONSTRAINT task_one_owner CHECK (num_nonnulls(department, officer) <= 1),
    CONSTRAINT task_state CHECK (state IN ('open', 'done', 'impossible')));
CREATE UNIQUE INDEX task_once ON task (petition, origin) WHERE state = 'open';
CREATE INDEX task_petition ON task (petition, opened_at);
CREATE INDEX task_due ON task (due, id) WHERE state = 'open';
CREATE INDEX task_officer ON task (officer, due, id) WHERE state = 'open';
CREATE INDEX task_department ON task (department, due, id) WHERE state = 'open';
CREATE INDEX task_untold ON task (due) WHERE state = 'open' AND overdue_told IS NULL;
CREATE TABLE task_record (
    task text NOT NULL REFERENCES task (id), seq integer NOT NULL, what text NOT NULL, text bytea NOT NULL,
    recorded_at timestamptz NOT NULL, officer text NOT NULL, PRIMARY KEY (task, seq),
    CONSTRAINT task_record_what CHECK (what IN ('done', 'impossible', 'reopened', 'given')));
CREATE TABLE leader_change (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, leader text NOT NULL, reason bytea,
    since timestamptz NOT NULL, officer text NOT NULL, PRIMARY KEY (petition, seq));
ALTER TABLE reception ADD COLUMN begins text, ADD COLUMN room text, ADD COLUMN cancelled_at timestamptz,
    ADD COLUMN cancelled_by text;
ALTER TABLE booking DROP CONSTRAINT booking_pkey;
ALTER TABLE booking ADD COLUMN id text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
    ADD COLUMN state text NOT NULL DEFAULT 'booked', ADD COLUMN name bytea, ADD COLUMN phone bytea,
    ADD COLUMN matter bytea, ADD COLUMN visitor bytea, ADD COLUMN decision bytea, ADD COLUMN reason bytea,
    ADD COLUMN decided_at timestamptz, ADD COLUMN decided_by text,
    ALTER COLUMN petition DROP NOT NULL, ALTER COLUMN seq DROP NOT NULL,
    ADD CONSTRAINT booking_pkey PRIMARY KEY (id),
    ADD CONSTRAINT booking_state CHECK (state IN ('booked', 'met', 'absent', 'cancelled')),
    ADD CONSTRAINT booking_has_its_place CHECK ((seq IS NULL) = (state = 'cancelled'));
CREATE INDEX booking_petition ON booking (petition) WHERE petition IS NOT NULL;
CREATE UNIQUE INDEX booking_visitor ON booking (reception, visitor) WHERE state = 'booked' AND visitor IS NOT NULL;
CREATE INDEX booking_kept ON booking (reception) WHERE name IS NOT NULL;
""")
