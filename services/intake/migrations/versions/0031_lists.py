"""Every list and every box of the worklist is a range of an index; none of them was made for that.

Expands only: an index less would only be slower, so the one of colours that is replaced may go at once.
"""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("""
CREATE INDEX petition_unclosed ON petition (received_on, number) WHERE state <> 'closed';
CREATE INDEX petition_received ON petition (received_on, number);
CREATE INDEX petition_of_department ON petition (department, line, kind, state, number);
CREATE INDEX petition_of_point ON petition (service_point, line, kind, state, number);
CREATE INDEX clock_owed ON clock (target, id) WHERE state IN ('running', 'missed');
CREATE INDEX contact_undecided ON contact (recorded_at, id) WHERE outcome IS NULL;
CREATE INDEX risk_weight ON risk (colour, score, petition);
DROP INDEX risk_colour;
""")
