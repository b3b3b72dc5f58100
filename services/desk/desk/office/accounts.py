"""账户: whose login is whose, and what two people have to agree on; the signer alone decides and writes."""

from typing import Any

from flask import Blueprint, request

from desk.browsers import grant_of
from desk.client import Refused
from desk.office.door import client, door, page, secret

pages = Blueprint("accounts", __name__)


@pages.get("/accounts")
def listed() -> Any:
    """Every account, what waits, and what one may ask for."""
    return _shown()


@pages.post("/accounts")
def ask() -> Any:
    """It waits for another."""
    try:
        _signer("/accounts/ask", **{name: request.form.get(name) for name in ("kind", "login", "officer", "subject")})
    except Refused as refusal:
        return _shown(refusal)
    return _shown()


@pages.post("/accounts/<id_>")
def decide(id_: str) -> Any:
    """Done or refused; a new password is on this page and nowhere else."""
    try:
        said = _signer("/accounts/decide", id=id_, approve=request.form.get("approve"))
    except Refused as refusal:
        return _shown(refusal)
    return _shown(said=said)


def _shown(refusal: Refused | None = None, said: dict[str, Any] | None = None) -> Any:
    answer, names = _signer("/accounts"), door().names.of(client())
    status = refusal.status if refusal else 200
    return page("accounts.html", status, answer=answer, names=names, refusal=refusal, said=said)


def _signer(path: str, **body: str | None) -> dict[str, Any]:
    return door().signing.ask(path, grant=grant_of(secret()), **{name: each or None for name, each in body.items()})
