"""Whether time can be trusted. All replicas tick on one row; a jump of time halts every one until a person resumes.

A jump is told from downtime by a clock that nobody sets: the machine's time since boot. What a process that just began
cannot know of, it holds against the last tick of any: backwards is a jump, and more than a week of silence is looked
at by a person before a week's deadlines are all called missed.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from clock.tables import WatchRow
from courier.envelope import Actor
from courier.work import Office, Work

log = logging.getLogger(__name__)

JUMP = timedelta(hours=1)
LONGEST_DOWNTIME = timedelta(days=7)


def since_boot() -> float:
    """Seconds, also while the machine sleeps; set by nobody."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Watch:
    """One of these in each process that sweeps."""

    def __init__(self, office: Office, elapsed: Callable[[], float] = since_boot):
        self.office, self.elapsed = office, elapsed
        self.actor = Actor("-", office.name, "system")
        self.last: tuple[int, datetime, float] | None = None  # epoch, the database's time, ours

    def tick(self) -> datetime | None:
        """The moment until which levels may fire, by the database's time; None while halted."""
        with self.office.begin(self.actor) as work:
            row = work.session.scalars(select(WatchRow).with_for_update()).one()
            if row.halted_at is not None:
                return None
            # not the transaction's time: the row may have been waited for
            now: datetime = work.session.execute(select(func.clock_timestamp())).scalar_one()
            elapsed = self.elapsed()
            expected = self._expected(row, now, elapsed)
            if expected is not None:
                row.halted_at, row.halted_from, row.resumed_by = now, expected, None
                work.event("clock.halted.v1", "clock/watch", expected=expected, found=now)
                log.error("time jumped from %s to %s: no clock fires until `clocks resume`", expected, now)
                return None
            row.ticked_at, self.last = now, (row.epoch, now, elapsed)
            return now

    def _expected(self, row: WatchRow, now: datetime, elapsed: float) -> datetime | None:
        """Where time should be, when it is more than an hour elsewhere."""
        if self.last is not None and self.last[0] == row.epoch:
            expected = self.last[1] + timedelta(seconds=elapsed - self.last[2])
            if abs(now - expected) > JUMP:
                return expected
        if row.ticked_at is not None:
            if now < row.ticked_at - JUMP:
                return row.ticked_at
            if self.last is None and now > row.ticked_at + LONGEST_DOWNTIME:
                return row.ticked_at
        return None


def halted(work: Work) -> WatchRow | None:
    """The alarm, while there is one."""
    row = work.session.scalars(select(WatchRow)).one()
    return row if row.halted_at is not None else None


def resume(work: Work, by: str) -> bool:
    """A person says that the database's time is right: what is due fires. False when nothing was halted."""
    row = work.session.scalars(select(WatchRow).with_for_update()).one()
    if row.halted_at is None:
        return False
    # the new epoch makes every replica begin anew: their last tick lies before the jump
    row.epoch, row.ticked_at, row.halted_at, row.halted_from, row.resumed_by = row.epoch + 1, work.now, None, None, by
    work.event("clock.resumed_sweep.v1", "clock/watch", by=by)
    return True
