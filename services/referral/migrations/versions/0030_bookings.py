"""Rooms, a roster of whom we call in, and what is taken from when until when: never one thing twice at once.

Expands only. btree_gist is PostgreSQL's own (postgresql-contrib) and trusted: who owns the database may make it.
"""

from alembic import op

revision = "0030"
down_revision = "0026"


def upgrade() -> None:
    op.execute("""
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE room (
    code text PRIMARY KEY, name text NOT NULL, seats integer, added_at timestamptz NOT NULL, added_by text NOT NULL,
    closed_at timestamptz, closed_by text);
CREATE TABLE roster (
    id text PRIMARY KEY, kinds jsonb NOT NULL, agency text REFERENCES agency (code), officer text, valid_until date,
    words bytea NOT NULL, entered_at timestamptz NOT NULL, entered_by text NOT NULL, ended_at timestamptz,
    ended_by text);
CREATE UNIQUE INDEX roster_officer_once ON roster (officer) WHERE officer IS NOT NULL AND ended_at IS NULL;
CREATE TABLE recusal (
    entry text NOT NULL REFERENCES roster (id), keyed bytea NOT NULL, recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL, CONSTRAINT recusal_pkey PRIMARY KEY (entry, keyed));
CREATE TABLE booking (
    id text NOT NULL, resource text NOT NULL, during tstzrange NOT NULL, begins timestamptz NOT NULL,
    ends timestamptz NOT NULL, state text NOT NULL, held_until timestamptz NOT NULL, petition text, proceeding text,
    booked_at timestamptz NOT NULL, booked_by text NOT NULL, ended_at timestamptz, ended_by text,
    CONSTRAINT booking_pkey PRIMARY KEY (id, resource),
    CONSTRAINT booking_one_at_a_time EXCLUDE USING gist (resource WITH =, during WITH &&)
        WHERE (state IN ('held', 'confirmed')),
    CONSTRAINT booking_half_open CHECK (lower_inc(during) AND NOT upper_inc(during) AND lower(during) <= begins
        AND begins < ends AND ends <= upper(during)));
CREATE INDEX booking_held ON booking (held_until) WHERE state = 'held';
CREATE INDEX booking_petition ON booking (petition) WHERE petition IS NOT NULL;
CREATE INDEX booking_proceeding ON booking (proceeding) WHERE proceeding IS NOT NULL;
""")
