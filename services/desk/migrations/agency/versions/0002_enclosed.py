"""Files that go with an answer, closed until they are handed in."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
CREATE TABLE enclosed (
    said text, sha256 text, matter text NOT NULL, at timestamptz NOT NULL, forget_at timestamptz NOT NULL, key_id text,
    content bytea, handed_at timestamptz, refused text,
    CONSTRAINT enclosed_pkey PRIMARY KEY (said, sha256),
    CONSTRAINT enclosed_content CHECK ((key_id IS NULL) = (content IS NULL)));
CREATE INDEX enclosed_awaited ON enclosed (at) WHERE content IS NOT NULL;
CREATE INDEX enclosed_forget ON enclosed (forget_at);
""")
