"""What was handed to an agency is kept until it has ended; an outsider's message is known by its digest; a notice has
a carrier."""

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
    # notify's own
    op.execute("""
ALTER TABLE notice ADD COLUMN carrier text NOT NULL DEFAULT 'provider';
ALTER TABLE notice ALTER COLUMN carrier DROP DEFAULT;
""")
