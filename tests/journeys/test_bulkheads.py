"""One partner's queue, connection and turn are its own: whatever it sends, the others are heard meanwhile."""

import time
import uuid
from collections.abc import Iterator
from struct import pack
from subprocess import CompletedProcess

import pika
import pytest
from amqp10 import Sender, char
from county import Agency, Window, done, until

from courier.amqp import Outgoing, Publisher, connect
from courier.partners.topology import Broker
from tests.journeys.test_channels import Operator
from tools.dev import stack
from tools.dev.stack import Stack

WITHIN = 5.0  # seconds in which a good message is dealt with, whoever else says what
KEY = "reply.signed.v1"


@pytest.fixture
def agencies(system: Stack) -> Iterator[tuple[Agency, Agency]]:
    """One that does wrong, and another."""
    wrong, other = Agency(system, "A13"), Agency(system, "A12")
    yield wrong, other
    for each in (wrong, other):
        each.close()


def is_heard(agency: Agency) -> float:
    """Seconds until an answer came."""
    begun, number = time.monotonic(), f"移{uuid.uuid4().hex[:8]}"
    said = agency.reply("signed", number)
    agency.hear("message.rejected.v1", lambda data: data["message"] == said)
    return time.monotonic() - begun


@pytest.mark.timeout(300)
def test_a_flood_of_one_delays_no_other(system: Stack, agencies: tuple[Agency, Agency]) -> None:
    """A thousand that cannot be read, each parked and answered: another is heard within seconds, the window too."""
    wrong, other = agencies
    wrong.channel.queue_purge("agency.A13.inbox")
    for n in range(1000):
        wrong.send(f'{{"id": "{n}"'.encode(), KEY)
    assert is_heard(other) < WITHIN
    begun = time.monotonic()
    done(Window(system).request("GET", "/petitions"))
    assert time.monotonic() - begun < WITHIN
    until(lambda: waiting(Broker(system.management), "agency.A13.inbox") >= 1000, "each answered", 200)
    assert 1000 == waiting(Broker(system.management), "agency.A13.inbox")
    wrong.channel.queue_purge("agency.A13.inbox")


def test_a_property_that_cannot_be_read_is_answered_once(system: Stack, agencies: tuple[Agency, Agency]) -> None:
    """A time in milliseconds in a header: told by name, parked once; what comes behind it is dealt with."""
    wrong, _ = agencies
    wrong.channel.queue_purge("agency.A13.inbox")
    connection = connect(system.amqp("A13"))
    channel = connection.channel()
    channel.confirm_select()
    exchange, key, body = b"agency.A13.out", KEY.encode(), b'{"id": "in-milliseconds"}'
    method = pack(">HHH", 60, 40, 0) + bytes([len(exchange)]) + exchange + bytes([len(key)]) + key + b"\0"
    at = b"\x02atT" + pack(">Q", 1_790_000_000_000)
    header = pack(">HHQH", 60, 0, len(body), 1 << 13 | 1 << 4) + pack(">I", len(at)) + at + b"\x03A13"
    for kind, payload in ((1, method), (2, header), (3, body)):
        connection.transport.write(pack(">BHI", kind, channel.channel_id, len(payload)) + payload + b"\xce")
    channel.wait((60, 80))
    connection.close()
    told = wrong.hear("message.rejected.v1", lambda data: data["message"] == "in-milliseconds")["data"]
    assert "properties" == told["field"]
    assert is_heard(wrong) < WITHIN


@pytest.fixture
def broker(system: Stack) -> Broker:
    broker = Broker(system.management)
    if int(broker.version().split(".")[0]) < 4:
        pytest.skip("AMQP 1.0 is spoken by itself from RabbitMQ 4.0 on")
    return broker


def hostile(system: Stack, user: str, exchange: str, key: str, ttl: int | None = None) -> None:
    with Sender("127.0.0.1", system.ports["amqp"], user, system.passwords[user], exchange, key) as sender:
        sender.send(b"{}", {"grade": char("A")}, ttl)


def waiting(broker: Broker, queue: str) -> int:
    return int((broker.queue(queue) or {}).get("messages", 0))


def empty(broker: Broker, queue: str) -> None:
    """Returns when the broker counts it so: its count, which the next test begins with, is up to 5 s old."""
    broker.empty(queue)
    until(lambda: waiting(broker, queue) == 0, "empty")


@pytest.mark.parametrize("key", [KEY, "petition.submitted.v1", "no.such.type"])
def test_what_the_broker_fails_on_delays_its_sender_alone(
    system: Stack, broker: Broker, agencies: tuple[Agency, Agency], key: str
) -> None:
    """A `char` of AMQP 1.0: another agency is heard at once; its sender again, once it is set aside; no other died."""
    wrong, other = agencies
    before = waiting(broker, "agency.A13.unreadable")
    hostile(system, "A13", "agency.A13.out", key)
    assert is_heard(other) < WITHIN
    is_heard(wrong)
    until(lambda: waiting(broker, "agency.A13.unreadable") == before + 1, "set aside")
    empty(broker, "agency.A13.unreadable")


def test_what_expires_and_the_broker_fails_on_stops_no_dead_letters(system: Stack, broker: Broker) -> None:
    """It is read apart from everybody's dead letters, and set aside from there."""
    # the first keeps its queue busy, so that the second expires before its turn
    hostile(system, "A13", "agency.A13.out", KEY)
    hostile(system, "A13", "agency.A13.out", KEY, ttl=1)
    until(lambda: waiting(broker, "agency.A13.unreadable") == 2, "both set aside", 60)
    assert not (broker.queue("referral.dead") or {}).get("messages")
    empty(broker, "agency.A13.unreadable")


def test_an_operator_delays_no_other_operator(system: Stack, broker: Broker) -> None:
    """The same for who makes the calls: it is set aside in a queue of its own."""
    hostile(system, "phone", "notify.phone.out", "notice.result.v1")
    operator = Operator(system, "sms")
    operator.connection.close()
    until(lambda: waiting(broker, "notify.phone.unreadable") == 1, "set aside")
    empty(broker, "notify.phone.unreadable")


def test_what_was_set_aside_is_seen_and_dropped_by_who_says_so(system: Stack) -> None:
    """Whose it is, how many, and nothing of what they say; without an officer's number nothing is dropped."""
    broker, secret = Broker(system.management), "画眉鸟"
    publisher = Publisher(system.amqp_admin)
    aside = [Outgoing(f"{n}", "agency.A08.unreadable", "k\x1b[2J", secret.encode()) for n in range(2)]
    assert {} == publisher.publish(aside)
    publisher.close()
    connection = pika.BlockingConnection(pika.URLParameters(system.amqp_admin))
    # what it claims of its deaths is none, and of its length the operator need not fetch all
    forged = pika.BasicProperties(delivery_mode=2, headers={"x-death": "never"})
    connection.channel().basic_publish("agency.A08.unreadable", "k", b"x" * 5_000, forged)
    connection.close()
    until(lambda: waiting(broker, "agency.A08.unreadable") == 3, "counted")

    def unreadable(*more: str) -> CompletedProcess[str]:
        settings = {"BROKER_MANAGEMENT_URL": system.management}
        return stack.command(system, "referral", "agencies", "unreadable", *more, settings=settings)

    shown = unreadable()
    assert "A08  3 条" in shown.stdout, shown.stdout + shown.stderr
    assert "5000 字节  k  -" in shown.stdout
    assert not [mark for mark in (secret, "\x1b") if mark in shown.stdout]
    assert 2 == unreadable("A08", "--drop").returncode
    assert 0 != unreadable("A08", "--drop", "--officer", "999999").returncode
    assert "没有搁置的消息" in unreadable("A09").stdout
    # seen any number of times: the broker's own limit of returns would drop it
    assert "A08  3 条" in unreadable("A08").stdout
    dropped = unreadable("A08", "--drop", "--officer", "900007")
    assert "A08 的 3 条已删除" in dropped.stdout, dropped.stdout + dropped.stderr
    until(lambda: waiting(broker, "agency.A08.unreadable") == 0, "dropped")
