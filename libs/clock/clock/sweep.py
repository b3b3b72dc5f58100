"""Fires what is due: any number of replicas, each clock claimed by one, by the database's time."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from clock.clocks import fire
from clock.tables import Clock
from clock.watch import Watch
from courier.unit_of_work import ServiceContext

BATCH = 50


class Sweeper:
    """Fires the levels that are due; any number of replicas, each level once."""

    def __init__(self, context: ServiceContext, watch: Watch | None = None):
        self.context, self.watch = context, watch or Watch(context)

    def sweep(self) -> int:
        """One batch, the longest due first; returns how many clocks were dealt with.

        Whatever a crash leaves is either fired with its event, or due.
        """
        until = self.watch.tick()
        if until is None:
            return 0
        with self.context.begin(self.watch.actor) as work:
            # not after `until`: a jump between the tick and here must not fire anything
            due = work.session.scalars(
                select(Clock)
                .where(Clock.next_at <= until)
                .order_by(Clock.next_at)
                .limit(BATCH)
                .options(selectinload(Clock.levels))
                .with_for_update(skip_locked=True)
            ).all()
            for clock in due:
                fire(work, clock, until)
            return len(due)
