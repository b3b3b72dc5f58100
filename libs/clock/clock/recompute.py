"""When a notice arrives: which running clocks end on another day now, and making them so with an event each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, tuple_

from clock.clocks import compute, due_of, ends, rule_of, tell, why_of
from clock.tables import Clock, State
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from statute import Due, Law

BATCH = 200


@dataclass(frozen=True, slots=True)
class Change:
    """A clock that ends on another day since a notice came."""

    petition: str
    referral: str | None
    rule: str
    was: date
    was_provisional: bool
    now: Due
    why: str


def changes(context: ServiceContext, law: Law, actor: Actor, *, what_if: bool) -> Iterator[Change]:
    """Each running clock that would change, or was changed; a transaction for every 200, so safe to repeat."""
    after = "", ""
    while True:
        with context.begin(actor) as work:
            place = Clock.petition, Clock.id  # as a batch of events locks them
            query = select(Clock).where(tuple_(*place) > after, Clock.state == State.RUNNING).order_by(*place)
            query = query.limit(BATCH)
            clocks = work.session.scalars(query if what_if else query.with_for_update()).all()
            found = []
            for clock in clocks:
                after = clock.petition, clock.id
                rule = rule_of(law, clock)
                due = due_of(law, clock, rule)
                if (due.due, due.target, due.provisional) == (clock.due, clock.target, clock.provisional):
                    continue
                why = why_of(law, clock, rule)
                found.append(Change(clock.petition, clock.referral, clock.rule, clock.due, clock.provisional, due, why))
                if not what_if:
                    was = clock.due
                    compute(law, clock)
                    tell(work, clock, "recomputed", was=was, **ends(clock))
        yield from found
        if not clocks:
            return
