"""The officers' door: who is let in, in what manner it answers, its pages."""

import hashlib
import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Response, g, redirect, url_for
from jinja2 import StrictUndefined
from sqlalchemy import Engine, text
from werkzeug.exceptions import HTTPException

from desk import browsers, headers
from desk.client import Away, Refused
from desk.office import (
    accounts,
    acts,
    batches,
    calendar,
    drafting,
    entry,
    find,
    flow,
    leaders,
    login,
    notices,
    officers,
    operating,
    own,
    petition,
    proceedings,
    proving,
    receptions,
    refusals,
    register,
    roster,
    saved,
    sessions,
    teams,
    today,
    ways,
)
from desk.office.door import Door, client, door, me, nonce
from desk.office.words import MEMBERS, MENU
from desk.settings import OfficeSettings
from desk.written import FILTERS
from vault import Safe

log = logging.getLogger(__name__)
HERE = Path(__file__).parent.parent
PAGES = (
    login, proving, ways, own, today, register, find, flow, notices, leaders, receptions, officers, operating, petition,
    teams, calendar, roster, proceedings,
    acts, batches, drafting, saved, accounts,
)  # fmt: skip


def make(settings: OfficeSettings, engine: Engine, safe: Safe) -> Door:
    """The application; it asks nobody anything before the first request."""
    app = Door("desk", static_folder=str(HERE / "static"), template_folder=str(HERE / "pages"))
    app.furnish(settings, engine, safe)
    app.config |= {"MAX_CONTENT_LENGTH": 21 * 1024 * 1024, "MAX_FORM_PARTS": 2000}
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(days=365)  # of what has its digest in its address
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= FILTERS
    app.jinja_env.globals |= {"nonce": nonce, "asset": _assets(), "members": MEMBERS, "saved": saved.links}
    app.before_request(entry.let_in)
    app.after_request(headers.secure)
    app.context_processor(_frame)
    for each in PAGES:
        app.register_blueprint(each.pages)
    for kind in (Refused, Away, HTTPException, Exception):
        app.register_error_handler(kind, refusals.shown)
    app.add_url_rule("/", "home", lambda: redirect(url_for("today.mine")))
    app.add_url_rule("/health/ready", "ready", lambda: _ready(app))
    app.add_url_rule("/metrics", "metrics", lambda: _metrics(app))
    return app


def _frame() -> dict[str, Any]:
    """What the frame of each page has: name, menu by what may be done, what stands still."""
    row = g.get("session")
    shown: dict[str, Any] = {"csrf": "", "who": None, "menu": [], "halted": False, "batched": 0}
    shown["office"] = door().settings.office
    if row is None or not row.whole or not sessions.is_open(row):
        return shown
    shown["csrf"] = browsers.csrf(g.secret)
    if row.locked or g.get("away"):
        return shown  # who does not answer is not waited for again
    try:
        who = me()
    except (Refused, Away):
        return shown  # the page is about that already
    shown["menu"] = [(title, url_for(endpoint)) for title, endpoint, needs in MENU if needs in who["may"]]
    return shown | {"who": who, "halted": client().halted, "batched": batches.count()}


def _assets() -> Any:
    """Address of a static file with its digest: it may be kept for good, and a new one is another address."""
    made: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in made:
            digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
            made[name] = url_for("static", filename=name, v=digest)
        return made[name]

    return asset


def _metrics(app: Door) -> Response:
    """That it answers, and no more: whoever opens the pages can open this."""
    return Response("desk_up 1\n", _ready(app).status_code, content_type="text/plain; version=0.0.4")


def _ready(app: Door) -> Response:
    with app.sessions() as session:
        session.execute(text("SELECT 1"))
    status = "ready" if app.signing.is_ready() else "signer"
    return Response(json.dumps({"status": status}), 200 if status == "ready" else 503, content_type="application/json")
