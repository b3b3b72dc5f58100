"""Who is to be helped may ask for secrecy later."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE aid_case ADD COLUMN sealed boolean NOT NULL DEFAULT false")
