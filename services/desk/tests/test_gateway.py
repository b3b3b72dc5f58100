"""The gateway that deploy/ brings, for real: who shows a certificate of ours is in, whatever headers they send."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests
from desk_context import Listed
from flask import Flask, request
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from desk import server
from desk.browsers import WAY
from desk.signer.door import make_gate
from desk.signer.outside import Arrival, Gateway
from tools.dev.processes import free_port
from vault import Safe

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "gateway" / "nginx.conf"
NAME = "/C=CN/O=枫禾县人民检察院/CN=张三"

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder: Path, name: str, subject: str) -> None:
    """Of the authority in the folder."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]
    openssl(folder, "req", *key, "-utf8", "-subj", subject, "-out", f"{name}.csr")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "officers.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-out", f"{name}.crt")  # fmt: skip


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    """An authority, the gateway's certificate, an officer's, one that was revoked, and one of somebody else's."""
    for folder in (tmp_path, tmp_path / "other"):
        folder.mkdir(exist_ok=True)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key"]
        openssl(folder, "req", "-x509", *key, "-subj", "/CN=authority", "-days", "2", "-out", "officers.crt")
    certificate(tmp_path, "gateway", "/CN=localhost")
    certificate(tmp_path, "officer", NAME)
    certificate(tmp_path, "left", NAME)
    certificate(tmp_path / "other", "officer", NAME)
    (tmp_path / "index.txt").touch()
    (tmp_path / "number").write_text("01")
    settings = "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\n"
    (tmp_path / "ca.conf").write_text(settings)
    authority = ["ca", "-config", "ca.conf", "-keyfile", "ca.key", "-cert", "officers.crt"]
    openssl(tmp_path, *authority, "-revoke", "left.crt")
    openssl(tmp_path, *authority, "-gencrl", "-crldays", "2", "-out", "officers.crl")
    return tmp_path


@pytest.fixture
def gateway(engine: Engine, accounts_safe: Safe, office: Listed, tls: Path) -> Iterator[str]:
    """Its address; behind it the signer's second socket, and pages that say which headers they were told."""
    pages = Flask("pages")
    pages.add_url_rule("/<path:_>", "told", lambda _: {k: v for k, v in request.headers if k.startswith("X-Client")})
    told = make_server("127.0.0.1", 0, pages)
    gate = server._listening(make_gate(engine, Gateway()), tls / "socket")
    for run in (told.serve_forever, gate.run):
        Thread(target=run, daemon=True).start()
    port = free_port()
    content = CONFIGURATION.read_text()
    places = {
        "/tmp/": f"{tls}/",
        "/tls/": f"{tls}/",
        "/run/gateway/socket": f"{tls}/socket",
        "desk-office:8000": f"127.0.0.1:{told.port}",
        "8443": f"127.0.0.1:{port}",
    }
    for ours, theirs in places.items():
        assert ours in content
        content = content.replace(ours, theirs)
    (tls / "nginx.conf").write_text(content)
    # of the test's own user, as in the container, also where that is root
    command = ["nginx", "-c", str(tls / "nginx.conf"), "-g", "daemon off; user root;"]
    with (tls / "nginx.log").open("wb") as log:
        running = subprocess.Popen(command, stderr=log)
    url = f"https://127.0.0.1:{port}"
    for _ in range(50):
        try:
            requests.get(f"{url}/x", verify=False, timeout=5)
            break
        except requests.RequestException:
            time.sleep(0.1)
    yield url
    running.terminate()
    running.wait(10)
    gate.close()
    told.shutdown()
    told.server_close()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_the_gateway_tells_whom_it_saw_and_nothing_that_they_said(gateway: str, tls: Path, engine: Engine) -> None:
    """The name of the certificate, as a person writes it; without one, with a revoked one or another's, nobody."""
    pretended = {"X-Client-Verify": "SUCCESS", "X-Client-Subject": "CN=chief", "X-Client-Serial": "1"}
    headers = {"Cookie": f"{WAY}=secret", **pretended}

    def arrive(folder: Path, name: str | None) -> int:
        cert = (str(folder / f"{name}.crt"), str(folder / f"{name}.key")) if name else None
        return requests.get(
            f"{gateway}/login/certificate", headers=headers, cert=cert, verify=False, timeout=5, allow_redirects=False
        ).status_code

    assert 303 == arrive(tls, None)
    assert 400 == arrive(tls, "left")
    assert 400 == arrive(tls / "other", "officer")
    with Session(engine) as session:
        assert [] == list(session.scalars(text("SELECT subject FROM arrival")))
    assert 303 == arrive(tls, "officer")
    with Session(engine) as session:
        assert ["CN=张三,O=枫禾县人民检察院,C=CN"] == [each.subject for each in session.query(Arrival)]
    # and the pages are told nothing at all
    answer = requests.get(f"{gateway}/today", headers=headers, verify=False, timeout=5)
    assert {} == answer.json()
