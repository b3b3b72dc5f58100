"""Messages that are kept: how their bodies rest, why they were set aside, when they are tried again."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Interval, Row, Select, delete, func, insert, literal_column, select, text, update
from sqlalchemy.orm import Session

from courier import tables
from courier.envelope import Envelope
from courier.faults import Answered, NotYet, OutOfChain, Park, Reject, Retry, TooEarly, describe, is_passing
from courier.ops import metrics
from courier.unit_of_work import Office, Work

log = logging.getLogger(__name__)

EVENT, LETTER, OUTSIDER, UNREADABLE = "event", "letter", "agency", "unreadable"
CHAIN = "chain"  # counted apart: an event that does not follow the one before it
ATTEMPTS = 8
_WAITS = [1, 2, 5, 15, 60, 300, 900, 1800]

_box = tables.inbox


def keep(work: Work, source: str, envelope: Envelope, body: bytes) -> int:
    """An event whose turn has not come; returns its row."""
    row_id: int = work.session.scalar(
        insert(_box)
        .values(
            kind=EVENT,
            source=source,
            subject=envelope.subject,
            version=envelope.version,
            message_id=envelope.id,
            type=envelope.type,
            body=body,
            state="waiting",
            received_at=work.now,
        )
        .returning(_box.c.id)
    )
    return row_id


def claim(work: Work, kind: str, came: Sequence[tuple[str, Envelope]]) -> set[tuple[str, str]]:
    """Writes down (sender, message) of what was not done before, as done; returns (sender, id) of those.

    A copy that arrives meanwhile waits for this transaction, then sees them done.
    """
    # in one order everywhere: two batches with the same ids would wait for each other
    came = sorted(came, key=lambda each: (each[0], each[1].id))
    rows = work.session.execute(
        _CLAIM,
        {
            "kind": kind,
            "senders": [sender for sender, _ in came],
            "subjects": [envelope.subject for _, envelope in came],
            "ids": [envelope.id for _, envelope in came],
            "types": [envelope.type for _, envelope in came],
        },
    ).all()
    if rows:
        work.began(rows[0].received_at)
    return {(row.source, row.message_id) for row in rows}


def opened(office: Office, session: Session, row: Row[Any]) -> bytes:
    """The body of a row that is not done; raises what the cipher raises when its key is gone."""
    body = bytes(row.body)
    if row.kind == EVENT:
        return body
    return office.cipher.open(session, row.subject, _label(row.source, row.message_id), body)


def done(work: Work, row: Row[Any]) -> None:
    """A kept message needs nothing more: the lane remembers an event, the row's id anything else."""
    if row.kind == EVENT:
        work.session.execute(delete(_box).where(_box.c.id == row.id))
    else:
        nothing_left = {"state": "done", "body": None, "next_at": None, "reason": None}
        work.session.execute(update(_box).where(_box.c.id == row.id).values(nothing_left))


def park(work: Work, row: Row[Any], fault: Exception) -> None:
    """Leaves a kept message to a person."""
    parked = {"state": "parked", "next_at": None, "reason": describe(fault)}
    work.session.execute(update(_box).where(_box.c.id == row.id).values(parked))
    work.counts(metrics.PARKED.labels(row.kind))
    log.error("parked %s %s: %s; a person has to look", row.type, row.message_id, describe(fault))


def set_aside(
    work: Work,
    row_id: int,
    kind: str,
    source: str,
    envelope: Envelope,
    body: bytes,
    attempts: int,
    fault: Exception,
) -> None:
    """Why a message was not applied, and when it is tried again or that it is not."""
    told = fault.answered if isinstance(fault, Reject) else None
    if told is Answered.BEYOND:
        # its id stays, nothing else of it: its sender was told that no more is kept
        dropped = {"state": "done", "body": None, "next_at": None, "reason": describe(fault)}
        work.session.execute(update(_box).where(_box.c.id == row_id).values(dropped))
        return
    spent = attempts if isinstance(fault, NotYet) else attempts + 1
    wait: Any = timedelta(seconds=_WAITS[min(max(spent, 1), len(_WAITS)) - 1])
    if isinstance(fault, Retry) and fault.after is not None:
        wait = fault.after
    if isinstance(fault, NotYet):
        # soon at first, then as a share of its age: thousands that wait for a fact must not keep it from coming
        wait = literal_column("least(greatest((now() - received_at) / 4, interval '1 s'), interval '30 s')", Interval())
    parked = isinstance(fault, Park | Reject) or spent >= ATTEMPTS
    kept = body
    if kind != EVENT:
        kept = work.office.cipher.seal(work.session, envelope.subject, _label(source, envelope.id), body)
    work.session.execute(
        update(_box)
        .where(_box.c.id == row_id)
        .values(
            state="parked" if parked else "retry",
            body=kept,
            attempts=spent,
            next_at=None if parked else func.now() + wait,
            reason=describe(fault),
            told_at=func.now() if told is Answered.TOLD else None,
        )
    )
    if parked:
        work.counts(metrics.PARKED.labels(CHAIN if isinstance(fault, OutOfChain) else kind))
    if isinstance(fault, Reject):
        log.warning("rejected %s %s: %s; its sender is told", envelope.type, envelope.id, describe(fault))
    elif parked:
        log.error("parked %s %s: %s; a person has to look", envelope.type, envelope.id, describe(fault))
    else:
        log.warning("%s %s not applied: %s; it is tried again", envelope.type, envelope.id, describe(fault))


def unreadable_id(office: Office, plain: str) -> str:
    """The id by which an unreadable body is known again; `plain`: its SHA-256, which a dump must not hold."""
    return f"keyed:{office.cipher.fingerprint('unreadable', plain).hex()}"


def forget(work: Work, after: timedelta, limit: int) -> int:
    """Of outsiders' messages older than that only the ids stay; what older code hashed without a key goes. How many."""
    some = select(_box.c.id).limit(limit).with_for_update(skip_locked=True)
    old = some.where(_box.c.keyed.is_not(None), _box.c.received_at < func.now() - after)
    gone = update(_box).where(_box.c.id.in_(old)).values(keyed=None).returning(_box.c.id)
    done = len(work.session.scalars(gone).all())
    unkeyed = select(_box).where(text(tables.UNKEYED)).order_by(_box.c.id).limit(limit)
    for row in work.session.execute(unkeyed.with_for_update(skip_locked=True)).all():
        _key_again(work, row)
        done += 1
    return done


def let_go(work: Work, bodies: timedelta, rows: timedelta, limit: int) -> int:
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


def _key_again(work: Work, row: Row[Any]) -> None:
    """A digest that only tells a repeat is dropped, the id stays; one that is the id becomes what it is today."""
    values: dict[str, Any] = {"digest": None}
    if row.kind == UNREADABLE:
        known = unreadable_id(work.office, row.message_id)
        twice = select(_box.c.id).where(_box.c.source == row.source, _box.c.message_id == known)
        if work.session.scalar(twice) is not None:
            # the same body, kept once more by older code that ran beside this
            work.session.execute(delete(_box).where(_box.c.id == row.id))
            return
        values["message_id"] = known
        if row.body is not None:
            try:
                body = opened(work.office, work.session, row)
            except Exception as fault:
                if is_passing(fault):
                    raise
                # its key was destroyed: it never opens again, and must not stop what comes after it
                body = b""
            values["body"] = work.office.cipher.seal(work.session, row.subject, _label(row.source, known), body)
        discarded = tables.discarded
        work.session.execute(update(discarded).where(discarded.c.id == row.id).values(message_id=known))
    work.session.execute(update(_box).where(_box.c.id == row.id).values(values))


def _label(source: str, message_id: str) -> str:
    return f"inbox|body|{source}|{message_id}"


def wait_behind(session: Session, row_id: int) -> None:
    """What was said before it is still kept."""
    session.execute(update(_box).where(_box.c.id == row_id).values(next_at=func.now() + timedelta(seconds=1)))


def of_outsider(source: str, subject: str, before: int | None) -> Select[Any]:
    """What an outsider said of a thing and is tried again, oldest first, rows locked; `before`: older than a row."""
    mine = select(_box).where(
        _box.c.kind == OUTSIDER, _box.c.source == source, _box.c.subject == subject, _box.c.state == "retry"
    )
    if before is not None:
        mine = mine.where(_box.c.id < before)
    return mine.order_by(_box.c.id).with_for_update()


def is_no_hindrance(session: Session, row_id: int) -> bool:
    """Whether what was said later may be applied before this row."""
    row = session.execute(select(_box.c.state, _box.c.reason).where(_box.c.id == row_id)).one()
    return bool(row.state != "retry" or row.reason.startswith(TooEarly.__name__))


def due(limit: int) -> Select[Any]:
    return (
        select(_box.c.id)
        .where(_box.c.state == "retry", _box.c.next_at <= func.now())
        .order_by(_box.c.next_at)
        .limit(limit)
    )


_CLAIM = text("""
INSERT INTO inbox (kind, source, subject, message_id, type, state)
SELECT :kind, new.*, 'done' FROM unnest(CAST(:senders AS text[]), CAST(:subjects AS text[]), CAST(:ids AS text[]),
    CAST(:types AS text[])) AS new
ON CONFLICT DO NOTHING RETURNING source, message_id, received_at
""")
