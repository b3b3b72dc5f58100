"""Files that an agency's answer names: by which token each is handed in, and whose a file is. Expands only."""

from alembic import op

revision = "0055"
down_revision = "0052"


def upgrade() -> None:
    op.execute("""
ALTER TABLE file ADD referral text;
CREATE TABLE answer_file (
    token bytea PRIMARY KEY, petition text NOT NULL, message text NOT NULL, seq integer NOT NULL, agency text NOT NULL,
    said bytea NOT NULL, until timestamptz NOT NULL, file text,
    CONSTRAINT answer_file_answer_fkey FOREIGN KEY (petition, message) REFERENCES answer (petition, message),
    CONSTRAINT answer_file_file_fkey FOREIGN KEY (file) REFERENCES file (id));
CREATE INDEX answer_file_answer ON answer_file (petition, message);
""")
