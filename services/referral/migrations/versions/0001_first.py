"""The first schema: courier's tables, the vault's, the gate's, referral's own."""

from alembic import op

import referral.tables
import vault
import web.idempotency
from courier import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    for ddl in (tables.DDL_1, vault.DDL_1, access.idempotency.DDL_1, referral.tables.DDL_1):
        op.execute(ddl)
