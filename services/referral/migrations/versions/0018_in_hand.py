"""Whose a petition is to handle is asked of lists, and whom an officer stands in for; a clock knows who held it before.

Expands only: older code says of no leave, asks for no handler, and moves no clock from one holder to another.
"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("""
ALTER TABLE colleague ADD COLUMN leaves jsonb;
CREATE INDEX placement_handler ON placement (handler, petition) WHERE handler IS NOT NULL;
ALTER TABLE clock ADD COLUMN officer text;
CREATE TABLE clock_holding (
    clock text NOT NULL REFERENCES clock, seq integer NOT NULL, until timestamptz NOT NULL, holder text NOT NULL,
    officer text, CONSTRAINT clock_holding_pkey PRIMARY KEY (clock, seq));
""")
