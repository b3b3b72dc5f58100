"""The HTTP server under nameko: a request is read whole and waits for its turn before a route sees it."""

import fcntl
import logging
import re
import socket
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

import eventlet
from eventlet.semaphore import Semaphore
from nameko.containers import WorkerContext
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, register_entrypoint
from nameko.web.handlers import HttpRequestHandler
from nameko.web.server import WebServer, WsgiApp
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map
from werkzeug.wrappers import Request, Response

from contracts import problems
from contracts.problems import Problem
from courier import waits
from service_kit import connections
from web.access import Access
from web.call import Admitted
from web.route import Route, entries_of

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
LARGEST_UPLOAD = 20 * LARGEST
LARGEST_OPEN = 64 * 1024  # of anybody's
# bytes of bodies in memory at once: those of strangers, of uploads and of officers never lack room for each other
ROOM_OPEN, ROOM, ROOM_UPLOADS = 8 * LARGEST, 12 * LARGEST, 40 * LARGEST
ROOM_HANDED_IN = LARGEST_UPLOAD  # by whoever has a token, which is read after the body: one at a time
# requests at work at once, apart from what consumers and clocks have; and beside them those that look after the service
WORKERS, WATCHERS = 12, 2  # of those who look after the service one asks for health, one for figures
# and those that take a number, one after the other: more at once would wait for each other, and others behind them; a
# second is made ready while the first is committed
NUMBERED = 2
DOWNLOADS = 48  # files on their way out at once
TURN, WAITING = 30.0, 300  # seconds that a request waits for its turn, and how many may
SILENCE = 30  # seconds for the last bytes of a file to be taken
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class _App(WsgiApp):
    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ, shallow=True)
        body = environ["eventlet.input"]
        try:
            path = _text(environ["RAW_PATH_INFO"])
            _text(environ.get("QUERY_STRING", "").replace("+", " "))
            provider, parts = self.url_map.bind("-").match(path, request.method)
            if provider.route.streams and request.method != provider.route.method:
                # a HEAD would claim what only fetching it uses up
                raise MethodNotAllowed([provider.route.method])
            request.path_values = parts  # type: ignore[attr-defined]
            response = provider.handle_request(request)
        except HTTPException as fault:
            response = _not_routed(fault)
        except Problem as problem:
            response = Response(problem.to_bytes(), status=problem.status, content_type=problems.MEDIA)
        if not body.whole:
            # what is left of it must not be taken for the next request
            body.connection.close_connection = True
        return response(environ, start_response)


class _Server(WebServer):
    def __init__(self) -> None:
        super().__init__()
        self._is_accepting = True
        self._serv: connections.Server | None = None
        places = {"work": WORKERS, "number": NUMBERED, "health": 1, "figures": WATCHERS - 1}
        self.turns = {turn: Semaphore(many) for turn, many in places.items()}
        self.downloads = Semaphore(DOWNLOADS)
        self.open, self.officers, self.uploads = map(connections.Room, (ROOM_OPEN, ROOM, ROOM_UPLOADS))
        self.handed_in = connections.Room(ROOM_HANDED_IN)

    def start(self) -> None:
        if not self._starting:
            super().start()
            for direction in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self._sock.setsockopt(socket.SOL_SOCKET, direction, connections.BUFFER)
            # the library's 50 are fewer than a morning's crowd: who comes when it is full is cut off
            self._sock.listen(connections.BACKLOG)

    def run(self) -> None:
        assert self._serv is not None
        while self._is_accepting:
            try:
                end, address = self._sock.accept()
            except OSError as fault:
                # out of descriptors, for example: raised, it would end the service
                log.error("no connection can be taken: %s", type(fault).__name__)
                eventlet.sleep(0.1)
                continue
            self._serv.make_room()
            self.container.spawn_managed_thread(partial(self._serv.serve, end, address), identifier="connection")

    def close(self) -> None:
        """Before the service stops what requests are handed to: no new one, and those in hand are answered."""
        if self._serv is None:
            return  # it never started
        if self._is_accepting:
            self._is_accepting = False
            self._gt.kill()
            self._sock.close()
        self._serv.close(waits.STOP_GRACE)

    def get_wsgi_app(self) -> _App:
        return _App(self)

    def make_url_map(self) -> Map:
        # nothing is redirected: an address is one of ours or none
        found = Map(merge_slashes=False, redirect_defaults=False)
        for provider in self._providers:
            rule = provider.get_url_rule()
            rule.endpoint = provider
            found.add(rule)
        return found

    def get_wsgi_server(self, sock: Any, wsgi_app: Any, *_: Any, **__: Any) -> connections.Server:
        return connections.Server(sock, wsgi_app, self.container.config["access"].counted)

    @contextmanager
    def admit(self, route: Route, request: Request) -> Iterator[BytesIO]:
        """Gives the body, read whole, when its turn has come. Raises what the one or the other is refused with."""
        body: connections.Body = request.environ["eventlet.input"]
        most, room = LARGEST, self.officers
        if route.takes:
            most, room = LARGEST_UPLOAD, self.uploads if route.action is not None else self.handed_in
        elif route.action is None:
            most, room = LARGEST_OPEN, self.open
        with room.hold() as hold:
            whole = body.take(most, hold)
            with body.connection.served(), _turn(self.turns[route.turn]):
                yield whole

    def stream(self, response: Response, admitted: Admitted) -> Response:
        """Each piece of a file takes a turn of its own: none is kept while it is on its way."""
        response.response = self._pieces(iter(response.response), admitted)
        response.call_on_close(self.downloads.release)
        return response

    def _pieces(self, pieces: Any, admitted: Admitted) -> Iterator[bytes]:
        try:
            while True:
                with _turn(self.turns["work"]):
                    piece = next(pieces, None)
                if piece is None:
                    return
                if piece:
                    yield piece
                else:
                    admitted.arrived = _arrived(admitted.request)
        finally:
            if hasattr(pieces, "close"):
                with _turn(self.turns["work"]):
                    pieces.close()


@contextmanager
def _turn(turns: Semaphore) -> Iterator[None]:
    if turns.balance <= -WAITING or not turns.acquire(timeout=TURN):
        raise problems.Crowded()
    try:
        yield
    finally:
        turns.release()


class _Entry(HttpRequestHandler):
    server = _Server()

    def __init__(self, route: Route, **kwargs: Any):
        self.route = route
        super().__init__(route.method, route.path, **kwargs)

    def stop(self) -> None:
        self.server.close()
        super().stop()

    def handle_request(self, request: Request) -> Response:
        access: Access = self.container.config["access"]
        try:
            officer = access.known(self.route, request)
            if not self.route.streams:
                with self.server.admit(self.route, request) as body:
                    return self._work(Admitted(request, officer, body))
            if not self.server.downloads.acquire(blocking=False):
                raise problems.Crowded()
            try:
                with self.server.admit(self.route, request) as body:
                    admitted = Admitted(request, officer, body)
                    response = self._work(admitted)
            except BaseException:
                self.server.downloads.release()
                raise
            return self.server.stream(response, admitted)
        except Problem as problem:
            return access.refuse(problem)

    def _work(self, admitted: Admitted) -> Response:
        """As nameko's own workers, but not one of them: those are for what comes from the broker and from clocks."""
        answers: list[Response] = []

        def keep(_: Any, answer: Any, fault: Any) -> tuple[Any, Any]:
            answers.append(answer)
            return answer, fault

        service, parts = self.container.service_cls(), admitted.request.path_values  # type: ignore[attr-defined]
        self.container._run_worker(WorkerContext(self.container, service, self, (admitted,), parts), keep)
        return answers[0]


def answer_routes(service: type) -> None:
    """Has nameko answer every route of a service class, its own and inherited, that it does not answer yet."""
    for entry in entries_of(service):
        if not hasattr(entry, ENTRYPOINT_EXTENSIONS_ATTR):
            register_entrypoint(entry, _Entry(entry.route))


def _text(raw: str) -> str:
    """A part of the address as people read it. Raises Malformed for what no text of ours can be."""
    try:
        text = unquote_to_bytes(raw.encode("latin-1")).decode()
    except UnicodeDecodeError:
        text = "\0"
    if _CONTROL.search(text):
        raise problems.Malformed(
            "请求地址中有控制字符或不是 UTF-8", "the address has a control character or is not UTF-8"
        )
    return text


def _arrived(request: Request) -> bool:
    """Whether the other end has all that was written: a write returns when it is in our own kernel, sent or not."""
    end: socket.socket = request.environ["eventlet.input"].get_socket()
    closed, until = 7, time.monotonic() + SILENCE  # TCP_CLOSE: it was reset
    while left := int.from_bytes(fcntl.ioctl(end.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder):
        if time.monotonic() > until or end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == closed:
            break
        eventlet.sleep(0.01)
    return left == 0


def _not_routed(fault: HTTPException) -> Response:
    zh = {404: "没有这个地址", 405: "此地址不支持这种请求方法"}.get(fault.code or 404, "请求无法处理")
    problem = Problem(zh, fault.name)
    problem.status = fault.code or 404
    problem.code = "missing" if problem.status == 404 else "method"
    headers = dict(fault.get_headers()) if problem.status == 405 else {}
    response = Response(problem.to_bytes(), status=problem.status, content_type=problems.MEDIA)
    if "Allow" in headers:
        response.headers["Allow"] = headers["Allow"]
    return response
