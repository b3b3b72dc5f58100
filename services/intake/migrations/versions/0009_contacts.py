"""Contacts apart from petitions: answered, joined, split; and petitions linked to each other."""

from alembic import op

import intake.tables

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute(intake.tables.DDL_8)
