"""From the outbox to a real broker: everything, in order per lane, and one refused lane stops no other."""

import threading
import uuid
from collections.abc import Iterator

import amqp
import pytest
from seat import ACTOR, office
from sqlalchemy import Engine, text

from courier.envelope import parse
from courier.relay import Relay
from courier.topology import Binding, Broker, Exchange, Plan, Queue
from courier.wire import BROKER_FAULTS, Publisher, connect
from local.stack import Stack


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
    seat, subjects, last = office(engine, place), [f"s{n}" for n in range(20)], 15
    for _ in range(last):
        with seat.begin(ACTOR) as work:
            for subject in subjects:
                work.event("thing.happened.v1", subject)

    def run() -> None:
        publisher = Publisher(system.amqp_admin)
        relay = Relay(seat, publisher)
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
    seat = office(engine, place)
    with seat.begin(ACTOR) as work:
        work.event("thing.happened.v1", "s1")
        work.event("thing.happened.v1", "s2")
        work.letter("nobody", "note.v1", "s1", {})
    connection = connect(system.amqp_admin)
    connection.channel().exchange_declare("nobody.letters", "fanout", durable=True, auto_delete=False)
    publisher = Publisher(system.amqp_admin)
    assert Relay(seat, publisher).run_once() == 2
    assert Relay(seat, publisher).run_once() == 0
    with engine.connect() as rows:
        left = rows.execute(text("SELECT exchange, attempts, reason, next_at > now() FROM outbox")).all()
    assert [tuple(row) for row in left] == [("nobody.letters", 1, "returned: no queue is bound", True)]
    connection.channel().exchange_delete("nobody.letters")
    connection.close()
    publisher.close()


def test_what_was_not_confirmed_is_sent_again(system: Stack, engine: Engine, place: str) -> None:
    """A connection cut between publish and confirm leaves the row; the next pass sends it: at least once."""
    seat = office(engine, place)
    with seat.begin(ACTOR) as work:
        work.event("thing.happened.v1", "s")
    publisher = Publisher(system.amqp_admin)
    publisher.check()
    assert publisher._connection is not None
    publisher._connection.transport.sock.shutdown(2)
    with pytest.raises(BROKER_FAULTS):
        Relay(seat, publisher).run_once()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 1
    assert Relay(seat, publisher).run_once() == 1
    assert len(drain(system, place)) >= 1
    publisher.close()
