"""The signer's first schema: accounts, who is logged in, what two people have to agree on, what was done."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
CREATE TABLE account (
    login text PRIMARY KEY, officer text NOT NULL, password text NOT NULL, "change" boolean NOT NULL,
    code_key text, code bytea, proposed_key text, proposed bytea, code_step bigint NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL,
    CONSTRAINT account_officer UNIQUE (officer),
    CONSTRAINT account_code CHECK ((code_key IS NULL) = (code IS NULL)),
    CONSTRAINT account_proposed CHECK ((proposed_key IS NULL) = (proposed IS NULL)));
CREATE TABLE granted (
    id bytea PRIMARY KEY, login text NOT NULL, begun_at timestamptz NOT NULL, used_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL, proved_at timestamptz, "whole" boolean NOT NULL,
    CONSTRAINT granted_login_fkey FOREIGN KEY (login) REFERENCES account (login) ON DELETE CASCADE);
CREATE INDEX granted_login ON granted (login);
CREATE INDEX granted_ends ON granted (ends_at);
CREATE TABLE attempt (
    login bytea PRIMARY KEY, failures integer NOT NULL, last_at timestamptz NOT NULL, closed_until timestamptz);
CREATE INDEX attempt_last ON attempt (last_at);
CREATE TABLE request (
    id text PRIMARY KEY, kind text NOT NULL, login text NOT NULL, officer text NOT NULL, state text NOT NULL,
    asked_by text NOT NULL, asked_at timestamptz NOT NULL, decided_by text, decided_at timestamptz,
    CONSTRAINT request_two_people CHECK (decided_by NOT IN (asked_by, officer)),
    CONSTRAINT request_is_decided CHECK ((state = 'asked') = (decided_by IS NULL)));
CREATE UNIQUE INDEX request_waits ON request (login, kind) WHERE state = 'asked';
CREATE TABLE entry (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL, by text NOT NULL, what text NOT NULL, login text NOT NULL);
CREATE FUNCTION entry_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'what was done to accounts is append-only'; END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION entry_append_only();
""")
