"""The petitioners' door: how far a petition is, a rating; and, where the office has it so, writing to it.

It stands on the internet and can do no more than pass on what was typed: no session, no script, no database, no key, no
broker. What is too often, and what is wrong, intake says.
"""

from datetime import date
from pathlib import Path

from flask import Flask, Response
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from desk.headers import secure_plain
from desk.public import online, progress
from desk.public.door import LARGEST
from desk.settings import PublicSettings

HERE = Path(__file__).parent


def make(settings: PublicSettings) -> Flask:
    """The application; it asks nobody anything before the first request."""
    app = Flask("desk.public", static_folder=str(HERE / "static"), template_folder=str(HERE / "pages"))
    app.config.update(OURS=settings, MAX_CONTENT_LENGTH=LARGEST, MAX_FORM_PARTS=40)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"day": _day, "mib": lambda size: f"{size // 1024**2} MiB"}
    app.after_request(secure_plain)
    app.register_blueprint(progress.pages)
    if settings.online:
        app.register_blueprint(online.pages)

    @app.errorhandler(HTTPException)
    def wrong(fault: HTTPException) -> Response:
        return progress.shown(fault.code or 500, error="没有这个页面，请从这里查询。")

    @app.get("/health/ready")
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


def _day(value: str | None) -> str:
    if value is None:
        return ""
    day = date.fromisoformat(value)
    return f"{day.year}年{day.month}月{day.day}日"
