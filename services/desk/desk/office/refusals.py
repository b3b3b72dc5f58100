"""What a page says where a service refused, is away, or we failed: the sentence as it was written, and what next."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, redirect, request, url_for
from jinja2 import UndefinedError
from werkzeug.exceptions import HTTPException

from desk.browsers import grant_of
from desk.client import Away, Refused
from desk.office import bodies, entry, sessions
from desk.office.door import door, page, typed

log = logging.getLogger(__name__)

_ANEW = {"no-token": "login.ask", "second-factor": "proving.prove"}  # what a refusal asks for → where it is given
_TITLES = {
    400: "请求无法处理", 403: "无权查看或办理", 404: "没有找到", 409: "当前不能这样办理", 410: "已经办理过",
    413: "内容过大", 422: "填写有误", 429: "请求过于频繁", 503: "暂时无法办理",
}  # fmt: skip


def shown(fault: Exception) -> Any:
    """The page that says so, with the fault's own status."""
    if isinstance(fault, Refused):
        if fault.code in _ANEW and g.get("secret"):
            return _anew(fault.code)
        return _page(fault.status, fault.sentence)
    if isinstance(fault, Away):
        g.away = True
        whole = g.get("session") is not None and g.session.whole
        if whole and entry.is_work():
            return again(503, "系统暂时没有回应，没有提交。您填写的内容都在下面。", request.full_path, typed())
        return _page(503, "系统暂时没有回应，请稍后再试", seconds=fault.retry_after)
    if isinstance(fault, HTTPException):
        return _page(fault.code or 500, "没有这个页面" if fault.code == 404 else "请求无法处理")
    # a template's own fault names a member of an answer, and nothing that is in it
    what = fault.message if isinstance(fault, UndefinedError) else type(fault).__name__
    log.error("%s %s: %s", request.method, request.endpoint, what, exc_info=fault)
    return _page(500, "系统内部出错，请联系运维人员")


def _page(status: int, sentence: str, seconds: int | None = None) -> Any:
    return page("refusal.html", status, title=_TITLES.get(status, "系统出错"), sentence=sentence, seconds=seconds)


def _anew(code: str) -> Any:
    """To the login or the second factor; what was sent is kept, and is sent again behind it."""
    door().signing.forget(grant_of(g.secret))
    with door().sessions() as session:
        entry.keep(session, g.session)
        session.commit()
    return redirect(url_for(_ANEW[code], next=request.full_path if request.method == "GET" else ""))


def again(status: int, why: str, at: str, sent: Mapping[str, Sequence[str]]) -> Any:
    """What was not sent, as it was typed, and one press that sends it under the same key."""
    fields = [(name, value) for name, values in sent.items() for value in values if name not in ("at", "csrf", "seal")]
    parts = (dict(fields).get(part, "") for part in ("service", "method", "href", "of"))
    # of the same form, whose seal an ended login may have made
    seal = sessions.sealed(g.secret, *parts)
    return page("again.html", status, why=why, at=at, fields_sent=fields, typed=bodies.written(sent), seal=seal)
