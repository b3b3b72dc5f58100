"""Messages as a hostile or broken system sends them, down to the bytes: what no client library would write."""

import json
import random
import struct
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from amqp.exceptions import AMQPError, RecoverableConnectionError

from courier import amqp

# the properties of basic, in their order on the wire; each one's flag follows from its place
NAMES = (
    *("content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to"),
    *("expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id"),
)


def short(content: bytes | str) -> bytes:
    content = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return bytes((len(content),)) + content


def long(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def table(**entries: bytes) -> bytes:
    """Each entry: its type's letter and its bytes."""
    return keyed({name.encode(): value for name, value in entries.items()})


def keyed(entries: dict[bytes, bytes]) -> bytes:
    return long(b"".join(short(name) + value for name, value in entries.items()))


def texts(*each: str) -> bytes:
    """An array of long strings, as CC and BCC are."""
    return b"A" + long(b"".join(b"S" + long(text.encode()) for text in each))


def deaths(**said: str) -> bytes:
    """`x-death` with one death, as the broker writes it."""
    entry = table(**{name.replace("_", "-"): b"S" + long(text.encode()) for name, text in said.items()})
    return b"A" + long(b"F" + entry)


class Line:
    """A user's connection that says its frames itself and waits for the confirm."""

    def __init__(self, url: str):
        self.url, self.connection, self.refused = url, None, 0
        self._answered = False

    def say(self, exchange: str, key: bytes | str, body: bytes, /, **properties: bytes) -> bool:
        """Whether the broker took it; it closes the channel or the connection over what it does not."""
        if self.connection is None:
            self._open()
        channel = self.channel.channel_id
        names = [name for name in NAMES if name in properties]
        flags = sum(1 << 15 - NAMES.index(name) for name in names)
        method = struct.pack(">HHH", 60, 40, 0) + short(exchange) + short(key) + b"\x00"
        header = struct.pack(">HHQH", 60, 0, len(body), flags) + b"".join(properties[name] for name in names)
        most = self.connection.frame_max - 8
        frames = [(1, method), (2, header), *((3, body[at : at + most]) for at in range(0, len(body), most))]
        self._answered = False
        try:
            for kind, payload in frames:
                self.connection.transport.write(struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce")
            until = time.monotonic() + 15
            while not self._answered:
                if time.monotonic() > until:
                    raise TimeoutError("no confirm")
                self.connection.drain_events(timeout=15)
        except (AMQPError, RecoverableConnectionError, ConnectionError):
            self.close()
            self.refused += 1
            return False
        return True

    def _open(self) -> None:
        self.connection = amqp.connect(self.url)
        self.channel = self.connection.channel()
        self.channel.confirm_select()
        self.channel.events["basic_ack"].add(self._on_ack)

    def _on_ack(self, *_: object) -> None:
        self._answered = True

    def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(Exception):
                connection.collect()


@dataclass
class Bad:
    """A message that must be kept and answered once, unless the broker itself refuses it."""

    key: bytes | str
    body: bytes
    properties: dict[str, bytes] = field(default_factory=dict)
    copies: int = 1  # in so many services it arrives
    refused: bool | None = False  # by the broker; None: by some


@dataclass
class Sender:
    """Who says it: an agency or an operator, with a matter of its own that a good message could be about."""

    code: str
    source: str
    keys: tuple[str, ...]  # routing keys that reach a queue each
    right: Callable[[str], dict[str, Any]]  # routing key → data that is right, but for what it is about
    dice: random.Random

    def envelope(self, key: str, /, **changes: Any) -> dict[str, Any]:
        whole = {
            "specversion": "1.0",
            "id": str(uuid.UUID(int=self.dice.getrandbits(128), version=4)),
            "source": self.source,
            "type": key,
            "subject": "x",
            "time": datetime.now(UTC).isoformat(),
            "data": self.right(key),
        } | changes
        return {name: value for name, value in whole.items() if value is not ...}

    def body(self, key: str, /, **changes: Any) -> bytes:
        return json.dumps(self.envelope(key, **changes)).encode()

    @property
    def id(self) -> str:
        return f"bad-{self.dice.getrandbits(64):016x}"


# -- what is wrong with the body ---------------------------------------------------------------------------------------

WRONG_BODIES: dict[str, Callable[[Sender, str], bytes]] = {
    "noise": lambda s, key: s.dice.randbytes(s.dice.choice([1, 40, 3_000])) + s.id.encode(),
    "GBK": lambda s, key: json.dumps({"id": s.id, "说": "签收"}, ensure_ascii=False).encode("gbk"),
    "UTF-16": lambda s, key: s.body(key).decode().encode("utf-16"),
    "broken": lambda s, key: s.body(key)[: s.dice.randrange(1, 90)] + s.id.encode(),
    "a list": lambda s, key: json.dumps([s.envelope(key)]).encode(),
    "deep": lambda s, key: f'{{"id": "{s.id}", "data": {"[" * 200_000}{"]" * 200_000}}}'.encode(),
    "forty levels": lambda s, key: f'{{"id": "{s.id}", "data": {"[" * 40}{"]" * 40}}}'.encode(),
    "twice": lambda s, key: s.body(key)[:-1] + b', "id": "twice"}',
    "NaN": lambda s, key: f'{{"id": "{s.id}", "data": NaN}}'.encode(),
    "a number of 5,000 digits": lambda s, key: f'{{"id": "{s.id}", "version": {"9" * 5_000}}}'.encode(),
    "1e999990": lambda s, key: f'{{"id": "{s.id}", "version": 1e999990}}'.encode(),
    "half a character": lambda s, key: s.body(key, subject="\ud800"),
    "more than 1 MiB": lambda s, key: s.body(key, padding="x" * (1 << 20)),
    "no specversion": lambda s, key: s.body(key, specversion=...),
    "another version": lambda s, key: s.body(key, specversion="0.3"),
    "a number for an id": lambda s, key: s.body(key, id=s.dice.getrandbits(50)),
    "an id with NUL": lambda s, key: s.body(key, id=f"{s.id}\x00"),
    "a blank id": lambda s, key: s.body(key, id=" ", subject=s.id),
    "an id too long": lambda s, key: s.body(key, id=s.id * 20),
    "an id for an SQL": lambda s, key: s.body(key, id=f"';drop table inbox;--{s.id}", source="x"),
    "another's source": lambda s, key: s.body(key, source="/agencies/A01"),
    "our source": lambda s, key: s.body(key, source="/619926/intake"),
    "no subject": lambda s, key: s.body(key, subject=...),
    "an object for a subject": lambda s, key: s.body(key, subject={}),
    "a subject too long": lambda s, key: s.body(key, subject="信" * 10_000),
    "another type": lambda s, key: s.body(key, type="petition.closed.v1"),
    "a list for a type": lambda s, key: s.body(key, type=[key]),
    "no time": lambda s, key: s.body(key, time="yesterday"),
    "a time without offset": lambda s, key: s.body(key, time="2026-11-24T09:00:00"),
    "no data": lambda s, key: s.body(key, data=...),
    "a text for data": lambda s, key: s.body(key, data=s.id),
    "a list for data": lambda s, key: s.body(key, data=[s.id]),
    "nothing in data": lambda s, key: s.body(key, data={}),
    "NUL in data": lambda s, key: s.body(key, data=dict.fromkeys(s.right(key), "\x00")),
    "objects in data": lambda s, key: s.body(key, data={name: {"$ne": ""} for name in s.right(key)}),
    "lists in data": lambda s, key: s.body(key, data={name: [[]] for name in s.right(key)}),
    "numbers in data": lambda s, key: s.body(key, data=dict.fromkeys(s.right(key), -1e300)),
    "long data": lambda s, key: s.body(key, data=dict.fromkeys(s.right(key), "长" * 30_000)),
    "about nothing": lambda s, key: s.body(key, data=s.right(key) | ABOUT_NOTHING[key]),
    "half an actor": lambda s, key: s.body(key, actorofficer="1"),
    "a text for a version": lambda s, key: s.body(key, version="1"),
    "a version of 2^63": lambda s, key: s.body(key, version=2**63),
    "critical": lambda s, key: s.body(key, critical=["nobodyknows"]),
    "critical in a circle": lambda s, key: s.body(key, critical=["data.data.data"]),
    "HTML": lambda s, key: f"<html><script>{s.id}</script></html>".encode(),
    "XML entities": lambda s, key: f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>{s.id}&a;</x>'.encode(),
}  # fmt: skip
ABOUT_NOTHING: dict[str, dict[str, Any]] = {
    "reply.progress.v1": {"referral": "移2026-619926-999999"},
    "reply.ruling.v1": {"submission": "nobody's"},
    "petition.submitted.v1": {"respondents": [{"unit": "A99"}]},
    "aid.lead_signed.v1": {"lead": "线2026-619926-999999"},
    "notice.result.v1": {"task": "0" * 32},
}


# -- what is wrong with how it comes: its body is wrong as well, so that it is kept whichever is seen first ----------

ODD_KEYS: dict[str, bytes] = {
    "no key": b"",
    "a blank": b" ",
    "a tab": b"\t",
    "NUL": b"\x00",
    "a key and NUL": b"reply.progress.v1\x00",
    "a new line": b"reply.progress.v1\n",
    "an escape": b"\x1b[2J",
    "a key of patterns": b"reply.*.v1.#",
    "dots": b"." * 200,
    "255 bytes": b"x" * 255,
    "Chinese": "签收".encode(),
    "from the right": "\u202ereply".encode(),
    "a key of ours": b"lane.resend.v1",
}
ODD_PROPERTIES: dict[str, dict[str, bytes]] = {
    "a content type of its own": {"content_type": short(b"text/html; charset=gbk")},
    "an unknown encoding": {"content_encoding": short(b"x-nobody")},
    "gzip that is none": {"content_encoding": short(b"gzip")},
    "not kept": {"delivery_mode": b"\x01"},
    "priority 255": {"priority": b"\xff"},
    "a correlation id of 255": {"correlation_id": short(b"\x01" * 255)},
    "answers to another": {"reply_to": short(b"agency.A09.inbox")},
    "a timestamp of now": {"timestamp": struct.pack(">Q", 1_764_000_000)},
    "a type of ours": {"type": short(b"petition.closed.v1")},
    "an app of ours": {"app_id": short(b"intake"), "cluster_id": short(b"fengqiao")},
    "a message id of 255": {"message_id": short(b"x" * 255)},
    "expires at once": {"expiration": short(b"0")},
    "expires soon": {"expiration": short(b"1")},
    "expires in an hour": {"expiration": short(b"3600000")},
    "a death forged": {"headers": table(**{"x-death": deaths(queue="referral.dead", reason="rejected", exchange="x")})},
    "expires, its death forged": {
        "expiration": short(b"0"),
        "headers": table(**{"x-death": deaths(queue="referral.dead", reason="expired", exchange="agency.A01.out")})},
    "a death of no form": {"headers": table(**{"x-death": b"S" + long(b"dead")})},
    "a first death forged": {"headers": table(**{"x-first-death-queue": b"S" + long(b"intake.letters")})},
    "many headers": {"headers": table(**{f"h{n}": b"S" + long(b"x" * 50) for n in range(200)})},
    "headers of every type": {"headers": table(
        b=b"b\xff", B=b"B\xff", s=b"s\xff\xff", u=b"u\xff\xff", I=b"I" + b"\xff" * 4, i=b"i" + b"\xff" * 4,
        l=b"l" + b"\xff" * 8, f=b"f\x3f\xc0\x00\x00", d=b"d\x3f\xf8" + b"\x00" * 6, D=b"D\x02" + b"\xff" * 4,
        t=b"t\x02",
        T=b"T" + struct.pack(">Q", 1_764_000_000), V=b"V", S=b"S" + long(b"\xff\xfe"), x=b"x" + long(b"\x00"),
        A=b"A" + long(b""), F=b"F" + long(b""))},
    "delayed": {"headers": table(**{"x-delay": b"I\x00\x00\xff\xff"})},
    "a copy to another's inbox": {"headers": table(CC=texts("agency.A09.inbox", "agency.A12.inbox"))},
    "a blind copy to our queues": {"headers": table(BCC=texts("referral.letters", "intake.dead", "notify.phone"))},
    "a trace that is none": {"headers": table(traceparent=b"S" + long(b"00-x"))},
}  # fmt: skip
# some brokers close the channel over these
EITHER: dict[str, dict[str, bytes]] = {"a delivery mode of 255": {"delivery_mode": b"\xff"}}
# the broker itself closes the channel or the connection over these
REFUSED: dict[str, dict[str, bytes]] = {
    "another's user-id": {"user_id": short(b"A01")},
    "our user-id": {"user_id": short(b"referral")},
    "the administrator's user-id": {"user_id": short(b"admin")},
    "an expiration that is no number": {"expiration": short(b"soon")},
    "an expiration below nothing": {"expiration": short(b"-1")},
    "a copy to no list": {"headers": table(CC=b"S" + long(b"agency.A09.inbox"))},
    "a blind copy to no list": {"headers": table(BCC=b"t\x01")},
}
# a client library cannot read these, and its connection falls over each
UNDECODABLE: dict[str, dict[str, bytes]] = {
    "a time in milliseconds": {"headers": table(at=b"T" + struct.pack(">Q", 1_764_000_000_000))},
    "a time at the end": {"headers": table(at=b"T" + b"\xff" * 8)},
    "a timestamp in milliseconds": {"timestamp": struct.pack(">Q", 1_764_000_000_000)},
    "a timestamp at the end": {"timestamp": b"\xff" * 8},
    "an app in GBK": {"app_id": short("综治".encode("gbk"))},
    "a content type of bytes": {"content_type": short(b"\xff\xfe")},
    "a correlation id of bytes": {"correlation_id": short(b"\xff\xfe")},
    "a type in GBK": {"type": short("签收".encode("gbk"))},
    "a header's name of bytes": {"headers": keyed({b"\xff\xfe": b"V"})},
}
UNDECODABLE_KEYS: dict[str, bytes] = {"bytes": b"\xff\xfe", "GBK": "签收".encode("gbk")}


def bad(sender: Sender) -> list[Callable[[], Bad]]:
    """A maker of each kind of bad message, for every queue this sender reaches."""
    own = {"user_id": short(sender.code)}
    made: list[Callable[[], Bad]] = []

    def wrong(key: str) -> bytes:
        # of a kind that can be read, so that it is known by its id
        return sender.body(key, id=sender.id, data=sender.right(key) | ABOUT_NOTHING[key])

    def unknown(key: bytes | str) -> bytes:
        return sender.body(key.decode("utf-8", "replace") if isinstance(key, bytes) else key, id=sender.id, data={})

    for key in sender.keys:
        for spoil in WRONG_BODIES.values():
            made.append(lambda key=key, spoil=spoil: Bad(key, spoil(sender, key), own))  # type: ignore[misc]
        for properties in (ODD_PROPERTIES | UNDECODABLE).values():
            made.append(lambda key=key, more=properties: Bad(key, wrong(key), own | more))  # type: ignore[misc]
        made.append(lambda key=key: Bad(key, wrong(key), {}))  # type: ignore[misc]
        for properties in REFUSED.values():
            made.append(lambda key=key, more=properties: Bad(key, wrong(key), own | more, refused=True))  # type: ignore[misc]
        for properties in EITHER.values():
            made.append(lambda key=key, more=properties: Bad(key, wrong(key), own | more, refused=None))  # type: ignore[misc]
    for odd_key in (ODD_KEYS | UNDECODABLE_KEYS).values():
        made.append(lambda key=odd_key: Bad(key, unknown(key), own))  # type: ignore[misc]
    return made
