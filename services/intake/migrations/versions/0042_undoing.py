"""A link, or what a contact became, that was a mistake. Expands only."""

from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.execute("""
ALTER TABLE link ADD undone_at timestamptz, ADD past jsonb NOT NULL DEFAULT '[]';
ALTER TABLE contact ADD reconsidered bytea;
""")
