"""From one queue a service to one for each agency: as it was while older code reads; then in order, without loss."""

import threading
import uuid
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import pytest
import requests
from county import until

from contracts.routes import ROUTES
from courier.amqp import Consumer, Delivery, Outgoing, Publisher, connect
from courier.partners.topology import APART, Broker
from referral.use_cases import changes
from referral.use_cases.provision import before, plan
from tools.dev.stack import Stack

pytestmark = pytest.mark.long

OLD, NEW, OUT, KEY = "referral.agencies", "referral.agency.A09", "agency.A09.out", "reply.signed.v1"
PASSWORDS = dict.fromkeys([*ROUTES, "phone", "sms", "A08", "A09"], "only-for-tests")


@pytest.fixture
def place(system: Stack) -> Iterator[tuple[Broker, str]]:
    """A virtual host of its own, and the administrator's address there."""
    name = f"t{uuid.uuid4().hex[:8]}"
    for path in (f"vhosts/{name}", f"permissions/{name}/admin"):
        rights = dict.fromkeys(("configure", "write", "read"), ".*")
        requests.put(f"{system.management}/api/{path}", json=rights, timeout=10).raise_for_status()
    yield Broker(system.management, name), f"{system.amqp_admin.rpartition('/')[0]}/{quote(name)}"
    requests.delete(f"{system.management}/api/vhosts/{name}", timeout=10)


def provision(broker: Broker, shared: bool = False) -> tuple[bool, list[str]]:
    """What `provision` does to the broker; whether it stayed shared, and what it says."""
    older = [name for name in before(ROUTES) if changes._is_read_by_older(broker, name)]
    shared = shared or bool(older)
    whole = plan(ROUTES, ["A08", "A09"], shared=shared)
    # the users are the whole broker's, and those of the running system
    cut_off = broker.apply(type(whole)(whole.exchanges, whole.queues, whole.bindings), PASSWORDS)
    said = changes._share(broker, ROUTES, older) if shared else changes._drain(broker, ROUTES, cut_off)
    return shared, said


def say(url: str, *numbers: int) -> None:
    publisher = Publisher(url)
    assert {} == publisher.publish([Outgoing(f"{n}", OUT, KEY, f"{n}".encode()) for n in numbers])
    publisher.close()


def read(url: str, queue: str, count: int, **more: object) -> list[int]:
    """So many; a consumer that reads to the mark has to end by itself."""
    came, done = list[int](), threading.Event()

    def handle(deliveries: Sequence[Delivery]) -> None:
        came.extend(int(each.body) for each in deliveries)
        if len(came) == count:
            done.set()

    consumer = Consumer(url, queue, handle, **more)  # type: ignore[arg-type]
    running = threading.Thread(target=consumer.run)
    running.start()
    if not more:
        assert done.wait(30)
        consumer.stop()
    running.join(30)
    assert not running.is_alive()
    return came


def test_what_waits_in_the_shared_queue_is_read_first_and_to_its_end(place: tuple[Broker, str]) -> None:
    """By every copy: the mark stays for the next one. Then the queue is taken away; what came since is in the new."""
    broker, url = place
    assert [True] == [provision(broker, shared=True)[0]]
    say(url, *range(10))
    shared, said = provision(broker)
    assert not shared
    # nobody has read it
    assert [f"旧队列 {OLD} 还有 10 条，由服务先读完；请稍后再运行一次 provision"] == [
        each for each in said if OLD in each
    ]
    say(url, *range(10, 20))
    to_the_mark = {"tag": f"{APART}test", "until_marked": True, "gone": lambda: True}
    assert [*range(10)] == read(url, OLD, 10, **to_the_mark)
    assert [] == read(url, OLD, 0, **to_the_mark)
    assert f"旧队列 {OLD} 已读完、移除" in provision(broker)[1]
    assert broker.queue(OLD) is None
    # a copy that starts now goes on at once
    assert [] == read(url, OLD, 0, **to_the_mark)
    assert [*range(10, 20)] == read(url, NEW, 10)
    assert (False, []) == provision(broker)


def test_it_stays_shared_while_older_code_reads(place: tuple[Broker, str]) -> None:
    """Then both hear, as in every upgrade; a reader that knows what comes after it keeps nobody back."""
    broker, url = place
    provision(broker, shared=True)
    older, newer = connect(url), connect(url)
    older.channel().basic_consume(OLD)
    newer.channel().basic_consume(OLD, f"{APART}test")
    readers = lambda: len((broker.queue(OLD) or {}).get("consumer_details", ()))  # noqa: E731
    until(lambda: readers() == 2, "both are seen")
    shared, said = provision(broker)
    assert shared
    assert "旧版程序仍在读 referral.agencies" in said[0]
    older.close()
    until(lambda: readers() == 1, "one is gone")
    assert not provision(broker)[0]
    newer.collect()  # its queue is gone: a polite end would say so


def test_going_back_the_older_code_finds_its_queue_bound(place: tuple[Broker, str]) -> None:
    """`--shared` first: nothing goes where it does not read, nothing of ours is in its queue; then forward again."""
    broker, url = place
    provision(broker)
    assert provision(broker, shared=True)[0]
    say(url, 1, 2, 3)
    assert [1, 2, 3] == read(url, OLD, 3)
    assert not (broker.queue(NEW) or {}).get("messages")
    until(lambda: not (broker.queue(OLD) or {}).get("consumer_details"), "nobody reads it")
    assert not provision(broker)[0]
    assert [] == read(url, OLD, 0, tag=f"{APART}test", until_marked=True, gone=lambda: True)


def test_what_one_that_left_had_said_is_read_before_its_queue_goes(place: tuple[Broker, str]) -> None:
    """A service may be down when it leaves: a later run of `provision` takes the queue away, once it is empty."""
    broker, url = place
    provision(broker)
    say(url, 1)
    until(lambda: (broker.queue(NEW) or {}).get("messages") == 1, "counted")
    assert [f"A09 已移除，但 {NEW} 还有 1 条"] == changes._take_away(broker, ROUTES, {"A09"})
    assert [1] == read(url, NEW, 1)
    until(lambda: (broker.queue(NEW) or {}).get("messages") == 0, "counted")
    assert [] == changes._take_away(broker, ROUTES, {"A09"})
    left = {each["name"] for each in broker.queues()}
    assert {"agency.A09.inbox", "agency.A08.inbox"} <= left
    assert not [name for name in left if "A09" in name and not name.endswith(".inbox")]
