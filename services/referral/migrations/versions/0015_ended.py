"""What has ended with us goes to nobody new; intake is told of each agency once more, with what the ban needs."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE guarded ADD COLUMN ended boolean NOT NULL DEFAULT false;
        UPDATE agency SET told = told - 'intake';
    """)
