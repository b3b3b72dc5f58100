"""Login: password, second factor, a password of one's own; and out again."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, request, url_for

from desk import browsers
from desk.browsers import grant_of
from desk.client import Refused
from desk.office import drafts, sessions
from desk.office.door import door, page
from desk.office.tables import SessionRow

pages = Blueprint("login", __name__)


@pages.get("/login")
def ask() -> Any:
    """The form, or the way to whoever says it in our place."""
    return page("login.html", next=back(), login="", error="", outside=door().settings.outside)


@pages.post("/login")
def enter() -> Any:
    """A new session for the right password, whatever the browser had before; what is asked for next."""
    name, password = request.form.get("login", "").strip(), request.form.get("password", "")
    secret, known = browsers.drawn(), device() or browsers.drawn()
    try:
        said = door().signing.ask("/grants", login=name, password=password, grant=grant_of(secret), device=known)
    except Refused as refusal:
        return page("login.html", refusal.status, next=back(), login=name, error=refusal.sentence, outside=False)
    answer = begun(said, secret)
    # not kept: the signer takes it for known once everything was shown
    browsers.keep(answer, browsers.DEVICE, known, timedelta(days=180))
    return answer


def begun(said: dict[str, Any], secret: str, wanted: str | None = None) -> Response:
    """The browser's new session, to what is asked for next; the one that it had before is over."""
    if g.session is not None:
        end(g.session)
    with door().sessions() as session:
        sessions.begin(session, secret, request.user_agent.string)
        session.commit()
    answer: Response = make_response(following(said, secret, wanted))
    browsers.keep(answer, browsers.SESSION, secret)
    return answer


@pages.route("/login/password", methods=["GET", "POST"])
def change() -> Any:
    """A password of one's own, in place of one that somebody else knows."""
    if not is_begun():
        return redirect(url_for("login.ask"))
    error = ""
    if request.method == "POST":
        new, again = request.form.get("new", ""), request.form.get("again", "")
        if new != again:
            error = "两次填写的新密码不一致"
        else:
            grant, old = grant_of(g.secret), request.form.get("password", "")
            try:
                said = door().signing.ask("/grants/password", grant=grant, device=device(), password=old, new=new)
                return following(said, g.secret)
            except Refused as refusal:
                error = refusal.sentence
    return page("password.html", 422 if error else 200, next=back(), error=error)


@pages.post("/logout")
def leave() -> Any:
    """Out: the session is gone here and at the signer, and the browser forgets."""
    row: SessionRow = g.session
    end(row)
    door().signing.forget(grant_of(g.secret))
    answer: Response = make_response(redirect(url_for("ways.left" if door().settings.outside else "login.ask")))
    browsers.drop(answer, browsers.SESSION)
    # not cookies: one more says that this browser is known, without which others could close the login to it
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def end(row: SessionRow) -> None:
    """One browser of an officer's is out."""
    door().signing.ask("/grants/end", id=row.grant_id.hex())
    with door().sessions() as session:
        sessions.end(session, row)
        session.commit()


def device() -> str:
    """What this browser has of us from a login before."""
    return request.cookies.get(browsers.DEVICE, "")


def is_begun() -> bool:
    """Whether the password was right, or another's word, and not too long ago."""
    return sessions.is_open(g.session)


def following(said: dict[str, Any], secret: str, wanted: str | None = None) -> Any:
    """To what is asked for next; with nothing left, to where they wanted to go, or to what they had sent in vain."""
    asks = {"code": "proving.prove", "enrol": "proving.prove", "change": "login.change"}.get(said["next"] or "")
    with door().sessions() as session:
        row = sessions.find(session, secret)
        if row is not None:
            row.officer, row.whole, row.locked = said["officer"], asks is None, False
        waiting = drafts.find(session, door().safe, said["officer"], drafts.AGAIN) if asks is None else None
        session.commit()
    if asks is not None:
        return redirect(url_for(asks, next=back(wanted)))
    return redirect(url_for("drafting.again") if waiting else back(wanted) or url_for("today.mine"))


def back(given: str | None = None) -> str:
    """A page of ours and nothing else: an address of another site would be gone to after the login."""
    wanted = request.values.get("next", "") if given is None else given
    parts = urlsplit(wanted)
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return wanted.rstrip("?") if inside and "\\" not in wanted else ""
