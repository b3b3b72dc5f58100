"""What may be done, as the services offer it: drawn, sent once, and where it is refused drawn again as it was typed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from desk import browsers, headers
from desk.client import Refused
from desk.office import bodies, offers, sessions
from desk.office.door import client, door, drop_draft, page, secret, typed
from desk.office.login import back
from desk.office.words import NEW

pages = Blueprint("acts", __name__)


@pages.get("/do/<service>")
def offered(service: str) -> Any:
    """What may be done with one thing; `href`: the one action that a list named."""
    of, href = request.args.get("of", ""), request.args.get("href", "")
    _check(service, of)
    thing, found = offers.read(service, of)
    chosen = [each for each in found if each["href"] == href] or found
    drawn = [offers.drawn(service, of, each, back()) for each in chosen]
    for each in drawn[0].controls[:1] if len(drawn) == 1 else ():
        each.begins = True
    title = chosen[0]["title"] if len(chosen) == 1 else "办理"
    facts, names = offers.facts(service, thing), door().names.of(client())
    files = offers.files(service, of, thing)
    return page("do.html", forms=drawn, title=title, refusal=None, facts=facts, names=names, files=files)


@pages.post("/act")
def act() -> Any:
    """Sends it under the key that the form has. Refused, it is drawn again with the sentence and all that was typed."""
    given, form = typed(), request.form
    service, method, href, of = (form.get(each, "") for each in ("service", "method", "href", "of"))
    seal = sessions.sealed(secret(), service, method, href, of)
    if service not in door().settings.services or not browsers.same(form.get("seal", ""), seal):
        raise Refused(403, {"detail": "页面已过期，请返回并刷新后再试"})
    if bodies.more(given):
        return _again(service, of, given, None)
    try:
        answer = _send(service, method, href, given, form.get("key", ""))
    except Refused as refusal:
        if refusal.asks_who:
            raise
        return _again(service, of, given, refusal)
    drop_draft(form.get("form", ""))
    return redirect(back() or url_for("today.mine", done=answer.get("number", "")))


def _send(service: str, method: str, href: str, given: bodies.Typed, key: str) -> Mapping[str, Any]:
    content = bodies.read(given, datetime.now(UTC))
    if "file" not in request.files:
        answer: Mapping[str, Any] = client().send(method, service, href, json=content, key=key).json()
        return answer
    file = request.files["file"]
    asked = {"name": file.filename or ""} | {name: str(value) for name, value in content.items()}
    sent = client().send(method, service, href, params=asked, upload=(file.stream, file.mimetype), key=key)
    done: Mapping[str, Any] = sent.json()
    return done


def _again(service: str, of: str, given: bodies.Typed, refusal: Refused | None) -> Any:
    """The form as it was typed; where it is offered no more, what was typed and what may be done instead."""
    found = offers.of(service, of)
    key = request.form.get("key")
    here = [each for each in found if offers.form_id(service, each) == request.form.get("form")]
    errors = refusal.errors if refusal else {}
    shown = [offers.drawn(service, of, each, back(), given, errors, key) for each in here]
    lost = [] if here else bodies.written(given)
    status = refusal.status if refusal else 200
    return page(
        "do.html", status, forms=shown, title=here[0]["title"] if here else "当前不能这样办理", refusal=refusal,
        lost=lost, others=[each["title"] for each in found], next=back(),
    )  # fmt: skip


@pages.get("/open/<service>")
def opened(service: str) -> Any:
    """A paper or a file that a service gives, as it gives it; nothing in it runs."""
    href = request.args.get("href", "")
    _check(service, href)
    given = client().send("GET", service, href)
    if given.headers.get("Content-Type", "").startswith("application/json"):
        return page("opened.html", answer=given.json(), papers=offers.papers({}, service, given.json(), href))
    answer = Response(given.content, content_type=given.headers.get("Content-Type", "application/octet-stream"))
    answer.headers["Content-Security-Policy"] = headers.PAPER
    if not (answer.mimetype or "").startswith("text/html"):
        answer.headers["Content-Disposition"] = given.headers.get("Content-Disposition", "attachment")
    return answer


@pages.get("/new/<what>")
def new(what: str) -> Any:
    """The form of what begins with nothing."""
    if what not in NEW:
        raise Refused(404, {"detail": "没有找到"})
    service, template = NEW[what]
    of = f"{offers.NEW}{template}"
    (made,) = offers.of(service, of)
    return page("do.html", forms=[offers.drawn(service, of, made, back())], title=made["title"], refusal=None)


def _check(service: str, address: str) -> None:
    """A link that we drew for this browser: a look at something is on the trail, and nobody else's link makes one."""
    seal = offers.opens(service, address)
    if service not in door().settings.services or not browsers.same(request.args.get("seal", ""), seal):
        raise Refused(404, {"detail": "没有找到"})
