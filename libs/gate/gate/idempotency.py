"""A command sent twice has one effect: its key is claimed in the same transaction as the effect."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from gate.problems import Invalid

metadata = MetaData()

idempotency = Table(
    "idempotency",
    metadata,
    Column("officer", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("answer", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("officer", "key", name="idempotency_pkey"),
)

DDL_1 = """
CREATE TABLE idempotency (
    officer text NOT NULL, key text NOT NULL, digest bytea NOT NULL, answer jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_pkey PRIMARY KEY (officer, key));
"""


def once(
    session: Session, officer: str, key: str, request: bytes, produce: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The answer of `produce`, or of the call that had this key before. Raises Invalid for a key with another body.

    The digest is salted with key and officer: a body of few possible values cannot be guessed from it.
    """
    digest = hashlib.sha256(f"{officer}|{key}|".encode() + request).digest()
    claimed = session.execute(
        upsert(idempotency)
        .values(officer=officer, key=key, digest=digest)
        .on_conflict_do_nothing()
        .returning(idempotency.c.key)
    ).first()
    mine = (idempotency.c.officer == officer) & (idempotency.c.key == key)
    if claimed is None:
        row = session.execute(select(idempotency).where(mine)).one()
        if bytes(row.digest) != digest:
            raise Invalid(
                "此幂等键已用于另一内容不同的请求，请换一个新键",
                "this idempotency key was used with another body",
                field="Idempotency-Key",
            )
        earlier: dict[str, Any] = row.answer
        return earlier
    answer = produce()
    session.execute(update(idempotency).where(mine).values(answer=json.loads(json.dumps(answer))))
    return answer
