"""Borders at which a service can be made to die by its own hand, and a way to make it stumble.

A point is armed by a file `<service>.<point>` in the folder; the process that reaches it takes the file away and kills
itself with SIGKILL, so that each arming is one death. While `<service>.stumble` is there, one message in five fails
once before it is applied, and while `<service>.failing` is, one subject in ten fails every time.
"""

import os
import signal
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from courier import amqp, inbox_store
from courier.faults import NotYet
from courier.inbox import Inbox
from courier.late import Late
from courier.outbox import Relay
from courier.partners import partner_outbox
from courier.unit_of_work import ServiceContext
from service_kit import database

# point → which border it is
POINTS = {
    "commit.before": "a use case or handler, before its commit",
    "rows.sent": "all its rows sent in one message, before its commit",
    "commit.after": "after the commit, before anything is published",
    "relay.written": "after publishing, before the broker confirmed",
    "relay.confirmed": "after the confirm, before the outbox row is deleted",
    "relay.deleted": "after the outbox row is deleted",
    "consumer.committed": "after the handler's commit, before the ack",
    "consumer.acked": "after the ack",
    "retry.applied": "in a sweep: a retried message applied, not committed",
    "retry.done": "in a sweep: a retried message committed",
    "drain.applied": "what waited behind it applied, not committed",
}
ONLY = {
    "intake": {"number.taken": "a number taken, its petition not yet sent"},
    "notify": {
        "sms.claimed": "a message claimed, the provider not yet called",
        "sms.called": "the provider has it, its answer not yet written",
    },
    "referral": {"offers.listed": "in a sweep: offers without a receipt listed again, not committed"},
}
MIGRATION = "migration.run"  # in a migration, before its commit

_folder, _service = Path(), ""


def of(service: str) -> list[str]:
    """The points a service can be made to die at."""
    # aid hears letters only, which have no lane: nothing waits there behind another
    own = [point for point in POINTS if service != "aid" or point != "drain.applied"]
    return [*own, *ONLY.get(service, ())]


def reach(point: str) -> None:
    file = _folder / f"{_service}.{point}"
    if os.path.exists(file):
        try:
            file.unlink()
        except FileNotFoundError:
            return  # another replica took it
        os.kill(os.getpid(), signal.SIGKILL)


def install(folder: Path, service: str) -> None:
    global _folder, _service
    _folder, _service = folder, service
    _around(amqp.Publisher, "_await_confirms", before="relay.written")
    _around(amqp.Publisher, "publish", after="relay.confirmed")
    _around(Relay, "run_once", after="relay.deleted")
    _around(amqp.Consumer, "_settle", after="consumer.committed")
    _around(amqp.Consumer, "_acknowledge", after="consumer.acked")
    _around(Inbox, "again", after="retry.done")
    _around(Late, "settle", after="number.taken")
    _around(Late, "send", after="rows.sent")
    _around(partner_outbox, "offer_again", after="offers.listed")
    _commits()
    _kept()
    _stumbles()
    _migrations()
    if service == "notify":
        from notify.use_cases.provider import Provider

        _around(Provider, "send", before="sms.claimed", after="sms.called")


def _around(owner: Any, name: str, before: str | None = None, after: str | None = None) -> None:
    """`after` counts only where something was done: the call returned a true value, or nothing at all."""
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            reach(before)
        result = original(*args, **kwargs)
        if after and (result is None or result or (name == "publish" and args[1])):
            reach(after)
        return result

    setattr(owner, name, wrapped)


def _commits() -> None:
    original = ServiceContext.begin

    @contextmanager
    def begin(self: ServiceContext, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with original(self, *args, **kwargs) as work:
            yield work
            if work.recorded:
                reach("commit.before")
        if work.recorded:
            reach("commit.after")

    ServiceContext.begin = begin  # type: ignore[method-assign]


def _kept() -> None:
    apply, drain = Inbox.apply_stored, Inbox._drain
    here = threading.local()  # green here: what one greenlet drains is not another's

    def applied(self: Inbox, *args: Any) -> bool:
        done = apply(self, *args)
        if done:
            reach("drain.applied" if getattr(here, "draining", False) else "retry.applied")
        return done

    def drained(self: Inbox, *args: Any) -> None:
        here.draining = True
        try:
            drain(self, *args)
        finally:
            here.draining = False

    Inbox.apply_stored, Inbox._drain = applied, drained  # type: ignore[method-assign]


def _stumbles() -> None:
    dispatch_, message_, set_aside_, stumbled = Inbox._dispatch, Inbox._message, inbox_store.set_aside, set[str]()

    def trip(envelope: Any) -> None:
        first = envelope.id not in stumbled and zlib.crc32(envelope.id.encode()) % 5 == 0
        if first and os.path.exists(_folder / f"{_service}.stumble"):
            raise NotYet("stumbled on purpose")
        if zlib.crc32(envelope.subject.encode()) % 10 == 0 and os.path.exists(_folder / f"{_service}.failing"):
            raise RuntimeError("failing on purpose")

    def dispatch(self: Inbox, work: Any, came: Any, received_at: Any) -> None:
        trip(came.envelope)
        dispatch_(self, work, came, received_at)

    def message(self: Inbox, came: Any, received_at: Any) -> Any:
        # letters that are taken together are dispatched without the other
        trip(came.envelope)
        return message_(self, came, received_at)

    def set_aside(work: Any, row_id: int, came: Any, *rest: Any) -> None:
        # not before: what fails among others is taken alone at once, and has to fail there to be kept
        stumbled.add(came.envelope.id)
        set_aside_(work, row_id, came, *rest)

    Inbox._dispatch, Inbox._message = dispatch, message  # type: ignore[method-assign]
    inbox_store.set_aside = set_aside


def _migrations() -> None:
    from alembic.runtime.environment import EnvironmentContext

    _around(EnvironmentContext, "run_migrations", after=MIGRATION)
    assert database.EnvironmentContext is EnvironmentContext
