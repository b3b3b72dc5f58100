"""Bugs that delivery systems are known to have, seeded one at a time to prove that the checker sees them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from courier import frames, lanes
from courier.amqp import Consumer, Publisher
from courier.inbox import Inbox
from courier.outbox import Relay
from courier.unit_of_work import UnitOfWork
from service_kit import numbers
from tests.faults import points


@dataclass(frozen=True)
class Bug:
    """What is wrong, and the function that makes it so in this process."""

    zh: str
    seed: Callable[[], None]


def _ack_on_error() -> None:
    settle_once = Consumer._settle

    def settle(self: Consumer, connection: Any, messages: Any) -> bool:
        handle, failed = self.handle, []

        def once(deliveries: Any) -> None:
            try:
                handle(deliveries)
            except Exception as fault:  # noqa: BLE001 - the bug
                failed.append(fault)

        self.handle = once
        try:
            return settle_once(self, connection, messages)
        finally:
            self.handle = handle

    Consumer._settle = settle  # type: ignore[method-assign]


def _ack_on_undecodable() -> None:
    Inbox.park_unreadable = lambda self, *_args, **_kwargs: None  # type: ignore[method-assign]


def _commit_in_a_provider() -> None:
    from service_kit.entrypoints import Receive, ReceiveEach

    def handle(self: Any, deliveries: Any) -> None:
        # settled when the worker is spawned: whatever it commits, it commits after the ack
        together = getattr(self, "together", False)
        self.container.spawn_worker(self, (deliveries,) if together else tuple(deliveries), {})

    Receive._handle = ReceiveEach._handle = handle  # type: ignore[method-assign]


def _no_inbox() -> None:
    def take_event(self: Inbox, work: UnitOfWork, lane: lanes.Lane, came: Any, alone: bool) -> None:
        work.act_as(came.envelope)
        self.apply(work, came, work.now)
        lane.advance(came.envelope, came.body)

    Inbox._take_event = take_event  # type: ignore[method-assign]


def _inbox_elsewhere() -> None:
    def take(self: Inbox, source: str, came: Any) -> None:
        subjects, applied = [each.envelope.subject for each in came], []
        with self.context.begin(self.system) as work:
            with lanes.locked(work, source, subjects) as locked:
                reached = {subject: lane.applied for subject, lane in locked.items()}
            for each in came:
                if (each.envelope.version or 0) > reached[each.envelope.subject]:
                    work.act_as(each.envelope)
                    self.apply(work, each, work.now)
                    reached[each.envelope.subject] = each.envelope.version or 0
                    applied.append(each)
        if not applied:
            return
        points.reach("bug.between")
        with self.context.begin(self.system) as work, lanes.locked(work, source, subjects) as locked:
            for each in applied:
                locked[each.envelope.subject].advance(each.envelope, each.body)

    Inbox._take = take  # type: ignore[method-assign]


def _position_cursor() -> None:
    claim, position = Relay._claim, [0]

    def later(self: Relay, session: Any) -> Any:
        rows = [row for row in claim(self, session) if row.id > position[0]]
        position[0] = max([position[0], *(row.id for row in rows)])
        return rows

    Relay._claim = later  # type: ignore[method-assign]


def _lanes_unsorted() -> None:
    # a batch locks the lanes of its events in the order in which they came
    Inbox._in_order = lambda self, came: came  # type: ignore[method-assign]
    lanes.in_order = lambda subjects: list(dict.fromkeys(subjects))


def _late_skipped() -> None:
    take_event = Inbox._take_event

    def skipping(self: Inbox, work: UnitOfWork, lane: lanes.Lane, came: Any, alone: bool) -> None:
        if (came.envelope.version or 0) <= lane.applied + 1:
            take_event(self, work, lane, came, alone)

    Inbox._take_event = skipping  # type: ignore[method-assign]


def _mandatory_off() -> None:
    frames._MANDATORY = b"\x00"


def _confirm_off() -> None:
    Publisher._await_confirms = lambda self: self._pending.clear()  # type: ignore[method-assign]


def _host_clock() -> None:
    # a host whose clock is three days ahead
    UnitOfWork.now = property(lambda self: datetime.now(UTC) + timedelta(days=3))  # type: ignore[assignment,method-assign]


def _number_elsewhere() -> None:
    take = numbers.take

    def elsewhere(work: UnitOfWork, *given: Any, **series: Any) -> range:
        with work.context.sessions() as session, session.begin():
            return take(cast(UnitOfWork, SimpleNamespace(session=session)), *given, **series)

    numbers.take = elsewhere


def _outside() -> None:
    """Made wrong at the broker by its scenario, not in a process."""


BUGS = {
    "ack_on_error": Bug("处理出错仍确认", _ack_on_error),
    "ack_on_undecodable": Bug("无法读取的消息确认后丢弃", _ack_on_undecodable),
    "commit_in_a_provider": Bug("先确认，后提交", _commit_in_a_provider),
    "no_inbox": Bug("没有收件记录，重复即重做", _no_inbox),
    "inbox_elsewhere": Bug("收件记录在另一个事务", _inbox_elsewhere),
    "position_cursor": Bug("按位置游标发送", _position_cursor),
    "lanes_unsorted": Bug("不按顺序加锁", _lanes_unsorted),
    "late_skipped": Bug("早到的后续版本被跳过", _late_skipped),
    "mandatory_off": Bug("发布不带 mandatory", _mandatory_off),
    "confirm_off": Bug("不等发布确认", _confirm_off),
    "host_clock": Bug("以主机时钟计时", _host_clock),
    "number_elsewhere": Bug("编号在另一个事务", _number_elsewhere),
    "delivery_limit": Bug("投递上限过低且无死信", _outside),
    "wildcard_read": Bug("读权限用通配符", _outside),
}
