"""Which petitions say the same, and what a person said of two that are alike. Expands only.

Of petitions from before, `index fill` writes what they are compared by.
"""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.execute("""
CREATE TABLE text_index (
    petition text PRIMARY KEY REFERENCES word_index (petition) ON DELETE CASCADE, keys integer[] NOT NULL
);
CREATE INDEX text_index_keys ON text_index USING gin (keys) WITH (gin_pending_list_limit = 512);
CREATE TABLE word_count (word integer PRIMARY KEY, petitions integer NOT NULL);
CREATE TABLE word_counted (label text PRIMARY KEY, petitions integer NOT NULL);
CREATE TABLE match_decision (
    petition text NOT NULL REFERENCES petition (number),
    other text NOT NULL REFERENCES petition (number),
    decision text NOT NULL,
    issue text,
    reason bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    officer text NOT NULL,
    PRIMARY KEY (petition, other),
    CONSTRAINT match_decision_of_another CHECK (petition <> other),
    CONSTRAINT match_decision_issue CHECK ((issue IS NOT NULL) = (decision = 'same_issue'))
);
CREATE INDEX match_decision_other ON match_decision (other);
CREATE UNIQUE INDEX match_decision_one_issue ON match_decision (petition) WHERE issue IS NOT NULL;
CREATE INDEX match_decision_issue_of ON match_decision (issue) WHERE issue IS NOT NULL;
""")
