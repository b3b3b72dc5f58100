"""What was handed to an agency: kept until it has ended, offered again with the same id until there is a receipt.

A broker's confirm says that the queue has it, not that the agency does: an agency may purge its queue or lose its
store. The receipt is what the agency itself says.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    delete,
    false,
    func,
    select,
    text,
    update,
)

from courier import tables
from courier.unit_of_work import UnitOfWork, inbox_of

__all__ = [
    "Renew",
    "acknowledge",
    "as_it_was",
    "finished",
    "handed",
    "offer_again",
    "send_all_again",
    "send_until_acknowledged",
    "stop_offering",
]

# What was handed to an agency and has not ended: kept sealed, so that it can be offered again with the same id.
handed = Table(
    "handed",
    tables.metadata,
    Column("message_id", Text, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("handed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("again_at", DateTime(timezone=True)),  # no receipt by then: offered again; none: it was signed for
    Column("times", Integer, nullable=False, server_default=text("1")),
    Index("handed_agency", "agency", "handed_at"),
    Index("handed_subject", "subject"),
    Index("handed_due", "again_at", postgresql_where=text("again_at IS NOT NULL")),
)

# (work, type, subject, body) → the body to send now, or None: it may not leave any more
Renew = Callable[[UnitOfWork, str, str, bytes], bytes | None]


def send_until_acknowledged(
    work: UnitOfWork, agency: str, type_: str, subject: str, data: Mapping[str, Any], again_after: timedelta
) -> str:
    """Sends a message to an agency and keeps it, sealed, until `finished`. Returns the message id."""
    envelope = work.envelope(type_, subject, work.context.language.dump("to_agency", type_, data))
    body = envelope.to_bytes()
    work.post(inbox_of(agency), type_, subject, envelope.id, body)
    work.add(
        handed,
        message_id=envelope.id,
        agency=agency,
        type=type_,
        subject=subject,
        body=work.context.cipher.seal(work.session, subject, _label(envelope.id), body),
        again_at=work.now + again_after,
    )
    return envelope.id


def acknowledge(work: UnitOfWork, subject: str) -> None:
    """The agency has it: it is sent again only when the agency asks."""
    work.write_rows()
    work.session.execute(update(handed).where(handed.c.subject == subject).values(again_at=None))


def finished(work: UnitOfWork, subject: str) -> None:
    """It has ended: what was kept of it is deleted."""
    work.write_rows()
    work.session.execute(delete(handed).where(handed.c.subject == subject))


def stop_offering(work: UnitOfWork, subjects: Sequence[str]) -> None:
    """What has no receipt is kept no longer and not sent again; what an agency has it may still ask for again."""
    work.write_rows()
    work.session.execute(delete(handed).where(handed.c.subject.in_(subjects), handed.c.again_at.is_not(None)))


def as_it_was(_work: UnitOfWork, _type: str, _subject: str, body: bytes) -> bytes:
    """A Renew for what may leave again as it left before."""
    return body


def offer_again(
    work: UnitOfWork,
    again_after: timedelta,
    renew: Renew = as_it_was,
    limit: int = 100,
    *,
    withheld: ColumnElement[bool] | None = None,
) -> int:
    """Sends once more what has had no receipt for too long. Returns how many. `withheld`: what may not leave now."""
    due = work.session.execute(
        select(handed)
        .where(handed.c.again_at <= func.now(), ~_none(withheld))
        .order_by(handed.c.again_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in due:
        _send(work, row, renew)
        work.session.execute(
            update(handed)
            .where(handed.c.message_id == row.message_id)
            .values(again_at=func.now() + again_after, times=row.times + 1)
        )
    return len(due)


def send_all_again(
    work: UnitOfWork, agency: str, renew: Renew = as_it_was, *, withheld: ColumnElement[bool] | None = None
) -> int:
    """Sends everything an agency holds or should hold, oldest first, with the ids it had. Returns how many."""
    rows = work.session.execute(
        select(handed)
        .where(handed.c.agency == agency, ~_none(withheld))
        .order_by(handed.c.handed_at, handed.c.message_id)
    ).all()
    for row in rows:
        _send(work, row, renew)
    return len(rows)


def _none(withheld: ColumnElement[bool] | None) -> ColumnElement[bool]:
    return false() if withheld is None else withheld


def _send(work: UnitOfWork, row: Row[Any], renew: Renew) -> None:
    kept = work.context.cipher.open(work.session, row.subject, _label(row.message_id), bytes(row.body))
    body = renew(work, row.type, row.subject, kept)
    if body is not None:
        work.post(inbox_of(row.agency), row.type, row.subject, row.message_id, body)


def _label(message_id: str) -> str:
    return f"handed|body|{message_id}"
