"""An agency's door: what was heard and said, files, accounts, who is in, what was done."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE matter (
    number text PRIMARY KEY, kind text NOT NULL, petition text, state text NOT NULL, allowed jsonb NOT NULL,
    stood_at timestamptz NOT NULL, begun_at timestamptz NOT NULL, last_at timestamptz NOT NULL, due_on date,
    retain_days integer NOT NULL, stopped text);
CREATE INDEX matter_last ON matter (last_at);
CREATE TABLE heard (
    id text PRIMARY KEY, matter text, type text NOT NULL, said_at timestamptz NOT NULL, at timestamptz NOT NULL,
    forget_at timestamptz NOT NULL, key_id text, content bytea,
    CONSTRAINT heard_content CHECK ((key_id IS NULL) = (content IS NULL)));
CREATE INDEX heard_matter ON heard (matter);
CREATE INDEX heard_forget ON heard (forget_at) WHERE content IS NOT NULL;
CREATE TABLE said (
    n bigserial PRIMARY KEY, id text NOT NULL UNIQUE, matter text, type text NOT NULL, by text NOT NULL,
    at timestamptz NOT NULL, forget_at timestamptz NOT NULL, key_id text, content bytea, sent_at timestamptz,
    taken_at timestamptz, rejected text, again text,
    CONSTRAINT said_content CHECK ((key_id IS NULL) = (content IS NULL)),
    CONSTRAINT said_what_is_sent CHECK (content IS NOT NULL OR sent_at IS NOT NULL));
CREATE INDEX said_matter ON said (matter);
CREATE INDEX said_unsent ON said (n) WHERE sent_at IS NULL;
CREATE INDEX said_forget ON said (forget_at) WHERE content IS NOT NULL;
CREATE TABLE fetched (
    matter text, sha256 text, key_id text NOT NULL, content bytea NOT NULL, forget_at timestamptz NOT NULL,
    CONSTRAINT fetched_pkey PRIMARY KEY (matter, sha256));
CREATE INDEX fetched_forget ON fetched (forget_at);
CREATE TABLE account (
    login text PRIMARY KEY, name text NOT NULL, password text NOT NULL, "change" boolean NOT NULL,
    administrator boolean NOT NULL, made_at timestamptz NOT NULL);
CREATE TABLE session (
    id bytea PRIMARY KEY, login text NOT NULL, begun_at timestamptz NOT NULL, used_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT session_login_fkey FOREIGN KEY (login) REFERENCES account (login) ON DELETE CASCADE);
CREATE INDEX session_login ON session (login);
CREATE INDEX session_ends ON session (ends_at);
CREATE TABLE device (
    id bytea PRIMARY KEY, login text NOT NULL, used_at timestamptz NOT NULL,
    CONSTRAINT device_login_fkey FOREIGN KEY (login) REFERENCES account (login) ON DELETE CASCADE);
CREATE INDEX device_login ON device (login);
CREATE TABLE attempt (
    login bytea PRIMARY KEY, failures integer NOT NULL, last_at timestamptz NOT NULL, closed_until timestamptz);
CREATE INDEX attempt_last ON attempt (last_at);
CREATE TABLE entry (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL, by text NOT NULL, what text NOT NULL, of text NOT NULL);
CREATE FUNCTION entry_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'what was done is append-only'; END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION entry_append_only();
""")
