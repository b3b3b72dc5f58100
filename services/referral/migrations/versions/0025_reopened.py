"""What was closed may be reopened: custody begins again where it had ended, and nobody is written twice in a row.

Expands only: older code writes nobody twice, and nothing after the end.
"""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("""
CREATE OR REPLACE FUNCTION custody_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last custody%ROWTYPE;
BEGIN
    SELECT * INTO last FROM custody WHERE petition = NEW.petition ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> COALESCE(last.seq, 0) + 1 OR NEW.since <= last.since
        OR (last.seq IS NOT NULL AND last.agency IS NOT DISTINCT FROM NEW.agency)
    THEN RAISE EXCEPTION 'custody out of order' USING ERRCODE = 'check_violation', CONSTRAINT = 'custody_in_order';
    END IF;
    RETURN NEW;
END $$;
""")
