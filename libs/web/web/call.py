"""One request that was let in: its query, body and file, read strictly."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, TypeVar

from marshmallow import Schema, ValidationError, fields
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from contracts import problems, strict
from contracts.sentences import faults
from vault import Vault
from web import idempotency
from web.forms import made
from web.route import Route
from web.tokens import Officer

T = TypeVar("T")
_KEY = re.compile(r"[\x21-\x7e]{8,128}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class TrueOrFalse(fields.Boolean):
    """In a query, where everything is text."""

    truthy, falsy = {"true"}, {"false"}


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

    def shown_once(
        self,
        session: Session,
        produce: Callable[[], tuple[dict[str, Any], T]],
        subject: idempotency.Subject = idempotency.OFFICE,
    ) -> tuple[dict[str, Any], T | None]:
        """As `once`, and beside the answer what must be kept nowhere: None for whoever repeats the request."""
        shown: list[T] = []

        def kept() -> dict[str, Any]:
            answer, secret = produce()
            shown.append(secret)
            return answer

        return self.once(session, kept, subject), shown[0] if shown else None


@dataclass(slots=True)
class Admitted:
    """A request whose sender is known and whose body is here, whole."""

    request: Request
    officer: Officer
    body: BytesIO
    arrived: bool = False  # of an answer given piece by piece: whether the other end has all that was written


def read(route: Route, admitted: Admitted, vault: Vault) -> Call:
    """What the route takes of it. Raises Malformed, WrongMediaType, Invalid."""
    request = admitted.request
    query = _query(route, request)
    raw = b"" if route.takes else admitted.body.getvalue()
    key = request.headers.get("Idempotency-Key")
    if key is None and route.needs_key:
        raise problems.Malformed(
            "请求缺少 Idempotency-Key（防止重复登记）", "an Idempotency-Key header is required", field="Idempotency-Key"
        )
    if key is not None and not _KEY.fullmatch(key):
        raise problems.Malformed(
            "Idempotency-Key 应为 8 至 128 个可见字符",
            "Idempotency-Key must be 8 to 128 visible characters",
            field="Idempotency-Key",
        )
    return Call(
        officer=admitted.officer,
        body=_load(route.body, request, raw) if route.body else {},
        query=query,
        headers=request.headers,
        raw=raw,
        key=key,
        route=route,
        path=request.path,
        **_upload(route, request, admitted.body),
        address=request.remote_addr or "-",
        vault=vault,
        arrived=lambda: admitted.arrived,
    )


def _query(route: Route, request: Request) -> Mapping[str, Any]:
    known = list(made(route.query).fields)
    allowed = f"可用：{'、'.join(known)}" if known else "此地址没有查询参数"
    for name in request.args:
        # one that somebody made up may be a person's name: it is not repeated
        shown = name if _NAME.fullmatch(name) else "?"
        if name not in known:
            raise problems.Malformed(f"不认识的查询参数 {shown}；{allowed}", f"no such parameter: {shown}", field=shown)
        if len(request.args.getlist(name)) > 1:
            raise problems.Malformed(f"查询参数 {name} 只能有一个", f"{name} is given more than once", field=name)
    try:
        found: Mapping[str, Any] = made(route.query).load(request.args.to_dict())
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
        loaded: Mapping[str, Any] = made(schema).load(content)
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
