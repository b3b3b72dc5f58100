"""Who is let in to a page: logged in, not locked, and from a page of ours."""

from typing import Any

from flask import g, redirect, request, url_for
from sqlalchemy.orm import Session

from desk import browsers, headers
from desk.client import Refused
from desk.office import drafts, sessions
from desk.office.door import door, typed
from desk.office.tables import SessionRow

_WAYS = {"login.ask", "login.enter", "ways.go", "ways.left", "ways.back"}
OPEN = _WAYS | {"proving.prove", "proving.sign", "login.change"}  # to who is not logged in
QUIET = {"today.count", "own.locked", "batches.listed"}  # a page that asks by itself is nobody at work
BLANK = _WAYS | {"own.locked", "own.unlock", "login.leave"}  # to who has locked the screen
# the browser's: passwords, locks, drafts; no work that could be lost
_ITS_OWN = {"login", "proving", "ways", "own", "drafting"}


def let_in() -> Any:
    """None for who is logged in; else the way to the login, with what they had typed kept for after it."""
    if request.endpoint in ("ready", "metrics", "static"):
        return None
    app, g.secret = door(), request.cookies.get(browsers.SESSION)
    foreign = request.method == "POST" and not headers.is_ours(
        request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site"), request.host
    )
    if foreign:
        raise Refused(403, {"detail": "请求不是由本系统的页面发出的"})
    with app.sessions() as session:
        g.session = row = sessions.find(session, g.secret)
        shut = row is None or not row.whole or not sessions.is_open(row)
        locked = row is not None and not shut and row.locked and request.endpoint not in BLANK
        if request.endpoint in OPEN and not locked:
            return None
        known = browsers.same(request.form.get("csrf", ""), browsers.csrf(g.secret or ""))
        forged = request.method == "POST" and not known
        if "HX-Request" in request.headers and (shut or locked):
            return "", 401  # a part of a page is not where one logs in
        if row is None or shut:
            if row is not None and not forged:
                keep(session, row)
                session.commit()
            back = request.full_path if request.method == "GET" else ""
            return redirect(url_for("login.ask", next=back))
        if locked:
            return redirect(url_for("own.locked"))
        if forged:
            raise Refused(403, {"detail": "页面已过期，请返回并刷新后再试"})
        if request.endpoint not in QUIET:
            sessions.touch(row)
        session.commit()
    return None


def is_work() -> bool:
    """Whether something was sent that is worth sending again: never a file, nor what would hold a password."""
    return request.method == "POST" and not request.files and request.blueprint not in _ITS_OWN


def keep(session: Session, row: SessionRow) -> None:
    """What was sent in vain, for after the next login; not what was never whole."""
    if row.officer and is_work():
        drafts.save(session, door().safe, row.officer, drafts.AGAIN, typed() | {"at": [request.full_path]})
