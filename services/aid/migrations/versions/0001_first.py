"""The first schema: courier's tables, the vault's, the gate's, aid's own."""

from alembic import op

import aid.tables
import vault
import web.idempotency
from courier import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    for ddl in (tables.DDL_1, tables.DDL_2, vault.DDL_1, access.idempotency.DDL_1, aid.tables.DDL_1):
        op.execute(ddl)
