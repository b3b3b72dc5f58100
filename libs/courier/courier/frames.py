"""The frames of published messages, many for one write: py-amqp makes and writes each message's own, at half the cost
of the whole relay.

AMQP 0-9-1: a method frame, a header frame, and frames of the body, each within the size the broker agreed to.
"""

from struct import Struct

from courier.envelope import CONTENT_TYPE

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
