"""Our own office's officers, as intake tells them."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE colleague (
            officer text PRIMARY KEY, revision integer NOT NULL, department text, service_point text,
            roles jsonb NOT NULL, leads jsonb NOT NULL, active boolean NOT NULL);
    """)
