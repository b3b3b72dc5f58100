"""A command sent twice has one effect: its key is claimed in the same transaction as the effect.

The claim stays for ever. What was asked and answered, which may hold a person, is sealed under the key of what the
command is about, so that it goes with that, and is kept for some days only: a client repeats within minutes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from contracts.problems import DoneBefore, Invalid
from courier.late import WAITS
from courier.unit_of_work import NOW
from vault import Sealed, Vault

metadata = MetaData()

IN_CLEAR = "(digest <> ''::bytea OR answer IS NOT NULL)"

idempotency = Table(
    "idempotency",
    metadata,
    Column("officer", Text, nullable=False),
    Column("key", Text, nullable=False),
    # both of the release before, which hashed without a key and kept answers in clear: emptied, and written no more
    Column("digest", LargeBinary, nullable=False, server_default=text("''::bytea")),
    Column("answer", JSONB(none_as_null=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("subject", Text),  # what the command was about: whose data key seals
    Column("sealed", LargeBinary),  # {asked, answer}
    PrimaryKeyConstraint("officer", "key", name="idempotency_pkey"),
    Index("idempotency_sealed", "created_at", postgresql_where=text("sealed IS NOT NULL")),
    Index("idempotency_in_clear", "created_at", postgresql_where=text(IN_CLEAR)),
)

_CLAIM = upsert(idempotency).on_conflict_do_nothing().returning(func.now())
_KEEP = (
    update(idempotency)
    .where(idempotency.c.officer == bindparam("its"), idempotency.c.key == bindparam("own"))
    .values(subject=bindparam("about"), sealed=bindparam("kept"))
    .execution_options(**{WAITS: True})
)
OFFICE = "-"  # the subject of what is about nothing that can be erased
Subject = str | Callable[[Mapping[str, Any]], str]


def once(
    session: Session,
    vault: Vault,
    officer: str,
    key: str,
    request: bytes,
    produce: Callable[[], dict[str, Any]],
    subject: Subject = OFFICE,
) -> dict[str, Any]:
    """The answer of `produce`, or of the call that had this key before.

    `subject`: what the command is about, of the answer where only that tells. Raises Invalid for a key with another
    body, DoneBefore when what was answered is gone, by its age or with its subject.
    """
    asked = hashlib.sha256(request).hexdigest()
    claimed = session.scalar(_CLAIM, {"officer": officer, "key": key})
    label = f"idempotency|sealed|{officer}|{key}"
    if claimed is not None:
        session.info[NOW] = claimed
        answer = produce()
        about = subject if isinstance(subject, str) else subject(answer)
        sealed = vault.seal(session, about, label, json.dumps({"asked": asked, "answer": answer}).encode())
        # not through the session, which takes parameters for whole rows
        session.connection().execute(_KEEP, {"its": officer, "own": key, "about": about, "kept": sealed})
        return answer
    mine = (idempotency.c.officer == officer) & (idempotency.c.key == key)
    row = session.execute(select(idempotency.c.subject, idempotency.c.sealed).where(mine)).one()
    if row.sealed is None:
        raise DoneBefore()
    try:
        known = json.loads(vault.open(session, row.subject, label, bytes(row.sealed)))
    except Sealed:
        raise DoneBefore() from None
    if known["asked"] != asked:
        raise Invalid(
            "此幂等键已用于另一内容不同的请求，请换一个新键",
            "this idempotency key was used with another body",
            field="Idempotency-Key",
        )
    earlier: dict[str, Any] = known["answer"]
    return earlier


def forget(session: Session, after: timedelta, limit: int) -> int:
    """Of requests older than that only the claims stay; so too of those that older code wrote in clear. How many."""
    its = idempotency.c
    old = its.sealed.is_not(None) & (its.created_at < func.now() - after)
    done = 0
    for due in (old, text(IN_CLEAR)):
        some = select(its.officer, its.key).where(due).limit(limit).with_for_update(skip_locked=True)
        nothing = {"sealed": None, "digest": b"", "answer": None}
        gone = update(idempotency).where(tuple_(its.officer, its.key).in_(some)).values(nothing).returning(its.key)
        done += len(session.scalars(gone).all())
    return done
