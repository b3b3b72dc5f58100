"""What is sent to us: the sender's number, and who is asked to coordinate when nobody takes a matter."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # the sender's number is its own words, and like them names nobody
    op.execute("""
ALTER TABLE referral ADD COLUMN inbound boolean NOT NULL DEFAULT false, ADD COLUMN submission text,
    ADD CONSTRAINT referral_inbound_has_its_number CHECK (inbound = (submission IS NOT NULL));
CREATE UNIQUE INDEX referral_submission ON referral (agency, submission) WHERE inbound;
ALTER TABLE guarded ADD COLUMN sender text, ADD COLUMN place text;
ALTER TABLE agency ADD COLUMN competence jsonb NOT NULL DEFAULT '[]';
CREATE TABLE agency_revision (
    agency text NOT NULL, revision integer NOT NULL, since timestamptz NOT NULL, by text NOT NULL, entry jsonb NOT NULL,
    PRIMARY KEY (agency, revision));
INSERT INTO agency_revision SELECT code, revision, now(), 'migration', to_jsonb(agency) - '{code,revision,told}'::text[]
FROM agency;
CREATE TABLE escalation (
    id text PRIMARY KEY, petition text NOT NULL, referral text NOT NULL REFERENCES referral (number),
    reason text NOT NULL, agency text, days jsonb NOT NULL, requested_at timestamptz NOT NULL,
    CONSTRAINT escalation_once UNIQUE (referral, reason));
CREATE INDEX escalation_petition ON escalation (petition);
CREATE INDEX referral_unanswered ON referral (number) WHERE state IN ('sent', 'signed');
""")
