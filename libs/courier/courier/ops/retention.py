"""What only serves to know a repeat, and what was turned back, is kept for some time; the ids stay for ever."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, text, update

from courier import tables
from courier.faults import is_transient
from courier.inbox_store import UNREADABLE, label, opened, unreadable_id
from courier.ops.parked import discarded
from courier.unit_of_work import UnitOfWork

__all__ = ["forget", "let_go"]

_box = tables.inbox


def forget(work: UnitOfWork, after: timedelta, limit: int) -> int:
    """Of partners' messages older than that only the ids stay; what older code hashed without a key goes. How many."""
    some = select(_box.c.id).limit(limit).with_for_update(skip_locked=True)
    old = some.where(_box.c.keyed.is_not(None), _box.c.received_at < func.now() - after)
    gone = update(_box).where(_box.c.id.in_(old)).values(keyed=None).returning(_box.c.id)
    done = len(work.session.scalars(gone).all())
    unkeyed = select(_box).where(text(tables.UNKEYED)).order_by(_box.c.id).limit(limit)
    for row in work.session.execute(unkeyed.with_for_update(skip_locked=True)).all():
        _key_again(work, row)
        done += 1
    return done


def let_go(work: UnitOfWork, bodies: timedelta, rows: timedelta, limit: int) -> int:
    """What was turned back and its sender was told of: its body goes after some time, an unreadable one's row later.

    Never an event or letter of ours, nor what nobody was told of: for those a person has to decide. How many.
    """
    told = select(_box.c.id).where(_box.c.told_at.is_not(None)).limit(limit).with_for_update(skip_locked=True)
    old = told.where(_box.c.state == "parked", _box.c.told_at < func.now() - bodies)
    ended = {"state": "done", "body": None, "next_at": None}
    emptied = update(_box).where(_box.c.id.in_(old)).values(ended).returning(_box.c.id)
    done = len(work.session.scalars(emptied).all())
    # the id of what could be read stays for ever, so that a repeat is known
    oldest = told.where(_box.c.state == "done", _box.c.kind == UNREADABLE, _box.c.told_at < func.now() - rows)
    gone = delete(_box).where(_box.c.id.in_(oldest)).returning(_box.c.id)
    return done + len(work.session.scalars(gone).all())


def _key_again(work: UnitOfWork, row: Row[Any]) -> None:
    """A digest that only tells a repeat is dropped, the id stays; one that is the id becomes what it is today."""
    values: dict[str, Any] = {"digest": None}
    if row.kind == UNREADABLE:
        known = unreadable_id(work.context, row.message_id)
        twice = select(_box.c.id).where(_box.c.source == row.source, _box.c.message_id == known)
        if work.session.scalar(twice) is not None:
            # the same body, kept once more by older code that ran beside this
            work.session.execute(delete(_box).where(_box.c.id == row.id))
            return
        values["message_id"] = known
        if row.body is not None:
            try:
                body = opened(work.context, work.session, row)
            except Exception as fault:
                if is_transient(fault):
                    raise
                # its key was destroyed: it never opens again, and must not stop what comes after it
                body = b""
            values["body"] = work.context.cipher.seal(work.session, row.subject, label(row.source, known), body)
        work.session.execute(update(discarded).where(discarded.c.id == row.id).values(message_id=known))
    work.session.execute(update(_box).where(_box.c.id == row.id).values(values))
