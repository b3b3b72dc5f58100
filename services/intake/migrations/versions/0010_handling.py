"""Sub-lines and routes, several petitioners, acts, cases a leader leads, and reception days."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("""
ALTER TABLE person ADD COLUMN seq integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT person_of_petition UNIQUE (petition, seq);
ALTER TABLE petition ADD COLUMN sub_line text, ADD COLUMN route text,
    ADD COLUMN party text NOT NULL DEFAULT 'individual', ADD COLUMN organisation bytea,
    ADD CONSTRAINT petition_route_of_claim CHECK (route IS NULL OR kind = 'claim'),
    ADD CONSTRAINT petition_organisation CHECK ((organisation IS NOT NULL) = (party = 'organisation'));
CREATE TABLE advised (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, sheet text NOT NULL,
    answers jsonb NOT NULL, result text NOT NULL, reasons jsonb NOT NULL, recorded_at timestamptz NOT NULL,
    officer text NOT NULL, PRIMARY KEY (petition, seq));
CREATE TABLE act (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), kind text NOT NULL,
    done_on date NOT NULL, people jsonb NOT NULL, record bytea NOT NULL, recorded_at timestamptz NOT NULL,
    officer text NOT NULL);
CREATE INDEX act_petition ON act (petition, done_on);
CREATE TABLE chief_led (
    petition text PRIMARY KEY REFERENCES petition (number), leader text, since timestamptz NOT NULL,
    done jsonb NOT NULL);
CREATE TABLE reception (
    id text PRIMARY KEY, day date NOT NULL, leader text NOT NULL, places integer NOT NULL,
    CONSTRAINT reception_once UNIQUE (day, leader));
CREATE TABLE booking (
    reception text NOT NULL REFERENCES reception (id), petition text NOT NULL REFERENCES petition (number),
    seq integer NOT NULL, recorded_at timestamptz NOT NULL, officer text NOT NULL,
    PRIMARY KEY (reception, petition), CONSTRAINT booking_place UNIQUE (reception, seq));
""")
