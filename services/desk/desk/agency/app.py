"""The door of an agency that has no system of its own: who is let in, its pages, its line to the broker."""

import json
import logging
from pathlib import Path
from typing import Any

import yaml
from flask import Response, g
from jinja2 import StrictUndefined
from sqlalchemy import Engine, extract, func, select, text
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from contracts import enclosure
from desk import browsers
from desk.agency import enclosures, entry, files, handing_in, login, matters, people
from desk.agency.door import Door, refused
from desk.agency.saying import PATIENCE
from desk.agency.tables import Enclosed, Said
from desk.headers import secure_plain
from desk.settings import AgencySettings
from desk.written import FILTERS
from vault import Safe

log = logging.getLogger(__name__)
HERE = Path(__file__).parent
LARGEST = 256 * 1024  # of what is typed: twenty thousand characters, as browsers send them
FIGURES = tuple(
    f"fengqiao_agency_{each}"
    for each in ("line_up", "unsent_seconds", "untaken_seconds", "enclosed_seconds", "rejected_seconds")
)
PAGES = (login, matters, handing_in, files, people)


def make(settings: AgencySettings, engine: Engine, safe: Safe) -> Door:
    """The application; what runs beside its pages is started by who serves it."""
    app = Door("desk.agency", static_folder=str(HERE / "static"), template_folder=str(HERE / "pages"))
    app.furnish(settings, engine, safe, _others(settings))
    app.config |= {"MAX_CONTENT_LENGTH": LARGEST, "MAX_FORM_MEMORY_SIZE": LARGEST, "MAX_FORM_PARTS": 200}
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= FILTERS | {"at": lambda moment: FILTERS["moment"](moment.isoformat())}
    app.jinja_env.globals |= {"file_types": enclosures.TYPES, "largest": enclosure.LARGEST_ZH}
    app.before_request(entry.let_in)
    app.after_request(secure_plain)
    app.context_processor(lambda: _frame(app))
    for each in PAGES:
        app.register_blueprint(each.pages)
    app.register_error_handler(HTTPException, _wrong)
    app.register_error_handler(Exception, _failed)
    app.add_url_rule("/health/ready", "ready", lambda: _ready(app))
    app.add_url_rule("/metrics", "metrics", lambda: _metrics(app))
    return app


def _others(settings: AgencySettings) -> dict[str, str]:
    """To whom a matter may be passed on: who has a queue in the county's directory, where there is one."""
    if settings.directory_file is None:
        return {}
    listed = yaml.safe_load(settings.directory_file.read_text(encoding="utf-8"))["agencies"]
    queued = (each for each in listed if each["transport"] in ("queue", "web"))
    return {each["code"]: each["name"] for each in queued if each["code"] not in (settings.code, settings.our_agency)}


def _frame(app: Door) -> dict[str, Any]:
    account = g.get("account")
    shown = {"agency": app.settings.name, "office": app.settings.office, "account": account, "csrf": ""}
    shown["cut"] = account is not None and not app.line.connected
    return shown | ({"csrf": browsers.csrf(g.secret)} if account is not None else {})


def _wrong(fault: HTTPException) -> Any:
    g.setdefault("account", None)
    known = {404: "没有这个页面", 413: f"内容过长，或者材料合计超过 {enclosure.LARGEST_ZH}，没有提交"}
    return refused(known.get(fault.code or 0, "请求无法处理"), fault.code or 500)


def _failed(fault: Exception) -> Any:
    # its class and frames: what it says may quote a person
    log.error("a page failed: %s", type(fault).__name__, exc_info=fault)
    g.setdefault("account", None)
    return refused("系统内部出错，没有提交；请稍后再试", 500)


def _ready(app: Door) -> Response:
    with app.sessions() as session:
        session.execute(text("SELECT 1"))
    status = "ready" if app.line.connected else "degraded"
    return Response(json.dumps({"status": status}), content_type="application/json")


def _metrics(app: Door) -> Response:
    """Whether it has its line, and how many seconds the oldest waits: to be sent, taken, handed in; for a person."""
    late = Said.sent_at < func.now() - PATIENCE
    with app.sessions() as session:
        figures = (
            int(app.line.connected),
            _oldest(session, Said.sent_at.is_(None)),
            _oldest(session, late, Said.taken_at.is_(None), Said.rejected.is_(None), Said.matter.is_not(None)),
            _oldest(session, Enclosed.content.is_not(None), Enclosed.refused.is_(None), of=Enclosed.at),
            _oldest(session, Said.rejected.is_not(None), Said.again.is_(None)),
        )
    label = f'{{agency="{app.settings.code}"}}'
    named = zip(FIGURES, figures, strict=True)
    lines = "".join(f"# TYPE {name} gauge\n{name}{label} {value}\n" for name, value in named)
    return Response(lines, content_type="text/plain; version=0.0.4")


def _oldest(session: Session, *which: Any, of: Any = Said.at) -> int:
    age = extract("epoch", func.now() - func.min(of))
    return int(session.scalar(select(age).where(*which)) or 0)
