"""What arrives is applied once, and events of one subject in their order, whoever crashes and however often it comes.

An event: its lane is locked; an older version is a repeat, the next one is applied and what waited for it is drained,
a later one waits. A failed event holds its own lane, no other. A letter or an agency's message has no version: its id
says whether it was done.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from courier import metrics, tables
from courier.envelope import LARGEST, Actor, Envelope, EnvelopeError, meaning, parse, said_by
from courier.faults import NotYet, Park, Reject, Retry, describe, is_passing
from courier.wire import Delivery
from courier.work import RESEND, Office, Work

log = logging.getLogger(__name__)

ATTEMPTS = 8
DRAIN = 100
ASK_AFTER = timedelta(seconds=10)
_WAITS = [1, 2, 5, 15, 60, 300, 900, 1800]

EVENT, LETTER, OUTSIDER, UNREADABLE = "event", "letter", "agency", "unreadable"
DEAD = "dead"  # the source of what came by way of the dead letters


@dataclass(frozen=True, slots=True)
class Message:
    """What a handler sees: one thing that happened, checked against its contract."""

    envelope: Envelope
    data: Mapping[str, Any]
    personal: Mapping[str, Any]
    sender: str  # the service or outsider the broker vouches for
    received_at: datetime


Handler = Callable[[Work, Message], None]
# (work, who, message id, type, what was wrong): says so to an outsider
Tell = Callable[[Work, str, str, str, Reject], None]


class Inbox:
    """Applies messages with the handlers of one service.

    `events`, `letters`: type → handler; an event nobody handles only moves its lane on. `outsider` takes every message
    of an agency or channel and raises Reject for what is the sender's mistake; `tell` answers it.
    """

    def __init__(
        self,
        office: Office,
        *,
        events: Mapping[str, Handler],
        letters: Mapping[str, Handler],
        outsider: Handler | None = None,
        tell: Tell | None = None,
    ):
        self.office = office
        self.handlers: dict[str, Mapping[str, Handler]] = {EVENT: events, LETTER: letters}
        self.outsider = outsider
        self.tell = tell
        self.system = Actor("-", office.name, "system")
        self.swept = time.monotonic()

    # -- what the queues bring ---------------------------------------------------------------------------------------

    def take_event(self, source: str, delivery: Delivery) -> None:
        """From the queue that is bound to `source`'s events. Returns after the commit; raises only passing faults."""
        try:
            envelope = self.read(EVENT, source, delivery)
        except EnvelopeError as fault:
            return self.park_unreadable(source, delivery, str(fault))
        assert envelope.version is not None
        with self._begin(envelope) as work:
            applied = _lock_lane(work.session, source, envelope.subject)
            if envelope.version <= applied or _is_held(work.session, source, envelope):
                work.counts(metrics.REPEATS.labels(EVENT))
                log.info("repeat of %s v%d from %s", envelope.id, envelope.version, source)
            elif envelope.version > applied + 1:
                _keep(work, EVENT, source, envelope, delivery.body, state="waiting")
            elif self._apply_or_keep(work, EVENT, source, envelope, delivery.body):
                self._drain(work, source, envelope.subject, envelope.version)
        return None

    def take_letter(self, delivery: Delivery) -> None:
        """From this service's own letters queue; the sender is who the broker says it is."""
        try:
            envelope = self.read(LETTER, delivery.user or "?", delivery)
        except EnvelopeError as fault:
            return self.park_unreadable(delivery.user or "?", delivery, str(fault))
        self._take_unversioned(LETTER, delivery.user or "?", envelope, delivery.body)
        return None

    def take_outsider(self, sender: str, envelope: Envelope, delivery: Delivery) -> None:
        """A message of an agency or channel whose envelope was read and whose sender was proved by the caller."""
        if not self._take_unversioned(OUTSIDER, sender, envelope, delivery.body):
            fault = Reject("id", "此消息编号已用于内容不同的另一条消息，请换新编号重发", "the id was used before")
            self.turn_back(sender, delivery, envelope.id, fault)

    def turn_back(self, sender: str, delivery: Delivery, message_id: str, fault: Reject) -> None:
        """Keeps what an outsider should not have sent and says so to it, once for each different body."""

        def answer(work: Work) -> None:
            if self.tell:
                self.tell(work, sender, message_id, delivery.routing_key, fault)

        self.park_unreadable(sender, delivery, str(fault), answer)

    def take_dead(self, delivery: Delivery) -> None:
        """What the broker gave up on: kept with the queue it died in, so that a person can have it read again."""
        deaths = delivery.headers.get("x-death")
        # the newest death is the broker's own word; `x-first-death-queue` may be the sender's
        queue = deaths[0].get("queue") if isinstance(deaths, list) and deaths else None
        self.park_unreadable(DEAD, replace(delivery, queue=str(queue or "-")), "dead-lettered by the broker")

    def park_unreadable(
        self, source: str, delivery: Delivery, reason: str, tell: Callable[[Work], None] | None = None
    ) -> None:
        """Keeps a body nobody can read, once, for a person to look at; `tell` says so to whom it concerns, once too."""
        # the same body may be wrong in another way the next time: its sender is told of each
        message_id = hashlib.sha256(f"{delivery.routing_key}|{reason}|".encode() + delivery.body).hexdigest()
        with self.office.begin(self.system) as work:
            label = f"inbox|body|{source}|{message_id}"
            # the beginning of what is too large is enough to look at, and cannot fill the disk
            sealed = self.office.cipher.seal(work.session, "-", label, delivery.body[:LARGEST])
            new = work.session.scalar(
                upsert(tables.inbox)
                .values(
                    kind=UNREADABLE,
                    source=source,
                    subject="-",
                    message_id=message_id,
                    type=delivery.routing_key[:128] or "-",
                    queue=delivery.queue,
                    sender=delivery.user,
                    body=sealed,
                    state="parked",
                    reason=reason,
                )
                .on_conflict_do_nothing()
                .returning(tables.inbox.c.id)
            )
            if new is not None:
                work.counts(metrics.PARKED.labels(DEAD if source == DEAD else UNREADABLE))
                if tell is not None:
                    tell(work)
        log.error("parked an unreadable message from %s (%s): a person has to look", delivery.queue, reason)

    # -- what time brings --------------------------------------------------------------------------------------------

    def sweep(self, limit: int = 50) -> int:
        """Tries again what is due, goes on with lanes whose next version is here, asks for versions that never came."""
        done = 0
        with self.office.sessions() as session:
            due = session.execute(_due(limit)).all()
            ready = session.execute(_ready(limit)).all()
            gaps = session.execute(_gaps(limit)).all()
        for row in due:
            done += self.again(row.id) is not None
        for row in ready:
            with self.office.begin(self.system) as work:
                self._drain(work, row.source, row.subject, _lock_lane(work.session, row.source, row.subject))
            done += 1
        for row in gaps:
            self._ask(row.source, row.subject)
        self.swept = time.monotonic()
        return done

    def again(self, row_id: int, states: Collection[str] = ("retry",)) -> bool | None:
        """Applies a kept message, and what waits behind it: True when applied, False when it is kept once more.

        None when it is not its turn: its state is another, somebody else has it, its lane stands elsewhere.
        """

        def apply(work: Work, row: Row[Any]) -> bool:
            work.counts(metrics.RETRIES.labels(row.kind))
            return self._apply_kept(work, row)

        return self._in_turn(row_id, states, apply)

    def pass_over(self, row_id: int, states: Collection[str], record: Callable[[Work, Row[Any]], None]) -> bool:
        """Is done with a kept message without applying it, goes on with what waits behind it.

        `record` runs in the same transaction. False when it is not its turn, as in `again`.
        """

        def drop(work: Work, row: Row[Any]) -> bool:
            record(work, row)
            _is_done(work, row)
            return True

        return self._in_turn(row_id, states, drop) is not None

    def _in_turn(self, row_id: int, states: Collection[str], act: Callable[[Work, Row[Any]], bool]) -> bool | None:
        wanted = select(tables.inbox).where(tables.inbox.c.id == row_id, tables.inbox.c.state.in_(states))
        with self.office.begin(self.system) as work:
            row = work.session.execute(wanted).first()
            if row is None:
                return None
            if row.kind == EVENT:
                # the lane before the row, as everywhere: the other order deadlocks with a delivery
                applied = _lock_lane(work.session, row.source, row.subject)
                if row.version != applied + 1:
                    return None
            locked = work.session.execute(wanted.with_for_update(skip_locked=True)).first()
            if locked is None:
                return None
            done = act(work, locked)
            if done and row.kind == EVENT:
                self._drain(work, row.source, row.subject, row.version)
            return done

    def _ask(self, source: str, subject: str) -> None:
        with self.office.begin(self.system) as work:
            applied = _lock_lane(work.session, source, subject)
            work.session.execute(
                update(tables.lane)
                .where(tables.lane.c.source == source, tables.lane.c.subject == subject)
                .values(asked_at=func.now())
            )
            work.ask_again(source, subject, applied)
        log.warning("%s: a version after %d is missing; asked %s for it", subject, applied, source)

    # -- applying ----------------------------------------------------------------------------------------------------

    def _take_unversioned(self, kind: str, sender: str, envelope: Envelope, body: bytes) -> bool:
        """False when an outsider used the id before for something else; a true repeat changes nothing."""
        said = meaning(envelope) if kind == OUTSIDER else None
        with self._begin(envelope) as work:
            # the id is claimed first: a copy that arrives meanwhile waits for this transaction, then sees it done
            claimed = work.session.scalar(
                upsert(tables.inbox)
                .values(
                    kind=kind,
                    source=sender,
                    subject=envelope.subject,
                    message_id=envelope.id,
                    type=envelope.type,
                    digest=said,
                    state="done",
                )
                .on_conflict_do_nothing()
                .returning(tables.inbox.c.id)
            )
            if claimed is None:
                work.counts(metrics.REPEATS.labels(kind))
                log.info("repeat of %s from %s", envelope.id, sender)
                return said is None or self._is_same(work, sender, envelope.id, said)
            outcome = self._try(work, kind, sender, envelope, work.now)
            if outcome is not None:
                self._set_aside(work, claimed, kind, sender, envelope, body, 0, outcome)
            return True

    def _is_same(self, work: Work, sender: str, message_id: str, said: bytes) -> bool:
        inbox = tables.inbox
        known = work.session.scalar(
            select(inbox.c.digest).where(inbox.c.source == sender, inbox.c.message_id == message_id)
        )
        return known is None or bytes(known) == said

    def _apply_or_keep(self, work: Work, kind: str, source: str, envelope: Envelope, body: bytes) -> bool:
        outcome = self._try(work, kind, source, envelope, work.now)
        if outcome is None:
            _advance(work.session, source, envelope.subject, envelope.version or 0)
            return True
        row_id = _keep(work, kind, source, envelope, body, state="waiting")
        self._set_aside(work, row_id, kind, source, envelope, body, 0, outcome)
        _hold(work.session, source, envelope.subject)
        return False

    def _apply_kept(self, work: Work, row: Row[Any]) -> bool:
        """Applies a row of the inbox; True when it is done. The caller holds the lane or the row."""
        body = open_kept(self.office, work.session, row)
        envelope = parse(body)
        if row.kind == OUTSIDER:
            envelope = said_by(row.source, envelope)
        work.trace = envelope.trace or work.trace
        work.actor = envelope.actor or work.actor
        outcome = self._try(work, row.kind, row.source, envelope, row.received_at)
        if outcome is not None:
            self._set_aside(work, row.id, row.kind, row.source, envelope, body, row.attempts, outcome)
            if row.kind == EVENT:
                _hold(work.session, row.source, row.subject)
            return False
        _is_done(work, row)
        return True

    def _drain(self, work: Work, source: str, subject: str, applied: int) -> None:
        for _ in range(DRAIN):
            row = work.session.execute(
                select(tables.inbox).where(
                    tables.inbox.c.source == source,
                    tables.inbox.c.subject == subject,
                    tables.inbox.c.version == applied + 1,
                    tables.inbox.c.state == "waiting",
                )
            ).first()
            if row is None or not self._apply_kept(work, row):
                return
            applied += 1

    def _try(self, work: Work, kind: str, sender: str, envelope: Envelope, received_at: datetime) -> Exception | None:
        """Runs the handler in a savepoint; returns what it raised, None when it is applied."""
        recorded = work.recorded
        try:
            with work.session.begin_nested():
                self._dispatch(work, kind, sender, envelope, received_at)
                work.session.flush()
            work.counts(metrics.APPLIED.labels(kind))
            return None
        except Exception as fault:
            if is_passing(fault):
                raise
            work.recorded = recorded
            work.session.expire_all()
            return fault

    def _dispatch(self, work: Work, kind: str, sender: str, envelope: Envelope, received_at: datetime) -> None:
        if kind == LETTER and envelope.type == RESEND:
            return _send_again(work, sender, envelope)
        handler = self.outsider if kind == OUTSIDER else self.handlers[kind].get(envelope.type)
        if handler is None:
            if kind == EVENT:
                return None
            raise Park(f"no handler for {envelope.type}")
        data, personal = envelope.data, {}
        if kind != OUTSIDER:
            # an outsider's handler checks for itself: its sender is told which field was wrong
            data = self.office.language.load(kind, envelope.type, envelope.data)
            if "personal" in envelope.data:
                personal = self.office.language.load_personal(
                    envelope.type, self.office.cipher.read(envelope.data["personal"])
                )
        return handler(work, Message(envelope, data, personal, sender, received_at))

    def _set_aside(
        self,
        work: Work,
        row_id: int,
        kind: str,
        source: str,
        envelope: Envelope,
        body: bytes,
        attempts: int,
        fault: Exception,
    ) -> None:
        spent = attempts if isinstance(fault, NotYet) else attempts + 1
        wait = timedelta(seconds=1 if isinstance(fault, NotYet) else _WAITS[min(spent, len(_WAITS)) - 1])
        if isinstance(fault, Retry) and fault.after is not None:
            wait = fault.after
        parked = isinstance(fault, Park | Reject) or spent >= ATTEMPTS
        kept = body
        if kind != EVENT:
            label = f"inbox|body|{source}|{envelope.id}"
            kept = self.office.cipher.seal(work.session, envelope.subject, label, body)
        work.session.execute(
            update(tables.inbox)
            .where(tables.inbox.c.id == row_id)
            .values(
                state="parked" if parked else "retry",
                body=kept,
                attempts=spent,
                next_at=None if parked else func.now() + wait,
                reason=describe(fault),
            )
        )
        if parked:
            work.counts(metrics.PARKED.labels(kind))
        if isinstance(fault, Reject):
            if self.tell:
                self.tell(work, source, envelope.id, envelope.type, fault)
            log.warning("rejected %s %s: %s; its sender was told", envelope.type, envelope.id, describe(fault))
        elif parked:
            log.error("parked %s %s: %s; a person has to look", envelope.type, envelope.id, describe(fault))
        else:
            log.warning(
                "%s %s not applied: %s; again in %d s",
                envelope.type,
                envelope.id,
                describe(fault),
                wait.total_seconds(),
            )

    def read(self, kind: str, source: str, delivery: Delivery) -> Envelope:
        """A service's event or letter, its sender proved. Raises EnvelopeError."""
        envelope = parse(delivery.body)
        if delivery.user != source or envelope.source != f"/{self.office.jurisdiction}/{source}":
            # one service speaking for another: the broker checks user-id when it is set, we insist that it is
            raise EnvelopeError("source", "来源与发送者不符", "the source is not the sender")
        if kind == EVENT and envelope.version is None:
            raise EnvelopeError("version", "事件缺少版本", "an event without a version")
        return envelope

    def _begin(self, envelope: Envelope) -> AbstractContextManager[Work]:
        return self.office.begin(envelope.actor or self.system, envelope.trace)


def _lock_lane(session: Session, source: str, subject: str) -> int:
    """The last version applied; nobody else applies one until this transaction ends."""
    lane = tables.lane
    applied: int = session.scalar(
        upsert(lane)
        .values(source=source, subject=subject, applied=0)
        .on_conflict_do_update(constraint="lane_pkey", set_={"applied": lane.c.applied})
        .returning(lane.c.applied)
    )
    return applied


def _advance(session: Session, source: str, subject: str, version: int) -> None:
    session.execute(
        update(tables.lane)
        .where(tables.lane.c.source == source, tables.lane.c.subject == subject)
        .values(applied=version, held_at=None, asked_at=None)
    )


def open_kept(office: Office, session: Session, row: Row[Any]) -> bytes:
    """The body of a row that is not done; raises what the cipher raises when its key is gone."""
    body = bytes(row.body)
    if row.kind == EVENT:
        return body
    return office.cipher.open(session, row.subject, f"inbox|body|{row.source}|{row.message_id}", body)


def _is_done(work: Work, row: Row[Any]) -> None:
    """A kept message needs nothing more: the lane remembers an event, the row's id anything else."""
    if row.kind == EVENT:
        work.session.execute(delete(tables.inbox).where(tables.inbox.c.id == row.id))
        _advance(work.session, row.source, row.subject, row.version)
    else:
        work.session.execute(
            update(tables.inbox)
            .where(tables.inbox.c.id == row.id)
            .values(state="done", body=None, next_at=None, reason=None)
        )


def _hold(session: Session, source: str, subject: str) -> None:
    session.execute(
        update(tables.lane)
        .where(tables.lane.c.source == source, tables.lane.c.subject == subject)
        .values(held_at=func.coalesce(tables.lane.c.held_at, func.now()))
    )


def _is_held(session: Session, source: str, envelope: Envelope) -> bool:
    return bool(
        session.scalar(
            select(func.count())
            .select_from(tables.inbox)
            .where(
                tables.inbox.c.source == source,
                tables.inbox.c.subject == envelope.subject,
                tables.inbox.c.version == envelope.version,
            )
        )
    )


def _keep(work: Work, kind: str, source: str, envelope: Envelope, body: bytes, state: str) -> int:
    row_id: int = work.session.scalar(
        insert(tables.inbox)
        .values(
            kind=kind,
            source=source,
            subject=envelope.subject,
            version=envelope.version,
            message_id=envelope.id,
            type=envelope.type,
            body=body,
            state=state,
            received_at=work.now,
        )
        .returning(tables.inbox.c.id)
    )
    return row_id


def _send_again(work: Work, asker: str, envelope: Envelope) -> None:
    """Lists a subject's later events for sending once more; who has them already takes them for repeats."""
    after = envelope.data.get("after")
    if type(after) is not int:
        raise Park("resend without a version")
    events = tables.events
    for row in work.session.execute(
        select(events.c.version, events.c.id, events.c.type)
        .where(events.c.subject == envelope.subject, events.c.version > after)
        .order_by(events.c.version)
        .limit(1000)
    ):
        work._send(f"{work.office.name}.events", row.type, envelope.subject, row.id, version=row.version)
    log.warning("%s asked again for %s after version %d", asker, envelope.subject, after)


def _due(limit: int) -> Select[Any]:
    return (
        select(tables.inbox.c.id)
        .where(tables.inbox.c.state == "retry", tables.inbox.c.next_at <= func.now())
        .order_by(tables.inbox.c.next_at)
        .limit(limit)
    )


def _waiting_lanes() -> Select[Any]:
    lane, inbox = tables.lane, tables.inbox
    return (
        select(lane.c.source, lane.c.subject)
        .join(inbox, and_(inbox.c.source == lane.c.source, inbox.c.subject == lane.c.subject))
        .where(inbox.c.state == "waiting", lane.c.held_at.is_(None))
    )


def _ready(limit: int) -> Select[Any]:
    """Lanes whose next version is already here: a drain that stopped at its bound."""
    return _waiting_lanes().where(tables.inbox.c.version == tables.lane.c.applied + 1).limit(limit)


def _gaps(limit: int) -> Select[Any]:
    """Lanes that have waited too long for a version that never came."""
    lane, inbox = tables.lane, tables.inbox
    return (
        _waiting_lanes()
        .where(func.coalesce(lane.c.asked_at + 6 * ASK_AFTER, inbox.c.received_at + ASK_AFTER) <= func.now())
        .group_by(lane.c.source, lane.c.subject, lane.c.applied)
        .having(func.min(inbox.c.version) > lane.c.applied + 1)
        .limit(limit)
    )
