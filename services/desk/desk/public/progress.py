"""How far a petition is, and a rating, by number and query code."""

import re
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response

from desk.client import Away, Refused
from desk.public.door import client, page, typed

pages = Blueprint("progress", __name__)
_WRONG = "没有查到。请核对编号和查询码：两样都在登记时交给您的回执上。"
_FEW = re.compile(r"[0-9]{1,6}")  # digits of a number: of thousands Python makes none, and raises
_STARS = {5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"}


@pages.get("/")
def home() -> Response:
    """The form."""
    return shown()


@pages.post("/progress")
def progress() -> Response:
    """How far it is."""
    return shown(found=_asked("/lookup"), code=typed("code"))


@pages.post("/rating")
def rating() -> Response:
    """How far it is, the reply rated; or why it was not."""
    stars, seq = typed("stars"), typed("seq")
    if not all(_FEW.fullmatch(each) for each in (stars, seq)):
        return shown(422, found=_asked("/lookup"), code=typed("code"), error="请选择满意程度后再提交。")
    try:
        found = _asked("/lookup/rating", seq=int(seq), stars=int(stars), text=typed("text") or None)
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return shown(refused.status, found=_asked("/lookup"), code=typed("code"), error=refused.sentence)
    return shown(found=found, code=typed("code"), done="已收到您的评价，谢谢。")


@pages.errorhandler(Refused)
def refused(fault: Refused) -> Response:
    """Whatever is wrong, of number or code, is one answer."""
    if fault.status != HTTPStatus.TOO_MANY_REQUESTS:
        return shown(404, number=typed("number"), error=_WRONG)
    answer = shown(429, number=typed("number"), error=fault.sentence)
    answer.headers["Retry-After"] = fault.retry_after
    return answer


@pages.errorhandler(Away)
def away(fault: Away) -> Response:
    """Intake does not answer."""
    answer = shown(503, number=typed("number"), error="现在查不到，请过几分钟再试，或拨打 12309。")
    answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def shown(status: int = 200, **given: Any) -> Response:
    """The page, with what is known of it."""
    blank = {"number": "", "error": None, "found": None, "code": "", "done": None}
    return page("progress.html", status, stars=_STARS, **blank | given)


def _asked(path: str, **more: Any) -> dict[str, Any]:
    return client().post("intake", path, {"number": typed("number"), "code": typed("code"), **more})
