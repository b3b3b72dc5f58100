"""登记: one form in three blocks, then the number, and the query code for as long as it takes to hand it over."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import segno
from flask import Blueprint, redirect, request, url_for
from markupsafe import Markup

from desk.client import Refused
from desk.office import bodies, description, drafts, layout, offers
from desk.office.door import at, client, door, drop_draft, known, me, officer, page, typed

pages = Blueprint("register", __name__)

_OF = f"{offers.NEW}/petitions"
_CONTACTS = "/contacts"
_COMMON = (
    "channel",
    "service_point",
    "received_on",
    "received_reason",
    "group_size",
)  # of a contact and a registration
_SHOWN = timedelta(minutes=10)  # how long a code can be read again
_STICKY = ("channel", "service_point")  # as in the registration before


@pages.get("/register")
def ask() -> Any:
    """The form, with what the last one had that seldom changes."""
    form = _form()
    return _page(form if form.kept else _form(_before()), None)


@pages.post("/register")
def register() -> Any:
    """The number; refused, the form as it was typed."""
    given, key = typed(), request.form.get("key", "")
    if bodies.more(given):
        return _page(_form(given, key=key), None)
    try:
        made = client().post("intake", "/petitions", bodies.read(given, datetime.now(UTC)), key)
    except Refused as refusal:
        if refusal.asks_who:
            raise
        if refusal.code == "not-typed-in":
            sent = [(name, value) for name, values in given.items() for value in values if name != "csrf"]
            ways = refusal.problem.get("ways", ())
            return page("interrupted.html", refusal.status, refusal=refusal, ways=ways, sent=sent)
        return _page(_form(given, refusal.errors, key), refusal)
    drop_draft(request.form.get("form", ""))
    if made["query_code"]:  # none for who sends the form again
        _keep(made["number"], made["query_code"], given)
    return redirect(url_for("register.done", number=made["number"]))


@pages.post("/register/check")
def check() -> Any:
    """核对: what it would come to as far as it is typed; to a script the panel alone, else the form with it."""
    given, seen, refusal = typed(), None, None
    body = bodies.read(given, datetime.now(UTC))
    try:
        seen = client().post("intake", "/registrations/preview", body)
        seen["alike"] = client().post("intake", "/matches", body)
    except Refused as said:
        if said.asks_who:
            raise
        refusal = said
    form = _form(given, refusal.errors if refusal else {}, request.form.get("key", ""))
    if seen:
        seen["joins"] = bool(offers.makes("intake", [_CONTACTS]))
    if "HX-Request" in request.headers:
        return page("checked.html", seen=seen, form=form, refusal=refusal)
    return _page(form, refusal, seen)


@pages.post("/register/join")
def join() -> Any:
    """并入: what is typed becomes a contact, with its one form that joins it to the petition that was there before."""
    body, key = bodies.read(typed(), datetime.now(UTC)), request.form.get("key", "")
    person, said = body.get("petitioner") or {}, [body[each] for each in ("title", "statement") if body.get(each)]
    contact = {name: body[name] for name in _COMMON if name in body} | {"text": "\n".join(said)}
    contact |= {name: person[name] for name in ("name", "phone") if person.get(name)}
    made = client().post("intake", _CONTACTS, contact, f"{key}-join")
    drop_draft(request.form.get("form", ""))
    of, to = at("/contacts/{}", made["contact"]), request.form.get("to", "")
    ends = [each for each in offers.of("intake", of) if any(field["name"] == "petition" for field in each["fields"])]
    forms = [offers.drawn("intake", of, each, at("/petitions/{}", to), {"f.petition~code": [to]}) for each in ends]
    return page("do.html", forms=forms, title=f"并入 {to}", refusal=None)


@pages.get("/registered/<number>")
def done(number: str) -> Any:
    """Number, code, receipt; the code for ten minutes, or until it was handed over."""
    under = at("/petitions/{}/documents", number)
    found, listed = client().many(("intake", at("/petitions/{}", number)), ("intake", under))
    papers = offers.papers(known(found), "intake", listed, under)
    with door().sessions() as session:
        kept = drafts.find(session, door().safe, officer(), _code(number), since=datetime.now(UTC) - _SHOWN)
    # the number alone: whoever picks the paper up has no code
    picture = Markup(segno.make(number).svg_data_uri(scale=3))  # noqa: S704 - made here
    code = kept["code"][0] if kept else ""
    return page("registered.html", petition=found, code=code, papers=papers, picture=picture)


@pages.post("/registered/<number>")
def handed(number: str) -> Any:
    """The petitioner has the code: nobody reads it here again."""
    drop_draft(_code(number))
    return redirect(url_for("register.done", number=number))


def _form(
    given: bodies.Typed | None = None, errors: Mapping[str, str] | None = None, key: str | None = None
) -> offers.Form:
    offer = description.offer(client(), "intake", "/petitions", "/petitions")
    return offers.drawn("intake", _OF, offer, "", given, errors, key)


def _page(form: offers.Form, refusal: Refused | None, seen: Mapping[str, Any] | None = None) -> Any:
    if refusal is None:
        layout.begin(form.controls)
    status, blocks = refusal.status if refusal else 200, layout.blocks(form.controls)
    return page("register.html", status, form=form, blocks=blocks, refusal=refusal, seen=seen)


def _before() -> bodies.Typed:
    """What the last registration had, and the officer's own service point."""
    with door().sessions() as session:
        kept = dict(drafts.find(session, door().safe, officer(), "register.before") or {})
    own = me()["service_point"]
    return ({"f.service_point~code": [own]} if own else {}) | kept


def _keep(number: str, code: str, given: bodies.Typed) -> None:
    sticky = {name: values for name, values in given.items() if name[2:].rpartition("~")[0] in _STICKY}
    with door().sessions() as session:
        drafts.save(session, door().safe, officer(), _code(number), {"code": [code]})
        drafts.save(session, door().safe, officer(), "register.before", sticky)
        session.commit()


def _code(number: str) -> str:
    return f"code.{number}"
