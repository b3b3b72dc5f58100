"""Runs a door under waitress: threads, no fork, nothing of the services' frameworks. Each loads what it needs alone."""

import logging
import signal
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import waitress

from desk.settings import AgencySettings, OfficeSettings, PublicSettings, SignerSettings

# more than any form may have: up to here a page says so, beyond it the line is cut
BIGGEST = 40 * 1024 * 1024
_LIMITS = {"threads": 8, "max_request_body_size": BIGGEST, "channel_timeout": 60, "ident": None}


def run(door: str) -> None:
    """Returns when the process was told to stop; what is in hand is answered first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    {"agency": _agency, "office": _office, "public": _public, "signer": _signer}[door]()


def _office() -> None:
    from desk.office.app import make
    from service_kit import database
    from vault import Safe

    settings = OfficeSettings.from_environment()
    engine = database.engine(settings.database_url, pool=8)
    database.wait_until_up(engine)
    waitress.serve(make(settings, engine, Safe.from_file(settings.key_file)), listen=settings.http_address, **_LIMITS)


def _public() -> None:
    from desk.public import door
    from desk.public.app import make

    settings = PublicSettings.from_environment()
    largest = BIGGEST if settings.online else door.LARGEST
    limits = {"max_request_body_size": largest, "max_request_header_size": 8 * 1024, "channel_timeout": 20}
    # who the web server before it says is asking, intake counts by; nothing else is believed of it
    waitress.serve(
        make(settings), listen=settings.http_address, clear_untrusted_proxy_headers=False, **_LIMITS | limits
    )


def _agency() -> None:
    from desk.agency.app import make
    from service_kit import database
    from vault import Safe

    logging.getLogger("pika").setLevel(logging.WARNING)
    settings = AgencySettings.from_environment()
    engine = database.engine(settings.database_url, pool=10)
    database.wait_until_up(engine)
    app = make(settings, engine, Safe.from_file(settings.key_file))
    app.start()
    waitress.serve(app, listen=settings.http_address, **_LIMITS)


def _signer() -> None:
    from desk.signer.door import make, make_gate
    from desk.signer.outside import Gateway, Outside, Provider
    from desk.signer.seats import Seats
    from desk.signer.security_keys import SecurityKeys
    from service_kit import database
    from vault import Safe

    settings = SignerSettings.from_environment()
    engine = database.engine(settings.database_url, pool=8)
    database.wait_until_up(engine)
    seats = Seats(settings.services["intake"], settings.signing_key_file, settings.jurisdiction, settings.our_agency)
    outside: Outside | None = None
    if settings.login == "oidc":
        told = settings.issuer, settings.client, settings.client_secret, settings.desk, settings.acr, settings.authority
        outside = Provider(*told)
    if settings.gateway_socket is not None:
        outside = gateway = Gateway()
        gate = _listening(make_gate(engine, gateway), settings.gateway_socket)
        Thread(target=gate.run, name="gate", daemon=True).start()
    keys = SecurityKeys(settings.desk) if settings.desk else None
    app = make(engine, Safe.from_file(settings.key_file), seats, keys, outside)
    _listening(app, settings.signer_socket).run()


def _listening(app: Any, socket: Path) -> Any:
    """Who may open it is who may open the folder, and of those its owner alone."""
    socket.unlink(missing_ok=True)
    return waitress.create_server(app, map={}, unix_socket=str(socket), unix_socket_perms="600", **_LIMITS)
