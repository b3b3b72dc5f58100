"""The frames of messages, where the library's own way is dear or dangerous.

Published ones many for one write: py-amqp makes and writes each message's own, at half the cost of the whole relay.
What comes is framed by lengths alone: py-amqp decodes every property of a stranger's message as it reads the frame, and
one that it cannot decode (text in GBK, a time of the year 58000) ends the connection instead of the message.

AMQP 0-9-1: a method frame, a header frame, and frames of the body, each within the size the broker agreed to.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from struct import Struct, error, unpack_from
from typing import Any

from amqp.method_framing import frame_handler

from courier.envelope import CONTENT_TYPE, LARGEST

__all__: list[str] = []

OVERHEAD = 8  # bytes around a frame's payload
_END = b"\xce"
_FRAME = Struct(">BHI")  # type, channel, length
_METHOD, _HEADER, _BODY = 1, 2, 3
_PUBLISH = Struct(">HHH").pack(60, 40, 0)  # basic, publish, a word that is reserved
_MANDATORY = b"\x01"
# content type, delivery mode, message id and user id are there; and the body's length before them
_CONTENT = Struct(">HHQH")
_FLAGS = 1 << 15 | 1 << 12 | 1 << 7 | 1 << 4
_PERSISTENT = b"\x02"


def published(
    channel: int, frame_max: int, user: str, exchange: str, routing_key: str, message_id: str, body: bytes
) -> bytes:
    """A persistent, mandatory message in its sender's name. Raises ValueError for a name above 255 bytes."""
    method = _PUBLISH + _short(exchange) + _short(routing_key) + _MANDATORY
    properties = _short(CONTENT_TYPE) + _PERSISTENT + _short(message_id) + _short(user)
    header = _CONTENT.pack(60, 0, len(body), _FLAGS) + properties
    most = frame_max - OVERHEAD
    parts = [body[begin : begin + most] for begin in range(0, len(body), most)]
    frames = [(_METHOD, method), (_HEADER, header), *((_BODY, part) for part in parts)]
    return b"".join(_FRAME.pack(kind, channel, len(payload)) + payload + _END for kind, payload in frames)


def _short(text: str) -> bytes:
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded


# -- what comes ------------------------------------------------------------------------------------------------------

_DELIVER = Struct(">HH").pack(60, 60)
_LATEST = 253_402_300_799  # the last second a calendar has
_DEEP = 8
# of a table's values, by their letter: of fixed size; S and x have a length and bytes, F and A a length and values
_FIXED = {letter: Struct(f">{what}") for letter, what in zip("tbBsUuIilLfdT", "?bBhhHiIqqfdQ", strict=True)}
_FIXED["D"] = Struct(">5s")
_SHORT, _TABLE, _OCTET, _LONG = -1, 0, 1, 8
# content type and encoding, headers, delivery mode, priority, correlation id, reply to, expiration, message id,
# timestamp, type, user id, app id, cluster id
_PROPERTIES = (_SHORT, _SHORT, _TABLE, _OCTET, _OCTET, *[_SHORT] * 4, _LONG, *[_SHORT] * 4)
_USER = 11


@dataclass(slots=True)
class Handed:
    """A message the broker handed over. `sound`: every property is what its type says."""

    tag: int
    redelivered: bool
    exchange: str
    routing_key: str
    size: int = 0
    user: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    sound: bool = True
    parts: list[bytes] = field(default_factory=list)
    came: int = 0

    def add(self, part: bytes) -> None:
        # what is too large is refused by its beginning: hundreds of senders at once may each have 16 MiB under way
        if self.came <= LARGEST:
            self.parts.append(part)
        self.came += len(part)

    @property
    def body(self) -> bytes:
        if len(self.parts) != 1:
            self.parts = [b"".join(self.parts)]
        return self.parts[0]


def handing(take: Callable[[Handed], None]) -> Callable[..., Callable[[tuple[int, int, bytes]], bool]]:
    """A `frame_handler` for the library's connection: what is handed over goes to `take`, the rest its own way."""

    def handler(connection: Any, callback: Any) -> Callable[[tuple[int, int, bytes]], bool]:
        others = frame_handler(connection, callback)
        begun: dict[int, Handed] = {}

        def on_frame(frame: tuple[int, int, bytes]) -> bool:
            kind, channel, payload = frame
            if kind == _METHOD and payload[:4] == _DELIVER:
                begun[channel] = _handed(bytes(payload))
            elif channel not in begun or kind not in (_HEADER, _BODY):
                return bool(others(frame))
            elif kind == _HEADER:
                _read_header(begun[channel], bytes(payload))
            else:
                begun[channel].add(bytes(payload))
            connection.bytes_recv += 1  # what the heartbeat looks at
            message = begun[channel]
            if kind == _METHOD or message.came < message.size:
                return False
            take(begun.pop(channel))
            return True

        return on_frame

    return handler


def _handed(payload: bytes) -> Handed:
    _, offset = _text(payload, 4)  # the consumer's tag: a channel has one
    tag, redelivered = unpack_from(">QB", payload, offset)
    exchange, offset = _text(payload, offset + 9)
    key, offset = _text(payload, offset)
    # a key that is no text is told as far as it can be read
    return Handed(tag, bool(redelivered & 1), exchange.decode(errors="replace"), key.decode(errors="replace"))


def _read_header(message: Handed, payload: bytes) -> None:
    message.size, flags = unpack_from(">QH", payload, 4)
    offset, faults = 14, list[str]()
    try:
        for place, kind in enumerate(_PROPERTIES):
            if not flags & 1 << (15 - place):
                continue
            if kind == _SHORT:
                text, offset = _text(payload, offset)
                said = _decoded(text, faults)
                message.user = said if place == _USER else message.user
            elif kind == _TABLE:
                end = offset + 4 + unpack_from(">I", payload, offset)[0]
                message.headers = _table(payload, offset + 4, end, faults)
                offset = end
            else:
                offset += kind
    except (error, IndexError):
        faults.append("too short")
    message.sound = not faults


def _table(payload: bytes, offset: int, end: int, faults: list[str], deep: int = 0) -> dict[str, Any]:
    """As much of it as can be read; what is wrong with it is added to `faults`."""
    values = dict[str, Any]()
    while offset < end:
        key, offset = _text(payload, offset)
        value, offset = _value(payload, offset, end, faults, deep)
        values[_decoded(key, faults)] = value
    return values


def _value(payload: bytes, offset: int, end: int, faults: list[str], deep: int) -> tuple[Any, int]:
    kind, offset = chr(payload[offset]), offset + 1
    if kind in _FIXED:
        (value,) = _FIXED[kind].unpack_from(payload, offset)
        if kind == "T" and value > _LATEST:
            faults.append("a time no calendar has")
        return value, offset + _FIXED[kind].size
    if kind == "V":
        return None, offset
    if kind not in "SxFA":
        faults.append("an unknown type")
        return None, end
    offset += 4
    behind = offset + unpack_from(">I", payload, offset - 4)[0]
    if behind > end or deep == _DEEP:
        faults.append("too long or too deep")
        return None, min(behind, end)
    if kind == "F":
        return _table(payload, offset, behind, faults, deep + 1), behind
    if kind == "A":
        values = []
        while offset < behind:
            value, offset = _value(payload, offset, behind, faults, deep + 1)
            values.append(value)
        return values, behind
    # bytes that are no text are lawful there
    return payload[offset:behind].decode(errors="replace"), behind


def _text(payload: bytes, offset: int) -> tuple[bytes, int]:
    end = offset + 1 + payload[offset]
    if end > len(payload):
        raise IndexError
    return payload[offset + 1 : end], end


def _decoded(text: bytes, faults: list[str]) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        faults.append("no text")
        return text.decode(errors="replace")
