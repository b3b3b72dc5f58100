"""The inbox's store: how bodies rest in it, why they were set aside, when they are tried again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Interval, Row, Select, delete, func, insert, literal_column, select, text, update
from sqlalchemy.orm import Session

from courier import counters, tables, waits
from courier.envelope import Envelope
from courier.faults import Answered, NotYet, OutOfChain, Park, Reject, Retry, cause_of, describe
from courier.unit_of_work import ServiceContext, UnitOfWork

__all__: list[str] = []

log = logging.getLogger(__name__)

EVENT, LETTER, PARTNER, UNREADABLE = "event", "letter", "agency", "unreadable"
CHAIN = "chain"  # counted apart: an event that does not follow the one before it
ATTEMPTS = len(waits.RETRY_HANDLER)

_box = tables.inbox


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message whose envelope was read and whose sender was proved."""

    kind: str
    source: str  # the service or partner that sent it
    envelope: Envelope
    body: bytes  # as it came


def repeat(work: UnitOfWork, came: Incoming) -> None:
    """It was applied or is kept: nothing is done but to say so."""
    work.counts(counters.REPEATS.labels(came.kind))
    log.info("repeat of %s from %s", came.envelope.id, came.source)


def store(work: UnitOfWork, came: Incoming) -> int:
    """An event whose turn has not come; returns its row."""
    row_id: int = work.session.scalar(
        insert(_box)
        .values(
            kind=EVENT,
            source=came.source,
            subject=came.envelope.subject,
            version=came.envelope.version,
            message_id=came.envelope.id,
            type=came.envelope.type,
            body=came.body,
            state="waiting",
            received_at=work.now,
        )
        .returning(_box.c.id)
    )
    return row_id


def claim(work: UnitOfWork, came: Sequence[Incoming], said: bytes | None = None) -> dict[tuple[str, str], int]:
    """Writes down what was not done before, as done; returns (source, id) → row of those. All are of one kind.

    A copy that arrives meanwhile waits for this transaction, then sees them done. `said`: what one alone says, keyed.
    """
    # in one order everywhere: two batches with the same ids would wait for each other
    came = sorted(came, key=lambda each: (each.source, each.envelope.id))
    rows = work.session.execute(
        _CLAIM,
        {
            "kind": came[0].kind,
            "senders": [each.source for each in came],
            "subjects": [each.envelope.subject for each in came],
            "ids": [each.envelope.id for each in came],
            "types": [each.envelope.type for each in came],
            "said": said,
        },
    ).all()
    if rows:
        work.set_now(rows[0].received_at)
    return {(row.source, row.message_id): row.id for row in rows}


def opened(context: ServiceContext, session: Session, row: Row[Any]) -> bytes:
    """The body of a row that is not done; raises what the cipher raises when its key is gone."""
    body = bytes(row.body)
    if row.kind == EVENT:
        return body
    return context.cipher.open(session, row.subject, label(row.source, row.message_id), body)


def done(work: UnitOfWork, row: Row[Any]) -> None:
    """A kept message needs nothing more: the lane remembers an event, the row's id anything else."""
    if row.kind == EVENT:
        work.session.execute(delete(_box).where(_box.c.id == row.id))
    else:
        nothing_left = {"state": "done", "body": None, "next_at": None, "reason": None, "cause": None}
        work.session.execute(update(_box).where(_box.c.id == row.id).values(nothing_left))


def park(work: UnitOfWork, row: Row[Any], fault: Exception) -> None:
    """Leaves a kept message to a person."""
    parked = {"state": "parked", "next_at": None, "reason": describe(fault), "cause": cause_of(fault)}
    work.session.execute(update(_box).where(_box.c.id == row.id).values(parked))
    work.counts(counters.PARKED.labels(row.kind))
    log.error("parked %s %s: %s; a person has to look", row.type, row.message_id, describe(fault))


def set_aside(work: UnitOfWork, row_id: int, came: Incoming, attempts: int, fault: Exception) -> None:
    """Why a message was not applied, and when it is tried again or that it is not."""
    told = fault.answered if isinstance(fault, Reject) else None
    if told is Answered.BEYOND:
        # its id stays, nothing else of it: its sender was told that no more is kept
        dropped = {"state": "done", "body": None, "next_at": None, "reason": describe(fault)}
        work.session.execute(update(_box).where(_box.c.id == row_id).values(dropped))
        return
    spent = attempts if isinstance(fault, NotYet) else attempts + 1
    wait: Any = waits.after(spent, waits.RETRY_HANDLER)
    if isinstance(fault, Retry) and fault.after is not None:
        wait = fault.after
    if isinstance(fault, NotYet):
        part, first, last = waits.RETRY_NOT_YET
        by_age = f"least(greatest((now() - received_at) / {part}, interval '{first} s'), interval '{last} s')"
        wait = literal_column(by_age, Interval())
    parked = isinstance(fault, Park | Reject) or spent >= ATTEMPTS
    envelope, kept = came.envelope, came.body
    if came.kind != EVENT:
        kept = work.context.cipher.seal(work.session, envelope.subject, label(came.source, envelope.id), kept)
    work.session.execute(
        update(_box)
        .where(_box.c.id == row_id)
        .values(
            state="parked" if parked else "retry",
            body=kept,
            attempts=spent,
            next_at=None if parked else func.now() + wait,
            reason=describe(fault),
            cause=cause_of(fault),
            told_at=func.now() if told is Answered.TOLD else None,
        )
    )
    if parked:
        work.counts(counters.PARKED.labels(CHAIN if isinstance(fault, OutOfChain) else came.kind))
    if isinstance(fault, Reject):
        log.warning("rejected %s %s: %s; its sender is told", envelope.type, envelope.id, describe(fault))
    elif parked:
        log.error("parked %s %s: %s; a person has to look", envelope.type, envelope.id, describe(fault))
    else:
        log.warning("%s %s not applied: %s; it is tried again", envelope.type, envelope.id, describe(fault))


def unreadable_id(context: ServiceContext, plain: str) -> str:
    """The id by which an unreadable body is known again; `plain`: its SHA-256, which a dump must not hold."""
    return f"keyed:{context.cipher.fingerprint('unreadable', plain).hex()}"


def label(source: str, message_id: str) -> str:
    return f"inbox|body|{source}|{message_id}"


def due(limit: int) -> Select[Any]:
    return (
        select(_box.c.id)
        .where(_box.c.state == "retry", _box.c.next_at <= func.now())
        .order_by(_box.c.next_at)
        .limit(limit)
    )


_CLAIM = text("""
INSERT INTO inbox (kind, source, subject, message_id, type, keyed, state)
SELECT :kind, new.*, CAST(:said AS bytea), 'done' FROM unnest(CAST(:senders AS text[]), CAST(:subjects AS text[]),
    CAST(:ids AS text[]), CAST(:types AS text[])) AS new
ON CONFLICT DO NOTHING RETURNING id, source, message_id, received_at
""")
