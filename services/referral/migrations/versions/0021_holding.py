"""A clock knows who held it before: the tables of libs/clock are the same in every service that has clocks.

Expands only: older code moves no clock from one holder to another.
"""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("""
ALTER TABLE clock ADD COLUMN officer text;
CREATE TABLE clock_holding (
    clock text NOT NULL REFERENCES clock, seq integer NOT NULL, until timestamptz NOT NULL, holder text NOT NULL,
    officer text, CONSTRAINT clock_holding_pkey PRIMARY KEY (clock, seq));
""")
