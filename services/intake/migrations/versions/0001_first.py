"""The first schema: courier's tables, the vault's, the HTTP edge's, intake's own."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    # courier's
    op.execute("""
CREATE TABLE events (
    subject text NOT NULL, version integer NOT NULL, id text NOT NULL, type text NOT NULL,
    recorded_at timestamptz NOT NULL, body bytea NOT NULL, digest bytea NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (subject, version),
    CONSTRAINT events_version_positive CHECK (version > 0));
CREATE INDEX events_recorded_at ON events (recorded_at);
CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();
CREATE TABLE outbox (
    id bigserial PRIMARY KEY, exchange text NOT NULL, routing_key text NOT NULL, subject text NOT NULL,
    message_id text NOT NULL, version integer, body bytea, created_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0, next_at timestamptz NOT NULL DEFAULT now(), reason text,
    CONSTRAINT outbox_event_or_letter CHECK ((version IS NULL) <> (body IS NULL)));
CREATE INDEX outbox_lane ON outbox (exchange, subject, id);
CREATE TABLE inbox (
    id bigserial PRIMARY KEY, kind text NOT NULL, source text NOT NULL, subject text NOT NULL, version integer,
    message_id text NOT NULL, type text NOT NULL, body bytea, state text NOT NULL,
    attempts integer NOT NULL DEFAULT 0, received_at timestamptz NOT NULL DEFAULT now(), next_at timestamptz,
    reason text,
    CONSTRAINT inbox_once UNIQUE (source, message_id),
    CONSTRAINT inbox_one_version UNIQUE (source, subject, version),
    CONSTRAINT inbox_state CHECK (state IN ('done', 'waiting', 'retry', 'parked')),
    CONSTRAINT inbox_done_keeps_no_body CHECK ((state = 'done') = (body IS NULL)),
    CONSTRAINT inbox_retry_has_time CHECK (state <> 'retry' OR next_at IS NOT NULL));
CREATE INDEX inbox_due ON inbox (next_at) WHERE state = 'retry';
CREATE INDEX inbox_waiting ON inbox (source, subject, version) WHERE state = 'waiting';
CREATE TABLE lane (
    source text NOT NULL, subject text NOT NULL, applied integer NOT NULL, held_at timestamptz, asked_at timestamptz,
    CONSTRAINT lane_pkey PRIMARY KEY (source, subject));
""")
    # the vault's
    op.execute("""
CREATE TABLE data_key (
    subject text PRIMARY KEY, wrapped bytea NOT NULL, wrapped_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
""")
    # the HTTP edge's
    op.execute("""
CREATE TABLE idempotency (
    officer text NOT NULL, key text NOT NULL, digest bytea NOT NULL, answer jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_pkey PRIMARY KEY (officer, key));
""")
    # intake's own
    op.execute("""
CREATE TABLE serial (year integer PRIMARY KEY, last integer NOT NULL);
CREATE TABLE person (
    ref text PRIMARY KEY, petition text NOT NULL, name bytea NOT NULL, resident_id bytea, phone bytea, address bytea,
    id_index bytea, phone_index bytea);
CREATE INDEX person_id_index ON person (id_index) WHERE id_index IS NOT NULL;
CREATE INDEX person_phone_index ON person (phone_index) WHERE phone_index IS NOT NULL;
CREATE TABLE contact (
    id text PRIMARY KEY, petition text, channel text NOT NULL, service_point text NOT NULL, received_on date NOT NULL,
    received_reason bytea, recorded_at timestamptz NOT NULL, officer text NOT NULL);
CREATE TABLE petition (
    number text PRIMARY KEY, year integer NOT NULL, serial integer NOT NULL, state text NOT NULL, kind text NOT NULL,
    line text NOT NULL, title bytea, statement bytea, post_number text, post_digest text,
    person text REFERENCES person (ref), anonymous boolean NOT NULL, secrecy boolean NOT NULL, reach text NOT NULL,
    group_size integer NOT NULL, place text, registered_at timestamptz NOT NULL, received_on date NOT NULL,
    reply_by date NOT NULL, outcome_by date NOT NULL, department text, handler text, result text, referred_to text,
    awaits_answer boolean NOT NULL, submitted_by text, submission text,
    CONSTRAINT petition_number_once UNIQUE (year, serial),
    CONSTRAINT petition_submission_once UNIQUE (submitted_by, submission),
    CONSTRAINT petition_statement_or_post CHECK ((statement IS NULL) <> (post_number IS NULL)),
    CONSTRAINT petition_person_or_anonymous CHECK (anonymous = (person IS NULL)),
    CONSTRAINT petition_secrecy_no_sms CHECK (NOT (secrecy AND reach = 'sms')));
CREATE INDEX petition_state ON petition (state, number);
CREATE TABLE respondent (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, unit text, name bytea,
    PRIMARY KEY (petition, seq));
CREATE TABLE answer (
    petition text NOT NULL REFERENCES petition (number), message text NOT NULL, referral text NOT NULL,
    result text NOT NULL, text bytea NOT NULL, received_at timestamptz NOT NULL, PRIMARY KEY (petition, message));
CREATE TABLE reply (
    petition text NOT NULL REFERENCES petition (number), seq integer NOT NULL, kind text NOT NULL,
    means text NOT NULL, issued_on date NOT NULL, officer text NOT NULL, text bytea NOT NULL,
    PRIMARY KEY (petition, seq));
CREATE TABLE step (
    id bigserial PRIMARY KEY, petition text NOT NULL, at timestamptz NOT NULL, type text NOT NULL,
    agency text NOT NULL, officer text NOT NULL, data jsonb NOT NULL);
CREATE INDEX step_petition ON step (petition, at, id);
CREATE TABLE agency (
    code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL, kind text NOT NULL,
    transport text NOT NULL, active boolean NOT NULL);
""")
