"""The HTTP edge under nameko: who asks, is the body right, what is answered. Use cases never see a request."""

import fcntl
import json
import logging
import re
import socket
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from types import MappingProxyType
from typing import IO, Any
from urllib.parse import quote, unquote_to_bytes

import eventlet
from eventlet.semaphore import Semaphore
from marshmallow import Schema, ValidationError, fields
from nameko.containers import WorkerContext
from nameko.web.handlers import HttpRequestHandler
from nameko.web.server import WebServer, WsgiApp
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map
from werkzeug.wrappers import Request, Response

from contracts import problems, strict
from contracts.problems import Problem
from contracts.sentences import faults
from service_kit import connections
from vault import Vault
from web import idempotency
from web.tokens import Officer, Verifier

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
LARGEST_UPLOAD = 20 * LARGEST
LARGEST_OPEN = 64 * 1024  # of anybody's
# bytes of bodies in memory at once: those of strangers, of uploads and of officers never lack room for each other
ROOM_OPEN, ROOM, ROOM_UPLOADS = 8 * LARGEST, 12 * LARGEST, 40 * LARGEST
# requests at work at once, apart from what consumers and clocks have; and beside them those that look after the service
WORKERS, WATCHERS = 12, 2  # of those who look after the service one asks for health, one for figures
DOWNLOADS = 48  # files on their way out at once
TURN, WAITING = 30.0, 300  # seconds that a request waits for its turn, and how many may
CLOSE_WITHIN = 20.0
SILENCE = 30  # seconds for the last bytes of a file to be taken
_KEY = re.compile(r"[\x21-\x7e]{8,128}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class TrueOrFalse(fields.Boolean):
    """In a query, where everything is text."""

    truthy, falsy = {"true"}, {"false"}


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    action: str | None  # None: open to anybody who reaches the port
    body: type[Schema] | None
    status: int
    summary: str
    query: type[Schema]
    needs_key: bool
    media: str
    takes: tuple[str, ...] = ()  # the media types of a body that is not JSON
    turn: str = "work"  # who looks after the service never waits for the others: "health", "figures"

    @property
    def streams(self) -> bool:
        """Its answer is a file, given piece by piece."""
        return self.media == "application/octet-stream"

    @property
    def fields(self) -> list[str]:
        """What its body may have."""
        return sorted(_made(self.body).fields) if self.body else []


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in."""

    officer: Officer
    body: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Headers
    raw: bytes
    key: str | None
    route: Route
    path: str
    address: str  # of whoever holds the other end of the connection
    vault: Vault
    upload: IO[bytes] | None = None  # the body of a route that takes one, at most `length` bytes
    length: int = 0
    media: str = ""
    arrived: Callable[[], bool] = lambda: True  # asked by an answer given piece by piece, after an empty last one

    @property
    def trace(self) -> str | None:
        """The caller's own, if it is one."""
        found = self.headers.get("traceparent", "")
        return found if _TRACE.fullmatch(found) else None

    def once(
        self, session: Session, produce: Callable[[], dict[str, Any]], subject: idempotency.Subject = idempotency.OFFICE
    ) -> dict[str, Any]:
        """Runs `produce`, or gives the answer it gave before to the same key and body; `subject`: as there."""
        if self.key is None:
            return produce()
        request = f"{self.route.method} {self.path}\n".encode() + self.raw
        officer = f"{self.officer.agency}/{self.officer.id}"
        return idempotency.once(session, self.vault, officer, self.key, request, produce, subject)


NOBODY = Officer("-", "-", frozenset())
# what is kept beside a request while it is under way
_OFFICER, _BODY, _ARRIVED = "gate.officer", "gate.body", "gate.arrived"


@dataclass(slots=True)
class Access:
    """What a service decides: whose tokens, who may do what, where a denial is recorded, which faults pass by.

    `vault`: closes what is kept of requests.
    """

    verifier: Verifier
    vault: Vault
    may: Callable[[Officer, str], str | None]  # the sentence why not, or None
    denied: Callable[[Officer, str, str | None], None]
    counted: Callable[[str], None]  # a refusal of somebody we do not know: a count, for the trail must stay bounded
    is_passing: Callable[[BaseException], bool]
    describe: Callable[[BaseException], str]
    beside: Callable[[], Mapping[str, Any]] = dict  # what every answer to an officer says as well, now

    def answer(self, route: Route, request: Request, run: Callable[[Call], Any]) -> Response:
        try:
            officer = request.environ[_OFFICER]
            self._let_in(route, request, officer)
            call = self._call(route, request, officer)
            result = run(call)
            if route.action is not None and isinstance(result, dict):
                # not in what is kept for a repeat, which may come when it is no longer so
                result = {**result, **self.beside()}
            return result if isinstance(result, Response) else _json(result, route.status)
        except Problem as problem:
            return self.refuse(problem)
        except Exception as fault:  # noqa: BLE001 - a stack trace must not leave the house
            log.error("%s %s: %s", route.method, route.path, self.describe(fault))
            if self.is_passing(fault):
                return self.refuse(
                    problems.Unavailable(
                        "系统正忙，请稍后重试，已填写的内容未保存", "busy; nothing was saved, try again"
                    )
                )
            return self.refuse(
                problems.Broken("系统内部出错，内容未保存，请联系运维人员", "an internal error; nothing saved")
            )

    def deny(self, officer: Officer, action: str, sentence: str, about: str | None = None) -> problems.Denied:
        """Records a denial and returns what to raise. `about` is kept as a keyed digest: numbers can all be tried."""
        log.warning("denied: officer %s, %s", officer.id, action)
        if officer is NOBODY:
            self.counted("nobody")
        else:
            self.denied(officer, action, about and self.vault.fingerprint("denied", about).hex())
        return problems.Denied(sentence, f"the officer may not {action}")

    def known(self, route: Route, request: Request) -> Officer:
        """Who asks, by the token's signature alone: nothing is read from whom nobody knows. Raises NoToken."""
        if route.action is None:
            return NOBODY
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise problems.NoToken(
                "请先登录：请求缺少 Authorization: Bearer 凭证", "no bearer token", field="Authorization"
            )
        return self.verifier.officer(token.strip())

    def _let_in(self, route: Route, request: Request, officer: Officer) -> None:
        if route.action is None:
            return
        sentence = self.may(officer, route.action)
        if sentence is not None:
            raise self.deny(officer, route.action, sentence, request.path)

    def _call(self, route: Route, request: Request, officer: Officer) -> Call:
        query = _query(route, request)
        body: BytesIO = request.environ[_BODY]
        raw = b"" if route.takes else body.getvalue()
        key = request.headers.get("Idempotency-Key")
        if key is None and route.needs_key:
            raise problems.Malformed(
                "请求缺少 Idempotency-Key（防止重复登记）",
                "an Idempotency-Key header is required",
                field="Idempotency-Key",
            )
        if key is not None and not _KEY.fullmatch(key):
            raise problems.Malformed(
                "Idempotency-Key 应为 8 至 128 个可见字符",
                "Idempotency-Key must be 8 to 128 visible characters",
                field="Idempotency-Key",
            )
        return Call(
            officer=officer,
            body=_load(route.body, request, raw) if route.body else {},
            query=query,
            headers=request.headers,
            raw=raw,
            key=key,
            route=route,
            path=request.path,
            **_upload(route, request, body),
            address=request.remote_addr or "-",
            vault=self.vault,
            arrived=lambda: request.environ.get(_ARRIVED, False),
        )

    def refuse(self, problem: Problem) -> Response:
        response = Response(problem.to_bytes(), status=problem.status, content_type=problems.MEDIA)
        if isinstance(problem, problems.TooSlow | problems.Crowded):
            self.counted(problem.code)
        if problem.status == 401:
            self.counted("no_token")
            response.headers["WWW-Authenticate"] = "Bearer"
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        return response


_NO_QUERY: Mapping[str, fields.Field[Any]] = MappingProxyType({})


def http(
    method: str,
    path: str,
    *,
    action: str | None,
    summary: str,
    body: type[Schema] | None = None,
    status: int = 200,
    query: Mapping[str, fields.Field[Any]] = _NO_QUERY,
    needs_key: bool = False,
    media: str = "application/json",
    takes: tuple[str, ...] = (),
    turn: str = "work",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An entrypoint whose method takes (self, call, **path parts) and returns what becomes JSON; needs `self.gate`."""
    asked = Schema.from_dict(dict(query), name="Query")
    route = Route(method, path, action, body, status, summary, asked, needs_key, media, takes, turn)

    def decorate(method_: Callable[..., Any]) -> Callable[..., Any]:
        def entry(self: Any, request: Request, **parts: str) -> Response:
            answered: Response = self.access.answer(route, request, lambda call: method_(self, call, **parts))
            return answered

        entry.__name__ = method_.__name__
        entry.__doc__ = method_.__doc__
        entry.route = route  # type: ignore[attr-defined]
        registered: Callable[..., Any] = _Entry.decorator(route)(entry)
        return registered

    return decorate


def routes_of(service: type) -> Sequence[Route]:
    """The routes of a service class, its own first, then what it inherits."""
    return _routes_of(service)


@cache
def _routes_of(service: type) -> Sequence[Route]:
    return [member.route for each in service.__mro__ for member in vars(each).values() if hasattr(member, "route")]


def href(path: str, **parts: str) -> str:
    """The address of a route with its parts, as it can be asked for (RFC 3986)."""
    for name, part in parts.items():
        path = path.replace(f"<{name}>", quote(part, safe=""))
    return path


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
        self.turns = {"work": Semaphore(WORKERS), "health": Semaphore(1), "figures": Semaphore(WATCHERS - 1)}
        self.downloads = Semaphore(DOWNLOADS)
        self.open, self.officers, self.uploads = map(connections.Room, (ROOM_OPEN, ROOM, ROOM_UPLOADS))

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
        self._serv.close(CLOSE_WITHIN)

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
    def admit(self, route: Route, request: Request) -> Iterator[None]:
        """Reads the body whole, then waits for a turn. Raises what the one or the other is refused with."""
        body: connections.Body = request.environ["eventlet.input"]
        most, room = LARGEST, self.officers
        if route.takes:
            most, room = LARGEST_UPLOAD, self.uploads
        elif route.action is None:
            most, room = LARGEST_OPEN, self.open
        with room.hold() as hold:
            request.environ[_BODY] = body.take(most, hold)
            with body.connection.served(), _turn(self.turns[route.turn]):
                yield

    def stream(self, response: Response, request: Request) -> Response:
        """Each piece of a file takes a turn of its own: none is kept while it is on its way."""
        response.response = self._pieces(iter(response.response), request)
        response.call_on_close(self.downloads.release)
        return response

    def _pieces(self, pieces: Any, request: Request) -> Iterator[bytes]:
        try:
            while True:
                with _turn(self.turns["work"]):
                    piece = next(pieces, None)
                if piece is None:
                    return
                if piece:
                    yield piece
                else:
                    request.environ[_ARRIVED] = _arrived(request)
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
            request.environ[_OFFICER] = access.known(self.route, request)
            if not self.route.streams:
                with self.server.admit(self.route, request):
                    return self._work(request)
            if not self.server.downloads.acquire(blocking=False):
                raise problems.Crowded()
            try:
                with self.server.admit(self.route, request):
                    response = self._work(request)
            except BaseException:
                self.server.downloads.release()
                raise
            return self.server.stream(response, request)
        except Problem as problem:
            return access.refuse(problem)

    def _work(self, request: Request) -> Response:
        """As nameko's own workers, but not one of them: those are for what comes from the broker and from clocks."""
        answers: list[Response] = []

        def keep(_: Any, answer: Any, fault: Any) -> tuple[Any, Any]:
            answers.append(answer)
            return answer, fault

        service, parts = self.container.service_cls(), request.path_values  # type: ignore[attr-defined]
        self.container._run_worker(WorkerContext(self.container, service, self, (request,), parts), keep)
        return answers[0]


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


def _query(route: Route, request: Request) -> Mapping[str, Any]:
    known = list(_made(route.query).fields)
    allowed = f"可用：{'、'.join(known)}" if known else "此地址没有查询参数"
    for name in request.args:
        # one that somebody made up may be a person's name: it is not repeated
        shown = name if _NAME.fullmatch(name) else "?"
        if name not in known:
            raise problems.Malformed(f"不认识的查询参数 {shown}；{allowed}", f"no such parameter: {shown}", field=shown)
        if len(request.args.getlist(name)) > 1:
            raise problems.Malformed(f"查询参数 {name} 只能有一个", f"{name} is given more than once", field=name)
    try:
        found: Mapping[str, Any] = _made(route.query).load(request.args.to_dict())
        return found
    except ValidationError as fault:
        name, sentence = faults(fault.messages)[0]
        raise problems.Malformed(f"查询参数 {name}：{sentence}", f"{name} is wrong", field=name) from None


def _upload(route: Route, request: Request, body: BytesIO) -> dict[str, Any]:
    """What a route that takes a file reads for itself."""
    if not route.takes:
        return {}
    if request.mimetype not in route.takes:
        raise problems.WrongMediaType(
            f"文件类型不支持；可用：{'、'.join(route.takes)}", "the media type of the file is not supported"
        )
    return {"upload": body, "length": body.getbuffer().nbytes, "media": request.mimetype}


def _arrived(request: Request) -> bool:
    """Whether the other end has all that was written: a write returns when it is in our own kernel, sent or not."""
    end: socket.socket = request.environ["eventlet.input"].get_socket()
    closed, until = 7, time.monotonic() + SILENCE  # TCP_CLOSE: it was reset
    while left := int.from_bytes(fcntl.ioctl(end.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder):
        if time.monotonic() > until or end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == closed:
            break
        eventlet.sleep(0.01)
    return left == 0


def _load(schema: type[Schema], request: Request, raw: bytes) -> Mapping[str, Any]:
    if raw and request.mimetype != "application/json":
        raise problems.WrongMediaType("请求内容应为 application/json", "the body must be application/json")
    try:
        content = strict.read(raw or b"{}")
    except ValueError:
        raise problems.Malformed(f"请求内容{strict.WRONG_ZH}", strict.WRONG_EN, field="body") from None
    if not isinstance(content, dict):
        raise problems.Malformed("请求内容应为 JSON 对象", "the body must be a JSON object", field="body")
    try:
        loaded: Mapping[str, Any] = _made(schema).load(content)
        return loaded
    except ValidationError as fault:
        found = faults(fault.messages)
        name, sentence = found[0]
        raise problems.Invalid(
            f"{name or '内容'}：{sentence}",
            f"{name or 'body'} is wrong",
            field=name,
            more={"errors": [{"field": each, "detail": why} for each, why in found]},
        ) from None


# a schema copies all its fields when it is made, and keeps nothing of what it checks
@cache
def _made(schema: type[Schema]) -> Schema:
    return schema()


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


def _json(content: Any, status: int) -> Response:
    text = json.dumps(content, ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")
