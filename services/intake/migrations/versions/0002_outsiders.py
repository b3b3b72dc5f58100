"""What was handed to an agency is kept until it has ended; an outsider's message is known by its digest;
hardship and the wish to be helped are facts of a petition."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
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
    # intake's own
    op.execute("""
ALTER TABLE petition ADD COLUMN hardship jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN aid_wish boolean NOT NULL DEFAULT false;
""")
