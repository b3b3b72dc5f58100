"""The broker's side: one publisher with pipelined confirms, one consumer per queue. py-amqp only; no topology here."""

import logging
import random
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import AccessRefused, AMQPError, InternalError, NotFound

from courier import waits
from courier.frames import Handed, handing, published
from courier.waits import Backoff

__all__ = ["BATCH", "BROKER_FAULTS", "Consumer", "Delivery", "Publisher"]

log = logging.getLogger(__name__)

BATCH = 200
HEAP = 2 * 1024 * 1024  # bytes taken together: each body is held several times over, and a service has 256 MiB
PREFETCH = 20
SLAB = 64 * 1024  # bytes written at once
MARK = ""  # the exchange of what `provision` itself puts into a queue: nobody else may write to the default one
BROKER_FAULTS = (AMQPError, OSError, socket.timeout)


@dataclass(frozen=True, slots=True)
class Outgoing:
    message_id: str
    exchange: str
    routing_key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the broker handed over. `exchange` is where it was published; `user` is who the broker says sent it."""

    queue: str
    exchange: str
    routing_key: str
    user: str | None
    body: bytes
    redelivered: bool
    headers: Mapping[str, Any]
    sound: bool = True  # every property is what its type says


def connect(url: str, take: Callable[[Handed], None] | None = None) -> amqp.Connection:
    """A connection that notices a dead peer, to the first of the address's hosts that answers, tried in any order.

    `take` is given what the broker hands over, in place of the library's callbacks.

    `amqp://user:password@host:5672,other:5672/vhost`. Raises one of BROKER_FAULTS.
    """
    hosts = urlsplit(url).netloc.rpartition("@")[2].split(",")
    random.shuffle(hosts)  # replicas spread over a cluster's nodes
    for host in hosts[:-1]:
        with suppress(*BROKER_FAULTS):
            return _connect(url, host, take)
    return _connect(url, hosts[-1], take)


def user_of(url: str) -> str:
    return unquote(urlsplit(url).username or "")


def _connect(url: str, host: str, take: Callable[[Handed], None] | None) -> amqp.Connection:
    parts = urlsplit(url)
    frames = {"frame_handler": handing(take)} if take else {}
    connection = amqp.Connection(
        host=host if ":" in host else f"{host}:5672",
        userid=user_of(url),
        password=unquote(parts.password or ""),
        virtual_host=unquote(parts.path[1:]) or "/",
        heartbeat=waits.HEARTBEAT,
        connect_timeout=waits.CONNECT_TIMEOUT,
        read_timeout=waits.CONFIRM_TIMEOUT,
        write_timeout=waits.CONFIRM_TIMEOUT,
        client_properties={"product": "fengqiao"},
        **frames,
    )
    try:
        connection.connect()
    except BaseException:
        # a half-opened one would keep its socket until somebody collects it
        connection.collect()
        raise
    return connection


class Publisher:
    """Publishes batches and waits for every confirm. Any fault drops the connection: its delivery tags are void."""

    def __init__(self, url: str):
        self.url = url
        self.user = user_of(url)
        self._connection: Any = None
        self._channel: Any = None
        self._pending: dict[int, Outgoing] = {}
        self._faults: dict[str, str] = {}
        self._tag = 0

    def publish(self, batch: Sequence[Outgoing]) -> dict[str, str]:
        """Returns message id → reason for what the broker refused; the rest is confirmed. Raises BROKER_FAULTS."""
        if not batch:
            return {}
        try:
            if self._connection is None:
                self._open()
            self._write(batch)
            self._await_confirms()
            return self._faults
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Drops the connection, and with it what was not confirmed; a fault of the broker's is not raised."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # the fault that led here is what is raised
                connection.collect()

    def check(self) -> None:
        """Opens the connection if there is none and keeps an idle one alive. Raises BROKER_FAULTS."""
        try:
            if self._connection is None:
                self._open()
            with suppress(socket.timeout):
                self._connection.drain_events(timeout=0)
            self._connection.heartbeat_tick()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self._connection = connect(self.url)
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._answered)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._tag = 0

    def _write(self, batch: Sequence[Outgoing]) -> None:
        self._pending, self._faults = {}, {}
        channel, most, frames, size = self._channel.channel_id, self._connection.frame_max, list[bytes](), 0
        for item in batch:
            self._tag += 1
            self._pending[self._tag] = item
            frames.append(
                published(channel, most, self.user, item.exchange, item.routing_key, item.message_id, item.body)
            )
            size += len(frames[-1])
            if size >= SLAB:
                self._send(frames)
                frames, size = [], 0
        if frames:
            self._send(frames)

    def _send(self, frames: Sequence[bytes]) -> None:
        self._connection.transport.write(b"".join(frames))
        self._connection.bytes_sent += 1  # what the heartbeat looks at
        # what came meanwhile is read: a broker whose answers nobody takes stops taking ours
        with suppress(socket.timeout):
            self._connection.drain_events(timeout=0)

    def _await_confirms(self) -> None:
        deadline = time.monotonic() + waits.CONFIRM_TIMEOUT
        while self._pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the broker did not confirm in time")
            self._connection.drain_events(timeout=left)

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        for item in self._answered(delivery_tag, multiple):
            self._faults[item.message_id] = "nacked: the queue is full"

    def _answered(self, tag: int, multiple: bool) -> list[Outgoing]:
        # tags are pending in their order
        tags = list(takewhile(lambda each: each <= tag, self._pending)) if multiple else [tag]
        return [self._pending.pop(each) for each in tags]

    def _on_return(self, fault: Exception, exchange: str, routing_key: str, message: Any) -> None:
        # the broker returns a message before it confirms it
        self._faults[message.properties["message_id"]] = "returned: no queue is bound"


class NotThere(Exception):  # noqa: N818 - it is no error of anybody's
    """The queue is not there, or not ours to read: the broker asks for the right first."""


class Consumer:
    """Takes what waits in one queue, in order, up to `most` and HEAP; acknowledges it after `handle` returned.

    `handle` returning means: committed. When it raises, the fault is the database's or ours, not a message's (those
    are kept in the inbox): the same messages are tried again here, with backoff, on the same connection, so that an
    hour without a database does not count as a thousand returns at the broker.

    A broker may fail on a message while it hands it over. That ends the connection, and counts as a return of all that
    was handed over with it: from then on one is asked for at a time, so that it counts for the culprit alone, until the
    queue's limit sets it aside.
    """

    def __init__(
        self,
        url: str,
        queue: str,
        handle: Callable[[Sequence[Delivery]], None],
        most: int = 1,
        *,
        prefetch: int | None = None,
        tag: str = "",
        until_marked: bool = False,
        gone: Callable[[], bool] = lambda: False,
        gather: float = 0,
    ):
        """`until_marked`: ends at the mark that `provision` puts behind the last message; it stays, for other copies.

        `gone`: asked when the queue is not there; True ends the consumer. `gather`: seconds for more to come behind a
        first message; none where somebody waits for what it leads to.
        """
        self.url, self.queue, self.handle, self.most = url, queue, handle, most
        self.prefetch = prefetch or max(PREFETCH, 2 * most)  # the next batch is here before this one is committed
        self.tag, self.until_marked, self.gone, self.gather = tag, until_marked, gone, gather
        self.idle = waits.IDLE_OF_MANY if prefetch else waits.IDLE
        self._stop = threading.Event()
        self._waiting: list[Handed] = []

    def run(self) -> None:
        """Until `stop`; waits for a broker that is away, saying so in one line."""
        backoff, failed, since = Backoff(), 0, time.monotonic()
        while not self._stop.is_set():
            try:
                if self._consume(backoff):
                    return
            except NotThere:
                if self.gone():
                    return
                self._pause(f"queue {self.queue} does not exist: run `provision`", backoff)
            except InternalError:
                if time.monotonic() - since > waits.BROKER_FAILED_WITHIN:
                    failed, since = 0, time.monotonic()
                self.prefetch, failed = 1, failed + 1
                if failed > waits.BROKER_FAILED_MOST:
                    self._pause(f"the broker fails on messages of {self.queue}", backoff)
                else:
                    log.error("the broker failed on a message of %s; again, one at a time", self.queue)
                    self._stop.wait(waits.BROKER_FAILED)
            except BROKER_FAULTS as fault:
                self._pause(f"broker away ({type(fault).__name__}) for {self.queue}", backoff)
            except Exception:
                # ours or the library's: a queue without a consumer is a service that silently stopped
                log.exception("the consumer of %s failed", self.queue)
                self._pause(f"consuming {self.queue} again", backoff)

    def stop(self) -> None:
        """Tells `run` to end once what is in hand is settled; returns at once."""
        self._stop.set()

    def _consume(self, backoff: Backoff) -> bool:
        """True at the mark, False when told to stop."""
        self._waiting.clear()
        connection = connect(self.url, self._waiting.append)
        try:
            channel = connection.channel()
            channel.basic_qos(0, self.prefetch, False)
            try:
                channel.basic_consume(self.queue, self.tag, on_cancel=_cancelled)
            except (NotFound, AccessRefused) as fault:
                raise NotThere from fault
            log.info("consuming %s", self.queue)
            backoff.reset()
            while not self._stop.is_set():
                self._gather(connection)
                batch = self._next()
                if batch and self.until_marked and batch[0].exchange == MARK:
                    return True
                if batch and self._settle(connection, batch):
                    self._acknowledge(channel, batch[-1])
                    del self._waiting[: len(batch)]
            return False
        finally:
            with suppress(Exception):  # a broken connection cannot be closed politely
                connection.close()

    def _gather(self, connection: amqp.Connection) -> None:
        """Waits for a first message, and `gather` for those behind it."""
        self._listen(connection, self.idle if not self._waiting else 0)
        until = time.monotonic() + self.gather
        while self._has_room() and select.select([connection.sock], [], [], max(0, until - time.monotonic()))[0]:
            self._listen(connection, waits.REST_OF_MESSAGE)

    def _has_room(self) -> bool:
        return 0 < len(self._waiting) < self.most and sum(each.size for each in self._waiting) < HEAP

    def _next(self) -> list[Handed]:
        """The oldest of those that wait: what came while a batch was tried again is another's."""
        sizes = accumulate(each.size for each in self._waiting[: self.most])
        # one that is too large is taken alone
        return self._waiting[: max(1, sum(size <= HEAP for size in sizes))]

    def _settle(self, connection: amqp.Connection, messages: Sequence[Handed]) -> bool:
        """True once committed; False when told to stop first, and the broker gives the messages to another."""
        deliveries = [_delivery(self.queue, message) for message in messages]
        backoff = Backoff()
        while True:
            try:
                self.handle(deliveries)
                return True
            except Exception as fault:  # noqa: BLE001 - whatever it was, an ack would lose the messages
                wait = backoff.next()
                log.warning("%s: %s; %d tried again in %.1f s", self.queue, type(fault).__name__, len(deliveries), wait)
            until = time.monotonic() + wait
            while time.monotonic() < until:
                if self._stop.is_set():
                    return False
                self._listen(connection, waits.STOP_LOOK)

    def _acknowledge(self, channel: amqp.Channel, last: Handed) -> None:
        # the channel is this queue's alone: everything up to the last one is of the batch
        channel.basic_ack(last.tag, multiple=True)

    def _listen(self, connection: amqp.Connection, seconds: float) -> None:
        if seconds:
            with suppress(socket.timeout):
                connection.drain_events(timeout=seconds)
        connection.heartbeat_tick()

    def _pause(self, sentence: str, backoff: Backoff) -> None:
        wait = backoff.next()
        log.warning("%s; again in %.1f s", sentence, wait)
        self._stop.wait(wait)


def _cancelled(_tag: str) -> None:
    # a queue deleted under the consumer cancels it silently: nothing would ever come again
    raise ConnectionError("the broker cancelled the consumer")


def _delivery(queue: str, message: Handed) -> Delivery:
    return Delivery(
        queue=queue,
        exchange=message.exchange,
        routing_key=message.routing_key,
        user=message.user,
        body=message.body,
        redelivered=message.redelivered,
        headers=message.headers,
        sound=message.sound,
    )
