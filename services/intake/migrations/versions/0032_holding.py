"""Who handles a petition follows who is here: the first who did stays, a clock knows who held it before.

Expands only. Older code beside this gives no petition a person by name, moves no clock from one holder to another and
takes nothing off who leaves: what `cleared` lags behind is made up for by the newer copies.
"""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.execute("""
ALTER TABLE petition ADD COLUMN first_department text, ADD COLUMN first_handler text,
    ADD COLUMN one_to_one boolean NOT NULL DEFAULT false;
ALTER TABLE clock ADD COLUMN officer text;
CREATE TABLE clock_holding (
    clock text NOT NULL REFERENCES clock, seq integer NOT NULL, until timestamptz NOT NULL, holder text NOT NULL,
    officer text, CONSTRAINT clock_holding_pkey PRIMARY KEY (clock, seq));
ALTER TABLE officer ADD COLUMN cleared integer NOT NULL DEFAULT 0;
ALTER TABLE department ADD COLUMN cleared integer NOT NULL DEFAULT 0;
-- who is here keeps what they have; who left before this is looked at once
UPDATE officer SET cleared = revision WHERE active;
UPDATE department SET cleared = revision WHERE active;
CREATE INDEX officer_uncleared ON officer (number) WHERE cleared < revision;
CREATE INDEX department_uncleared ON department (code) WHERE cleared < revision;
""")
