"""Who is let in to a page: logged in, with a password of their own, and from a page of ours."""

from typing import Any

from flask import g, redirect, request, url_for

from contracts import enclosure
from desk import browsers, headers
from desk.agency import again, sessions
from desk.agency.door import door, page, refused
from desk.agency.tables import Account

_OPEN = {"login.ask", "login.enter"}
_ENCLOSING = "matters.say"  # a form that may bring files
BIGGEST = enclosure.LARGEST + 1024 * 1024  # of it
_CHANGING = {"login.change", "login.leave"}  # for who has a password that another knows


def let_in() -> Any:
    """None for who is logged in; else the way to the login, with what they had typed kept on it."""
    if request.endpoint in ("ready", "metrics", "static"):
        return None
    if request.endpoint == _ENCLOSING:
        request.max_content_length = BIGGEST
    g.secret, g.account = request.cookies.get(browsers.SESSION), None
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.method == "POST" and not headers.is_ours(origin, site, request.host):
        return refused("请求不是由本系统的页面发出的", 403)
    if any("\0" in each for _, given in request.values.lists() for each in given):
        return refused("请求无法处理", 400)  # no database takes it: each would be a fault of ours in the log
    with door().sessions() as session:
        row = sessions.found(session, g.secret)
        account = session.get_one(Account, row.login) if row is not None else None
        session.commit()
    g.waiting, g.account = (account, None) if row is not None and row.waits else (None, account)
    if request.endpoint in _OPEN or (request.endpoint == "login.prove" and g.waiting is not None):
        return None
    if g.account is None:
        if request.method == "POST" and request.endpoint in again.WORK:
            said = "登录已失效，没有提交。登录后可以接着提交。"
            return page("login.html", 401, login="", error=said, kept=again.of_this())
        return redirect(url_for("login.ask"))
    if request.method == "POST" and not browsers.same(request.form.get("csrf", ""), browsers.csrf(g.secret)):
        if request.endpoint in again.WORK and not g.account.change:
            return again.shown(again.of_this(), g.secret, g.account, 403)  # drawn for an earlier login of this browser
        return refused("页面已过期，请返回并刷新后再试", 403)
    if g.account.change and request.endpoint not in _CHANGING:
        return redirect(url_for("login.change"))
    return None
