"""账户: one's own password, whom the administrator lets in, and a lost store."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy import select

from contracts.problems import Problem
from desk.agency import accounts, saying
from desk.agency.door import door, here, page, refused
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
                case "close" if login != here().login:
                    accounts.close(session, login, here().login)
                case _:
                    return refused("不能这样办理", 409)
        except Problem as refusal:
            session.close()  # a page asks by a connection of its own
            return _shown(refusal.status, error=refusal.zh)
        session.commit()
    return _shown(made=(login, made) if made else None)


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
    return page("accounts.html", status, error=error, made=made, done=done, everybody=everybody, id=saying.fresh())
