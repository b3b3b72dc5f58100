"""The signer over HTTP on a Unix socket: who may open the socket may log somebody in, and mint nothing without."""

import logging
import re
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, redirect, request
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from contracts import problems
from contracts.problems import Broken, Malformed, Problem
from desk.browsers import WAY, grant_of
from desk.signer import grants, pairs
from desk.signer.grants import Browser
from desk.signer.outside import BACK, GATE, Gateway, Outside
from desk.signer.problems import NoGrant, OtherWay
from desk.signer.seats import Seats
from desk.signer.security_keys import SecurityKeys
from vault import Safe
from web.tokens import SIGNED_FOR

log = logging.getLogger(__name__)
_ESCAPED = re.compile(rb"\\([89A-Fa-f][0-9A-Fa-f])")


def make(
    engine: Engine, safe: Safe, seats: Seats, keys: SecurityKeys | None = None, outside: Outside | None = None
) -> Flask:
    """The signer's routes. Every body is an object of texts; what is wrong is answered by RFC 9457.

    `keys`: None where the pages' address is not known; `outside`: who lets somebody in in place of a password.
    """
    app, sessions = Flask("signer", static_folder=None), sessionmaker(engine)
    app.config["MAX_CONTENT_LENGTH"] = 16 * 1024

    def answer(path: str) -> Callable[[Callable[[Session, dict[str, Any]], Any]], None]:
        def decorate(run: Callable[[Session, dict[str, Any]], Any]) -> None:
            def view() -> Any:
                with sessions() as session:
                    try:
                        answered = run(session, _Body(request.get_json(silent=True) or {}))
                    except Problem as refusal:
                        # a failure that is not counted could be repeated for ever
                        _end(session, refusal.status == 401)
                        raise
                    session.commit()
                    return answered or {}

            app.add_url_rule(path, path, view, methods=["POST"])

        return decorate

    @answer("/grants")
    def begin(session: Session, body: dict[str, Any]) -> Any:
        if outside is not None:
            raise OtherWay()
        return grants.begin(session, seats, body["login"], body["password"], _browser(body))

    @answer("/ways")
    def way(_: Session, body: dict[str, Any]) -> Any:
        if outside is None:
            raise OtherWay()
        return {"address": outside.address(body["way"], body.get("anew") == "yes")}

    @answer("/ways/back")
    def back(session: Session, body: dict[str, Any]) -> Any:
        if outside is None:
            raise OtherWay()
        return grants.enter(session, seats, outside.said(session, body["way"], body), _browser(body))

    @answer("/ways/end")
    def ending(_: Session, __: dict[str, Any]) -> Any:
        return {"address": outside and outside.ending()}

    @answer("/grants/code")
    def prove(session: Session, body: dict[str, Any]) -> Any:
        if (code := body.get("code")) is None:
            said = grants.asked(session, seats, safe, keys, _browser(body))
            return said | {"outside": outside is not None and outside.proves}
        return grants.prove(session, seats, safe, _browser(body), code, body.get("password"))

    @answer("/grants/key")
    def sign(session: Session, body: dict[str, Any]) -> Any:
        if keys is None:
            raise OtherWay()
        new = body.get("new") == "yes"
        return grants.sign(session, seats, keys, _browser(body), body["answer"], new, body.get("password"))

    @answer("/grants/factors")
    def factors(session: Session, body: dict[str, Any]) -> Any:
        return grants.factors(session, _browser(body))

    @answer("/grants/password")
    def change(session: Session, body: dict[str, Any]) -> Any:
        return grants.change(session, seats, _browser(body), body["password"], body["new"])

    @answer("/grants/unlock")
    def unlock(session: Session, body: dict[str, Any]) -> Any:
        grants.unlock(session, _browser(body), body["password"])

    @answer("/grants/end")
    def end(session: Session, body: dict[str, Any]) -> Any:
        grants.end(session, bytes.fromhex(body["id"]))

    @answer("/tokens")
    def token(session: Session, body: dict[str, Any]) -> Any:
        seat, proved_at = grants.seat_of(session, seats, body["grant"])
        return {"token": seats.token(seat, proved_at), "seconds": SIGNED_FOR, "officer": seat.officer}

    @answer("/accounts")
    def listing(session: Session, body: dict[str, Any]) -> Any:
        seat = grants.seat_of(session, seats, body["grant"])[0]
        return pairs.listing(session, seat, seats.our_agency, outside is not None)

    @answer("/accounts/ask")
    def ask(session: Session, body: dict[str, Any]) -> Any:
        seat, kind = grants.seat_of(session, seats, body["grant"])[0], body["kind"]
        if kind not in pairs.kinds(outside is not None):
            raise Malformed("没有这种申请", "no such kind", field="kind")
        officer, subject = body.get("officer"), body.get("subject") if outside is not None else None
        return pairs.ask(session, seat, seats.our_agency, kind, body["login"], officer, subject)

    @answer("/accounts/decide")
    def decide(session: Session, body: dict[str, Any]) -> Any:
        seat = grants.seat_of(session, seats, body["grant"])[0]
        return pairs.decide(session, seat, seats.our_agency, body["id"], body["approve"] == "yes")

    @app.get("/health/ready")
    def ready() -> Any:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return {"status": "ready"}

    app.register_error_handler(Exception, _refused)
    return app


def make_gate(engine: Engine, gateway: Gateway) -> Flask:
    """What the gateway alone reaches, by a socket of its own: GET, from a browser whose certificate it has looked at.

    It sets X-Client-Verify, X-Client-Subject and X-Client-Serial itself, over whatever the browser sent.
    """
    app, sessions = Flask("gate", static_folder=None), sessionmaker(engine)

    @app.get(GATE)
    def arrive() -> Any:
        subject, serial = (_said_by(f"X-Client-{each}") for each in ("Subject", "Serial"))
        way = request.cookies.get(WAY, "")
        if request.headers.get("X-Client-Verify") == "SUCCESS" and subject and way and len(subject) <= 500:
            with sessions() as session:
                gateway.arrive(session, grant_of(way), subject, serial[:100])
                session.commit()
        else:
            log.warning("%s: nobody was seen", GATE)
        return redirect(BACK, 303)  # the door says in words that it was nobody

    app.register_error_handler(Exception, _refused)
    return app


def _said_by(header: str) -> str:
    """As a person writes it: a gateway writes a Chinese name as it is, or each byte of it in hex."""
    content = request.headers.get(header, "").encode("latin-1")
    return _ESCAPED.sub(lambda each: bytes.fromhex(each[1].decode()), content).decode(errors="replace")


def _refused(fault: Exception) -> Response:
    if not isinstance(fault, Problem):
        log.error("%s: %s", request.path, type(fault).__name__)
        fault = Broken("系统内部出错，请联系运维人员", "an internal error")
    elif not isinstance(fault, NoGrant):
        log.warning("%s refused: %s", request.path, fault.code)
    said = Response(fault.to_bytes(), status=fault.status, content_type=problems.MEDIA)
    if fault.retry_after is not None:
        said.headers["Retry-After"] = str(fault.retry_after)
    return said


def _browser(body: dict[str, Any]) -> Browser:
    return Browser(body["grant"], body.get("device") or "")


def _end(session: Session, keep: bool) -> None:
    if keep:
        session.commit()
    else:
        session.rollback()


class _Body(dict[str, Any]):
    """Of an object, its texts; one that is missing is the caller's fault."""

    def __getitem__(self, name: str) -> str:
        value: str | None = self.get(name)
        if value is None:
            raise Malformed(f"缺少 {name}", f"{name} is missing", field=name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        value = super().get(name, default)
        longest = 8000 if name == "answer" else 1000  # of a security key
        return value if isinstance(value, str) and len(value) <= longest and "\0" not in value else default
