"""What a person does with messages that were kept: list, look, replay, discard.

By default only the envelope's outside is shown, for a body may hold people; who opens one is on the trail.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    Row,
    Select,
    Table,
    Text,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session

from courier import tables
from courier.amqp import Delivery
from courier.envelope import LARGEST, Actor, EnvelopeError, parse
from courier.faults import Cause, Reject
from courier.inbox import Inbox
from courier.inbox_store import EVENT, LETTER, PARTNER, UNREADABLE, opened
from courier.inbox_store import done as finish
from courier.lanes import Lane
from courier.unit_of_work import ServiceContext, UnitOfWork

__all__ = [
    "KINDS",
    "SORTS",
    "CannotDo",
    "Wanted",
    "count",
    "discard",
    "discard_all",
    "find",
    "find_discarded",
    "listed",
    "open_body",
    "outside",
    "replay",
    "shown",
]

OPENED, REPLAYED, DISCARDED = "message.opened.v1", "message.replayed.v1", "message.discarded.v1"
BATCH = 200
OPEN_STATES = ("parked", "retry", "waiting")

# What a person decided never to apply, who it was and why: their words may name somebody, so they are sealed.
discarded = Table(
    "discarded",
    tables.metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # the inbox row's
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Integer),
    Column("message_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("fault", Text),
    Column("said", LargeBinary, nullable=False),
    Column("officer", Text, nullable=False),
    Column("discarded_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)
# the sentence why may repeat what a message said
OUTSIDE = (
    "id", "kind", "source", "subject", "version", "type", "state", "cause", "attempts", "received_at", "next_at",
)  # fmt: skip
KINDS = {EVENT: "事件", LETTER: "内部信件", PARTNER: "单位消息", UNREADABLE: "无法识别"}
_box, _gone = tables.inbox, discarded
SORTS = {"id": (_box.c.id,)}


class CannotDo(Exception):  # noqa: N818 - what is answered, not an error of ours
    """One Chinese sentence: why this message cannot be looked at, replayed or discarded now."""


def listed(
    session: Session, states: Collection[str] = OPEN_STATES, type_: str | None = None, after: int = 0, limit: int = 1000
) -> Sequence[Row[Any]]:
    """Kept messages by id, a page at a time, without their bodies."""
    columns = [column for column in _box.c if column is not _box.c.body]
    query = select(*columns).where(_box.c.state.in_(states), _box.c.id > after).order_by(_box.c.id).limit(limit)
    return session.execute(query if type_ is None else query.where(_box.c.type == type_)).all()


def outside(filters: Mapping[str, Any]) -> Select[*tuple[Any, ...]]:
    """Kept messages without what they say: which, from whom, since when, and why; `filters`: state, source, type."""
    rows = select(*(_box.c[name] for name in OUTSIDE)).where(_box.c.state != "done")
    return rows.where(*(_box.c[name] == filters[name] for name in ("state", "source", "type") if name in filters))


def shown(row: Row[Any]) -> dict[str, Any]:
    """A row of `outside`, as it is answered."""
    values = ((name, getattr(row, name)) for name in OUTSIDE)
    shown = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values}
    return shown | {"kind_zh": KINDS[row.kind]}


def find(session: Session, row_id: int) -> Row[Any]:
    """One kept message with its body as it rests. Raises CannotDo when none has this id or it is done."""
    row = session.execute(select(_box).where(_box.c.id == row_id, _box.c.state != "done")).first()
    if row is None:
        raise CannotDo(f"没有编号为 {row_id} 的滞留消息，或已处理完毕")
    return row


def find_discarded(session: Session, row_id: int) -> Row[Any] | None:
    """What is known of a message that was discarded: its outside, and who discarded it."""
    return session.execute(select(discarded).where(discarded.c.id == row_id)).first()


def open_body(context: ServiceContext, actor: Actor, row_id: int) -> bytes:
    """The body of a kept message, or the words with which one was discarded.

    That `actor` opened it is committed to the trail before anybody sees it. Raises CannotDo.
    """
    with context.begin(actor) as work:
        gone = find_discarded(work.session, row_id)
        row = find(work.session, row_id) if gone is None else gone
        _record(work, OPENED, row)
        if gone is None:
            return opened(context, work.session, row)
        return context.cipher.open(work.session, gone.subject, _label(gone.id), bytes(gone.said))


def replay(inbox: Inbox, row_id: int, actor: Actor | None = None) -> str | None:
    """Tries a parked or waiting-to-be-retried message now. None when it is applied, else why it was kept once more.

    `actor`: an officer who asks for it, committed to the trail before it is tried. Raises CannotDo, and what the cipher
    raises when its key is gone; a message that is replayed twice is applied once.
    """
    with inbox.context.begin(actor or inbox.system) as work:
        row = find(work.session, row_id)
        body = opened(inbox.context, work.session, row)
        if actor is not None:
            _record(work, REPLAYED, row)
    if row.kind == UNREADABLE:
        return _read_again(inbox, row, body)
    applied = inbox.again(row_id, ("parked", "retry"))
    if applied is None:
        raise CannotDo(_not_its_turn(inbox.context, row))
    return None if applied else _reason(inbox.context, row.source, row.message_id)


def discard(inbox: Inbox, actor: Actor, row_id: int, reason: str) -> None:
    """Never applies a message: an event's lane goes on past it, a partner is told. Raises CannotDo.

    The trail has ids and who decided; `reason`, a person's own words, is sealed in `discarded`.
    """
    record = _discarding(inbox, actor, reason)
    with inbox.context.sessions() as session:
        row = find(session, row_id)
    if not _pass_over(inbox, row_id, OPEN_STATES, record):
        raise CannotDo(_not_its_turn(inbox.context, row))


def _pass_over(
    inbox: Inbox, row_id: int, states: Collection[str], record: Callable[[UnitOfWork, Row[Any]], None]
) -> bool:
    """Is done with a kept message without applying it, goes on with what waits behind it.

    `record` runs in the same transaction. False when it is not its turn, as in `Inbox.in_turn`.
    """

    def drop(work: UnitOfWork, row: Row[Any], lane: Lane | None) -> bool:
        record(work, row)
        finish(work, row)
        if lane is not None:
            body = bytes(row.body)
            lane.advance(parse(body), body)
        return True

    return inbox.in_turn(row_id, states, drop, disputes=True) is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Parked messages of one sender from outside: of one type, from before some time.

    What is ours has lanes behind it and is discarded one by one.
    """

    sender: str
    type: str | None = None
    before: datetime | None = None

    @property
    def rows(self) -> ColumnElement[bool]:
        """The condition that selects them: parked, of this sender, and nothing that travels on lanes of ours."""
        ours = _box.c.queue.like("%.events.%") | _box.c.queue.like("%.letters")
        foreign = (_box.c.kind == PARTNER) | ((_box.c.kind == UNREADABLE) & ~ours)
        rows = (_box.c.source == self.sender) & (_box.c.state == "parked") & foreign
        if self.type is not None:
            rows &= _box.c.type == self.type
        return rows if self.before is None else rows & (_box.c.received_at < self.before)


def count(session: Session, wanted: Wanted | None = None) -> int:
    """How many would be discarded: said before anybody agrees. Without `wanted` all that wait for a person."""
    rows = _box.c.state == "parked" if wanted is None else wanted.rows
    return session.scalar(select(func.count()).select_from(_box).where(rows)) or 0


def discard_all(inbox: Inbox, actor: Actor, wanted: Wanted, reason: str) -> int:
    """Discards many, each on the trail as if alone, a batch to a transaction. How many. Raises CannotDo."""
    record, done = _discarding(inbox, actor, reason), 0
    while True:
        with inbox.context.begin(inbox.system) as work:
            some = select(_box).where(wanted.rows).order_by(_box.c.id).limit(BATCH).with_for_update(skip_locked=True)
            rows = work.session.execute(some).all()
            for row in rows:
                record(work, row)
                finish(work, row)
        done += len(rows)
        if not rows:
            return done


def _discarding(inbox: Inbox, actor: Actor, reason: str) -> Callable[[UnitOfWork, Row[Any]], None]:
    """What is written down when a message is discarded. Raises CannotDo."""
    if not reason.strip():
        raise CannotDo("作废须写明理由")
    context = inbox.context

    def record(work: UnitOfWork, row: Row[Any]) -> None:
        work.actor = actor
        _record(work, DISCARDED, row)
        work.session.execute(
            insert(discarded).values(
                id=row.id,
                kind=row.kind,
                source=row.source,
                subject=row.subject,
                version=row.version,
                message_id=row.message_id,
                type=row.type,
                fault=row.reason,
                said=context.cipher.seal(work.session, row.subject, _label(row.id), reason.encode()),
                officer=actor.officer,
            )
        )
        if row.kind == PARTNER and row.cause != Cause.REJECTED and inbox.partners:
            # who was not told of a mistake of its own still waits for what will never come
            fault = Reject(None, "此消息未能办理，已由工作人员作废，请核对后重新发送", "set aside by an officer")
            inbox.partners.answer(work, row.source, row.message_id, row.type, fault)
        work.actor = inbox.system  # what is drained behind it is not the officer's doing

    return record


def _label(row_id: int) -> str:
    return f"discarded|said|{row_id}"


def _record(work: UnitOfWork, type_: str, row: Row[Any]) -> None:
    """Ids and codes only: a partner's message id and routing key may be anything, so the id goes keyed."""
    source = None if row.source == "?" else row.source
    digest = work.context.cipher.fingerprint("message", row.message_id).hex()
    work.event(type_, f"operations/{row.id}", kind=row.kind, source=source, version=row.version, message=digest)


def _not_its_turn(context: ServiceContext, row: Row[Any]) -> str:
    lane = tables.lane
    with context.sessions() as session:
        applied = session.scalar(
            select(lane.c.applied).where(lane.c.source == row.source, lane.c.subject == row.subject)
        )
        disputed = session.scalar(
            select(func.min(_box.c.version)).where(
                _box.c.source == row.source, _box.c.subject == row.subject, _box.c.version <= applied
            )
        )
    if row.kind == EVENT and disputed == row.version:
        return f"{row.subject} 的第 {row.version} 版与已处理的不是同一事件，不能重放：查明来源的事件链后作废"
    if row.kind == EVENT and disputed is not None:
        return f"{row.subject} 的第 {disputed} 版与已处理的不是同一事件，须先处理它"
    if row.kind == EVENT and applied is not None and row.version > applied + 1:
        return f"{row.subject} 的第 {applied + 1} 版还没有处理，须先处理它"
    if row.kind == EVENT and applied is not None and row.version <= applied:
        return f"{row.subject} 已处理到第 {applied} 版，这一版不必再处理"
    return "这条消息正在处理，请稍后再看"


def _reason(context: ServiceContext, source: str, message_id: str) -> str | None:
    with context.sessions() as session:
        kept = session.execute(
            select(_box.c.state, _box.c.reason).where(
                _box.c.source == source, _box.c.message_id == message_id, _box.c.state != "done"
            )
        ).first()
    return None if kept is None else kept.reason or "前一版本还没有到"


def _read_again(inbox: Inbox, row: Row[Any], body: bytes) -> str | None:
    """An unreadable body by the way it came, for our code may read it by now; only a service's, by its own queue.

    A partner was told and sends it anew; what came otherwise has nobody the broker vouches for.
    """
    context, name = inbox.context, inbox.context.name
    events = f"{name}.events."
    is_letter = row.queue == f"{name}.letters"
    if not row.sender or not row.queue or not (is_letter or row.queue.startswith(events)):
        raise CannotDo("这条消息无法识别，不能重放：请由发送方更正后重新发送，再将它作废")
    if len(body) >= LARGEST:
        raise CannotDo("这条消息过大，只保留了开头，不能重放：请由发送方重新发送，再将它作废")
    source = row.sender if is_letter else row.queue.removeprefix(events)
    delivery = Delivery(row.queue, "", row.type, row.sender, body, True, {})
    try:
        came = inbox.read(LETTER if is_letter else EVENT, source, delivery)
    except EnvelopeError as fault:
        raise CannotDo(f"这条消息仍然无法识别（{fault.field}：{fault.zh}）") from None
    if is_letter:
        inbox.take_letters([delivery])
    else:
        inbox.take_events(source, [delivery])
    # only now: whoever is interrupted in between replays once more, and the second time it is a repeat
    _pass_over(inbox, row.id, ("parked",), lambda _work, _row: None)
    return _reason(context, source, came.envelope.id)
