"""The petitioners' door: how far a petition is, and a rating, by number and query code.

It stands on the internet and can do no more than pass on what was typed: no session, no script, no database, no key, no
broker. What is too often, and what is wrong, intake says.
"""

from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from desk.client import Away, Client, Refused
from desk.headers import secure_plain
from desk.settings import PublicSettings

HERE = Path(__file__).parent
LARGEST = 16 * 1024  # for the server to let in of a form of ours: a number, a code, a few sentences
_WRONG = "没有查到。请核对编号和查询码：两样都在登记时交给您的回执上。"
_STARS = {5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"}


def make(settings: PublicSettings) -> Flask:
    """The application; it asks nobody anything before the first request."""
    app = Flask("desk.public", static_folder=str(HERE / "static"), template_folder=str(HERE / "pages"))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["day"] = _day
    app.after_request(secure_plain)

    def page(status: int = 200, **shown: Any) -> Response:
        known = {"office": settings.office, "large": request.values.get("view") == "large", "stars": _STARS}
        blank = {"number": "", "error": None, "found": None, "code": "", "done": None}
        return Response(render_template("page.html", **blank | known | shown), status)

    def asked(path: str, **more: Any) -> dict[str, Any]:
        client = Client({"intake": settings.intake}, token=None, forwarded=_hops())
        return client.post("intake", path, {"number": _typed("number"), "code": _typed("code"), **more})

    @app.get("/")
    def home() -> Response:
        return page()

    @app.post("/progress")
    def progress() -> Response:
        return page(found=asked("/lookup"), code=_typed("code"))

    @app.post("/rating")
    def rating() -> Response:
        stars, seq = _typed("stars"), _typed("seq")
        if not (stars.isdecimal() and seq.isdecimal()):
            return page(422, found=asked("/lookup"), code=_typed("code"), error="请选择满意程度后再提交。")
        text = _typed("text") or None
        try:
            found = asked("/lookup/rating", seq=int(seq), stars=int(stars), text=text)
        except Refused as refused:
            if refused.status not in (409, 422):
                raise
            return page(refused.status, found=asked("/lookup"), code=_typed("code"), error=refused.sentence)
        return page(found=found, code=_typed("code"), done="已收到您的评价，谢谢。")

    @app.errorhandler(Refused)
    def refused(fault: Refused) -> Response:
        if fault.status != HTTPStatus.TOO_MANY_REQUESTS:
            # whatever is wrong, of number or code, is one answer
            return page(404, number=_typed("number"), error=_WRONG)
        answer = page(429, number=_typed("number"), error=fault.sentence)
        answer.headers["Retry-After"] = fault.retry_after
        return answer

    @app.errorhandler(Away)
    def away(fault: Away) -> Response:
        answer = page(503, number=_typed("number"), error="现在查不到，请过几分钟再试，或拨打 12309。")
        answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    @app.errorhandler(HTTPException)
    def wrong(fault: HTTPException) -> Response:
        return page(fault.code or 500, error="没有这个页面，请从这里查询。")

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


def _hops() -> str:
    """Who asked, and the web servers on the way, for intake's count: the last is whoever connected to us."""
    return ", ".join(filter(None, [request.headers.get("X-Forwarded-For", ""), request.remote_addr]))


def _day(value: str | None) -> str:
    if value is None:
        return ""
    day = date.fromisoformat(value)
    return f"{day.year}年{day.month}月{day.day}日"
