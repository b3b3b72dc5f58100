"""Where each petition sits, as intake tells it: whose eyes it is for is asked of these rows."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE placement (
            petition text PRIMARY KEY, version integer NOT NULL, department text, service_point text NOT NULL,
            handler bytea, handler_tag bytea, kind text NOT NULL, line text NOT NULL, colour text NOT NULL,
            secrecy boolean NOT NULL, unnamed boolean NOT NULL, walled_officers bytea[] NOT NULL,
            walled_departments text[] NOT NULL, unmatched bytea[] NOT NULL);
        CREATE INDEX placement_unmatched ON placement (petition)
            WHERE cardinality(unmatched) > 0 OR (handler_tag IS NOT NULL AND handler IS NULL);
    """)
