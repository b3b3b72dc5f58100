"""The TLS overlay: agencies by certificate, on one port, and nobody in the clear."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest
from pika.credentials import ExternalCredentials, PlainCredentials
from pika.exceptions import AMQPError, ChannelClosedByBroker, ProbableAuthenticationError

from tools.dev import compose
from tools.dev.stack import ROOT, Stack

FOLDER = ROOT / ".run" / "compose-tls"

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not shutil.which("docker"), reason="needs docker"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    compose.down(FOLDER, volumes=True, overlays=["tls"])
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.parent.mkdir(exist_ok=True, mode=0o700)
    yield compose.up(FOLDER, progress=lambda _: None, overlays=["tls"])
    compose.down(FOLDER, volumes=True, overlays=["tls"])


@pytest.fixture(scope="module")
def certificates(running: Stack) -> Path:
    """The agency's own, and a stranger's of the same name from another authority."""
    given = {**os.environ, "SECRETS": str(FOLDER)}
    subprocess.run(["deploy/certificate", "A09"], cwd=ROOT, env=given, check=True, capture_output=True)
    stranger = FOLDER / "stranger"
    (stranger / "broker").mkdir(parents=True)
    (stranger / "broker" / "A09").touch()
    given = {**os.environ, "SECRETS": str(stranger)}
    subprocess.run(["deploy/certificate", "A09"], cwd=ROOT, env=given, check=True, capture_output=True)
    return FOLDER / "tls"


def test_a_certificate_stands_for_its_agency(running: Stack, certificates: Path) -> None:
    """No password is sent; the common name is the user, with that agency's rights and no other's."""
    connection = _connect(running, certificates, ExternalCredentials(), shows=certificates)
    channel = connection.channel()
    channel.basic_get("agency.A09.inbox")
    with pytest.raises(ChannelClosedByBroker) as refused:
        channel.basic_get("agency.A08.inbox")
    assert 403 == refused.value.reply_code
    connection.close()


def test_without_a_certificate_no_password_is_asked_for(running: Stack, certificates: Path) -> None:
    """Neither an agency's nor one of our own services'; beside a certificate a wrong one is refused."""
    for user in ("A08", "intake", "administrator"):
        with pytest.raises((AMQPError, OSError)):
            _connect(running, certificates, PlainCredentials(user, running.passwords[user]))
    with pytest.raises(ProbableAuthenticationError):
        _connect(running, certificates, PlainCredentials("A09", "wrong"), shows=certificates)


def test_a_revoked_certificate_is_refused_by_the_running_broker(running: Stack, certificates: Path) -> None:
    """The list is in a folder that is mounted: the broker sees the one that replaces it."""
    given = {**os.environ, "SECRETS": str(FOLDER)}
    for arguments in (["A08"], ["revoke", "A08"]):
        subprocess.run(["deploy/certificate", *arguments], cwd=ROOT, env=given, check=True, capture_output=True)
    with pytest.raises((AMQPError, OSError)):
        _connect(running, certificates, ExternalCredentials(), shows=certificates, code="A08")
    _connect(running, certificates, ExternalCredentials(), shows=certificates).close()


def test_a_certificate_of_another_authority_is_refused(running: Stack, certificates: Path) -> None:
    """Whoever can write A09 into a certificate is not A09."""
    with pytest.raises((AMQPError, OSError)):
        _connect(running, certificates, ExternalCredentials(), shows=FOLDER / "stranger" / "tls")


def test_nobody_speaks_in_the_clear(running: Stack) -> None:
    """The port that is open to agencies answers no plain AMQP, and no old TLS."""
    plain = pika.ConnectionParameters(
        "127.0.0.1", running.ports["agencies"], credentials=PlainCredentials("A08", running.passwords["A08"])
    )
    with pytest.raises((AMQPError, OSError)):
        pika.BlockingConnection(plain)
    offered = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{running.ports['agencies']}", "-tls1_1"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert 0 != offered.returncode


def _connect(
    running: Stack,
    certificates: Path,
    credentials: ExternalCredentials | PlainCredentials,
    shows: Path | None = None,
    code: str = "A09",
) -> pika.BlockingConnection:
    context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
    if shows:
        context.load_cert_chain(shows / f"{code}.crt", shows / f"{code}.key")
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            "127.0.0.1",
            running.ports["agencies"],
            credentials=credentials,
            ssl_options=pika.SSLOptions(context, "localhost"),
        )
    )
