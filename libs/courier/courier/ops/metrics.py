"""What is measured of delivery: counters of this process, and the state of the database when somebody asks.

Labels are kinds and states of our own; nothing here may name a subject, an agency or a person.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courier import tables

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second family for each counter, which nobody asks for
REGISTRY = CollectorRegistry()
MOST = 100_000  # what waits is counted up to here: a page asked for every few seconds must stay cheap in a backlog
STATES = ("waiting", "retry", "parked")


def _counter(name: str, what: str, *more: str) -> Counter:
    counter = Counter(f"fengqiao_{name}", what, ["kind"], registry=REGISTRY)
    for kind in ("event", "letter", "agency", *more):
        counter.labels(kind)  # shown from 0 on: the first one would be no rise otherwise
    return counter


APPLIED = _counter("applied", "Messages applied, by kind.")
REPEATS = _counter("repeats", "Messages that had come before, by kind.")
RETRIES = _counter("retries", "Kept messages tried again, by kind.")
PARKED = _counter("parked", "Messages parked for a person, by kind.", "unreadable", "dead", "chain")
UNTOLD = Counter("fengqiao_untold", "Mistakes that could not be told to their senders.", registry=REGISTRY)
OVER_QUOTA = Counter(
    "fengqiao_over_quota", "Messages of outsiders above what is taken or kept of them.", ["kind"], registry=REGISTRY
)
for _kind in ("taken", "kept"):
    OVER_QUOTA.labels(_kind)
CONFIRM = Histogram(
    "fengqiao_confirm_seconds",
    "From publishing a batch to its last confirm.",
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


# what a service counts in its database beside: what it is, and how; of several states, each
Counts = Mapping[str, tuple[str, Callable[[Session], int | Mapping[str, float]]]]


def page(sessions: sessionmaker[Session], swept: float, counts: Counts = MappingProxyType({})) -> bytes:
    """Everything in Prometheus's text format. `swept`: time.monotonic() of the last sweep that ended."""
    now = CollectorRegistry()
    now.register(_State(sessions, swept, counts))
    return generate_latest(REGISTRY) + generate_latest(now)


class _State(Collector):
    def __init__(self, sessions: sessionmaker[Session], swept: float, counts: Counts):
        self.sessions, self.swept, self.counts = sessions, swept, counts

    def describe(self) -> list[Metric]:
        return []  # registering must not ask the database

    def collect(self) -> Iterator[Metric]:
        box, lane, outbox = tables.inbox, tables.lane, tables.outbox
        with self.sessions() as session:
            unsent = session.scalar(select(func.count()).select_from(select(outbox.c.id).limit(MOST).subquery()))
            # ids are given in the order of time: the first row is the oldest, by the primary key alone
            oldest = select(outbox.c.created_at).order_by(outbox.c.id).limit(1).scalar_subquery()
            age = session.scalar(select(func.extract("epoch", func.now() - oldest)))
            held, longest = session.execute(
                select(func.count(), func.extract("epoch", func.now() - func.min(lane.c.held_at))).where(
                    lane.c.held_at.is_not(None)
                )
            ).one()
            kept = {
                state: session.scalar(
                    select(func.count()).select_from(
                        select(box.c.id).where(box.c.state == state).limit(MOST).subquery()
                    )
                )
                for state in STATES
            }
            counted = {name: (what, count(session)) for name, (what, count) in self.counts.items()}
        yield GaugeMetricFamily("fengqiao_outbox_rows", f"Unsent messages, counted to {MOST}.", unsent)
        yield GaugeMetricFamily("fengqiao_outbox_age_seconds", "Age of the oldest unsent message.", age or 0)
        yield GaugeMetricFamily("fengqiao_lane_held", "Lanes held by a message that failed.", held)
        yield GaugeMetricFamily("fengqiao_lane_age_seconds", "How long the longest held lane is held.", longest or 0)
        rows = GaugeMetricFamily("fengqiao_inbox_rows", f"Kept messages, counted to {MOST}.", labels=["state"])
        for state, number in kept.items():
            rows.add_metric([state], number or 0)
        yield rows
        for name, (what, count) in counted.items():
            if isinstance(count, Mapping):
                states = GaugeMetricFamily(f"fengqiao_{name}", what, labels=["state"])
                for state, how_much in count.items():
                    states.add_metric([state], how_much)
                yield states
            else:
                yield GaugeMetricFamily(f"fengqiao_{name}", what, count)
        since = time.monotonic() - self.swept
        yield GaugeMetricFamily("fengqiao_sweep_seconds_since", "Since the last sweep that ended.", since)
