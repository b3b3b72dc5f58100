"""One's own browsers: which are open, ending one, and locking this one."""

from typing import Any

from flask import Blueprint, redirect, request, url_for

from desk.browsers import grant_of
from desk.client import Refused
from desk.office import login, sessions
from desk.office.door import door, here, officer, page, secret

pages = Blueprint("own", __name__)


@pages.get("/sessions")
def listed() -> Any:
    """Where one is logged in, and with what beside the password: a factor that somebody else set is seen here."""
    with door().sessions() as session:
        rows = sessions.own(session, officer())
    shown = [(each.id.hex(), each.agent, each.begun_at, each.used_at, each.id == here().id) for each in rows]
    factors = door().signing.ask("/grants/factors", grant=grant_of(secret()))
    return page("sessions.html", rows=shown, factors=factors, outside=door().settings.outside)


@pages.post("/sessions/<id_>/end")
def end(id_: str) -> Any:
    """One of one's own; of another's it finds nothing."""
    with door().sessions() as session:
        found = [each for each in sessions.own(session, officer()) if each.id.hex() == id_]
    for each in found:
        login.end(each)
    return redirect(url_for("own.listed"))


@pages.post("/lock")
def lock() -> Any:
    """The screen is blank until the password is given; the session and what is typed stay."""
    with door().sessions() as session:
        sessions.lock(session, here(), True)
        session.commit()
    return redirect(url_for("own.locked", next=login.back()))


@pages.get("/locked")
def locked() -> Any:
    """The blank screen."""
    return page("locked.html", next=login.back(), error="", outside=door().settings.outside)


@pages.post("/unlock")
def unlock() -> Any:
    """The same one is back."""
    try:
        password = request.form.get("password", "")
        door().signing.ask("/grants/unlock", grant=grant_of(secret()), device=login.device(), password=password)
    except Refused as refusal:
        return page("locked.html", 401, next=login.back(), error=refusal.sentence, outside=False)
    with door().sessions() as session:
        sessions.lock(session, here(), False)
        session.commit()
    return redirect(login.back() or url_for("today.mine"))
