"""Every kind and state: a statutory transfer, a predecessor passed on, how often it was urged, what was offered."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
ALTER TABLE referral ADD COLUMN statutory boolean NOT NULL DEFAULT false;
ALTER TABLE referral ALTER COLUMN statutory DROP DEFAULT;
ALTER TABLE referral ADD COLUMN predecessor text REFERENCES referral (number);
ALTER TABLE referral ADD COLUMN urged integer NOT NULL DEFAULT 0;
ALTER TABLE referral ALTER COLUMN urged DROP DEFAULT;
ALTER TABLE referral ADD COLUMN offer bytea;
""")
