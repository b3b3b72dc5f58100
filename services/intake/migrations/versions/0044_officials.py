"""That a petition is about an official. Expands only."""

from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.execute("ALTER TABLE respondent ADD official boolean NOT NULL DEFAULT false")
