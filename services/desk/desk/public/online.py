"""网上信访: first whether it is about an official, which is not typed in here; then a form, a code, what became of it.

Nothing is kept here, no draft either: the form's nonce makes one entry of whoever presses twice.
"""

import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import PurePath
from typing import Any
from unicodedata import normalize

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import Forbidden, HTTPException

from desk.client import Away, Refused
from desk.headers import is_ours
from desk.public.door import client, page, typed

pages = Blueprint("online", __name__)
LARGEST = 21 * 1024 * 1024  # bytes of a form with files
LONGEST = 5_000
# what a browser does not know the type of
_TYPES = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".mp3": "audio/mpeg",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_FIELDS = ("kind", "who", "name", "phone", "sure", "text", "nonce", "anyway")
_MISSING = {
    "kind": "请选择是诉求还是建议。",
    "who": "请选择署名、要求保密还是匿名。",
    "name": "请填写姓名。",
    "phone": "请填写联系电话。",
    "sure": "署名的请勾选确认。",
    "text": "请写明反映的事情和请求。",
}
_ZH = {"text": "反映的事情", "name": "姓名", "phone": "电话"}
_NONCE = re.compile(r"[A-Za-z0-9_-]{32}")  # as `form` makes them: nobody else chooses one
_LARGE = "附件太大，没有提交。请减少附件后重新填写；也可以先提交文字，附件再凭查询码传。"
_CHOOSE = "刚才选的附件没有保存，请重新选择。"
_AWAY = "现在提交不了，请过几分钟再按一次“提交”，或拨打 12309。"


@pages.before_request
def only_ours() -> None:
    """Another site's form writes nothing in a visitor's name; a form with files may be long."""
    if request.method != "POST":
        return
    if not is_ours(request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site"), request.host):
        raise Forbidden()
    if request.endpoint in ("online.enter", "online.add"):
        request.max_content_length = LARGEST


@pages.get("/online")
def ask() -> Response:
    """The first question; nothing can be typed here."""
    return page("question.html", open=_offered()["open"])


@pages.get("/online/officials")
def officials() -> Response:
    """Where a report of an official goes: nothing of it is written here."""
    return page("officials.html", typed=None)


@pages.get("/online/entry")
def form() -> Response:
    """The form, empty, with a nonce of its own."""
    offered = _offered()
    if not offered["open"]:
        return page("question.html", open=False)
    return _form({"nonce": secrets.token_urlsafe(24)}, offered)


@pages.post("/online/entry")
def enter() -> Response:
    """The code; or the form as it was typed, with what is missing. Files are chosen anew: no page can keep them."""
    given, files = {name: typed(name) for name in _FIELDS}, _files()
    try:
        offered = _offered()
    except Away:
        return _form(given, {"files": None}, [_AWAY], 503)
    if not _NONCE.fullmatch(given["nonce"]):
        return _form({**given, "nonce": secrets.token_urlsafe(24)}, offered, ["页面已过期，请再按一次“提交”。"], 422)
    wrong = _wrong(given, files, offered["files"])
    if wrong:
        return _form(given, offered, wrong, 422)
    named = given["who"] != "anonymous"
    body = {"kind": given["kind"], "text": given["text"], "secrecy": given["who"] == "secret"}
    body |= {"name": given["name"], "phone": given["phone"]} if named else {}
    body |= {"typed_anyway": True} if given["anyway"] else {}
    try:
        made = client().post("intake", "/online", body, given["nonce"])
    except Refused as refusal:
        return _refused(refusal, given, offered)
    except Away:
        return _form(given, offered, [_AWAY], 503)
    return page("received.html", made=made, kept=_hand_in(made["code"], files))


@pages.get("/online/back")
def back() -> Response:
    """The form for a code."""
    return _back()


@pages.post("/online/back")
def look() -> Response:
    """What became of it, by its code."""
    return _found(typed("code"))


@pages.post("/online/files")
def add() -> Response:
    """One file more, until it is decided."""
    files, code = _files(), typed("code")
    wrong = _wrong_files(files, _offered()["files"]) if files else "请先选择文件。"
    lost = [] if wrong else [why for _, why in _hand_in(code, files) if why is not None]
    said = wrong or "；".join(lost)
    return _found(code, 422 if said else 200, error=said, done=None if said else "附件已收到。")


@pages.errorhandler(Refused)
def refused(fault: Refused) -> Response:
    """Of a code: whatever is wrong with it is one answer."""
    if fault.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer = _back(429, error=fault.sentence)
        answer.headers["Retry-After"] = fault.retry_after
        return answer
    return _back(404, error="没有查到，请核对查询码。")


@pages.errorhandler(Away)
def away(fault: Away) -> Response:
    """Intake does not answer: that is no reason to say that nothing is taken."""
    if request.endpoint in ("online.look", "online.add"):
        answer = _back(503, error="现在查不到，请过几分钟再试，或拨打 12309。")
    else:
        answer = page("question.html", 503, open=True, error="现在打不开，请过几分钟再试，或拨打 12309。")
    answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


@pages.errorhandler(OSError)
def full(_: OSError) -> Response:
    """No room to read a form with its files: others send theirs at this moment."""
    said = "同时上传的人太多，没有提交。请过几分钟再试，或者先提交文字，再凭查询码上传附件。"
    return page("question.html", 503, open=True, error=said)


@pages.errorhandler(HTTPException)
def unread(fault: HTTPException) -> Response:
    """Too long, or another site's: it was not read."""
    sentence = _LARGE if fault.code == 413 else "请从本页重新填写。"
    return page("question.html", fault.code or 500, open=True, error=sentence)


def _offered() -> Mapping[str, Any]:
    """Whether something can be written now, and which files may come. Raises Away."""
    return client().get("intake", "/online")


def _form(
    given: Mapping[str, str], offered: Mapping[str, Any], wrong: list[str] | None = None, status: int = 200
) -> Response:
    """The form with what was typed. Of files a page cannot keep any: they would be missing without a word."""
    shown, said = {**dict.fromkeys(_FIELDS, ""), **given}, wrong or []
    said = [*said, _CHOOSE] if said and _files() else said
    return page("entry.html", status, typed=shown, files=offered["files"], wrong=said, longest=LONGEST)


def _found(code: str, status: int = 200, **given: Any) -> Response:
    """What became of it, and how much more may be handed in. Raises Refused, Away."""
    found = client().post("intake", "/online/lookup", {"code": code})
    takes = _offered()["files"] if found["takes_files"] else None
    return _back(status, found=found, code=code, files=takes, **given)


def _back(status: int = 200, **given: Any) -> Response:
    return page("back.html", status, **{"found": None, "code": "", "error": None, "done": None, "files": None} | given)


def _files() -> list[FileStorage]:
    """Those that were chosen: an empty field is sent as a file without a name."""
    return [each for each in request.files.getlist("file") if each.filename]


def _wrong(given: Mapping[str, str], files: list[FileStorage], takes: Mapping[str, Any]) -> list[str]:
    """What is missing, in sentences."""
    needed = ["kind", "who"] + (["name", "phone"] if given["who"] in ("named", "secret") else [])
    needed += ["sure"] if given["who"] == "named" else []
    found = [_MISSING[name] for name in (*needed, "text") if not given[name]]
    if len(given["text"]) > LONGEST:
        found.append(f"内容最长 {LONGEST} 字，现在有 {len(given['text'])} 字。")
    return found + [each for each in [_wrong_files(files, takes)] if each]


def _wrong_files(files: list[FileStorage], takes: Mapping[str, Any]) -> str | None:
    if len(files) > takes["most"]:
        return f"附件最多 {takes['most']} 份。"
    for each in files:
        if _type(each) not in takes["types"]:
            return "附件只收 PDF、图片（JPG、PNG）、Word（docx）和录音（MP3）。"
    return None


def _type(file: FileStorage) -> str:
    return _TYPES.get(PurePath(file.filename or "").suffix.lower(), "")


def _refused(refusal: Refused, given: Mapping[str, str], offered: Mapping[str, Any]) -> Response:
    if refusal.code == "not-typed-in":
        return page("officials.html", 409, typed={**given, "anyway": "1"})
    if refusal.code == "online-closed":
        return page("question.html", 409, open=False)
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer = _form(given, offered, [refusal.sentence], 429)
        answer.headers["Retry-After"] = refusal.retry_after
        return answer
    if "Idempotency-Key" in refusal.errors:
        return page("question.html", 409, open=True, error="这份表已经提交过。要另写一件，请从这里重新开始。")
    said = [f"{_ZH.get(field, '')} {sentence}".strip() for field, sentence in refusal.errors.items()]
    return _form(given, offered, said or [refusal.sentence], 422)


def _hand_in(typed_code: str, files: list[FileStorage]) -> list[tuple[str, str | None]]:
    """Each file's name, and why it was not taken where it was not."""
    # a header takes nothing else, and a code has nothing else
    code = "".join(each for each in normalize("NFKC", typed_code) if each.isascii() and each.isalnum())
    found: list[tuple[str, str | None]] = []
    for each in files:
        name = each.filename or ""
        try:
            upload = (each.stream, _type(each))
            client(code).send("POST", "intake", "/online/files", params={"name": name}, upload=upload)
            found.append((name, None))
        except Refused as refusal:
            found.append((name, f"{name}：{refusal.sentence}"))
        except Away:
            found.append((name, f"{name}：没有传完，请凭查询码再传一次"))
    return found
