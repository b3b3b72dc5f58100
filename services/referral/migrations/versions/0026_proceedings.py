"""Mediations, hearings, meetings and talks, who takes part in them, what was said and resolved there. Expands only.

What was registered before says here neither its sub-line nor whether it has a name: it is taken for nameless.
"""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute("""
ALTER TABLE guarded ADD COLUMN sub_line text, ADD COLUMN anonymous boolean;
CREATE TABLE proceeding_serial (year integer PRIMARY KEY, last integer NOT NULL);
CREATE TABLE proceeding (
    number text PRIMARY KEY, petition text NOT NULL, kind text NOT NULL, form text, state text NOT NULL,
    subject text NOT NULL, ground text, applied boolean NOT NULL, created_at timestamptz NOT NULL,
    starts_at timestamptz, ends_at timestamptz, notified_on date, told_by date, open boolean NOT NULL,
    closed jsonb NOT NULL, place bytea, agreement text, effective_on date, mend_by date,
    CONSTRAINT proceeding_begins_and_ends CHECK ((starts_at IS NULL) = (ends_at IS NULL)),
    CONSTRAINT proceeding_ends_after_it_starts CHECK (ends_at > starts_at),
    CONSTRAINT proceeding_agreement_has_its_day CHECK ((agreement IS NULL) = (effective_on IS NULL)));
CREATE INDEX proceeding_petition ON proceeding (petition, number);
CREATE INDEX proceeding_created ON proceeding (created_at, number);
CREATE TABLE part (
    id text PRIMARY KEY, proceeding text NOT NULL REFERENCES proceeding (number), petition text NOT NULL,
    role text NOT NULL, agency text, officer text, roster text, words bytea, consent text, answer text,
    told_on date, proof text, came boolean, added_at timestamptz NOT NULL,
    CONSTRAINT part_is_named_once CHECK (num_nonnulls(agency, officer, roster, words) <= 1));
CREATE INDEX part_proceeding ON part (proceeding, added_at);
CREATE UNIQUE INDEX part_agency ON part (proceeding, agency) WHERE agency IS NOT NULL;
CREATE TABLE minute (
    id text PRIMARY KEY, proceeding text NOT NULL REFERENCES proceeding (number), petition text NOT NULL,
    move text NOT NULL, said_at timestamptz NOT NULL, held_on date, officer text, agency text, words bytea NOT NULL);
CREATE INDEX minute_proceeding ON minute (proceeding, said_at);
CREATE TABLE task (
    proceeding text NOT NULL REFERENCES proceeding (number), item integer NOT NULL, petition text NOT NULL,
    agency text NOT NULL, due date NOT NULL, state text NOT NULL, urged integer NOT NULL, missed_at timestamptz,
    ended_at timestamptz, words bytea NOT NULL, PRIMARY KEY (proceeding, item),
    CONSTRAINT task_item_positive CHECK (item > 0),
    CONSTRAINT task_ended_at CHECK ((state = 'open') = (ended_at IS NULL)));
CREATE INDEX task_due ON task (due) WHERE state = 'open' AND missed_at IS NULL;
CREATE INDEX task_petition ON task (petition);
""")
