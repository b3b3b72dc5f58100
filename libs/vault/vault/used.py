"""Which keys the database needs: known at start in no time, closed anew by the current one, retired when none is left.

A table of a few rows says which key ids were ever written, by a trigger of the tables they are in, so that who starts
without one is refused however many rows there are. A proof beside each id (a keyed hash of nothing secret) tells the
key from another one under the same id. The index key cannot be replaced: a fingerprint is not opened, so not made anew.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, func, inspect, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from vault.keyring import WrongKeys
from vault.tables import data_key, key_used
from vault.vault import Vault

BATCH = 500
INDEX = "index"
# looking at ten million rows takes seconds, which a service is not given for a statement
_AT_LEISURE = text("SET LOCAL statement_timeout = '10min'")


@dataclass(frozen=True, slots=True)
class Store:
    """What one set of keys closes: a table each of whose rows names its key. `again` opens a row and closes it anew."""

    purpose: str
    zh: str
    table: Table
    named: str  # the column with the key's id
    closed: str
    keys: Mapping[str, bytes]
    current: str
    again: Callable[[Row[Any]], bytes]  # raises WrongKeys


@dataclass(frozen=True, slots=True)
class Key:
    """One key as `keys list` shows it. `here`: in the file; `proved`: a service began with it."""

    id: str
    rows: int
    here: bool
    current: bool
    proved: bool
    retired_at: datetime | None


def data_keys(vault: Vault) -> Store:
    """The rows that hold a subject's data key each, closed by the field keys."""

    def again(row: Row[Any]) -> bytes:
        return vault.wrap(row.subject, vault.unwrap(row))

    ring = vault.keyring
    return Store("wrap", "数据密钥（data_key）", data_key, "wrapped_by", "wrapped", ring.wrap, ring.current, again)


def check(session: Session, stores: Sequence[Store], index: bytes, *, begins: bool = False) -> None:
    """Whether every key that the database needs is here, and is the one it was. Raises WrongKeys.

    `begins`: a service starts with these and will write by the current ones.
    """
    if not inspect(session.connection()).has_table(key_used.name):
        return  # an older schema; health says that it waits for migrate
    known = {(row.purpose, row.id): row for row in session.execute(select(key_used))}
    for store in stores:
        for (purpose, id_), row in known.items():
            if purpose == store.purpose and row.retired_at is None and id_ not in store.keys:
                raise WrongKeys(f"密钥文件里没有 {id_}：数据库里的{store.zh}要用它打开，请从密钥备份中找回")
        for id_, key in store.keys.items():
            kept = known.get((store.purpose, id_))
            if kept is not None and kept.retired_at is not None and id_ == store.current:
                raise WrongKeys(f"密钥 {id_} 已停用（{store.zh}），不能再作 current")
            if kept is not None and kept.proof is None:
                _try(session, store, id_)
            if kept is not None or (begins and id_ == store.current):
                _prove(session, store.purpose, id_, key, kept)
    if begins or (INDEX, "-") in known:
        _prove(session, INDEX, "-", index, known.get((INDEX, "-")))


def listed(session: Session, store: Store) -> list[Key]:
    """Every key that is in the file, in the database, or was retired."""
    session.execute(_AT_LEISURE)
    named = store.table.c[store.named]
    rows: dict[str, int] = {}
    for id_, count in session.execute(select(named, func.count()).group_by(named)):
        rows[id_] = count
    known = {row.id: row for row in session.execute(select(key_used).where(key_used.c.purpose == store.purpose))}
    return [
        Key(
            id=id_,
            rows=rows.get(id_, 0),
            here=id_ in store.keys,
            current=id_ == store.current,
            proved=id_ in known and known[id_].proof is not None,
            retired_at=known[id_].retired_at if id_ in known else None,
        )
        for id_ in sorted({*rows, *known, *store.keys})
    ]


def rewrap(session: Session, store: Store, after: tuple[Any, ...] | None) -> tuple[tuple[Any, ...] | None, int]:
    """Closes the next rows anew by the current key. Their last place, None at the end, and how many. Raises WrongKeys.

    Services go on meanwhile: a row is the same before and after to whoever has both keys. Broken off, it begins anew
    and finds what is left.
    """
    session.execute(_AT_LEISURE)
    place = list(store.table.primary_key)
    query = select(store.table).where(store.table.c[store.named] != store.current).order_by(*place).limit(BATCH)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*map(literal, after)))
    rows = session.execute(query.with_for_update()).all()
    if not rows:
        return None, 0
    statement = update(store.table).where(*(column == bindparam(f"its_{column.name}") for column in place))
    statement = statement.values({store.named: store.current, store.closed: bindparam("anew")})
    parts = [
        {f"its_{column.name}": row._mapping[column.name] for column in place} | {"anew": store.again(row)}
        for row in rows
    ]
    # not through the session, which takes many parameters for whole rows
    session.connection().execute(statement, parts)
    return tuple(rows[-1]._mapping[column.name] for column in place), len(rows)


def retire(session: Session, store: Store, id_: str, by: str) -> None:
    """From now on the database refuses what is written by this key. Raises WrongKeys while anything needs it."""
    session.execute(_AT_LEISURE)
    if id_ == store.current:
        raise WrongKeys(f"{id_} 是 current，正在使用，不能停用")
    kept = session.execute(
        select(key_used.c.retired_at).where(key_used.c.purpose == store.purpose, key_used.c.id == id_)
    ).first()
    if kept is None and id_ not in store.keys:
        raise WrongKeys(f"没有密钥 {id_}（{store.zh}）")
    if kept is not None and kept.retired_at is not None:
        raise WrongKeys(f"密钥 {id_} 早已停用（{store.zh}）")
    _refuse_used(session, store, id_)
    # whoever is writing by it ends first, and who comes later finds it retired; nobody writes for as long as this looks
    session.execute(text(f"LOCK TABLE {store.table.name} IN SHARE MODE"))
    _refuse_used(session, store, id_)
    retired = {"retired_at": func.now(), "retired_by": by}
    statement = upsert(key_used).values(purpose=store.purpose, id=id_, **retired)
    session.execute(statement.on_conflict_do_update(index_elements=["purpose", "id"], set_=retired))


def _refuse_used(session: Session, store: Store, id_: str) -> None:
    if session.execute(select(literal(1)).select_from(store.table).where(_named(store, id_)).limit(1)).first():
        raise WrongKeys(f"{store.zh}里还有用 {id_} 封装的，先执行 keys rewrap")


def _try(session: Session, store: Store, id_: str) -> None:
    """No proof yet: an older release wrote by it. One row that opens is as good."""
    session.execute(_AT_LEISURE)
    row = session.execute(select(store.table).where(_named(store, id_)).limit(1)).first()
    if row is not None:
        store.again(row)


def _named(store: Store, id_: str) -> Any:
    return store.table.c[store.named] == id_


def _prove(session: Session, purpose: str, id_: str, key: bytes, kept: Row[Any] | None) -> None:
    proof = hmac.digest(key, f"fengqiao key|{purpose}|{id_}".encode(), hashlib.sha256)
    if kept is not None and kept.proof is not None:
        if not hmac.compare_digest(bytes(kept.proof), proof):
            name = "index（检索用）" if purpose == INDEX else id_
            raise WrongKeys(f"密钥文件里的 {name} 不是原来的那一把：与本数据库用过的不符，请从密钥备份中找回")
        return
    statement = upsert(key_used).values(purpose=purpose, id=id_, proof=proof)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["purpose", "id"], set_={"proof": statement.excluded.proof}, where=key_used.c.proof.is_(None)
        )
    )
