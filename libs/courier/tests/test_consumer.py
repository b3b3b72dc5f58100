"""From a real broker's queue to a handler: what waits, together and in order, and gone only when it was handled."""

import threading
import uuid
from collections.abc import Iterator, Sequence

import pytest

from courier.amqp import BATCH, HEAP, Consumer, Delivery, Outgoing, Publisher, connect
from courier.partners.topology import Broker, Plan, Queue
from tools.dev.stack import Stack


@pytest.fixture
def queue(system: Stack) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:8]}"
    Broker(system.management).apply(Plan((), (Queue(name),), ()), {})
    yield name
    connection = connect(system.amqp_admin)
    connection.channel().queue_delete(name)
    connection.close()


def put(system: Stack, queue: str, count: int, size: int = 0) -> list[bytes]:
    """So many messages by the default exchange; their bodies, of at least `size` bytes."""
    bodies = [str(n).encode().ljust(size) for n in range(count)]
    publisher = Publisher(system.amqp_admin)
    assert {} == publisher.publish([Outgoing(f"{n}", "", queue, body) for n, body in enumerate(bodies)])
    publisher.close()
    return bodies


def left(system: Stack, queue: str) -> int:
    connection = connect(system.amqp_admin)
    count: int = connection.channel().queue_declare(queue, passive=True).message_count
    connection.close()
    return count


def consume(consumer: Consumer, done: threading.Event) -> None:
    """Until it is done."""
    running = threading.Thread(target=consumer.run)
    running.start()
    assert done.wait(30)
    consumer.stop()
    running.join(30)


def test_what_waits_comes_together_and_in_order(system: Stack, queue: str) -> None:
    """At most BATCH at once, in fewer calls than messages; all of it is gone at the end."""
    bodies, calls, done = put(system, queue, 3 * BATCH), list[list[bytes]](), threading.Event()

    def handle(deliveries: Sequence[Delivery]) -> None:
        calls.append([each.body for each in deliveries])
        if sum(map(len, calls)) == len(bodies):
            done.set()

    consume(Consumer(system.amqp_admin, queue, handle, BATCH), done)
    assert bodies == [body for call in calls for body in call]
    assert BATCH == max(map(len, calls))
    assert len(calls) < len(bodies) / 10
    assert 0 == left(system, queue)


def test_large_ones_come_few_at_a_time(system: Stack, queue: str) -> None:
    """What is taken together has a bound in bytes, too: a backlog of long letters must not end the process."""
    size, calls, done = 300 * 1024, list[int](), threading.Event()
    put(system, queue, 40, size)

    def handle(deliveries: Sequence[Delivery]) -> None:
        calls.append(sum(len(each.body) for each in deliveries))
        if sum(calls) == 40 * size:
            done.set()

    consume(Consumer(system.amqp_admin, queue, handle, BATCH), done)
    assert HEAP / 2 < max(calls) <= HEAP


def test_what_comes_while_a_batch_fails_is_not_acknowledged_with_it(system: Stack, queue: str) -> None:
    """A fault, and more arriving until it is over: each is handled once it is its turn, none is taken for handled."""
    bodies, done = put(system, queue, 7), threading.Event()
    tried, handled = list[int](), list[bytes]()

    def handle(deliveries: Sequence[Delivery]) -> None:
        tried.append(len(deliveries))
        if len(tried) == 1:
            raise ConnectionError
        handled.extend(each.body for each in deliveries)
        if len(handled) == len(bodies):
            done.set()

    consume(Consumer(system.amqp_admin, queue, handle, 2), done)
    assert bodies == handled
    assert max(tried) <= 2
    assert 0 == left(system, queue)


def test_what_was_not_handled_is_tried_again_and_given_back(system: Stack, queue: str) -> None:
    """A fault acknowledges nothing: the same ones come again, and when told to stop they are another's."""
    bodies, calls = put(system, queue, BATCH), list[list[bytes]]()

    def handle(deliveries: Sequence[Delivery]) -> None:
        calls.append([each.body for each in deliveries])
        if len(calls) == 2:
            consumer.stop()
        raise ConnectionError

    consumer = Consumer(system.amqp_admin, queue, handle, BATCH)
    consumer.run()
    assert calls[0] == calls[1] == bodies[: len(calls[0])]
    assert BATCH == left(system, queue)
