"""How much is taken of each partner within an hour or a day: one that floods us fills no disk and stops no other.

Counted per service, in the transaction of the message itself: what is undone is not counted, and a repeat never is.
What is above is answered with the time from which on it may be sent again, under its old id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from prometheus_client import Counter
from sqlalchemy import Column, DateTime, Integer, PrimaryKeyConstraint, Table, Text, text

from courier import counters, tables
from courier.faults import Reject
from courier.unit_of_work import UnitOfWork

__all__ = ["Quotas"]

UTC_8 = timezone(timedelta(hours=8))  # what a sender is told in; days of the law are statute's
MESSAGES, KEPT = "messages", "kept"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

OVER_QUOTA = Counter(
    "fengqiao_over_quota",
    "Messages of partners above what is taken or kept of them.",
    ["kind"],
    registry=counters.REGISTRY,
)
for _kind in ("taken", KEPT):
    OVER_QUOTA.labels(_kind)  # shown from 0 on: the first one would be no rise otherwise

# How much a partner sent within the hour or day that has begun, of each kind that there is a quota for.
spent = Table(
    "spent",
    tables.metadata,
    Column("source", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("begins", DateTime(timezone=True), nullable=False),
    Column("times", Integer, nullable=False),
    PrimaryKeyConstraint("source", "what", name="spent_pkey"),
)


class OverQuota(Reject):
    """Not the message's fault: the same one is taken later. It is undone as if it had never come."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """The same for every partner of a service, but where `times` says otherwise."""

    messages: int = 20_000  # taken within an hour
    kept: int = 2_000  # turned back within a day, each kept and answered
    of_type: Mapping[str, int] = field(default_factory=dict)  # type → taken within a day
    times: Mapping[str, int] = field(default_factory=dict)  # partner → so many times all of these

    def take(self, work: UnitOfWork, sender: str, type_: str) -> None:
        """Counts a message. Raises OverQuota when it is one too many."""
        begins, most = _hour(work.now), self._most(sender, self.messages)
        if _spent(work, sender, MESSAGES, begins) > most:
            raise _over(f"本小时已接收贵单位消息 {most} 条", f"{most} messages an hour", begins + HOUR)
        if type_ in self.of_type:
            begins, most = _day(work.now), self._most(sender, self.of_type[type_])
            if _spent(work, sender, type_, begins) > most:
                raise _over(f"今日已接收贵单位此类消息 {most} 条", f"{most} messages of this type a day", begins + DAY)

    def keep(self, work: UnitOfWork, sender: str) -> tuple[bool, Reject | None]:
        """Counts one that is turned back: whether it is kept and answered, and what is said once instead."""
        begins, most = _day(work.now), self._most(sender, self.kept)
        times = _spent(work, sender, KEPT, begins)
        if times <= most:
            return True, None
        work.counts(OVER_QUOTA.labels(KEPT))
        if times > most + 1:
            return False, None
        end = f"{begins + DAY:%Y-%m-%d %H:%M}"
        return False, Reject(
            "quota",
            f"今日未采用的消息已有 {most} 条，此后未采用的不再逐条告知和留存，至 {end}（北京时间）为止；请先查明原因",
            f"{most} messages were turned back today; until {end} (UTC+8) further ones are neither kept nor answered",
        )

    def _most(self, sender: str, usual: int) -> int:
        return usual * self.times.get(sender, 1)


def _over(zh: str, en: str, again: datetime) -> OverQuota:
    at = f"{again:%Y-%m-%d %H:%M}"
    return OverQuota(
        "quota",
        f"{zh}，已达上限，此消息未采用；请在 {at}（北京时间）以后用原编号重新发送",
        f"over the quota of {en}; send it again under the same id after {at} (UTC+8)",
    )


def _hour(now: datetime) -> datetime:
    return now.astimezone(UTC_8).replace(minute=0, second=0, microsecond=0)


def _day(now: datetime) -> datetime:
    return _hour(now).replace(hour=0)


def _spent(work: UnitOfWork, sender: str, what: str, begins: datetime) -> int:
    """How many with this one, since `begins`."""
    times: int = work.session.scalar(_SPEND, {"source": sender, "what": what, "begins": begins})
    return times


_SPEND = text("""
INSERT INTO spent AS s (source, what, begins, times) VALUES (:source, :what, :begins, 1)
ON CONFLICT (source, what) DO UPDATE SET begins = excluded.begins,
    times = CASE WHEN s.begins = excluded.begins THEN s.times + 1 ELSE 1 END
RETURNING times
""")
