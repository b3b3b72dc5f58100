"""What narrows a department's or point's list is looked at in the index that its rows come from, in their order.

Expands only: an index replaces two, and older code's queries find all their columns in it.
"""

from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.execute("""
DROP INDEX petition_of_department, petition_of_point, petition_department, petition_service_point;
CREATE INDEX petition_department ON petition (department, number, line, kind, state, service_point);
CREATE INDEX petition_service_point ON petition (service_point, number, line, kind, state, department);
""")
