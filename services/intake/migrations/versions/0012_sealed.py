"""Who asks for secrecy lives apart, and is opened for a purpose another officer approves."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # older code still writes who asked for secrecy into `person` for as long as it runs: both are let in
    op.execute("""
ALTER TABLE petition DROP CONSTRAINT petition_person_or_anonymous,
    ADD CONSTRAINT petition_person_or_anonymous CHECK (
        CASE WHEN person IS NULL THEN anonymous OR secrecy ELSE NOT anonymous END);
CREATE TABLE sealed_person (
    petition text PRIMARY KEY REFERENCES petition (number), key_id text NOT NULL, person bytea NOT NULL,
    kept_at timestamptz NOT NULL);
CREATE TABLE opening (
    id text PRIMARY KEY, petition text NOT NULL REFERENCES petition (number), purpose text NOT NULL,
    reason bytea NOT NULL, state text NOT NULL, asked_by text NOT NULL, asked_at timestamptz NOT NULL,
    decided_by text, decided_at timestamptz, expires_at timestamptz,
    CONSTRAINT opening_two_people CHECK (decided_by <> asked_by),
    CONSTRAINT opening_is_decided CHECK ((state = 'asked') = (decided_by IS NULL)),
    CONSTRAINT opening_expires CHECK ((state = 'approved') = (expires_at IS NOT NULL)));
CREATE INDEX opening_waits ON opening (asked_at) WHERE state = 'asked';
""")
