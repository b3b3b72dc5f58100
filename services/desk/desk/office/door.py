"""What a view stands on: who is here, what they may ask, how a page is answered."""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from flask import Flask, current_app, g, render_template, request
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from desk.browsers import grant_of
from desk.client import Away, Client, Refused
from desk.office import drafts, sessions
from desk.office.names import Names
from desk.office.signing import Signing
from desk.office.tables import SessionRow
from desk.settings import OfficeSettings
from vault import Safe

_FRESH = 60.0
NOT_THERE = "没有找到，或者不在您的办理范围内"
ASKED = ("intake", "referral", "aid", "notify")  # every service, the one that knows who is here first


class Door(Flask):
    """The office's pages."""

    settings: OfficeSettings
    sessions: sessionmaker[Session]
    safe: Safe
    signing: Signing
    names: Names
    seen: Mapping[bytes, tuple[float, Mapping[str, Any]]]  # session → when, and what `/me` said

    def furnish(self, settings: OfficeSettings, engine: Engine, safe: Safe) -> None:
        """What every view asks for."""
        self.settings, self.safe = settings, safe
        self.sessions = sessionmaker(engine, expire_on_commit=False)
        self.signing, self.names, self.seen = Signing(settings.signer_socket), Names(), {}


def door() -> Door:
    """The one that answers now."""
    return cast(Door, current_app)


def here() -> SessionRow:
    """The session of who asks; a view behind the login has one."""
    return cast(SessionRow, g.session)


def secret() -> str:
    """What their cookie holds."""
    return cast(str, g.secret)


def officer() -> str:
    """The number of who asks."""
    return cast(str, here().officer)


def client() -> Client:
    """One a page: every call of it has the same token and trace."""
    if "client" not in g:
        grant = grant_of(secret())
        g.client = Client(door().settings.services, lambda: door().signing.token(grant))
    return cast(Client, g.client)


def page(template: str, status: int = 200, **shown: Any) -> Any:
    """A whole page: who is here, the menu, what stands still, and what the view has."""
    return render_template(template, **shown), status


def me() -> Mapping[str, Any]:
    """Who asks, as intake knew them within a minute: name, place; `may`: what their token may do, at any service."""
    now, seen = time.monotonic(), door().seen
    if (kept := seen.get(here().id)) is None or now - kept[0] > _FRESH:
        said, *others = client().many(*((each, "/me") for each in ASKED))
        whole = [known(said), *(each for each in others if not isinstance(each, Refused | Away))]
        kept = now, whole[0] | {"may": {each["action"] for one in whole for each in one["actions"]}}
        door().seen = {id_: each for id_, each in seen.items() if now - each[0] <= _FRESH} | {here().id: kept}
    return kept[1]


def nonce() -> str:
    """A new form's Idempotency-Key."""
    return secrets.token_urlsafe(16)


def draft(form: str) -> Mapping[str, Sequence[str]]:
    """What was typed into the form before and not sent; a page of twenty forms asks once which of them have any."""
    with door().sessions() as session:
        if "drafts" not in g:
            g.drafts = drafts.forms(session, officer())
        return (drafts.find(session, door().safe, officer(), form) if form in g.drafts else None) or {}


def drop_draft(form: str) -> None:
    """It was sent."""
    with door().sessions() as session:
        drafts.drop(session, officer(), form)
        session.commit()


def typed() -> dict[str, list[str]]:
    """What the form has, each name with all its values."""
    return {name: request.form.getlist(name) for name in request.form}


def at(path: str, *parts: str) -> str:
    """A service's address with its parts."""
    return path.format(*(quote(part, safe="") for part in parts))


def known(answer: Any) -> Any:
    """An answer of several reads that a page cannot be without. Raises Away, and Refused alike for two reasons.

    What is not in sight looks like what was never there: who is kept away must not learn that there is something.
    """
    if isinstance(answer, Refused) and answer.status in (403, 404) and not answer.asks_who:
        raise Refused(404, {"detail": NOT_THERE})
    if isinstance(answer, Refused | Away):
        raise answer
    return answer


def asked(*names: str) -> dict[str, str]:
    """What narrows the list of this address: as it was asked for now, else as it was last time; `clear` forgets it."""
    given = {name: request.args[name] for name in names if request.args.get(name)}
    kept = dict(here().lists)
    if given or "clear" in request.args:
        with door().sessions() as session:
            sessions.remember(session, here(), kept | {request.path: given})
            session.commit()
        return given
    return cast(dict[str, str], kept.get(request.path, {}))
