"""Login, a password of one's own, and out again."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from sqlalchemy.orm import Session

from contracts.problems import Problem
from desk import browsers
from desk.agency import accounts, again, sessions
from desk.agency.door import door, here, page, secret, typed
from desk.agency.tables import Account

pages = Blueprint("login", __name__)


@pages.get("/login")
def ask() -> Any:
    """The form."""
    return page("login.html", login="", error="", kept={})


@pages.post("/login")
def enter() -> Any:
    """A new session for the right password, whatever the browser had before."""
    name, password = request.form.get("login", "").strip(), request.form.get("password", "")
    kept = {each[2:]: value for each, value in typed().items() if each.startswith("k.")}
    fresh, known = browsers.drawn(), request.cookies.get(browsers.DEVICE) or browsers.drawn()
    with door().sessions() as session:
        try:
            account = accounts.check_password(session, name, password, known)
        except Problem as refusal:
            if refusal.status == 401:
                session.commit()  # a failure that is not counted could be repeated for ever
            return page("login.html", refusal.status, login=name, error=refusal.zh, kept=kept)
        if old := request.cookies.get(browsers.SESSION):
            sessions.end(session, old)
        waits = account.code is not None
        sessions.begin(session, fresh, account.login, request.user_agent.string, waits)
        if not waits:
            _is_in(session, account, known)
        session.commit()
    if waits:
        answer = make_response(page("code.html", error="", kept=kept, csrf=browsers.csrf(fresh)))
    else:
        answer = _following(account, kept, fresh)
    browsers.keep(answer, browsers.SESSION, fresh)
    browsers.keep(answer, browsers.DEVICE, known, timedelta(days=180))
    return answer


@pages.route("/login/code", methods=["GET", "POST"])
def prove() -> Any:
    """The second factor, and a new session for whoever has it."""
    if g.waiting is None:
        return redirect(url_for("matters.listed"))
    if request.method == "GET":
        return page("code.html", error="", kept={}, csrf=browsers.csrf(secret()))
    kept = {each[2:]: value for each, value in typed().items() if each.startswith("k.")}
    if not browsers.same(request.form.get("csrf", ""), browsers.csrf(secret())):
        return redirect(url_for("login.ask"))
    fresh, known = browsers.drawn(), request.cookies.get(browsers.DEVICE, "")
    with door().sessions() as session:
        account = session.get_one(Account, g.waiting.login, with_for_update=True)
        try:
            accounts.second_factor.check(session, door().safe, account, request.form.get("code", ""))
        except Problem as refusal:
            session.commit()
            return page("code.html", refusal.status, error=refusal.zh, kept=kept, csrf=browsers.csrf(secret()))
        sessions.end(session, secret())
        sessions.begin(session, fresh, account.login, request.user_agent.string, False)
        _is_in(session, account, known)
        session.commit()
    answer = _following(account, kept, fresh)
    browsers.keep(answer, browsers.SESSION, fresh)
    return answer


def _is_in(session: Session, account: Account, known: str) -> None:
    if not account.change:
        accounts.attempts.know(session, account.login, known)
    accounts.record(session, account.login, "logged-in", account.login)


def _following(account: Account, kept: dict[str, str], fresh: str) -> Response:
    """What is to be done, or what was typed before the login had ended."""
    if kept.get("at") not in again.WORK.values() or account.change:
        return make_response(redirect(url_for("matters.listed")))
    return make_response(again.shown(kept, fresh, account))


@pages.route("/password", methods=["GET", "POST"])
def change() -> Any:
    """A password of one's own, in place of one that somebody else knows."""
    error = ""
    if request.method == "POST":
        new, again = request.form.get("new", ""), request.form.get("again", "")
        if new != again:
            error = "两次填写的新密码不一致"
        else:
            with door().sessions() as session:
                try:
                    device = request.cookies.get(browsers.DEVICE, "")
                    account = accounts.check_password(session, here().login, request.form.get("password", ""), device)
                    accounts.change_password(session, account, new)
                    accounts.attempts.know(session, account.login, device)
                    sessions.end_others(session, account.login, secret())
                    session.commit()
                    return redirect(url_for("matters.listed"))
                except Problem as refusal:
                    if refusal.status == 401:
                        session.commit()
                    error = refusal.zh
    return page("password.html", 422 if error else 200, error=error)


@pages.post("/logout")
def leave() -> Any:
    """Out: the session is gone, and the browser forgets."""
    with door().sessions() as session:
        sessions.end(session, secret())
        session.commit()
    answer: Response = make_response(redirect(url_for("login.ask")))
    browsers.drop(answer, browsers.SESSION)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
