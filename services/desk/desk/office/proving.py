"""The second factor: codes of an authenticator, or a security key."""

import json
from typing import Any

import segno
from flask import Blueprint, g, redirect, request, url_for
from markupsafe import Markup

from desk import codes
from desk.browsers import grant_of
from desk.client import Refused
from desk.office import login
from desk.office.door import door, page

pages = Blueprint("proving", __name__)


@pages.route("/login/code", methods=["GET", "POST"])
def prove() -> Any:
    """The second factor: its code or a key, and before the first one what an authenticator is to be told."""
    if not login.is_begun():
        return redirect(url_for("login.ask"))
    if request.method == "GET":
        return _proving("")
    return _proved("/grants/code", code=request.form.get("code", ""))


@pages.post("/login/key")
def sign() -> Any:
    """The second factor by a security key: what the browser signed, or a new key."""
    if not login.is_begun():
        return redirect(url_for("login.ask"))
    return _proved("/grants/key", **{name: request.form.get(name, "") for name in ("answer", "new")})


def _proved(path: str, **given: str) -> Any:
    grant = grant_of(g.secret)
    try:
        said = door().signing.ask(
            path, grant=grant, device=login.device(), password=request.form.get("password", ""), **given
        )
    except Refused as refusal:
        return redirect(url_for("login.ask")) if refusal.code == "no-token" else _proving(refusal.sentence)
    door().signing.forget(grant)
    return login.following(said, g.secret)


def _proving(error: str) -> Any:
    said = door().signing.ask("/grants/code", grant=grant_of(g.secret), device=login.device())
    picture, shown = "", ""
    if "secret" in said:
        key = bytes.fromhex(said["secret"])
        shown = codes.shown(key)
        picture = Markup(segno.make(codes.address(key, said["login"])).svg_data_uri(scale=4))  # noqa: S704 - made here
    status, whole = 401 if error else 200, g.session.whole and not door().settings.outside
    keys = {name: json.dumps(options) for name, options in said["keys"].items()}
    return page(
        "code.html",
        status,
        next=login.back(),
        error=error,
        picture=picture,
        shown=shown,
        whole=whole,
        said=said,
        keys=keys,
    )
