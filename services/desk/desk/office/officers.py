"""人员: who is here, who is on leave and who stands in; roles that wait for a second person; handing work over."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request, url_for

from desk.client import Away, Refused
from desk.office import bodies, description, lists, offers
from desk.office.door import at, client, door, known, me, page, typed
from desk.office.words import DECIDED, NEW, OFFICER

pages = Blueprint("officers", __name__)

_HANDOVER = "/handovers"


@pages.get("/officers")
def listed() -> Any:
    """The office's list, with what may be changed of each; the roles that were asked for."""
    departments = door().names.listed(client(), "intake", "/departments")
    narrowed = lists.narrowing("intake", "/officers", codes={"department": ("部门", departments)})
    answer, requests = client().many(
        ("intake", "/officers", {**narrowed.query, **lists.after()}), ("intake", "/role-requests")
    )
    known(answer)
    waiting = [] if isinstance(requests, Refused | Away) else requests["requests"]
    for each in waiting:
        each["steps"] = offers.makes("intake", [at(path, each["request"]) for path in DECIDED])
    adds = offers.makes("intake", [NEW[each][1] for each in ("officer", "department")])
    return page(
        "officers.html", answer=answer, waiting=waiting, narrowed=narrowed, adds=adds, names=door().names.of(client())
    )


@pages.get("/officers/<number>")
def one(number: str) -> Any:
    """What may be changed of one, each as its own form; what was changed, by whom."""
    answer = client().get("intake", at("/officers/{}/revisions", number))
    names, here = door().names.of(client()), url_for("officers.one", number=number)
    offered = [each for path in OFFICER for each in offers.of("intake", offers.NEW + at(path, number))]
    forms = [
        offers.drawn("intake", offers.NEW + each["href"], each, here)
        for each in offered
        if each["action"] in me()["may"]
    ]
    return page("officer.html", answer=answer, forms=forms, names=names, number=number)


@pages.get("/handover")
def handover() -> Any:
    """交接: whose work goes to whom."""
    return _page(_form({}), None, None)


@pages.post("/handover/preview")
def preview() -> Any:
    """What would become of each; nothing is changed."""
    return _asked(f"{_HANDOVER}/preview", None)


@pages.post("/handover")
def hand_over() -> Any:
    """What became of each."""
    return _asked(_HANDOVER, request.form.get("key", ""))


def _asked(path: str, key: str | None) -> Any:
    given, nonce = typed(), request.form.get("key", "")
    try:
        said = client().post("intake", path, bodies.read(given, datetime.now(UTC)), key)
    except Refused as refusal:
        if refusal.asks_who:
            raise
        return _page(_form(given, refusal, nonce), None, refusal)
    return _page(_form(given, None, nonce), said, None, done=key is not None)


def _form(given: bodies.Typed, refusal: Refused | None = None, key: str | None = None) -> offers.Form:
    offer = description.offer(client(), "intake", _HANDOVER, _HANDOVER)
    return offers.drawn("intake", offers.NEW + _HANDOVER, offer, "", given, refusal.errors if refusal else {}, key)


def _page(form: offers.Form, said: dict[str, Any] | None, refusal: Refused | None, done: bool = False) -> Any:
    names, status = door().names.of(client()), refusal.status if refusal else 200
    return page("handover.html", status, form=form, said=said, refusal=refusal, done=done, names=names)
