"""Our own office as data: departments, officers, their roles by two people, and every change kept."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE department (
            code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL, active boolean NOT NULL);
        CREATE TABLE department_revision (
            department text NOT NULL REFERENCES department (code), revision integer NOT NULL,
            recorded_at timestamptz NOT NULL, by text NOT NULL, name text NOT NULL, active boolean NOT NULL,
            PRIMARY KEY (department, revision));
        CREATE TABLE officer (
            number text PRIMARY KEY, revision integer NOT NULL, name bytea NOT NULL,
            department text REFERENCES department (code), service_point text, deputy text, roles jsonb NOT NULL,
            leads jsonb NOT NULL, since date NOT NULL, until date, active boolean NOT NULL,
            CONSTRAINT officer_ends_after_it_begins CHECK (until >= since),
            CONSTRAINT officer_deputy_is_another CHECK (deputy <> number));
        CREATE INDEX officer_ends ON officer (until) WHERE active AND until IS NOT NULL;
        CREATE TABLE officer_revision (
            officer text NOT NULL REFERENCES officer (number), revision integer NOT NULL,
            recorded_at timestamptz NOT NULL, by text NOT NULL, name bytea NOT NULL, entry jsonb NOT NULL,
            PRIMARY KEY (officer, revision));
        CREATE TABLE role_request (
            id text PRIMARY KEY, officer text NOT NULL REFERENCES officer (number), roles jsonb NOT NULL,
            state text NOT NULL, asked_by text NOT NULL, asked_at timestamptz NOT NULL, decided_by text,
            decided_at timestamptz,
            CONSTRAINT role_request_two_people CHECK (decided_by NOT IN (asked_by, officer)),
            CONSTRAINT role_request_is_decided CHECK ((state = 'asked') = (decided_by IS NULL)));
        CREATE UNIQUE INDEX role_request_waits ON role_request (officer) WHERE state = 'asked';
    """)
