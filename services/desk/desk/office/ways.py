"""Login by another's word: to whoever the signer names, and back; what was said there the signer reads, not we."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from flask import Blueprint, make_response, redirect, request, url_for

from desk import browsers
from desk.browsers import grant_of
from desk.client import Away, Refused
from desk.office import login
from desk.office.door import door, page

pages = Blueprint("ways", __name__)

_LASTS = timedelta(minutes=10)


@pages.get("/login/way")
def go() -> Any:
    """To whoever says who this is; `anew`: also where they know it already.

    By a press on a page of ours: another site's link would log somebody in who did not ask for it.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return redirect(url_for("login.ask", next=login.back()))
    secret = browsers.drawn()
    said = door().signing.ask("/ways", way=grant_of(secret), anew=request.args.get("anew"))
    answer = make_response(redirect(said["address"], 303))
    # for this browser alone: an answer that another one got logs in nobody here
    browsers.keep(answer, browsers.WAY, secret, _LASTS)
    browsers.keep(answer, browsers.WANTED, quote(login.back()), _LASTS)
    return answer


@pages.get("/login/left")
def left() -> Any:
    """On to the provider's own logout: who sits down next would be in by a press, as who was there before.

    By a page, since no form of ours may lead elsewhere, by whatever redirects.
    """
    try:
        address = door().signing.ask("/ways/end")["address"]
    except (Refused, Away):
        address = None
    return page("left.html", address=address, error="")


@pages.get("/login/back")
def back() -> Any:
    """A new session for whom they named, as after a password."""
    way, secret = request.cookies.get(browsers.WAY, ""), browsers.drawn()
    if not way:
        return redirect(url_for("login.ask"))
    given = {name: request.args.get(name) for name in ("code", "state", "iss")}
    try:
        said = door().signing.ask("/ways/back", way=grant_of(way), grant=grant_of(secret), **given)
    except Refused as refusal:
        return page("login.html", refusal.status, next="", login="", error=refusal.sentence, outside=True)
    answer = login.begun(said, secret, unquote(request.cookies.get(browsers.WANTED, "")))
    for name in (browsers.WAY, browsers.WANTED):
        browsers.drop(answer, name)
    return answer
