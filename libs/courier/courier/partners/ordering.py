"""What a partner says is applied once, and what it says of one thing in the order in which it came.

Its messages have no version: an id says whether one was done, and what failed earlier holds back what is said later of
the same thing.
"""

import json
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from courier import inbox_store, lanes, tables, waits
from courier.envelope import Envelope
from courier.faults import Cause, NotYet
from courier.inbox import Inbox
from courier.inbox_store import PARTNER, Incoming
from courier.partners.quotas import Quotas
from courier.unit_of_work import UnitOfWork

__all__: list[str] = []

_NOT_FAILED = (Cause.NOT_YET, Cause.TOO_EARLY)
_box = tables.inbox


def take(inbox: Inbox, quotas: Quotas, sender: str, envelope: Envelope, body: bytes) -> bool:
    """Applies a message whose sender was proved, or sets it aside; a repeat changes nothing.

    False when its id was used before for something else. Raises OverQuota: then it is undone as if it had never come.
    """
    came, said = Incoming(PARTNER, sender, envelope, body), inbox.context.cipher.fingerprint("said", meaning(envelope))
    with inbox.context.begin(envelope.actor or inbox.system, envelope.trace) as work:
        # the id is claimed first: a copy that arrives meanwhile waits for this transaction, then sees it done
        row_id = inbox_store.claim(work, [came], said).get((sender, envelope.id))
        if row_id is None:
            inbox_store.repeat(work, came)
            return _is_same(work, sender, envelope.id, said)
        quotas.take(work, sender, envelope.type)
        lanes.lock(work, sender, [envelope.subject])
        fault: Exception | None = NotYet("what was said before it is kept")
        if apply_earlier(inbox, work, sender, envelope.subject, row_id):
            fault = inbox.apply(work, came, work.now)
        if fault is not None:
            inbox_store.set_aside(work, row_id, came, 0, fault)
        else:
            apply_earlier(inbox, work, sender, envelope.subject)
        return True


def apply_again(inbox: Inbox, work: UnitOfWork, row: Row[Any]) -> bool:
    """Applies a kept message, unless what its sender said before it is kept still; the caller holds the lane."""
    if apply_earlier(inbox, work, row.source, row.subject, row.id):
        return inbox.apply_stored(work, row)
    later = {"next_at": func.now() + waits.RETRY_BEHIND}
    work.session.execute(update(_box).where(_box.c.id == row.id).values(later))
    return False


def apply_earlier(inbox: Inbox, work: UnitOfWork, source: str, subject: str, before: int | None = None) -> bool:
    """Tries what a partner said of a thing earlier and is kept, oldest first; the caller holds the lane.

    False when one of them failed: what came after it waits. One that was too early is no hindrance, since a later
    word may be what it waits for. Each tried by its own time alone, a later word would be applied first and an
    earlier one then refused for ever.
    """
    actor, trace = work.actor, work.trace
    free = applied = True
    while free and applied:
        applied = False
        for row in work.session.execute(_kept(source, subject, before)).all():
            # what failed has a time of its own
            applied = (row.next_at <= work.now or row.cause in _NOT_FAILED) and inbox.apply_stored(work, row)
            free = applied or _is_no_hindrance(work, row.id)
            if applied or not free:
                break
    work.actor, work.trace = actor, trace
    return free


def meaning(envelope: Envelope) -> bytes:
    """What a message says, whatever its time and spelling: a sender may write a repeat anew."""
    said = {"type": envelope.type, "subject": envelope.subject, "data": envelope.data}
    # not RFC 8785: what others write may hold numbers that it refuses
    return json.dumps(said, sort_keys=True).encode()


def _is_same(work: UnitOfWork, sender: str, message_id: str, said: bytes) -> bool:
    known = work.session.scalar(select(_box.c.keyed).where(_box.c.source == sender, _box.c.message_id == message_id))
    # of one that came long ago only the id is known: a repeat
    return known is None or bytes(known) == said


def _kept(source: str, subject: str, before: int | None) -> Select[Any]:
    """What is tried again, oldest first, rows locked; `before`: older than a row."""
    kept = select(_box).where(
        _box.c.kind == PARTNER, _box.c.source == source, _box.c.subject == subject, _box.c.state == "retry"
    )
    if before is not None:
        kept = kept.where(_box.c.id < before)
    return kept.order_by(_box.c.id).with_for_update()


def _is_no_hindrance(work: UnitOfWork, row_id: int) -> bool:
    """Whether what was said later may be applied before this row."""
    row = work.session.execute(select(_box.c.state, _box.c.cause).where(_box.c.id == row_id)).one()
    return bool(row.state != "retry" or row.cause == Cause.TOO_EARLY)
