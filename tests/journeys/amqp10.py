"""A sender of AMQP 1.0 by hand, frame by frame: as much of it as one hostile message needs.

RabbitMQ speaks it at the same port from 4.0 on, whether anybody asked for it or not.
"""

import socket
from struct import pack, unpack
from types import TracebackType
from typing import Self

_NULL, _FALSE, _TRUE = b"\x40", b"\x42", b"\x41"
_OPEN, _BEGIN, _ATTACH, _TRANSFER, _DISPOSITION = 0x10, 0x11, 0x12, 0x14, 0x15
_MECHANISMS, _INIT, _OUTCOME = 0x40, 0x41, 0x44
_SOURCE, _TARGET = 0x28, 0x29
_HEADER, _PROPERTIES, _APPLICATION, _DATA = 0x70, 0x73, 0x74, 0x75


def char(letter: str) -> bytes:
    """The type that 0-9-1 has no word for."""
    return b"\x73" + pack(">I", ord(letter))


def text(said: str) -> bytes:
    return b"\xb1" + pack(">I", len(said.encode())) + said.encode()


def _uint(number: int) -> bytes:
    return b"\x70" + pack(">I", number)


def _binary(content: bytes) -> bytes:
    return b"\xb0" + pack(">I", len(content)) + content


def _symbol(name: str) -> bytes:
    return b"\xb3" + pack(">I", len(name)) + name.encode()


def _many(kind: bytes, *values: bytes) -> bytes:
    whole = pack(">I", len(values)) + b"".join(values)
    return kind + pack(">I", len(whole)) + whole


def _described(code: int, *fields: bytes) -> bytes:
    return b"\x00\x53" + bytes([code]) + _many(b"\xd0", *fields)


class Sender:
    """One link to an exchange and routing key, in a user's name."""

    def __init__(self, host: str, port: int, user: str, password: str, exchange: str, key: str):
        self._socket = socket.create_connection((host, port), 10)
        self._shake(b"AMQP\x03\x01\x00\x00")
        self._hear(_MECHANISMS)
        self._say(1, _described(_INIT, _symbol("PLAIN"), _binary(f"\0{user}\0{password}".encode())))
        self._hear(_OUTCOME)
        self._shake(b"AMQP\x00\x01\x00\x00")
        self._say(0, _described(_OPEN, text("by hand"), text(host)))
        self._hear(_OPEN)
        self._say(0, _described(_BEGIN, _NULL, _uint(0), _uint(100), _uint(100)))
        self._hear(_BEGIN)
        source, target = _described(_SOURCE), _described(_TARGET, text(f"/exchanges/{exchange}/{key}"))
        zero = _uint(0)
        self._say(0, _described(_ATTACH, text("link"), zero, _FALSE, _NULL, _NULL, source, target, _NULL, _NULL, zero))
        self._hear(_ATTACH)
        self._user, self._sent = user, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self._socket.close()

    def send(self, body: bytes, properties: dict[str, bytes], ttl: int | None = None) -> None:
        """Returns when the broker has it. `ttl`: milliseconds."""
        pairs = [each for name, value in properties.items() for each in (text(name), value)]
        header = _described(_HEADER, _TRUE, _NULL, *([] if ttl is None else [_uint(ttl)]))
        message = header + _described(_PROPERTIES, _NULL, _binary(self._user.encode()))
        message += b"\x00\x53" + bytes([_APPLICATION]) + _many(b"\xd1", *pairs)
        message += b"\x00\x53" + bytes([_DATA]) + _binary(body)
        id_ = _uint(self._sent)
        self._say(
            0, _described(_TRANSFER, _uint(0), id_, _binary(str(self._sent).encode()), _uint(0), _FALSE) + message
        )
        self._sent += 1
        self._hear(_DISPOSITION)

    def _shake(self, header: bytes) -> None:
        self._socket.sendall(header)
        answer = self._read(8)
        assert header == answer, answer

    def _say(self, kind: int, body: bytes) -> None:
        self._socket.sendall(pack(">IBBH", len(body) + 8, 2, kind, 0) + body)

    def _hear(self, wanted: int) -> None:
        """Takes frames up to the one of this kind; a close or detach in its place is a failure that shows itself."""
        seen = list[bytes]()
        while True:
            (size,) = unpack(">I", self._read(4))
            frame = self._read(size - 4)
            body = frame[frame[0] * 4 - 4 :]
            seen.append(body)
            assert body[2:3] not in (b"\x16", b"\x17", b"\x18"), seen
            if body[2:3] == bytes([wanted]):
                return

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            more = self._socket.recv(size - len(found))
            assert more, "the broker closed the connection"
            found += more
        return found
