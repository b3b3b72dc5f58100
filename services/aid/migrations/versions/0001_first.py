"""The first schema: courier's tables, the vault's, the HTTP edge's, aid's own."""

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
    # courier's
    op.execute("""
ALTER TABLE inbox ADD COLUMN digest bytea;
CREATE TABLE handed (
    message_id text PRIMARY KEY, agency text NOT NULL, type text NOT NULL, subject text NOT NULL, body bytea NOT NULL,
    handed_at timestamptz NOT NULL DEFAULT now(), again_at timestamptz, times integer NOT NULL DEFAULT 1);
CREATE INDEX handed_agency ON handed (agency, handed_at);
CREATE INDEX handed_subject ON handed (subject);
CREATE INDEX handed_due ON handed (again_at) WHERE again_at IS NOT NULL;
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
    # aid's own
    op.execute("""
CREATE TABLE agency (
    code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL, kind text NOT NULL,
    transport text NOT NULL, active boolean NOT NULL);
CREATE TABLE serial (series text, year integer, last integer NOT NULL, PRIMARY KEY (series, year));
CREATE TABLE aid_case (
    number text PRIMARY KEY, petition text NOT NULL, state text NOT NULL, situations jsonb NOT NULL,
    applicant bytea NOT NULL, once bytea NOT NULL, requested_by text NOT NULL, rules text NOT NULL,
    opened_at timestamptz NOT NULL, decide_by date NOT NULL, decided_at timestamptz, decided_by text,
    amount_fen integer, ground text,
    CONSTRAINT aid_case_granted_has_amount CHECK ((state = 'granted') = (amount_fen IS NOT NULL)),
    CONSTRAINT aid_case_refused_says_why CHECK ((state = 'refused') = (ground IS NOT NULL)),
    CONSTRAINT aid_case_amount_positive CHECK (amount_fen > 0));
CREATE UNIQUE INDEX aid_case_request ON aid_case (requested_by);
CREATE INDEX aid_case_petition ON aid_case (petition);
CREATE UNIQUE INDEX aid_case_once ON aid_case (once) WHERE state = 'granted';
CREATE TABLE lead (
    number text PRIMARY KEY, case_number text NOT NULL REFERENCES aid_case (number), agency text NOT NULL,
    kinds jsonb NOT NULL, state text NOT NULL, offered_at timestamptz NOT NULL, answer_by date NOT NULL,
    result text, text bytea);
CREATE INDEX lead_case ON lead (case_number);
CREATE UNIQUE INDEX lead_one_open ON lead (case_number, agency) WHERE state IN ('offered', 'signed');
""")
