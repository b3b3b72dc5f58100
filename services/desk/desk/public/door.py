"""What the views of the petitioners' door stand on: who asks, what was typed, the page that is answered."""

from contextlib import suppress
from typing import Any

from flask import Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from desk.client import Client
from desk.settings import PublicSettings

LARGEST = 16 * 1024  # bytes of a form without a file: a number, a code, a few sentences


def settings() -> PublicSettings:
    """The process's own."""
    found: PublicSettings = current_app.config["OURS"]
    return found


def page(template: str, status: int = 200, **shown: Any) -> Response:
    """Drawn in the letters that were asked for."""
    known: dict[str, Any] = {"office": settings().office, "online": settings().online, "large": _large()}
    return Response(render_template(template, **known | shown), status)


def client(code: str | None = None) -> Client:
    """Asks intake for whoever asks us; `code`: where it goes with a file, whose body has no room for it."""
    token = None if code is None else lambda: code
    return Client({"intake": settings().intake}, token=token, forwarded=_hops())


def typed(name: str) -> str:
    """What stands in a field, without the blanks around it; a line's end counts as one character, as in the browser."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def _large() -> bool:
    asked = request.args.get("view")
    if asked is None:
        with suppress(HTTPException):  # a form that is too long was not read
            asked = request.form.get("view")
    return asked == "large"


def _hops() -> str:
    """Who asked, and the web servers on the way, for intake's count: the last is whoever connected to us."""
    return ", ".join(filter(None, [request.headers.get("X-Forwarded-For", ""), request.remote_addr]))
