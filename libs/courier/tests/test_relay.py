"""From the outbox to a real broker: everything, in order per lane, and one refused lane stops no other."""

import threading
import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import amqp
import pytest
from amqp.method_framing import frame_writer
from amqp.serialization import dumps
from plain_service import ACTOR, build_context
from sqlalchemy import Engine, text

from courier.amqp import BROKER_FAULTS, Outgoing, Publisher, connect
from courier.envelope import CONTENT_TYPE, parse
from courier.frames import OVERHEAD, published
from courier.outbox import LANES, Relay
from courier.partners.topology import Binding, Broker, Exchange, Plan, Queue
from tools.dev.stack import Stack


@pytest.fixture
def place(system: Stack) -> Iterator[str]:
    """A name with `<name>.events` bound to a queue of the same name."""
    name = f"t{uuid.uuid4().hex[:8]}"
    plan = Plan((Exchange(f"{name}.events"),), (Queue(name),), (Binding(f"{name}.events", name, "#"),))
    Broker(system.management).apply(plan, {})
    yield name
    connection = connect(system.amqp_admin)
    channel = connection.channel()
    channel.queue_delete(name)
    channel.exchange_delete(f"{name}.events")
    connection.close()


def drain(system: Stack, queue: str) -> list[amqp.Message]:
    connection = connect(system.amqp_admin)
    channel = connection.channel()
    found = []
    while (message := channel.basic_get(queue, no_ack=True)) is not None:
        found.append(message)
    connection.close()
    return found


def test_three_relays_send_everything_in_order_per_lane(system: Stack, engine: Engine, place: str) -> None:
    """Claimed by lane, not by row: with three relays at once no event overtakes another of its subject."""
    context, subjects, last = build_context(engine, place), [f"s{n}" for n in range(20)], 15
    for _ in range(last):
        with context.begin(ACTOR) as work:
            for subject in subjects:
                work.event("thing.happened.v1", subject)

    def run() -> None:
        publisher = Publisher(system.amqp_admin)
        relay = Relay(context, publisher)
        while True:
            relay.run_once()
            with engine.connect() as connection:
                if connection.scalar(text("SELECT count(*) FROM outbox")) == 0:
                    break
        publisher.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    order: dict[str, list[int | None]] = {subject: [] for subject in subjects}
    for message in drain(system, place):
        envelope = parse(message.body)
        order[envelope.subject].append(envelope.version)
    assert {subject: list(range(1, last + 1)) for subject in subjects} == order


def test_a_refused_lane_backs_off_and_blocks_no_other(system: Stack, engine: Engine, place: str) -> None:
    """What no queue is bound for stays listed with its reason; the rest is sent and forgotten."""
    context = build_context(engine, place)
    with context.begin(ACTOR) as work:
        work.event("thing.happened.v1", "s1")
        work.event("thing.happened.v1", "s2")
        work.letter("nobody", "note.v1", "s1", {})
    connection = connect(system.amqp_admin)
    connection.channel().exchange_declare("nobody.letters", "fanout", durable=True, auto_delete=False)
    publisher = Publisher(system.amqp_admin)
    relay = Relay(context, publisher)
    assert relay.run_once() == 3
    assert not relay.more  # whoever commits meanwhile wakes it: it need not ask again
    assert relay.run_once() == 0
    with engine.connect() as rows:
        left = rows.execute(text("SELECT exchange, attempts, reason, next_at > now() FROM outbox")).all()
    assert [tuple(row) for row in left] == [("nobody.letters", 1, "returned: no queue is bound", True)]
    connection.channel().exchange_delete("nobody.letters")
    connection.close()
    publisher.close()


def test_many_refused_lanes_are_no_pause_for_who_comes_after(system: Stack, engine: Engine, place: str) -> None:
    """Somebody whose inbox is full has thousands of them, older than all the rest, and every one is tried again."""
    context = build_context(engine, place)
    with context.begin(ACTOR) as work:
        for n in range(3 * LANES):
            work.letter("nobody", "note.v1", f"stuck {n}", {})
        work.event("thing.happened.v1", "s")
    connection = connect(system.amqp_admin)
    connection.channel().exchange_declare("nobody.letters", "fanout", durable=True, auto_delete=False)
    publisher = Publisher(system.amqp_admin)
    relay = Relay(context, publisher)
    assert LANES == relay.run_once()
    while relay.more:  # else the service waits until it is woken
        relay.run_once()
    assert 1 == len(drain(system, place))
    connection.channel().exchange_delete("nobody.letters")
    connection.close()
    publisher.close()


def test_what_was_not_confirmed_is_sent_again(system: Stack, engine: Engine, place: str) -> None:
    """A connection cut between publish and confirm leaves the row; the next pass sends it: at least once."""
    context = build_context(engine, place)
    with context.begin(ACTOR) as work:
        work.event("thing.happened.v1", "s")
    publisher = Publisher(system.amqp_admin)
    publisher.check()
    assert publisher._connection is not None
    publisher._connection.transport.sock.shutdown(2)
    with pytest.raises(BROKER_FAULTS):
        Relay(context, publisher).run_once()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 1
    assert Relay(context, publisher).run_once() == 1
    assert len(drain(system, place)) >= 1
    publisher.close()


def test_a_body_of_any_length_arrives_as_it_was(system: Stack, place: str) -> None:
    """Empty, exactly one frame, above it, and among many: each with its own id, persistent, in its sender's name."""
    publisher = Publisher(system.amqp_admin)
    publisher.check()
    frame = publisher._connection.frame_max - OVERHEAD
    bodies = [b"", "枫".encode(), b"a" * frame, b"b" * (frame + 1), b"c" * (3 * frame - 1), *[b"d" * 700] * 300]
    sent = [Outgoing(f"m{n}", f"{place}.events", "thing.happened.v1", body) for n, body in enumerate(bodies)]
    assert {} == publisher.publish(sent)
    publisher.close()
    found = [(message.properties, message.body or b"") for message in drain(system, place)]
    assert [(each.message_id, each.body) for each in sent] == [
        (properties["message_id"], body.encode() if isinstance(body, str) else bytes(body))
        for properties, body in found
    ]
    assert {(2, "admin", CONTENT_TYPE)} == {
        (properties["delivery_mode"], properties["user_id"], properties["content_type"]) for properties, _ in found
    }


def test_the_frames_are_what_the_library_writes() -> None:
    """Byte for byte, for the same message: only the number of writes is ours."""
    body, written = "枫桥".encode() * 50, list[bytes]()
    connection = SimpleNamespace(frame_max=131072, bytes_sent=0)
    write = frame_writer(connection, SimpleNamespace(write=lambda view: written.append(bytes(view))))
    message = amqp.Message(body, content_type=CONTENT_TYPE, delivery_mode=2, message_id="m1", user_id="referral")
    arguments = dumps("Bssbb", (0, "here.events", "thing.happened.v1", True, False))
    write(1, 7, (60, 40), arguments, message)
    ours = published(7, 131072, "referral", "here.events", "thing.happened.v1", "m1", body)
    assert [ours] == written
