"""Login, a password of one's own, and out again."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from contracts.problems import Problem
from desk import browsers
from desk.agency import accounts, sessions
from desk.agency.door import door, here, page, secret, typed
from desk.agency.entry import WORK

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
        sessions.begin(session, fresh, account.login)
        if not account.change:
            accounts.attempts.know(session, account.login, known)
        accounts.record(session, account.login, "logged-in", account.login)
        session.commit()
    answer: Response = make_response(redirect(url_for("matters.listed")))
    if kept.get("at") in WORK.values() and not account.change:
        rest = {each: value for each, value in kept.items() if each not in ("at", "csrf")}
        shown = page("again.html", at=kept["at"], rest=rest, csrf=browsers.csrf(fresh), account=account)
        answer = make_response(shown)
    browsers.keep(answer, browsers.SESSION, fresh)
    browsers.keep(answer, browsers.DEVICE, known, timedelta(days=180))
    return answer


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
