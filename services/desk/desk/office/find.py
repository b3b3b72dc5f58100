"""查找: one box; what is looked for stands in no address, and is kept closed for as long as one goes to and fro."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for

from desk.client import Refused
from desk.office import bodies, description, drafts, offers
from desk.office.door import client, door, officer, page, typed

pages = Blueprint("find", __name__)

_KEPT = timedelta(minutes=30)
_LAST = "find.last"
_Q = "f.q~line"


@pages.get("/find")
def ask() -> Any:
    """The form; `last`: with what was found by what was asked last, so that one comes back from a petition to it."""
    with door().sessions() as session:
        given = drafts.find(session, door().safe, officer(), _LAST, since=datetime.now(UTC) - _KEPT)
    if "last" not in request.args or given is None:
        return _page({}, None, None)
    try:
        found = client().post("intake", "/find", bodies.read(given, datetime.now(UTC)))
    except Refused as refusal:
        if refusal.asks_who:
            raise
        return _page(given, None, refusal)
    return _page(given, found, None)


@pages.post("/find")
def find() -> Any:
    """From the box in the header or the form here; an empty one finds nothing."""
    given = {name: values for name, values in typed().items() if name.startswith(bodies.PREFIX)}
    if not any(given.get(_Q, ())):
        return redirect(url_for("find.ask"))
    with door().sessions() as session:
        drafts.save(session, door().safe, officer(), _LAST, given)
        session.commit()
    return redirect(url_for("find.ask", last=1))


def _page(given: bodies.Typed, found: dict[str, Any] | None, refusal: Refused | None) -> Any:
    offer = description.offer(client(), "intake", "/find", "/find")
    form = offers.drawn("intake", f"{offers.NEW}/find", offer, "", given, refusal.errors if refusal else {})
    names, states = door().names, door().names.words(client(), "PetitionState")
    return page(
        "find.html", refusal.status if refusal else 200, form=form, found=found, refusal=refusal,
        names=names.of(client()), states=states,
    )  # fmt: skip
