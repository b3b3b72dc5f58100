"""A second factor of an account, and which browser a session is. Expands only."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("""
ALTER TABLE account ADD code_key text, ADD code bytea, ADD proposed_key text, ADD proposed bytea,
    ADD code_step bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT account_code CHECK ((code_key IS NULL) = (code IS NULL)),
    ADD CONSTRAINT account_proposed CHECK ((proposed_key IS NULL) = (proposed IS NULL));
ALTER TABLE session ADD agent text NOT NULL DEFAULT '', ADD waits boolean NOT NULL DEFAULT false;
""")
