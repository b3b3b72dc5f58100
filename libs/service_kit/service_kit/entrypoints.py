"""The nameko extensions: a consumer per queue, the relay, the sweep. Everything nameko must know of us is here.

nameko's own event handler acks what a handler lost, shares a channel between queues and closes its connection while
workers run; so the consumer below keeps a connection of its own until what it was given is settled.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import eventlet
from eventlet.event import Event
from eventlet.semaphore import Semaphore
from nameko.extensions import DependencyProvider, Entrypoint
from sqlalchemy import Engine

from courier import waits
from courier.amqp import BATCH, BROKER_FAULTS, Consumer, Delivery, Publisher
from courier.outbox import Relay
from courier.partners.topology import APART
from courier.unit_of_work import ServiceContext
from courier.waits import Backoff
from service_kit.database import is_migrated

log = logging.getLogger(__name__)

HANDS = 8  # partners' messages in work at once, of all together; of one partner it is one
AHEAD = 10  # of each, handed over before they are asked for: hundreds of senders may do their worst at once


class Receive(Entrypoint):
    """Calls the method with each Delivery of a queue, or, `together`, with a list of those that wait.

    Returning acks; raising tries the same again. What partners say is taken one by one: a step of theirs follows
    another, and the more of them a replica has in hand, the more of them another replica overtakes.
    """

    def __init__(self, queue: str, together: bool = False, gather: float = 0, **kwargs: Any):
        self.queue, self.together, self.gather = queue, together, gather
        super().__init__(**kwargs)

    def start(self) -> None:
        """Begins to consume; `{service}` in the queue's name is the container's."""
        self.queue = self.queue.format(service=self.container.service_name)
        most = BATCH if self.together else 1
        url = self.container.config["AMQP_URL"]
        self.consumer = Consumer(url, self.queue, self._handle, most, gather=self.gather)
        self.stopped = Event()
        self.container.spawn_managed_thread(self._run, identifier=f"receive {self.queue}")

    def stop(self) -> None:
        """Returns once what is in hand is settled, or after `waits.STOP_GRACE`."""
        # the connection stays until what is in hand is committed and acked: an ack dropped here is a second copy
        self.consumer.stop()
        with eventlet.Timeout(waits.STOP_GRACE, False):
            self.stopped.wait()

    def kill(self) -> None:
        """Tells the consumer to end and waits for nothing."""
        self.consumer.stop()

    def _run(self) -> None:
        try:
            self.consumer.run()
        finally:
            self.stopped.send()

    def _handle(self, deliveries: Sequence[Delivery]) -> None:
        result = Event()
        given = (deliveries,) if self.together else tuple(deliveries)
        self.container.spawn_worker(self, given, {}, handle_result=partial(_settle, result))
        result.wait()


class ReceiveEach(Entrypoint):
    """Calls the method with each Delivery of many queues, one for each partner, each with a connection of its own.

    Who sends what the broker or the library fails on, or more than anybody can take, waits alone: the others' queues,
    connections and turns at the few hands go on. `whose` names a function of the configuration: code → whether it must
    have a queue now; of one that need not, what is still there is read until `provision` takes the queue away.
    `before`: the queues that all of them shared; those are read first, to their mark or until they are gone.
    """

    hands = Semaphore(HANDS)

    def __init__(self, queue: str, whose: str, before: Sequence[str], **kwargs: Any):
        self.queue, self.whose, self.before = queue, whose, before
        super().__init__(**kwargs)

    def start(self) -> None:
        """Begins with the queues of `before`; each partner's follows."""
        self.known: Mapping[str, bool] = {}
        self.consumers: dict[str, Consumer] = {}
        self.absent: set[str] = set()
        self.stopping, self.stopped = Event(), Event()
        self.container.spawn_managed_thread(self._run, identifier=f"receive {self.queue}")

    def stop(self) -> None:
        """Returns once what is in hand is settled, or after `waits.STOP_GRACE`."""
        self.kill()
        with eventlet.Timeout(waits.STOP_GRACE, False):
            self.stopped.wait()

    def kill(self) -> None:
        """Tells every consumer to end and waits for none."""
        if not self.stopping.ready():
            self.stopping.send()
        for consumer in self.consumers.values():
            consumer.stop()

    def _run(self) -> None:
        try:
            for queue in self.before:
                # the tag tells `provision` that it is read by code that knows what comes after it
                self._begin(queue, queue, tag=f"{APART}{uuid4().hex[:8]}", until_marked=True, gone=lambda: True)
            while self.consumers and not self.stopping.ready():
                self._wait(waits.EARLIER_QUEUES_LOOK)
            while not self.stopping.ready():
                self._look()
                self._wait(waits.SWEEP_PARTNERS)
            self.kill()  # also those that were begun while it was told to stop
            while self.consumers:
                eventlet.sleep(waits.CONSUMERS_LOOK)
        finally:
            self.stopped.send()

    def _look(self) -> None:
        try:
            self.known = self.container.config[self.whose]()
        except Exception as fault:  # noqa: BLE001 - without a database those we know are still heard
            log.warning("%s: %s; looking again in %.0f s", self.whose, type(fault).__name__, waits.SWEEP_PARTNERS)
        for code, expected in self.known.items():
            if code not in self.consumers and (expected or code not in self.absent):
                self._begin(code, self.queue.format(code), prefetch=AHEAD, gone=partial(self._is_gone, code))

    def _is_gone(self, code: str) -> bool:
        gone = not self.known.get(code)
        if gone:
            self.absent.add(code)
        return gone

    def _begin(self, name: str, queue: str, **more: Any) -> None:
        consumer = self.consumers[name] = Consumer(self.container.config["AMQP_URL"], queue, self._handle, **more)

        def run() -> None:
            try:
                consumer.run()
            finally:
                del self.consumers[name]

        self.container.spawn_managed_thread(run, identifier=f"receive {queue}")

    def _wait(self, seconds: float) -> None:
        with eventlet.Timeout(seconds, False):
            self.stopping.wait()

    def _handle(self, deliveries: Sequence[Delivery]) -> None:
        result = Event()
        # waiting for a hand is no turn at the workers, of which requests and clocks have theirs
        with self.hands:
            self.container.spawn_worker(self, tuple(deliveries), {}, handle_result=partial(_settle, result))
            result.wait()


def _settle(result: Event, _worker_ctx: Any, value: Any, exc_info: Any) -> tuple[Any, Any]:
    if exc_info is None:
        result.send(value)
    else:
        result.send_exception(*exc_info)
    return value, exc_info


Method = Callable[..., Any]


def receive(queue: str, together: bool = False, gather: float = 0) -> Callable[[Method], Method]:
    """Decorates the method that takes a queue's deliveries; `gather`: the seconds it lets more come behind a first."""
    registering: Callable[[Method], Method] = Receive.decorator(queue, together=together, gather=gather)
    return registering


def receive_each(queue: str, whose: str, before: Sequence[str] = ()) -> Callable[[Method], Method]:
    """Decorates the method that takes each Delivery of the queues of partners: `queue` with a code in it."""
    receiving: Callable[[Method], Method] = ReceiveEach.decorator(queue, whose, before)
    return receiving


class Every(Entrypoint):
    """Calls the method again and again: at once while it returns more than 0, else after `seconds` or a wake.

    For work whose rows say what is due: any number of replicas may sweep, and downtime is made up for.
    """

    def __init__(self, seconds: float, **kwargs: Any):
        self.seconds = seconds
        super().__init__(**kwargs)

    def start(self) -> None:
        """Calls it for the first time at once."""
        self.stopping, self.stopped = Event(), Event()
        self.container.spawn_managed_thread(self._run, identifier=f"every {self.method_name}")

    def stop(self) -> None:
        """Returns once a call that runs has ended, or after `waits.STOP_GRACE`."""
        if not self.stopping.ready():
            self.stopping.send()
        with eventlet.Timeout(waits.STOP_GRACE, False):
            self.stopped.wait()

    def _run(self) -> None:
        backoff = Backoff()
        try:
            while not self.stopping.ready():
                wait = self.seconds
                try:
                    if self._call():
                        wait = 0.0
                    backoff.reset()
                except Exception as fault:  # noqa: BLE001 - a sweep that dies would stop every clock silently
                    wait = max(self.seconds, backoff.next())
                    log.warning("%s: %s; again in %.1f s", self.method_name, type(fault).__name__, wait)
                if wait:
                    with eventlet.Timeout(wait, False):
                        self.stopping.wait()
                else:
                    eventlet.sleep(0)
        finally:
            self.stopped.send()

    def _call(self) -> int:
        result = Event()
        self.container.spawn_worker(self, (), {}, handle_result=partial(_settle, result))
        return result.wait() or 0


def every(seconds: float) -> Callable[[Method], Method]:
    """Decorates the method that is called again and again."""
    registering: Callable[[Method], Method] = Every.decorator(seconds)
    return registering


class Injected(DependencyProvider):
    """Hands the method what the process made once and put into the configuration under this name."""

    def __init__(self, name: str):
        self.given_name = name

    def get_dependency(self, worker_ctx: Any) -> Any:
        """The same object for every worker."""
        return self.container.config[self.given_name]


class Sending(DependencyProvider):
    """The relay of a service: woken by each commit, sweeping what a crash left; batches begin `waits.SENT_EVERY` apart.

    `gather`: the seconds it lets more be committed behind a first commit.
    """

    def __init__(self, gather: float = 0):
        self.gather = gather

    def start(self) -> None:
        """Begins to send what the outbox holds."""
        self.context: ServiceContext = self.container.config["context"]
        self.publisher = Publisher(self.container.config["AMQP_URL"])
        self.running = True
        self.seen: float | None = None
        self.stopped = Event()
        self.container.spawn_managed_thread(self._run, identifier="relay")

    def stop(self) -> None:
        """Sends what is left if the broker is there, and closes the connection; within `waits.STOP_GRACE`."""
        # providers stop after the workers: what the last of them committed is still sent, if the broker is there
        self.running = False
        self.context.relay_wakeup.set()
        with eventlet.Timeout(waits.STOP_GRACE, False):
            self.stopped.wait()
        self.publisher.close()

    def get_dependency(self, worker_ctx: Any) -> "Sending":
        """Itself: whoever answers for the service's health asks it."""
        return self

    def is_up(self) -> bool:
        """Whether the broker took or answered anything lately."""
        return self.seen is not None and time.monotonic() - self.seen < waits.BROKER_AWAY

    def readiness(self, engine: Engine, migrations: Path) -> dict[str, Any]:
        """{"status": "ready"} or what is missing; raises what the database raises when it is away."""
        if not is_migrated(engine, migrations):
            return {"status": "waiting", "for": "migrate"}
        return {"status": "ready"} if self.is_up() else {"status": "waiting", "for": "broker"}

    def _run(self) -> None:
        relay, backoff = Relay(self.context, self.publisher), Backoff()
        try:
            while True:
                last = not self.running
                # cleared before the look, not after the wait: a commit in between is not slept through
                self.context.relay_wakeup.clear()
                begun = time.monotonic()
                try:
                    self.publisher.check()
                    relay.run_once()
                    self.seen = time.monotonic()
                    backoff.reset()
                except Exception as fault:  # noqa: BLE001 - whatever it was, unsent rows must be tried again
                    if last:
                        return
                    wait = backoff.next()
                    what = "broker away" if isinstance(fault, BROKER_FAULTS) else "relay stopped"
                    log.warning("%s (%s); sending again in %.1f s", what, type(fault).__name__, wait)
                    eventlet.sleep(wait)
                    continue
                if relay.more:
                    continue
                if last:
                    return
                if self.context.relay_wakeup.wait(waits.SWEEP_DELIVERY) and self.running:
                    eventlet.sleep(max(self.gather, begun + waits.SENT_EVERY - time.monotonic(), 0))
        finally:
            self.stopped.send()
