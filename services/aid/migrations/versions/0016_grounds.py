"""By which row of the rules aid was given, and the opinion of who decided, encrypted.

Expands only: older code gives aid without either.
"""

from alembic import op

revision = "0016"
down_revision = "0014"


def upgrade() -> None:
    op.execute("ALTER TABLE aid_case ADD COLUMN basis text, ADD COLUMN opinion bytea")
