"""The HTTP edge under nameko: who asks, is the body right, what is answered. Use cases never see a request."""

import fcntl
import json
import logging
import re
import socket
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import IO, Any

import eventlet
from eventlet import wsgi
from marshmallow import Schema, ValidationError
from nameko.web.handlers import HttpRequestHandler
from nameko.web.server import HttpOnlyProtocol, WebServer, WsgiApp
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from contracts import strict
from contracts.sentences import faults
from gate import idempotency, problems
from gate.problems import Problem
from gate.tokens import Officer, Verifier
from vault import Vault

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
LARGEST_UPLOAD = 20 * LARGEST
BACKLOG = 1024
SILENCE = 30  # seconds without a byte taken: the other end is given up
_KEY = re.compile(r"[\x21-\x7e]{8,128}")


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    action: str | None  # None: open to anybody who reaches the port
    body: type[Schema] | None
    status: int
    summary: str
    query: tuple[str, ...]
    needs_key: bool
    media: str
    takes: tuple[str, ...] = ()  # the media types of a body that is not JSON and is read piece by piece

    @property
    def fields(self) -> list[str]:
        """What its body may have."""
        return sorted(_made(self.body).fields) if self.body else []


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in."""

    officer: Officer
    body: Mapping[str, Any]
    query: Mapping[str, str]
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
    arrived: Callable[[], bool] = lambda: True  # asked by an answer given piece by piece, once it has given the last

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


@dataclass(slots=True)
class Gate:
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
            officer = self._officer(route, request)
            call = self._call(route, request, officer)
            result = run(call)
            if route.action is not None and isinstance(result, dict):
                # not in what is kept for a repeat, which may come when it is no longer so
                result = {**result, **self.beside()}
            return result if isinstance(result, Response) else _json(result, route.status)
        except Problem as problem:
            if problem.status == 401:
                self.counted("no_token")
            if route.takes:
                _drain(request)
            return self._refuse(problem)
        except Exception as fault:  # noqa: BLE001 - a stack trace must not leave the house
            log.error("%s %s: %s", route.method, route.path, self.describe(fault))
            if self.is_passing(fault):
                return self._refuse(
                    problems.Unavailable(
                        "系统正忙，请稍后重试，已填写的内容未保存", "busy; nothing was saved, try again"
                    )
                )
            return self._refuse(
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

    def _officer(self, route: Route, request: Request) -> Officer:
        if route.action is None:
            return NOBODY
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise problems.NoToken(
                "请先登录：请求缺少 Authorization: Bearer 凭证", "no bearer token", field="Authorization"
            )
        officer = self.verifier.officer(token.strip())
        sentence = self.may(officer, route.action)
        if sentence is not None:
            raise self.deny(officer, route.action, sentence, request.path)
        return officer

    def _call(self, route: Route, request: Request, officer: Officer) -> Call:
        raw = b"" if route.takes else _read_body(request)
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
            query={name: request.args[name] for name in route.query if name in request.args},
            headers=request.headers,
            raw=raw,
            key=key,
            route=route,
            path=request.path,
            **_upload(route, request),
            address=request.remote_addr or "-",
            vault=self.vault,
            arrived=partial(_arrived, request),
        )

    def _refuse(self, problem: Problem) -> Response:
        response = _json(problem.body(), problem.status, "application/problem+json")
        if problem.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        return response


def http(
    method: str,
    path: str,
    *,
    action: str | None,
    summary: str,
    body: type[Schema] | None = None,
    status: int = 200,
    query: tuple[str, ...] = (),
    needs_key: bool = False,
    media: str = "application/json",
    takes: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An entrypoint whose method takes (self, call, **path parts) and returns what becomes JSON; needs `self.gate`."""
    route = Route(method, path, action, body, status, summary, query, needs_key, media, takes)

    def decorate(method_: Callable[..., Any]) -> Callable[..., Any]:
        def entry(self: Any, request: Request, **parts: str) -> Response:
            answered: Response = self.gate.answer(route, request, lambda call: method_(self, call, **parts))
            return answered

        entry.__name__ = method_.__name__
        entry.__doc__ = method_.__doc__
        entry.route = route  # type: ignore[attr-defined]
        registered: Callable[..., Any] = _Entry.decorator(method, path)(entry)
        return registered

    return decorate


def routes_of(service: type) -> Sequence[Route]:
    """The routes of a service class, its own first, then what it inherits."""
    return _routes_of(service)


@cache
def _routes_of(service: type) -> Sequence[Route]:
    return [member.route for each in service.__mro__ for member in vars(each).values() if hasattr(member, "route")]


class _App(WsgiApp):
    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ, shallow=True)
        try:
            provider, parts = self.url_map.bind_to_environ(environ).match()
            request.path_values = parts  # type: ignore[attr-defined] # where nameko looks for them
            response = provider.handle_request(request)
        except HTTPException as fault:
            response = _not_routed(fault)
        return response(environ, start_response)


class _Server(WebServer):
    def start(self) -> None:
        if not self._starting:
            super().start()
            # the library's 50 are fewer than a morning's crowd: who comes when it is full is cut off
            self._sock.listen(BACKLOG)

    def get_wsgi_app(self) -> _App:
        return _App(self)

    def get_wsgi_server(
        self, sock: Any, wsgi_app: Any, protocol: Any = HttpOnlyProtocol, debug: bool = False
    ) -> wsgi.Server:
        # no access log (paths are logged when refused), and a client that sends nothing is let go after a while
        return wsgi.Server(
            sock,
            sock.getsockname(),
            wsgi_app,
            protocol=protocol,
            debug=debug,
            log=logging.getLogger(__name__),
            log_output=False,
            socket_timeout=SILENCE,
            # a small last piece must not be kept back until the answer has given all: it is asked then what arrived
            minimum_chunk_size=1,
        )


class _Entry(HttpRequestHandler):
    server = _Server()


def _upload(route: Route, request: Request) -> dict[str, Any]:
    """What a route that takes a file reads for itself; its length is said beforehand, so that too much is not read."""
    if not route.takes:
        return {}
    if request.content_length is None:
        raise problems.Malformed("请求应写明 Content-Length", "a Content-Length is required", field="Content-Length")
    if request.content_length > LARGEST_UPLOAD:
        raise problems.TooLarge("文件超过 20 MiB", "the file is larger than 20 MiB")
    if request.mimetype not in route.takes:
        raise problems.WrongMediaType(
            f"文件类型不支持；可用：{'、'.join(route.takes)}", "the media type of the file is not supported"
        )
    return {"upload": request.stream, "length": request.content_length, "media": request.mimetype}


def _arrived(request: Request) -> bool:
    """Whether the other end has all that was written: a write returns when it is in our own kernel, sent or not."""
    end: socket.socket = request.environ["eventlet.input"].get_socket()
    closed, until = 7, time.monotonic() + SILENCE  # TCP_CLOSE: it was reset
    while left := int.from_bytes(fcntl.ioctl(end.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder):
        if time.monotonic() > until or end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == closed:
            break
        eventlet.sleep(0.01)
    return left == 0


def _drain(request: Request) -> None:
    """Reads in pieces and throws away, so that the client reads our answer instead of a reset."""
    left = min(request.content_length or 0, 32 * LARGEST)
    with suppress(OSError):
        while left > 0 and (piece := request.stream.read(min(left, 65536))):
            left -= len(piece)


def _read_body(request: Request) -> bytes:
    if (request.content_length or 0) > LARGEST:
        _drain(request)
        raise problems.TooLarge("请求内容超过 1 MiB", "the body is larger than 1 MiB")
    raw = request.stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise problems.TooLarge("请求内容超过 1 MiB", "the body is larger than 1 MiB")
    return raw


def _load(schema: type[Schema], request: Request, raw: bytes) -> Mapping[str, Any]:
    if raw and request.mimetype != "application/json":
        raise problems.WrongMediaType("请求内容应为 application/json", "the body must be application/json")
    try:
        content = strict.read(raw or b"{}")
    except ValueError:
        raise problems.Malformed(
            "请求内容不是有效的 UTF-8 JSON，或同一字段出现两次",
            "the body is not UTF-8 JSON, or has a member twice",
            field="body",
        ) from None
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
    response = _json(problem.body(), problem.status, "application/problem+json")
    if "Allow" in headers:
        response.headers["Allow"] = headers["Allow"]
    return response


def _json(content: Any, status: int, media_type: str = "application/json") -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status=status, content_type=f"{media_type}; charset=utf-8")
