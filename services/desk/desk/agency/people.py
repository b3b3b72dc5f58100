"""账户: one's own password, second factor and logins, whom the administrator lets in, and a lost store."""

from typing import Any

import segno
from flask import Blueprint, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy import select

from contracts.problems import Problem
from desk import browsers, codes
from desk.agency import accounts, saying, sessions
from desk.agency.door import door, here, page, refused, secret
from desk.agency.tables import Account

pages = Blueprint("people", __name__)


@pages.get("/accounts")
def listed() -> Any:
    """One's own, and everybody's for the administrator."""
    return _shown()


@pages.post("/accounts")
def ask() -> Any:
    """An account made, closed, or its password anew: by the administrator alone."""
    if not here().administrator:
        return refused("只有管理员可以办理账户", 403)
    what, login = request.form.get("what", ""), request.form.get("login", "").strip()
    made: str | None = None
    with door().sessions() as session:
        try:
            match what:
                case "create":
                    also = request.form.get("administrator") == "yes"
                    made = accounts.create(session, login, request.form.get("name", ""), also, here().login)
                case "reset":
                    made = accounts.reset(session, login, here().login)
                case "end":
                    accounts.end_all(session, login, here().login)
                case "unprove":
                    accounts.drop_code(session, login, here().login)
                case "close" if login != here().login:
                    accounts.close(session, login, here().login)
                case _:
                    return refused("不能这样办理", 409)
        except Problem as refusal:
            session.close()  # a page asks by a connection of its own
            return _shown(refusal.status, error=refusal.zh)
        session.commit()
    return _shown(made=(login, made) if made else None)


@pages.post("/accounts/session")
def end() -> Any:
    """One of one's own logins; of another's it finds nothing."""
    with door().sessions() as session:
        if sessions.end_one(session, here().login, request.form.get("id", "")):
            accounts.record(session, here().login, "session-ended", here().login)
        session.commit()
    return redirect(url_for("people.listed"))


@pages.route("/accounts/code", methods=["GET", "POST"])
def factor() -> Any:
    """One's own second factor begun, or given up: by password and code, for who found the screen open has neither."""
    error = ""
    with door().sessions() as session:
        account = session.get_one(Account, here().login, with_for_update=True)
        begun = account.code is not None
        if request.method == "POST":
            device = request.cookies.get(browsers.DEVICE, "")
            try:
                accounts.check_password(session, account.login, request.form.get("password", ""), device)
                accounts.second_factor.check(session, door().safe, account, request.form.get("code", ""))
                if begun:
                    accounts.second_factor.drop(account)
                    accounts.record(session, account.login, "second-factor-dropped", account.login)
                sessions.end_others(session, account.login, secret())
                session.commit()
                return redirect(url_for("people.listed"))
            except Problem as refusal:
                error = refusal.zh
        key = None if begun else accounts.second_factor.propose(door().safe, account)
        session.commit()
    picture = Markup(segno.make(codes.address(key, here().login)).svg_data_uri(scale=4)) if key else ""  # noqa: S704 - made here
    return page(
        "factor.html", 422 if error else 200, error=error, shown=codes.shown(key) if key else "", picture=picture
    )


@pages.post("/resync")
def resync() -> Any:
    """Asks for everything that has not ended once more: after a loss, or for new tokens of files."""
    if not here().administrator:
        return refused("只有管理员可以请求重发", 403)
    with door().sessions() as session:
        id_ = request.form.get("id", "")
        if not saying.is_id(id_):
            return refused("页面已过期，请返回并刷新后再试", 409)
        code = door().settings.code
        saying.plan(session, door().safe, code, "inbox.resync.v1", {}, here().name, id_, None)
        accounts.record(session, here().login, "inbox.resync.v1", code)
        session.commit()
    return _shown(done="已请求重发：未办结的移送和线索会在几分钟内再次收到。")


def _shown(status: int = 200, *, error: str = "", made: tuple[str, str] | None = None, done: str = "") -> Any:
    with door().sessions() as session:
        everybody = session.scalars(select(Account).order_by(Account.login)).all() if here().administrator else []
        own = [(each.id.hex(), each.agent, each.begun_at, each.used_at, each.id == sessions.digest(secret()))
               for each in sessions.of(session, here().login)]  # fmt: skip
        many = sessions.counts(session) if everybody else {}
    shown = {"error": error, "made": made, "done": done, "everybody": everybody, "own": own, "many": many}
    return page("accounts.html", status, id=saying.fresh(), **shown)
