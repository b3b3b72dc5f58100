"""The first schema: courier's tables, the vault's, the HTTP edge's, notify's own."""

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
    # notify's own
    op.execute("""
CREATE TABLE contact (person text PRIMARY KEY, petition text NOT NULL, phone bytea NOT NULL);
CREATE TABLE petitioner (petition text PRIMARY KEY, person text, reach text NOT NULL);
CREATE TABLE agency (code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL);
CREATE TABLE notice (
    id text PRIMARY KEY, petition text NOT NULL, person text, about text NOT NULL, cause text NOT NULL,
    state text NOT NULL, reason text, template text NOT NULL, params jsonb NOT NULL, text text NOT NULL,
    planned_at timestamptz NOT NULL, not_before timestamptz NOT NULL, changed_at timestamptz NOT NULL,
    tries integer NOT NULL, asked integer NOT NULL, settled_by_person boolean NOT NULL,
    CONSTRAINT notice_one_per_cause UNIQUE (cause),
    CONSTRAINT notice_impossible_says_why CHECK (state <> 'impossible' OR reason IS NOT NULL));
CREATE INDEX notice_petition ON notice (petition);
CREATE INDEX notice_due ON notice (not_before) WHERE state = 'planned';
CREATE INDEX notice_open ON notice (changed_at) WHERE state IN ('sending', 'unknown');
""")
