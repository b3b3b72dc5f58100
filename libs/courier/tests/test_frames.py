"""What a stranger puts around a message is the message's fault, never the connection's: at a real broker."""

import threading
from collections.abc import Sequence
from struct import pack

import pytest
from test_consumer import consume, put, queue

from courier.amqp import Consumer, Delivery, connect, user_of
from courier.envelope import LARGEST
from tools.dev.stack import Stack

__all__ = ["queue"]

HEADERS, APP_ID, USER_ID = 1 << 13, 1 << 3, 1 << 4


def short(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def table(*entries: bytes) -> bytes:
    whole = b"".join(entries)
    return pack(">I", len(whole)) + whole


def nested(depth: int) -> bytes:
    inner = table()
    for _ in range(depth):
        inner = table(short(b"x") + b"F" + inner)
    return inner


HOSTILE = {
    "a time in milliseconds": (HEADERS, table(short(b"at") + b"T" + pack(">Q", 1_790_000_000_000))),
    "the last time there is": (HEADERS, table(short(b"at") + b"T" + b"\xff" * 8)),
    "an application in GBK": (APP_ID, short("信访系统".encode("gbk"))),
    "a header's name that is no text": (HEADERS, table(short(b"\xff\xfe") + b"I" + pack(">i", 1))),
    "deeper than anybody reads": (HEADERS, nested(5_000)),
    "a time in a list in a table": (
        HEADERS,
        table(short(b"a") + b"F" + table(short(b"b") + b"A" + table(b"T" + pack(">Q", 1 << 62)))),
    ),
}
HARMLESS = {
    "a time in seconds": (HEADERS, table(short(b"at") + b"T" + pack(">Q", 1_790_000_000))),
    "bytes in a header": (HEADERS, table(short("标记".encode()) + b"S" + pack(">I", 2) + b"\xff\xfe")),
    "every kind of number": (
        HEADERS,
        table(
            *(
                short(b"n") + kind
                for kind in (b"t\1", b"b\1", b"s\0\1", b"I\0\0\0\1", b"l" + b"\0" * 8, b"d" + b"\0" * 8, b"V")
            )
        ),
    ),
}


def say(system: Stack, key: bytes, flags: int, properties: bytes, body: bytes) -> None:
    """Publishes with these bytes as properties, in the name of the user whose connection it is."""
    connection = connect(system.amqp_admin)
    channel = connection.channel()
    channel.confirm_select()
    method = pack(">HHH", 60, 40, 0) + short(b"") + short(key) + b"\0"
    header = pack(">HHQH", 60, 0, len(body), flags | USER_ID)
    user = short(user_of(system.amqp_admin).encode())
    # in the order of their flags, from the highest
    header += user + properties if flags == APP_ID else properties + user
    for kind, payload in ((1, method), (2, header), (3, body)):
        connection.transport.write(pack(">BHI", kind, channel.channel_id, len(payload)) + payload + b"\xce")
    channel.wait((60, 80))
    connection.close()


@pytest.mark.parametrize("what", [*HOSTILE, *HARMLESS])
def test_a_property_that_cannot_be_read_is_its_messages_fault(system: Stack, queue: str, what: str) -> None:
    """It is handed on with its body, said to be unsound, and what comes after it is handed on too, at once."""
    flags, properties = (HOSTILE | HARMLESS)[what]
    say(system, queue.encode(), flags, properties, b"odd")
    put(system, queue, 1)
    came, done = list[Delivery](), threading.Event()

    def handle(deliveries: Sequence[Delivery]) -> None:
        came.extend(deliveries)
        if len(came) == 2:
            done.set()

    consume(Consumer(system.amqp_admin, queue, handle), done)
    assert [(b"odd", what in HARMLESS), (b"0", True)] == [(each.body, each.sound) for each in came]
    assert user_of(system.amqp_admin) == came[0].user or what not in HARMLESS
    assert not any(each.redelivered for each in came)


def test_of_what_is_too_large_the_beginning_is_kept(system: Stack, queue: str) -> None:
    """Enough to refuse it by its size; hundreds of senders may have as much as the broker lets through under way."""
    (body,) = put(system, queue, 1, 8 * LARGEST)
    came, done = list[bytes](), threading.Event()

    def handle(deliveries: Sequence[Delivery]) -> None:
        came.extend(each.body for each in deliveries)
        done.set()

    consume(Consumer(system.amqp_admin, queue, handle), done)
    assert LARGEST < len(came[0]) < LARGEST + 256 * 1024
    assert body.startswith(came[0])
