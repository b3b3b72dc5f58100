"""A process that just began knows what the last tick on this machine knew; who resumed the clocks said why."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute("""
ALTER TABLE clock_watch ADD resumed_why text, ADD boot text, ADD boot_at timestamptz, ADD boot_seconds double precision
""")
