"""A file's token ends with its referral, is claimed by one download at a time, and may be replaced."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("""
ALTER TABLE file_grant ADD COLUMN referral text, ADD COLUMN granted_at timestamptz,
    ADD COLUMN replaces boolean NOT NULL DEFAULT false, ADD COLUMN claim text, ADD COLUMN claimed_until timestamptz;
CREATE INDEX file_grant_referral ON file_grant (referral, file);
CREATE TABLE ended_referral (referral text PRIMARY KEY, before timestamptz);
""")
    # what was given before is told by the timeline: the agency's last referral of that petition, and whether it ended
    op.execute("""
UPDATE file_grant SET granted_at = until - interval '30 days', referral = (
    SELECT step.data ->> 'referral' FROM step JOIN file ON file.petition = step.petition
    WHERE file.id = file_grant.file AND step.type = 'referral.sent.v1' AND step.data ->> 'agency' = file_grant.agency
    ORDER BY step.id DESC LIMIT 1);
INSERT INTO ended_referral SELECT referral, CASE WHEN type = 'referral.undelivered.v1' THEN at END FROM (
    SELECT DISTINCT ON (data ->> 'referral') data ->> 'referral' AS referral, type, at FROM step
    WHERE type IN ('referral.sent.v1', 'referral.returned.v1', 'referral.passed_on.v1', 'referral.recalled.v1',
        'referral.undelivered.v1', 'referral.voided.v1', 'referral.closed.v1')
    ORDER BY data ->> 'referral', id DESC) AS last
WHERE type <> 'referral.sent.v1';
""")
