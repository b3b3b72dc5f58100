"""Connections, until a request is whole: who is slow keeps nobody waiting, what is ambiguous is nobody's guess.

A request is read before it is given a worker, a lock or a connection to the database, by a deadline that moves on with
what has come. When all connections are taken, whoever has kept us waiting longest makes room for who comes next.
What is read here is read strictly (RFC 9112): two readers of the same bytes must not see two different requests.
"""

import io
import logging
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import eventlet
from eventlet import wsgi
from nameko.web.server import HttpOnlyProtocol

from contracts import problems
from contracts.problems import Problem

log = logging.getLogger(__name__)

BACKLOG = 1024
MOST = 500  # connections open at once
IDLE = 30.0  # seconds between two requests
HEADERS = 10.0  # seconds from a request's first byte to its body
PATIENCE = 10.0  # seconds that a body, or whoever reads an answer, may be behind the rate
RATE = 16 * 1024  # bytes a second
BUFFER = 128 * 1024  # of the kernel's for each direction: what it may grow to is counted as the container's memory
LINGER = 3.0  # seconds
PIECE = 16 * 1024
LONGEST_LINE, LONGEST_HEADERS = 8192, 32 * 1024

_REQUEST = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} [\x21-\x7e\x80-\xff]+ HTTP/1\.[01]\r\n")
_HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n")
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
# of two of them one would count here and the other elsewhere
_ONCE = ("Content-Length", "Transfer-Encoding", "Host", "Authorization", "Content-Type", "Idempotency-Key", "Expect")


class _GoneError(ConnectionError):
    """Nobody is there to be answered."""


class Room:
    """How many bytes of one kind may be kept at once."""

    def __init__(self, most: int):
        self.most, self.kept = most, 0

    @contextmanager
    def hold(self) -> Iterator[Callable[[int], None]]:
        """Gives what to call with each number of bytes kept; raises Crowded when there is no room. Freed at the end."""
        mine = 0

        def add(count: int) -> None:
            nonlocal mine
            if self.kept + count > self.most:
                raise problems.Crowded()
            self.kept, mine = self.kept + count, mine + count

        try:
            yield add
        finally:
            self.kept -= mine


class _Incoming(io.RawIOBase):
    """What comes, by a deadline."""

    def __init__(self, end: socket.socket):
        self.end, self.evicted = end, False
        self.idle()

    def idle(self) -> None:
        self.begun, self.until, self.each = False, time.monotonic() + IDLE, 0.0

    def body(self) -> None:
        self.until, self.each = time.monotonic() + PATIENCE, 1 / RATE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.end.settimeout(left)
        count = self.end.recv_into(buffer)
        if self.evicted:
            raise problems.Crowded() if self.begun else _GoneError()
        if not self.begun:
            self.begun, self.until = True, time.monotonic() + HEADERS
        self.until += count * self.each
        return count


class _Outgoing(io.RawIOBase):
    """What goes, as fast as is to be expected: else an answer is kept, and a download's claim, for who reads none."""

    def __init__(self, end: socket.socket):
        self.end, self.until, self.is_given_up = end, 0.0, False

    def begin(self) -> None:
        self.until = 0.0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.until = self.until or time.monotonic() + PATIENCE
        left = self.until - time.monotonic()
        self.end.settimeout(max(left, 0.001))
        try:
            count: int = self.end.send(content)
        except TimeoutError:
            self.is_given_up = True
            raise
        self.until += count / RATE
        return count


class Body:
    """One request's body; in eventlet's place for it, where nothing is left to read or to throw away."""

    chunked_input, position, content_length, should_send_hundred_continue = False, 0, 0, False
    headers_sent: Any = None

    def __init__(self, connection: "Protocol", length: int | None, expects: bool):
        self.connection, self.length, self.expects = connection, length, expects
        self.whole = length == 0

    def get_socket(self) -> socket.socket:
        """The connection's own, as eventlet asks for it."""
        end: socket.socket = self.connection.connection
        return end

    def take(self, most: int, hold: Callable[[int], None]) -> io.BytesIO:
        """All of it. Raises TooLarge, TooSlow, Malformed, and what `hold` raises."""
        kept = io.BytesIO()
        if self.whole:
            return kept
        if self.length is not None and self.length > most:
            raise problems.TooLarge(most)
        if self.expects:
            self.connection.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.connection.wfile.flush()
        self.connection.incoming.body()
        try:
            for piece in self._chunks() if self.length is None else self._exactly(self.length):
                if kept.tell() + len(piece) > most:
                    raise problems.TooLarge(most)
                hold(len(piece))
                kept.write(piece)
        except TimeoutError:
            raise problems.TooSlow() from None
        finally:
            self.connection.outgoing.begin()
        self.whole = True
        kept.seek(0)
        return kept

    def _exactly(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self.connection.rfile.read(min(PIECE, length))
            if not piece:
                raise _GoneError
            length -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while True:
            line = self.connection.line()
            size = _CHUNK.fullmatch(line)
            if size is None:
                raise _unreadable("Transfer-Encoding")
            length = int(size[1], 16)
            if length == 0:
                break
            yield from self._exactly(length)
            if self.connection.rfile.read(2) != b"\r\n":
                raise _unreadable("Transfer-Encoding")
        trailers = 0
        while (line := self.connection.line()) != b"\r\n":
            trailers += len(line)
            if trailers > LONGEST_LINE or not _HEADER.fullmatch(line):
                raise _unreadable("Transfer-Encoding")


class Protocol(HttpOnlyProtocol):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Reads and writes by deadlines, where the base class has one timeout for each byte."""
        self.connection = self.request
        # a client that sends its headers apart from its body waits for this
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        # an answer longer than the buffer goes in two writes: the second would wait 40 ms for the first's receipt
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # served: it waits for us; else we wait for it, since then
        self.is_served, self.since = False, time.monotonic()
        self.body: Body | None = None
        self.incoming, self.outgoing = _Incoming(self.connection), _Outgoing(self.connection)
        self.rfile: io.BufferedIOBase = io.BufferedReader(self.incoming, 8192)
        self.wfile = io.BufferedWriter(self.outgoing, self.wbufsize)
        self.server.open.add(self)

    def finish(self) -> None:
        """Closes the connection; what it would not take is dropped."""
        self.server.open.discard(self)
        if self.outgoing.is_given_up:
            # else the kernel would keep what is not taken, for minutes
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for each in (self.wfile, self.rfile, self.connection):
            with suppress(OSError):
                each.close()

    def handle(self) -> None:
        """One request after the other, until either end is done; what became no request is answered here."""
        self.close_connection = False
        while not self.close_connection and not self.server.closing:
            try:
                self.handle_one_request()
            except Problem as problem:
                self.say(problem)
            except TimeoutError:
                # who sent nothing yet has asked nothing
                if self.incoming.begun and self.body is None:
                    self.say(problems.TooSlow())
                self.close_connection = True
            except OSError:
                return
            is_read, self.body, self.since = self.is_read, None, time.monotonic()
            if not is_read:
                self.close_connection = True
                self._linger()

    def handle_one_request(self) -> None:
        """Reads line, headers and length, then hands it on; its body is read later, by who may ask.

        Raises Problem for what is no request, TimeoutError for who is too slow, OSError for who is gone.
        """
        self.incoming.idle()
        self.outgoing.begin()
        self.raw_requestline = self.rfile.readline(LONGEST_LINE)
        if not self.raw_requestline:
            raise _GoneError
        if len(self.raw_requestline) == LONGEST_LINE:
            raise problems.TooLongAddress()
        if not _REQUEST.fullmatch(self.raw_requestline):
            raise _unreadable()
        whole, self.rfile = self.rfile, io.BytesIO(self._headers())
        try:
            if not self.parse_request():
                raise _unreadable()
        finally:
            self.rfile = whole
        length = self._length()
        self.environ = self.get_environ()
        expects = self.request_version != "HTTP/1.0" and self.headers.get("Expect", "").lower() == "100-continue"
        self.body = self.environ["wsgi.input"] = self.environ["eventlet.input"] = Body(self, length, expects)
        self.application = self.server.app
        self.handle_one_response()

    def line(self) -> bytes:
        """The next line with its end, cut at LONGEST_LINE. Raises the error of a closed connection where none came."""
        found: bytes = self.rfile.readline(LONGEST_LINE)
        if not found:
            raise _GoneError
        return found

    def say(self, problem: Problem) -> None:
        """An answer to what became no request. The connection ends with it: what comes next would be a guess."""
        self.close_connection = True
        self.server.counted(problem.code)
        content = problem.to_bytes()
        head = f"HTTP/1.1 {problem.status} Refused\r\nContent-Type: {problems.MEDIA}\r\n"
        if problem.retry_after is not None:
            head += f"Retry-After: {problem.retry_after}\r\n"
        head += f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        self.outgoing.begin()
        with suppress(OSError):
            self.wfile.write(head.encode() + content)
            self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The base class's own page, in English and with what was sent on it: ours is said instead."""

    @property
    def is_read(self) -> bool:
        """Whether a request is here and whole."""
        return self.body is not None and self.body.whole

    @contextmanager
    def served(self) -> Iterator[None]:
        """Meanwhile it waits for us and makes room for nobody."""
        self.is_served = True
        try:
            yield
        finally:
            self.is_served, self.since = False, time.monotonic()

    def evict(self) -> None:
        """Ends it to make room, with a word of why while it still waits for a request."""
        self.incoming.evicted = True
        self.outgoing.is_given_up = self.is_read
        with suppress(OSError):
            # where the next byte is waited for, why it ends can still be said; where an answer is not taken, it cannot
            self.connection.shutdown(socket.SHUT_RDWR if self.is_read else socket.SHUT_RD)

    def _headers(self) -> bytes:
        lines, size = [], 0
        while (line := self.line()) != b"\r\n":
            size += len(line)
            if size > LONGEST_HEADERS or len(line) == LONGEST_LINE:
                raise problems.TooLongHeaders()
            if not _HEADER.fullmatch(line):
                raise _unreadable()
            lines.append(line)
        return b"".join([*lines, b"\r\n"])

    def _length(self) -> int | None:
        """Of the body; None: as it comes, in chunks."""
        for name in _ONCE:
            if len(self.headers.get_all(name, ())) > 1:
                raise _unreadable(name)
        length, coding = (self.headers.get(name) for name in _ONCE[:2])
        if coding is not None:
            if length is not None or coding.strip().lower() != "chunked" or self.request_version == "HTTP/1.0":
                raise _unreadable("Transfer-Encoding")
            return None
        if length is not None and not _LENGTH.fullmatch(length.strip(" \t")):
            raise _unreadable("Content-Length")
        return int(length or 0)

    def _linger(self) -> None:
        """Lets the other end read the answer: closed while something unread is here, the kernel would take it back."""
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            until, left = time.monotonic() + LINGER, 32 * 1024 * 1024
            while left > 0 and (seconds := until - time.monotonic()) > 0:
                self.connection.settimeout(seconds)
                count = len(self.connection.recv(64 * 1024))
                if count == 0:
                    break
                left -= count


class Server(wsgi.Server):
    """`counted`: is told the code of what was refused here."""

    def __init__(self, sock: Any, app: Any, counted: Callable[[str], None]):
        super().__init__(
            sock,
            sock.getsockname(),
            app,
            protocol=Protocol,
            debug=False,
            log=log,
            # no access log: paths are logged when refused
            log_output=False,
            # a small last piece must not be kept back until the answer has given all: it is asked then what arrived
            minimum_chunk_size=1,
        )
        self.counted, self.open, self.closing = counted, set[Protocol](), False

    def serve(self, end: Any, address: Any) -> None:
        """One connection, to its end; whatever happens to it is its own affair."""
        try:
            self.process_request([address, end, wsgi.STATE_IDLE])
        except Exception as fault:  # noqa: BLE001 - raised into nameko it would end the service
            log.error("a connection broke: %s", type(fault).__name__)
            end.close()

    def make_room(self) -> None:
        """Before one more is taken."""
        if len(self.open) >= MOST:
            waiting = [each for each in self.open if not each.is_served and not each.incoming.evicted]
            if waiting:
                min(waiting, key=lambda each: each.since).evict()

    def close(self, seconds: float) -> None:
        """No further request; returns when those at work are answered, or after so many seconds."""
        self.closing = True
        for each in [each for each in self.open if not each.is_read]:
            each.evict()
        with eventlet.Timeout(seconds, False):
            while any(each.is_read for each in self.open):
                eventlet.sleep(0.05)


def _unreadable(field: str | None = None) -> Problem:
    return problems.Malformed(
        "请求不符合 HTTP 规范，无法确定其内容",
        "not HTTP as it is written down: what is meant is uncertain",
        field=field,
    )
