"""The desk without the services behind it: the signer at its sockets, the door as a browser sees it."""

import http.client
import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from desk_context import Listed
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from desk import server
from desk.browsers import SESSION, grant_of
from desk.client import Refused
from desk.office.app import make as make_office
from desk.office.signing import Signing
from desk.office.tables import Base
from desk.settings import OfficeSettings
from desk.signer import accounts
from desk.signer.door import make, make_gate
from desk.signer.outside import GATE, Gateway, Outside
from desk.signer.security_keys import SecurityKeys
from vault import Safe

DESK = "https://desk.example"


class House:
    """`outside`: who lets somebody in in place of a password."""

    def __init__(self, engine: Engine, safe: Safe, seats: Listed, outside: Outside | None, folder: Path):
        self.engine, self.folder = engine, folder
        Base.metadata.create_all(engine)
        self.serving = [server._listening(make(engine, safe, seats, SecurityKeys(DESK), outside), folder / "signer")]
        if isinstance(outside, Gateway):
            self.serving.append(server._listening(make_gate(engine, outside), folder / "gate"))
        for each in self.serving:
            Thread(target=_run, args=(each,), daemon=True).start()
        away = dict.fromkeys(("intake", "referral", "aid", "notify"), "http://127.0.0.1:1")
        settings = OfficeSettings(
            database_url="",
            key_file=folder,
            http_address="",
            signer_socket=folder / "signer",
            services=away,
            office="枫禾县人民检察院",
            outside=outside is not None,
        )
        self.office = make_office(settings, engine, safe)

    def browser(self) -> FlaskClient:
        return self.office.test_client()

    def account(self, login: str, subject: str | None, password: str | None = None) -> None:
        with Session(self.engine) as session:
            accounts.create(session, login, login, "test", password, subject)
            session.commit()

    def token(self, browser: FlaskClient) -> str | None:
        """What the signer gives for whoever this browser is."""
        cookie = browser.get_cookie(SESSION, domain="desk.example")
        try:
            return Signing(self.folder / "signer").token(grant_of(cookie.value)) if cookie else None
        except Refused:
            return None

    def gate(self, browser: FlaskClient, **headers: str) -> int:
        """What the gateway asks for a browser, with what it says of the certificate."""
        way = browser.get_cookie("__Host-fq-way", domain="desk.example")
        return ask(self.folder / "gate", {"Cookie": f"__Host-fq-way={way.value}" if way else "", **headers})

    def close(self) -> None:
        for each in self.serving:
            each.close()


def _run(serving: Any) -> None:
    with suppress(OSError):  # its sockets are closed by who ends the test, at whatever it does then
        serving.run()


def ask(path: Path, headers: dict[str, str]) -> int:
    """GET of the gateway's page at one socket."""
    connection = http.client.HTTPConnection("gate", timeout=5)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("GET", GATE, headers={name: value.encode() for name, value in headers.items()})
    status = connection.getresponse().status
    connection.close()
    return status


def go(browser: FlaskClient, at: str, **query: str) -> Any:
    return browser.get(at, base_url=DESK, query_string=query or None)
