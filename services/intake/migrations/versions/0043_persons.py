"""As what somebody stands in a petition, and that who petitioned has died. Expands only."""

from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.execute("""
ALTER TABLE person ADD role text;
ALTER TABLE petition ADD died_on date, ADD death bytea, ADD heirs_until date;
""")
