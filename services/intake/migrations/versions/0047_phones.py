"""More than one phone of a petitioner, and a contact that nobody else reads. Expands only."""

from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.execute("ALTER TABLE person ADD other_phones bytea, ADD safe_contact bytea")
