"""The whole file, run for real: containers die one after another and nothing that was accepted is lost."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import yaml

from tools.dev import compose, demo, matters
from tools.dev.stack import COUNTY, ROOT, SERVICES, Stack, token

FOLDER = ROOT / ".run" / "compose-test"
CONTAINERS = ("intake", "referral", "aid", "notify", "rabbitmq", "postgres", "sms-provider")

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not shutil.which("docker") or os.geteuid() != 0, reason="needs docker, and root to kill"),
]


@pytest.fixture(scope="module")
def containers() -> Iterator[tuple[Stack, float]]:
    """The stack on empty volumes, and the seconds from `up -d` to every service ready, images being built."""
    compose.down(FOLDER, volumes=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.parent.mkdir(exist_ok=True, mode=0o700)
    said: list[tuple[float, str]] = []
    running = compose.up(FOLDER, progress=lambda sentence: said.append((time.monotonic(), sentence)))
    yield running, said[-1][0] - said[0][0]
    compose.down(FOLDER, volumes=True)


def test_all_is_healthy_within_two_minutes(containers: tuple[Stack, float]) -> None:
    """From `up -d` on empty volumes; health is what docker sees, not what we asked ourselves."""
    _, seconds = containers
    assert seconds < 120
    deadline = time.monotonic() + 30
    while (health := {name: _inspect(name, "{{.State.Health.Status}}") for name in SERVICES}) != dict.fromkeys(
        SERVICES, "healthy"
    ):
        assert time.monotonic() < deadline, health
        time.sleep(0.5)


def test_only_the_services_are_reached_from_outside() -> None:
    """Neither base file nor the overlays for operation publish the database or the plain broker."""
    base = (ROOT / "docker-compose.yml").read_text()
    assert 4 == base.count("    ports: ")
    assert not [port for port in ("5672:", "15672:", "5432:") if port in base]


def test_containers_are_locked_down(containers: tuple[Stack, float]) -> None:
    """A service runs as nobody in particular, writes to /tmp alone, and holds no secret in its environment."""
    running, _ = containers
    for name in SERVICES:
        assert "10001:10001 true [ALL]" == _inspect(
            name, "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}"
        )
        environment = _inspect(name, "{{.Config.Env}}")
        assert not [user for user, password in running.passwords.items() if password in environment]
        tried = "touch /app/x 2>&1; python -m pip 2>&1; gcc --version 2>&1; true"
        written = _run("exec", "-T", name, "sh", "-c", tried)
        assert "Read-only file system" in written
        assert "No module named pip" in written
        assert "gcc: not found" in written


def test_a_service_image_holds_that_service_alone(containers: tuple[Stack, float]) -> None:
    """What a container could run of its neighbours' code it does not have."""
    for name in SERVICES:
        for other in SERVICES:
            found = _run("exec", "-T", name, "sh", "-c", f"python -c 'import {other}' 2>&1 | tail -n 1; true").strip()
            assert ("" if other == name else f"ModuleNotFoundError: No module named '{other}'") == found


def test_all_that_http_takes_in_at_once_fits_into_the_container(containers: tuple[Stack, float]) -> None:
    """The largest files, JSON made of the smallest parts, files that nobody takes, strangers: nothing is killed."""
    running, _ = containers
    before = _inspect("intake", "{{.RestartCount}} {{.State.StartedAt}}")
    known = {"Authorization": f"Bearer {token(running)}"}
    county = yaml.safe_load((COUNTY / "matters.yaml").read_text(encoding="utf-8"))
    petition = {name: value for name, value in county["matters"][0]["petition"].items() if name != "received_on"}
    answer = requests.post(f"{running.url('intake')}/petitions", json=petition, headers=known | _key(), timeout=20)
    files = f"/petitions/{quote(answer.json()['number'])}/files"
    pdf, parts = b"%PDF-1.7" + os.urandom(19 << 20), b'{"a":[' + b",".join([b"{}"] * 330_000) + b"]}"

    def send(path: str, content: bytes, **headers: str) -> int:
        url = running.url("intake") + path
        return requests.post(url, data=content, headers=headers | _key(), timeout=60).status_code

    def upload() -> None:
        send(f"{files}?name=a.pdf", pdf + uuid.uuid4().bytes, **known, **{"Content-Type": "application/pdf"})

    def json_of_parts() -> None:
        assert send("/petitions", parts, **known, **{"Content-Type": "application/json"}) in (422, 503)

    def strangers() -> None:
        send("/lookup", parts[: 60 << 10], **{"Content-Type": "application/json"})

    def hold(begins: str, content: bytes = b"") -> None:
        head = f"{begins} HTTP/1.1\r\nHost: x\r\nAuthorization: {known['Authorization']}\r\n"
        with socket.create_connection(("127.0.0.1", running.ports["intake"]), 20) as end:
            end.sendall(f"{head}Content-Type: application/pdf\r\nContent-Length: {2 * len(content)}\r\n\r\n".encode())
            end.sendall(content)
            time.sleep(8)

    def slow_upload() -> None:
        hold(f"POST {files}?name=b.pdf", pdf[: 9 << 20])

    assert 201 == send(f"{files}?name=a.pdf", pdf, **known, **{"Content-Type": "application/pdf"})
    sha256 = hashlib.sha256(pdf).hexdigest()
    kinds = [upload] * 6 + [slow_upload] * 6 + [json_of_parts] * 14 + [strangers] * 20
    kinds += [lambda: hold(f"GET {files}/{sha256}")] * 60
    until = time.monotonic() + 40

    def repeat(kind: Callable[[], None]) -> None:
        while time.monotonic() < until:
            with suppress(OSError):  # of those, some find no room
                kind()

    with ThreadPoolExecutor(len(kinds)) as pool:
        list(pool.map(repeat, kinds))
    assert 200 == requests.get(f"{running.url('intake')}/health/ready", timeout=10).status_code
    assert before == _inspect("intake", "{{.RestartCount}} {{.State.StartedAt}}")


def test_every_matter_goes_where_the_law_leads_it(containers: tuple[Stack, float], tmp_path: Path) -> None:
    """`./dev demo --all` ends right: among them the colleague it concerns, refused by each service."""
    running, _ = containers
    assert 0 == demo.run(running, False, tmp_path / "demo.json", matters.lead_all)
    steps = json.loads((tmp_path / "demo.json").read_text())["steps"]
    assert [(name, 403) for name in SERVICES] == [
        (step["service"], step["status"]) for step in steps if step["step"] == "walled"
    ]


def test_every_container_is_killed_while_the_demo_runs(containers: tuple[Stack, float], tmp_path: Path) -> None:
    """kill -9 of each, one after another: the restart policy brings it back, the demo ends right."""
    running, _ = containers
    over = threading.Event()
    killed: list[str] = []

    def killer() -> None:
        for name in CONTAINERS:
            before = _inspect(name, "{{.State.Pid}}")
            os.kill(int(before), signal.SIGKILL)
            killed.append(name)
            while _inspect(name, "{{.State.Pid}}") in (before, "0"):
                time.sleep(0.2)
            time.sleep(2)  # the demo goes on between two deaths
        over.set()

    threading.Thread(target=killer, daemon=True).start()
    runs = 0
    while runs == 0 or not over.is_set():
        assert 0 == demo.run(running, False, tmp_path / "demo.json")
        runs += 1
    assert list(CONTAINERS) == killed
    assert all("running" == _inspect(name, "{{.State.Status}}") for name in CONTAINERS)


def test_down_and_up_again_loses_nothing(containers: tuple[Stack, float]) -> None:
    """Volumes outlive the containers: the same petitions, and the same events in every trail."""
    running, _ = containers
    before = _counts()
    numbers = _numbers(running)
    assert numbers
    compose.down(FOLDER)
    again = compose.up(FOLDER, progress=lambda _: None)
    assert numbers == _numbers(again)
    assert before == _counts()


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def _numbers(running: Stack) -> list[str]:
    headers = {"Authorization": f"Bearer {token(running)}"}
    found = requests.get(f"{running.url('intake')}/petitions", headers=headers, timeout=10).json()["petitions"]
    return sorted(petition["number"] for petition in found)


def _counts() -> dict[str, str]:
    """Events in each trail, once nothing is left to send."""
    look = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM events)"
    deadline = time.monotonic() + 60
    while True:
        found = {
            name: _run("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", name, "-tAc", look).strip()
            for name in SERVICES
        }
        if all(counts.startswith("0|") for counts in found.values()):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def _inspect(name: str, template: str) -> str:
    found = _run("ps", "-q", name).split()
    return subprocess.run(
        ["docker", "inspect", "-f", template, *found], capture_output=True, text=True, check=True
    ).stdout.strip()


def _run(*arguments: str) -> str:
    command = [*compose.command(FOLDER), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
