"""What arrives is applied once, and events of one subject in their order, whoever crashes and however often it comes.

An event: its lane is locked; an older version is a repeat, the next one is applied and what waited for it is drained,
a later one waits. A failed event holds its own lane, no other, and so does one that is not what follows the event
applied last. A letter or an agency's message has no version: its id says whether it was done.

Events that come together are applied in one transaction, and so are letters. When one of them fails the transaction is
undone and each has one of its own, so that it fails alone.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Row, func, insert, select

from courier import counters, inbox_store, lanes, tables
from courier.amqp import Delivery
from courier.envelope import LARGEST, Actor, Envelope, EnvelopeError, parse, said_by
from courier.faults import Answered, Cause, Park, Reject, describe, is_transient, legible
from courier.inbox_store import EVENT, LETTER, PARTNER, UNREADABLE, Incoming
from courier.lanes import Lane
from courier.unit_of_work import RESEND, ServiceContext, UnitOfWork

__all__ = ["BatchHandler", "Handler", "Inbox", "Message", "death"]

log = logging.getLogger(__name__)

DRAIN = 100
DEAD = "dead"  # the source of what came by way of the dead letters


@dataclass(frozen=True, slots=True)
class Message:
    """What a handler sees: one thing that happened, checked against its contract."""

    envelope: Envelope
    data: Mapping[str, Any]
    personal: Mapping[str, Any]
    sender: str  # the service or partner the broker vouches for
    received_at: datetime


Handler = Callable[[UnitOfWork, Message], None]


@dataclass(frozen=True, slots=True)
class BatchHandler:
    """A letter's handler that takes all of a batch at once; it calls `act_as` for each, and all fail together."""

    handle: Callable[[UnitOfWork, Sequence[Message]], None]


# an event's place among those applied together
Order = Callable[[Envelope], str]


class Partners(Protocol):
    """What is done with messages from outside, whose senders are strange to us and are told of their mistakes."""

    @property
    def handle(self) -> Handler | None:
        """Takes them all; raises Reject for what is the sender's mistake."""

    def apply_again(self, inbox: "Inbox", work: UnitOfWork, row: Row[Any]) -> bool:
        """Applies a kept message when nothing that its sender said before is kept; True when it is done."""

    def apply_behind(self, inbox: "Inbox", work: UnitOfWork, row: Row[Any]) -> None:
        """Goes on with what waited for a message that is done."""

    def turn_down(self, work: UnitOfWork, sender: str, message_id: str, type_: str, fault: Reject) -> Answered:
        """Says what was wrong, within what is answered of this sender."""

    def answer(self, work: UnitOfWork, sender: str, message_id: str, type_: str, fault: Reject) -> Answered:
        """Says what was wrong."""


class Inbox:
    """Applies messages with the handlers of one service.

    `events`, `letters`: type → handler; an event nobody handles only moves its lane on. `partners`: what is done with
    messages from outside. `order` must be the order in which every transaction of the service locks its own rows:
    batches that meet would deadlock otherwise.
    """

    def __init__(
        self,
        context: ServiceContext,
        *,
        events: Mapping[str, Handler],
        letters: Mapping[str, Handler | BatchHandler],
        partners: Partners | None = None,
        order: Order = lambda envelope: envelope.subject,
    ):
        self.context = context
        self.events, self.letters = events, letters
        self.partners = partners
        self.order = order
        self.system = Actor("-", context.name, "system")
        self.swept = time.monotonic()

    # -- what the queues bring ---------------------------------------------------------------------------------------

    def take_events(self, source: str, deliveries: Sequence[Delivery]) -> None:
        """From the queue that is bound to `source`'s events. Returns after the commit; raises only transient faults."""
        self._take_together(self._readable(EVENT, deliveries, source), partial(self._take, source))

    def take_letters(self, deliveries: Sequence[Delivery]) -> None:
        """From this service's own letters queue; the sender is who the broker says it is. Raises as `take_events`."""
        self._take_together(self._readable(LETTER, deliveries), self._take_letters)

    def _readable(self, kind: str, deliveries: Sequence[Delivery], source: str | None = None) -> list[Incoming]:
        came = list[Incoming]()
        for delivery in deliveries:
            sender = source or delivery.user or "?"
            try:
                came.append(self.read(kind, sender, delivery))
            except EnvelopeError as fault:
                self.park_unreadable(sender, delivery, str(fault))
        return self._in_order(came)

    def _in_order(self, came: list[Incoming]) -> list[Incoming]:
        # stable: what belongs together stays as it came
        return sorted(came, key=lambda each: self.order(each.envelope))

    def _take_together(self, came: Sequence[Incoming], take: Callable[[Sequence[Incoming]], None]) -> None:
        """The same as one by one, in one transaction while none of them fails."""
        if len(came) > 1:
            try:
                return take(came)
            except Exception as fault:  # noqa: BLE001 - whatever it was, the one to blame is found by taking each alone
                log.warning("%d of kind %s: %s; each is taken alone", len(came), came[0].kind, describe(fault))
        for each in came:
            take([each])
        return None

    def _take(self, source: str, came: Sequence[Incoming]) -> None:
        """One transaction. An event that is alone and fails is set aside; among others its fault is raised."""
        subjects = [each.envelope.subject for each in came]
        with self.context.begin(self.system) as work, lanes.locked(work, source, subjects) as locked:
            for each in came:
                self._take_event(work, locked[each.envelope.subject], each, len(came) == 1)

    def _take_event(self, work: UnitOfWork, lane: Lane, came: Incoming, alone: bool) -> None:
        envelope, version = came.envelope, came.envelope.version or 0
        if lane.is_repeat(envelope, came.body):
            inbox_store.repeat(work, came)
        elif version > lane.applied and not lane.is_next(version):
            inbox_store.store(work, came)
            lane.stored_versions.add(version)
        else:
            fault: Exception | None = lane.doubt(envelope)
            if fault is None:
                fault = self._apply_new(work, came, alone)
            if fault is None:
                lane.advance(envelope, came.body)
                self._drain(work, lane)
            else:
                inbox_store.set_aside(work, inbox_store.store(work, came), came, 0, fault)
                lane.stored_versions.add(version)
                lane.hold()

    def _take_letters(self, came: Sequence[Incoming]) -> None:
        """One transaction. A letter that is alone and fails is set aside; among others its fault is raised."""
        with self.context.begin(self.system) as work:
            # ids are claimed first: a copy that arrives meanwhile waits for this transaction, then sees them done
            fresh, together = inbox_store.claim(work, came), dict[str, list[Message]]()
            for each in came:
                # the same id again in this batch is a repeat
                row_id = fresh.pop((each.source, each.envelope.id), None)
                if row_id is None:
                    inbox_store.repeat(work, each)
                elif len(came) > 1 and isinstance(self.letters.get(each.envelope.type), BatchHandler):
                    together.setdefault(each.envelope.type, []).append(self._message(each, work.now))
                    work.counts(counters.APPLIED.labels(LETTER))
                else:
                    fault = self._apply_new(work, each, len(came) == 1)
                    if fault is not None:
                        inbox_store.set_aside(work, row_id, each, 0, fault)
            for type_, messages in together.items():
                handler = self.letters[type_]
                assert isinstance(handler, BatchHandler)
                handler.handle(work, messages)

    def _apply_new(self, work: UnitOfWork, came: Incoming, alone: bool) -> Exception | None:
        """What was not kept before. Alone as `apply`; among others its fault is raised, and undoes them all."""
        work.act_as(came.envelope)
        if alone:
            return self.apply(work, came, work.now)
        self._dispatch(work, came, work.now)
        work.counts(counters.APPLIED.labels(came.kind))
        return None

    def take_dead(self, delivery: Delivery, tell: Callable[[UnitOfWork], Answered] | None = None) -> None:
        """What the broker gave up on: kept with the queue it died in, so that a person can have it read again."""
        queue = death(delivery.headers).get("queue")
        self.park_unreadable(DEAD, replace(delivery, queue=str(queue or "-")), "dead-lettered by the broker", tell)

    def park_unreadable(
        self, source: str, delivery: Delivery, reason: str, tell: Callable[[UnitOfWork], Answered] | None = None
    ) -> None:
        """Keeps a body nobody can read, once, for a person to look at; `tell` says so to whom it concerns, once too.

        Nothing of it is kept where `tell` finds that its sender is beyond its quota.
        """
        # the same body may be wrong in another way the next time: its sender is told of each
        how = f"{delivery.routing_key}|{reason}|".encode("utf-8", "surrogatepass")
        plain = hashlib.sha256(how + delivery.body).hexdigest()
        message_id = inbox_store.unreadable_id(self.context, plain)
        known = select(tables.inbox.c.id).where(
            tables.inbox.c.source == source, tables.inbox.c.message_id == message_id
        )
        with self.context.begin(self.system) as work:
            # two copies at once would both be answered
            work.alone(f"unreadable/{source}/{message_id}")
            if work.session.scalar(known) is not None:
                return
            answered = tell(work) if tell else None
            if answered is Answered.BEYOND:
                return
            label = inbox_store.label(source, message_id)
            # the beginning of what is too large is enough to look at, and cannot fill the disk
            sealed = self.context.cipher.seal(work.session, "-", label, delivery.body[:LARGEST])
            work.session.execute(
                insert(tables.inbox).values(
                    kind=UNREADABLE,
                    source=source,
                    subject="-",
                    message_id=message_id,
                    type=legible(delivery.routing_key) or "-",
                    queue=legible(delivery.queue, 255) or "-",
                    sender=legible(delivery.user),
                    body=sealed,
                    state="parked",
                    reason=legible(reason, 500) or "-",
                    cause=Cause.UNREADABLE,
                    told_at=func.now() if answered is Answered.TOLD else None,
                )
            )
            work.counts(counters.PARKED.labels(DEAD if source == DEAD else UNREADABLE))
        log.error(
            "parked an unreadable message from %s (%s): a person has to look",
            legible(delivery.queue, 255),
            legible(reason, 500),
        )

    # -- what time brings --------------------------------------------------------------------------------------------

    def sweep(self, limit: int = 50) -> int:
        """Tries again what is due, goes on with lanes whose next version is here, asks for versions that never came."""
        done = 0
        with self.context.sessions() as session:
            due = session.execute(inbox_store.due(limit)).all()
            ready = session.execute(lanes.ready(limit)).all()
            gaps = session.execute(lanes.gaps(limit)).all()
        for row in due:
            done += self.again(row.id) is not None
        for row in ready:
            with (
                self.context.begin(self.system) as work,
                lanes.locked(work, row.source, [row.subject]) as locked,
            ):
                self._drain(work, locked[row.subject])
            done += 1
        for row in gaps:
            self._ask(row.source, row.subject)
        self.swept = time.monotonic()
        return done

    def again(self, row_id: int, states: Collection[str] = ("retry",)) -> bool | None:
        """Applies a kept message, and what waits behind it: True when applied, False when it is kept once more.

        None when it is not its turn, as in `in_turn`.
        """

        def try_again(work: UnitOfWork, row: Row[Any], lane: Lane | None) -> bool:
            work.counts(counters.RETRIES.labels(row.kind))
            if row.kind == PARTNER and self.partners:
                return self.partners.apply_again(self, work, row)
            return self.apply_stored(work, row, lane)

        return self.in_turn(row_id, states, try_again)

    def in_turn(
        self,
        row_id: int,
        states: Collection[str],
        act: Callable[[UnitOfWork, Row[Any], Lane | None], bool],
        disputes: bool = False,
    ) -> bool | None:
        """What is done with a kept message when it is its turn: `act` returns whether that is all.

        What waits behind it is gone on with. None when it is not its turn: its state is another, somebody else has it,
        its lane stands elsewhere. `disputes`: also an event under a version that was applied: it can only be dropped.
        """
        wanted = select(tables.inbox).where(tables.inbox.c.id == row_id, tables.inbox.c.state.in_(states))
        with self.context.begin(self.system) as work:
            row = work.session.execute(wanted).first()
            if row is None:
                return None
            with self._lane_of(work, row) as lane:
                if lane and not lane.is_next(row.version) and not (disputes and row.version <= lane.applied):
                    return None
                row = work.session.execute(wanted.with_for_update(skip_locked=True)).first()
                if row is None:
                    return None
                done = act(work, row, lane)
                if lane and done:
                    self._drain(work, lane)
                elif lane:
                    lane.hold()
                elif done and row.kind == PARTNER and self.partners:
                    self.partners.apply_behind(self, work, row)
                return done

    @contextmanager
    def _lane_of(self, work: UnitOfWork, row: Row[Any]) -> Iterator[Lane | None]:
        """An event's lane. Locked before the row, as everywhere: the other order deadlocks with a delivery."""
        if row.kind == EVENT:
            with lanes.locked(work, row.source, [row.subject]) as found:
                yield found[row.subject]
        else:
            if row.kind == PARTNER:
                lanes.lock(work, row.source, [row.subject])
            yield None

    def _ask(self, source: str, subject: str) -> None:
        with self.context.begin(self.system) as work, lanes.locked(work, source, [subject]) as found:
            applied = found[subject].applied
            lanes.asked(work.session, source, subject)
            work.ask_again(source, subject, applied)
        log.warning("%s: a version after %d is missing; asked %s for it", subject, applied, source)

    # -- applying ----------------------------------------------------------------------------------------------------

    def apply_stored(self, work: UnitOfWork, row: Row[Any], lane: Lane | None = None) -> bool:
        """Applies a row of the inbox, moves its lane on; True when it is done. The caller holds the lane or the row."""
        try:
            body = inbox_store.opened(self.context, work.session, row)
            envelope = parse(body)
        except Exception as unreadable:
            if is_transient(unreadable):
                raise
            # a body whose key was destroyed never opens again, and must not stop what is due after it
            inbox_store.park(work, row, unreadable)
            return False
        came = Incoming(row.kind, row.source, said_by(row.source, envelope) if row.kind == PARTNER else envelope, body)
        work.act_as(came.envelope)
        fault: Exception | None = lane.doubt(envelope) if lane else None
        if fault is None:
            fault = self.apply(work, came, row.received_at)
        if fault is not None:
            inbox_store.set_aside(work, row.id, came, row.attempts, fault)
            return False
        inbox_store.done(work, row)
        if lane is not None:
            lane.advance(envelope, body)
        return True

    def _drain(self, work: UnitOfWork, lane: Lane) -> None:
        for _ in range(DRAIN):
            if lane.applied + 1 not in lane.stored_versions and not lane.is_disputed:
                return
            row = work.session.execute(
                select(tables.inbox).where(
                    tables.inbox.c.source == lane.source,
                    tables.inbox.c.subject == lane.subject,
                    tables.inbox.c.version == lane.applied + 1,
                    tables.inbox.c.state == "waiting",
                )
            ).first()
            # it failed before a dispute about the one before it was settled: who settles that does not pass it over
            if lane.is_disputed or row is None or not self.apply_stored(work, row, lane):
                lane.hold()
                return

    def apply(self, work: UnitOfWork, came: Incoming, received_at: datetime) -> Exception | None:
        """Runs the handler in a savepoint; returns what it raised, None when it is applied.

        A sender whose mistake it was is told here.
        """
        try:
            with work.attempt():
                self._dispatch(work, came, received_at)
            work.counts(counters.APPLIED.labels(came.kind))
            return None
        except Exception as fault:
            if is_transient(fault):
                raise
            if isinstance(fault, Reject) and came.kind == PARTNER and self.partners:
                self.partners.turn_down(work, came.source, came.envelope.id, came.envelope.type, fault)
            return fault

    def _dispatch(self, work: UnitOfWork, came: Incoming, received_at: datetime) -> None:
        type_ = came.envelope.type
        if came.kind == LETTER and type_ == RESEND:
            return _send_again(work, came.source, came.envelope)
        handler = self.events.get(type_) if came.kind == EVENT else self.letters.get(type_)
        if came.kind == PARTNER:
            handler = self.partners.handle if self.partners else None
        if handler is None:
            if came.kind == EVENT:
                return None
            raise Park(f"no handler for {type_}")
        message = self._message(came, received_at)
        return handler.handle(work, [message]) if isinstance(handler, BatchHandler) else handler(work, message)

    def _message(self, came: Incoming, received_at: datetime) -> Message:
        envelope, language = came.envelope, self.context.language
        data, personal = envelope.data, {}
        if came.kind != PARTNER:
            # a partner's handler checks for itself: its sender is told which field was wrong
            language.understand(came.kind, envelope.type, envelope.data, envelope.critical)
            data = language.load(came.kind, envelope.type, envelope.data)
            if "personal" in envelope.data:
                personal = language.load_personal(envelope.type, self.context.cipher.read(envelope.data["personal"]))
        return Message(envelope, data, personal, came.source, received_at)

    def read(self, kind: str, source: str, delivery: Delivery) -> Incoming:
        """A service's event or letter, its sender proved. Raises EnvelopeError."""
        if not delivery.sound:
            raise EnvelopeError("properties", "消息属性无法读取", "a property is not what its type says")
        envelope = parse(delivery.body)
        if delivery.user != source or envelope.source != f"/{self.context.jurisdiction}/{source}":
            # one service speaking for another: the broker checks user-id when it is set, we insist that it is
            raise EnvelopeError("source", "来源与发送者不符", "the source is not the sender")
        if kind == EVENT and envelope.version is None:
            raise EnvelopeError("version", "事件缺少版本", "an event without a version")
        return Incoming(kind, source, envelope, delivery.body)


def death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where and why the broker gave a message up; empty when it does not say.

    The newest is its own word, but its sender may have written anything there before: `x-first-death-queue`, a death
    with the same queue and reason, whose other members the broker then keeps, or what is no list of deaths at all.
    """
    deaths = headers.get("x-death")
    newest = deaths[0] if isinstance(deaths, list) and deaths else None
    return newest if isinstance(newest, dict) else {}


def _send_again(work: UnitOfWork, asker: str, envelope: Envelope) -> None:
    after = envelope.data.get("after")
    if type(after) is not int:
        raise Park("resend without a version")
    work.say_again(envelope.subject, after)
    log.warning("%s asked again for %s after version %d", asker, envelope.subject, after)
