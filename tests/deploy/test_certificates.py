"""The agencies' line as deploy/rabbitmq sets it up, at a broker of its own: who shows which certificate is let in."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pika
import pytest
import requests
import yaml
from pika.credentials import ExternalCredentials, PlainCredentials
from pika.exceptions import AMQPError, ProbableAuthenticationError

from tools.dev import broker, processes, stack, supervisor
from tools.dev.stack import ROOT

FOLDER = ROOT / ".run" / "certificates"
SETTINGS = ROOT / "deploy" / "rabbitmq"
CLOSED = (AMQPError, OSError)  # in the handshake, whichever end notices first


@dataclass
class Line:
    """`secrets`: as deploy/init and deploy/certificate leave them; every user's password is its name."""

    secrets: Path
    ports: dict[str, int]

    def certificate(self, *arguments: str) -> str:
        given = {**os.environ, "SECRETS": str(self.secrets)}
        done = subprocess.run(
            ["deploy/certificate", *arguments], cwd=ROOT, env=given, check=True, capture_output=True, text=True
        )
        return done.stdout

    def context(self, shows: Path | None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.secrets / "tls" / "ca.crt"))
        context.maximum_version = newest
        if shows:
            context.load_cert_chain(shows.with_suffix(".crt"), shows.with_suffix(".key"))
        return context

    def connect(self, shows: Path | None, user: str | None = None) -> pika.BlockingConnection:
        """By the certificate alone, or with a user's password beside it."""
        credentials = PlainCredentials(user, user) if user else ExternalCredentials()
        return pika.BlockingConnection(
            pika.ConnectionParameters(
                "127.0.0.1",
                self.ports["agencies"],
                credentials=credentials,
                ssl_options=pika.SSLOptions(self.context(shows), "localhost"),
            )
        )

    def of(self, code: str) -> Path:
        return self.secrets / "tls" / code


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    supervisor.stop(FOLDER)
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "broker").mkdir(parents=True)
    users = ("A07", "A08", "A09", "phone", "intake")
    for user in users:
        (FOLDER / "broker" / user).touch()
    made = Line(
        FOLDER, stack.kept(FOLDER / "ports.json", dict.fromkeys((*broker.PORTS, "agencies"), processes.free_port))
    )
    made.certificate("server", "localhost")
    for code in ("A07", "A08", "A09", "phone"):
        made.certificate(code)
    settings = (SETTINGS / "tls.conf").read_text().replace("= 5671", f"= 127.0.0.1:{made.ports['agencies']}")
    advanced = (SETTINGS / "advanced.config").read_text().replace("/etc/rabbitmq/tls", str(FOLDER / "tls"))
    supervisor.ensure(FOLDER)
    broker.start(FOLDER, made.ports, "admin", settings, advanced)
    log = FOLDER / "log" / "rabbitmq.log"
    up = lambda: broker.is_up(made.ports, "admin") and processes.answers(made.ports["agencies"])  # noqa: E731
    stack.until(up, 90, "消息服务器没有启动", log)
    for user in users:
        place = f"http://127.0.0.1:{made.ports['management']}/api"
        rights = {"configure": "^$", "write": "^$", "read": "^$"}
        for path, body in ((f"users/{user}", {"password": user, "tags": ""}), (f"permissions/%2F/{user}", rights)):
            assert requests.put(f"{place}/{path}", json=body, auth=("admin", "admin"), timeout=10).ok
    yield made
    supervisor.stop(FOLDER)


def test_a_certificate_stands_for_its_agency(line: Line) -> None:
    """Alone it is the login; a client that knows no EXTERNAL gives its password beside it. An operator's as well."""
    line.connect(line.of("A08")).close()
    line.connect(line.of("A08"), "A08").close()
    line.connect(line.of("phone")).close()
    with pytest.raises(ProbableAuthenticationError):
        pika.BlockingConnection(
            pika.ConnectionParameters(
                "127.0.0.1",
                line.ports["agencies"],
                credentials=PlainCredentials("A08", "wrong"),
                ssl_options=pika.SSLOptions(line.context(line.of("A08")), "localhost"),
            )
        )


@pytest.mark.parametrize("user", ["A08", "intake", "admin"])
def test_without_a_certificate_no_password_is_asked_for(line: Line, user: str) -> None:
    """Least of all one of our own services', or the administrator's, whoever found it."""
    with pytest.raises(CLOSED):
        line.connect(None, user)


def test_no_certificate_bears_the_name_of_a_service_of_ours(line: Line) -> None:
    """The command that signs knows agencies and operators only."""
    for name in ("intake", "referral", "aid", "notify", "administrator", "admin"):
        with pytest.raises(subprocess.CalledProcessError):
            line.certificate(name)


def test_a_certificate_of_another_authority_is_refused(line: Line, tmp_path: Path) -> None:
    """Whoever can write A08 into a certificate is not A08."""
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "A08").touch()
    stranger = Line(tmp_path, line.ports)
    stranger.certificate("A08")
    with pytest.raises(CLOSED):
        line.connect(stranger.of("A08"))


def test_what_was_revoked_is_not_let_in(line: Line, tmp_path: Path) -> None:
    """At once and with no restart: all that was ever signed for the agency, and no other agency's; then a new one."""
    stolen = tmp_path / "stolen"
    for suffix in (".crt", ".key"):
        shutil.copy(line.of("A09").with_suffix(suffix), stolen.with_suffix(suffix))
    line.certificate("A09")
    for each in (stolen, line.of("A09")):
        line.connect(each).close()
    assert "close_all_user_connections A09" in line.certificate("revoke", "A09")
    for each in (stolen, line.of("A09")):
        with pytest.raises(CLOSED):
            line.connect(each)
    with pytest.raises(CLOSED):
        line.connect(stolen, "A09")
    line.connect(line.of("A08")).close()
    line.certificate("revoke", "A09")  # again: nothing changes
    line.certificate("A09")
    line.connect(line.of("A09")).close()
    with pytest.raises(CLOSED):
        line.connect(stolen)


def test_what_was_revoked_is_cut_off_by_the_command_that_is_named(line: Line) -> None:
    """A list is read when somebody comes: who is there stays until told to go."""
    there = line.connect(line.of("A07"))
    said = line.certificate("revoke", "A07")
    command = next(each for each in said.splitlines() if "rabbitmqctl" in each).split("rabbitmqctl ")[1].split()
    broker.control(FOLDER, line.ports, *command)
    with pytest.raises(CLOSED):
        there.process_data_events(10)


def test_an_old_session_is_no_way_round(line: Line, tmp_path: Path) -> None:
    """With TLS 1.2 a session may be taken up again without its certificate: here it never is."""
    line.certificate("A07")
    context = line.context(line.of("A07"), ssl.TLSVersion.TLSv1_2)
    first = _handshake(line, context, None)
    assert first is None or not _handshake(line, context, first, again=True)


def _handshake(line: Line, context: ssl.SSLContext, session: ssl.SSLSession | None, again: bool = False) -> object:
    with (
        socket.create_connection(("127.0.0.1", line.ports["agencies"]), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as closed,
    ):
        return closed.session_reused if again else closed.session


def test_without_a_list_nobody_is_let_in(line: Line) -> None:
    """A list that is missing must not mean that nothing is revoked."""
    (there,) = (line.secrets / "tls" / "revoked").iterdir()
    away = there.rename(line.secrets / "away")
    try:
        with pytest.raises(CLOSED):
            line.connect(line.of("A08"))
    finally:
        away.rename(there)
    line.connect(line.of("A08")).close()


def test_the_overlay_mounts_what_the_settings_name() -> None:
    """Every file and folder the broker is told to read is there in its container."""
    named = set(re.findall(r'"(/etc/rabbitmq/tls/[^"]+)"', (SETTINGS / "advanced.config").read_text()))
    overlay = yaml.safe_load((ROOT / "deploy" / "compose.tls.yml").read_text())
    mounted = {each.split(":")[-2] for each in overlay["services"]["rabbitmq"]["volumes"]}
    assert 4 == len(named)
    assert named | {"/etc/rabbitmq/advanced.config"} <= mounted
