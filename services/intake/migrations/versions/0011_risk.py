"""Risk: a colour with its reasons, scored from facts that officers enter and the system sees."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
CREATE TABLE risk (
    petition text PRIMARY KEY REFERENCES petition (number), colour text NOT NULL, score integer NOT NULL,
    entered jsonb NOT NULL, seen jsonb NOT NULL, overdue boolean NOT NULL, scored_at timestamptz NOT NULL,
    lowered_at integer, lowered_by text, lowered_why bytea);
CREATE INDEX risk_colour ON risk (colour, score);
""")
    # who ran late is looked for every few seconds: by this, not among all clocks
    op.execute("CREATE INDEX clock_missed ON clock (petition) WHERE state = 'missed' AND referral IS NULL")
