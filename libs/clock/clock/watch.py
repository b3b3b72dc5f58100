"""Whether time can be trusted. All replicas tick on one row; a jump of time halts every one until a person resumes.

A jump is told from downtime by a clock that nobody sets: the machine's time since boot. Each tick leaves it in the row,
so that a process that just began on the same machine knows how long nobody ticked, and of a jump meanwhile. After a
restart of the machine only the last tick is left to hold time against: backwards is a jump, and more than a week of
silence is looked at by a person before a week's deadlines are all called missed, unless the kernel says that NTP keeps
its time and the database has the same.
"""

import ctypes
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clock import levels
from clock.tables import Clock, Level, State, WatchRow
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from statute import SHANGHAI

log = logging.getLogger(__name__)

JUMP = timedelta(hours=1)
LONGEST_DOWNTIME = timedelta(days=7)
SAME = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Halt:
    """Since when nothing fires, and where time should have been then; both by the database."""

    since: datetime
    expected: datetime

    @classmethod
    def of(cls, row: WatchRow) -> "Halt | None":
        """The halt that the row tells of, if any."""
        if row.halted_at is None or row.halted_from is None:
            return None
        return cls(row.halted_at, row.halted_from)

    @property
    def zh(self) -> str:
        """For officers: what they cannot leave to the system now."""
        return (
            f"系统时间可疑，办理时限自{_zh(self.since)}起停止预警、停止判定逾期（当时应为{_zh(self.expected)}），"
            "等运维人员查明后恢复。在此之前，到期和逾期请对照日历人工核算：显示“计时中”的可能已经逾期。"
        )


@dataclass(frozen=True, slots=True)
class Due:
    """What fires as soon as time is trusted again: warnings and misses, and when the first and the last was due."""

    warned: int
    missed: int
    first: datetime | None
    last: datetime | None


def since_boot() -> float:
    """Seconds, also while the machine sleeps; set by nobody."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def this_boot() -> str:
    """Another one after every restart of the machine; the same in all its containers."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return uuid.uuid4().hex  # a sandbox without one: then each process knows its own ticks alone


def is_kept(now: datetime) -> bool:
    """Whether the kernel says that NTP keeps this machine's time, and `now`, the database's, is the same."""
    if abs(datetime.now(UTC) - now) > SAME:
        return False
    # only asked, so no right is needed; 5 is TIME_ERROR: not synchronised
    state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    return 0 <= state < 5


class Watch:
    """One of these in each process that sweeps. `halt`: as of its last tick, for whoever answers an officer."""

    def __init__(
        self,
        context: ServiceContext,
        elapsed: Callable[[], float] = since_boot,
        boot: str | None = None,
        kept: Callable[[datetime], bool] = is_kept,
    ):
        self.context, self.elapsed, self.boot, self.kept = context, elapsed, boot or this_boot(), kept
        self.actor = Actor("-", context.name, "system")
        self.last: tuple[int, datetime, float] | None = None  # epoch, the database's time, ours
        self.halt: Halt | None = None

    def tick(self) -> datetime | None:
        """The moment until which levels may fire, by the database's time; None while halted."""
        with self.context.begin(self.actor) as work:
            row = work.session.scalars(select(WatchRow).with_for_update()).one()
            if row.halted_at is None:
                # not the transaction's time: the row may have been waited for
                now: datetime = work.session.execute(select(func.clock_timestamp())).scalar_one()
                elapsed = self.elapsed()
                expected = self._expected(row, now, elapsed)
                if expected is None:
                    row.ticked_at, self.last, self.halt = now, (row.epoch, now, elapsed), None
                    row.boot, row.boot_at, row.boot_seconds = self.boot, now, elapsed
                    return now
                row.halted_at, row.halted_from, row.resumed_by, row.resumed_why = now, expected, None, None
                work.event("clock.halted.v1", "clock/watch", expected=expected, found=now)
                log.error("time jumped from %s to %s: no clock fires until `clocks resume`", expected, now)
            self.halt = Halt.of(row)
            return None

    def _expected(self, row: WatchRow, now: datetime, elapsed: float) -> datetime | None:
        """Where time should be, when it is more than an hour elsewhere."""
        known: tuple[datetime, float] | None = None
        if self.last is not None and self.last[0] == row.epoch:
            known = self.last[1:]
        elif row.boot == self.boot and row.boot_at is not None and row.boot_seconds is not None:
            known = row.boot_at, row.boot_seconds
        if known is not None:
            expected = known[0] + timedelta(seconds=elapsed - known[1])
            if abs(now - expected) > JUMP:
                return expected
        if row.ticked_at is not None:
            if now < row.ticked_at - JUMP:
                return row.ticked_at
            if known is None and now > row.ticked_at + LONGEST_DOWNTIME and not self.kept(now):
                return row.ticked_at
        return None


def halted(session: Session) -> Halt | None:
    """The alarm, while there is one."""
    return Halt.of(session.scalars(select(WatchRow)).one())


def is_halted(session: Session) -> int:
    """1 while the clocks stand, else 0: a figure."""
    return int(halted(session) is not None)


def jump(session: Session) -> int:
    """By how many seconds time was off when it was halted, backwards below 0; 0 while nothing is."""
    halt = halted(session)
    return 0 if halt is None else int((halt.since - halt.expected).total_seconds())


def silence(session: Session) -> int:
    """Seconds since the last tick of any replica, by the database's time; 0 before the first."""
    return int(session.scalar(select(func.extract("epoch", func.clock_timestamp() - WatchRow.ticked_at))) or 0)


def waiting(session: Session) -> Due:
    """What `resume` lets fire."""
    missed = Level.level == levels.MISSED
    row = session.execute(
        select(
            func.count().filter(~missed).label("warned"),
            func.count().filter(missed).label("missed"),
            func.min(Level.at).label("first"),
            func.max(Level.at).label("last"),
        )
        .select_from(Level)
        .join(Clock, Clock.id == Level.clock)
        .where(Clock.next_at <= func.now(), Clock.state == State.RUNNING)
        .where(Level.fired_at.is_(None), Level.at <= func.now())
    ).one()
    return Due(row.warned, row.missed, row.first, row.last)


def resume(work: UnitOfWork, by: str, why: str) -> bool:
    """A person says that the database's time is right: what is due fires. False when nothing was halted."""
    row = work.session.scalars(select(WatchRow).with_for_update()).one()
    if row.halted_at is None:
        return False
    due = waiting(work.session)
    # the new epoch makes every replica begin anew: their last tick lies before the jump
    row.epoch, row.ticked_at, row.halted_at, row.halted_from = row.epoch + 1, work.now, None, None
    row.boot, row.boot_at, row.boot_seconds = None, None, None
    row.resumed_by, row.resumed_why = by, why
    work.event("clock.resumed_sweep.v1", "clock/watch", by=by, why=why, warned=due.warned, missed=due.missed)
    return True


def _zh(moment: datetime) -> str:
    at = moment.astimezone(SHANGHAI)
    return f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"
