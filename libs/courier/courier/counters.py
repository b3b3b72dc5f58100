"""What delivery counts as it goes, in this process. Shown by `metrics`, beside the state of the database.

Labels are kinds and states of our own; nothing here may name a subject, an agency or a person.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

__all__ = ["REGISTRY"]

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second family for each counter, which nobody asks for
REGISTRY = CollectorRegistry()


def _counter(name: str, what: str, *more: str) -> Counter:
    counter = Counter(f"fengqiao_{name}", what, ["kind"], registry=REGISTRY)
    for kind in ("event", "letter", "agency", *more):
        counter.labels(kind)  # shown from 0 on: the first one would be no rise otherwise
    return counter


APPLIED = _counter("applied", "Messages applied, by kind.")
REPEATS = _counter("repeats", "Messages that had come before, by kind.")
RETRIES = _counter("retries", "Kept messages tried again, by kind.")
PARKED = _counter("parked", "Messages parked for a person, by kind.", "unreadable", "dead", "chain")
CONFIRM = Histogram(
    "fengqiao_confirm_seconds",
    "From publishing a batch to its last confirm.",
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
