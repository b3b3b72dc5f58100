"""What the routing ban needs to know of a petition; what agencies with no queue said is written down by an officer."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
CREATE TABLE guarded (
    petition text PRIMARY KEY, kind text NOT NULL, line text NOT NULL, secret boolean NOT NULL, units jsonb NOT NULL,
    all_known boolean NOT NULL);
""")
