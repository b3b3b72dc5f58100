"""Logins by another's word, security keys, and browsers from which a login was used before."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
ALTER TABLE account ADD COLUMN subject text, ADD CONSTRAINT account_subject UNIQUE (subject);
ALTER TABLE request ADD COLUMN subject text;
ALTER TABLE granted ADD COLUMN outside boolean NOT NULL DEFAULT false, ADD COLUMN challenge bytea;
CREATE TABLE arrival (
    way bytea PRIMARY KEY, subject text NOT NULL, serial text NOT NULL, ends_at timestamptz NOT NULL);
CREATE TABLE security_key (
    id bytea PRIMARY KEY, login text NOT NULL, credential bytea NOT NULL, counter bigint NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT security_key_login_fkey FOREIGN KEY (login) REFERENCES account (login) ON DELETE CASCADE);
CREATE INDEX security_key_login ON security_key (login);
CREATE TABLE device (
    id bytea PRIMARY KEY, login text NOT NULL, used_at timestamptz NOT NULL,
    CONSTRAINT device_login_fkey FOREIGN KEY (login) REFERENCES account (login) ON DELETE CASCADE);
CREATE INDEX device_login ON device (login);
""")
