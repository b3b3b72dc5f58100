"""Behind the dead letters there is nothing: what the broker gives up there would be gone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pika
import pytest
import requests
from county import until

from contracts.routes import ROUTES
from courier.partners.topology import NEVER, Broker, ProvisionError, Queue, keep_all, with_own_exchange
from tools.dev import stack
from tools.dev.stack import COUNTY, Stack

RETURNS = 60  # RabbitMQ 4 gives a quorum queue's message up after 20


@contextmanager
def queues(system: Stack, *made: Queue) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    """Queues of the test's own, declared as `provision` would."""
    broker, plan = Broker(system.management), keep_all()
    for queue in made:
        plan += with_own_exchange(queue)
    broker.apply(plan, {})
    connection = pika.BlockingConnection(pika.URLParameters(system.amqp_admin))
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel
    finally:
        connection.close()
        for queue in made:
            broker.remove_queue(queue.name)
            broker.remove_exchange(queue.name)


def give_back(channel: Any, queue: str, times: int, within: float = 20) -> int:
    """Takes the queue's message and returns it; how often it could be taken."""
    taken, deadline = 0, time.monotonic() + within
    while taken < times and time.monotonic() < deadline:
        method, _, _ = channel.basic_get(queue)
        if method:
            taken += 1
            # from 4.3 on a reject is counted as a failure, and a nack is not
            channel.basic_reject(method.delivery_tag, requeue=True)
    return taken


def test_what_is_dead_stays_however_often_it_comes_back(system: Stack) -> None:
    """Also what was dead-lettered for its many returns: a newer broker lets it bring their count along."""
    source, dead = Queue("test.source", "test.dead"), Queue("test.dead")
    with queues(system, dead, source) as channel:
        policy = {"pattern": "^test\\.source$", "definition": {"delivery-limit": 5}, "apply-to": "queues"}
        admin = Broker(system.management)
        admin._put("policies/%2F/test", policy)
        try:
            channel.basic_publish(source.name, "x", b"{}", pika.BasicProperties(delivery_mode=2), mandatory=True)
            # where the limit is reached it moves
            give_back(channel, source.name, RETURNS, 5)
            assert RETURNS == give_back(channel, dead.name, RETURNS)
            assert channel.basic_get(dead.name, auto_ack=True)[0]
        finally:
            admin._call("DELETE", "policies/%2F/test")


def test_the_broker_keeps_the_policy_for_every_last_queue(system: Stack) -> None:
    """What is in force, not what was asked for: in a system that runs, and once more after it was provisioned again."""
    stack.provision(system, COUNTY / "agencies.yaml")
    for service in ROUTES:

        def kept(queue: str = f"{service}.dead") -> bool:
            found = requests.get(f"{system.management}/api/queues/%2F/{queue}", timeout=10).json()
            return bool((found.get("effective_policy_definition") or {}).get("delivery-limit") == NEVER)

        until(kept, f"the policy of {service}.dead")  # the broker counts its queues every few seconds


@pytest.mark.parametrize("of", ["policies", "operator-policies"])
def test_another_policy_in_its_place_is_said(system: Stack, of: str) -> None:
    """Of several policies the broker keeps one, of two limits the smaller: provisioning that would leave a queue
    dropping says so and stops."""
    admin, definition = Broker(system.management), {"delivery-limit": 20}
    other = {"pattern": "^test\\.dead$", "definition": definition, "apply-to": "queues", "priority": 500}
    admin._put(f"{of}/%2F/other", other)
    try:
        with (
            pytest.raises(ProvisionError, match=r"other is in force for test\.dead"),
            queues(system, Queue("test.dead")),
        ):
            pass
    finally:
        admin._call("DELETE", f"{of}/%2F/other")
        admin.remove_queue("test.dead")
        admin.remove_exchange("test.dead")
