"""The cluster overlay: a broker node dies while petitions flow, and every accepted one reaches all who hear of it."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator

import pytest
import requests
import yaml

from contracts.routes import ROUTES
from tools.dev import compose
from tools.dev.stack import COUNTY, ROOT, SERVICES, Stack, token

FOLDER = ROOT / ".run" / "compose-cluster"
NODES = ("rabbitmq", "rabbitmq-2", "rabbitmq-3")
HEARS_INTAKE = [name for name, route in ROUTES.items() if "intake" in route.events_of]

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not shutil.which("docker") or os.geteuid() != 0, reason="needs docker, and root to kill"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Stack]:
    compose.down(FOLDER, volumes=True, overlays=["cluster"])
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.parent.mkdir(exist_ok=True, mode=0o700)
    yield compose.up(FOLDER, progress=lambda _: None, overlays=["cluster"])
    compose.down(FOLDER, volumes=True, overlays=["cluster"])


def test_every_queue_has_three_members_and_two_readers(cluster: Stack) -> None:
    """A queue declared before all nodes were there would die with one of them."""
    queues = requests.get(f"{cluster.management}/api/queues", timeout=20).json()
    assert queues
    alone = [queue["name"] for queue in queues if len(queue["members"]) != 3]
    assert [] == alone
    deadline = time.monotonic() + 60
    # the management page knows nothing of a queue's readers until its node has counted them
    while {2} != {queue.get("consumers") for queue in _queues_of_services(cluster)}:
        assert time.monotonic() < deadline
        time.sleep(1)


@pytest.mark.parametrize("node", NODES)
def test_a_node_dies_while_petitions_flow(cluster: Stack, node: str) -> None:
    """kill -9 of one node after the tenth of thirty petitions: all thirty are heard, each in full."""
    headers = {"Authorization": f"Bearer {token(cluster)}"}
    matters = yaml.safe_load((COUNTY / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    body = next(matter["petition"] for matter in matters if matter["matter"] == 8) | {"received_on": None}
    del body["received_on"]
    numbers = []
    for n in range(30):
        if n == 10:
            os.kill(int(_pid(node)), signal.SIGKILL)
        numbers.append(_register(cluster, headers | {"Idempotency-Key": uuid.uuid4().hex}, body))
    assert 30 == len(set(numbers))
    assert set(numbers) <= _rows("intake", _LAST).keys()
    deadline = time.monotonic() + 120
    for service in HEARS_INTAKE:
        look = "SELECT subject, applied FROM lane WHERE source = 'intake'"
        while (heard := _rows(service, look)) != (wanted := _rows("intake", _LAST)):
            assert time.monotonic() < deadline, {each for each in wanted.items() if each not in heard.items()}
            time.sleep(1)
    assert {"0"} == {row for name in SERVICES for row in _rows(name, "SELECT 'outbox', count(*) FROM outbox").values()}


_LAST = "SELECT subject, max(version) FROM events GROUP BY 1"


def _register(cluster: Stack, headers: dict[str, str], body: dict[str, object]) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = requests.post(f"{cluster.url('intake')}/petitions", json=body, headers=headers, timeout=20)
        except requests.RequestException:
            answer = None
        if answer is not None and answer.status_code == 201:
            return str(answer.json()["number"])
        assert time.monotonic() < deadline, answer.text if answer is not None else "no answer"
        time.sleep(0.5)


def _queues_of_services(cluster: Stack) -> list[dict[str, object]]:
    queues = requests.get(f"{cluster.management}/api/queues", timeout=20).json()
    return [queue for queue in queues if queue["name"].startswith(tuple(f"{name}.events" for name in SERVICES))]


def _rows(service: str, look: str) -> dict[str, str]:
    out = _run("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", service, "-tAc", look)
    return dict(line.rsplit("|", 1) for line in out.splitlines() if line)


def _pid(name: str) -> str:
    found = _run("ps", "-q", name).split()
    command = ["docker", "inspect", "-f", "{{.State.Pid}}", *found]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _run(*arguments: str) -> str:
    command = [*compose.command(FOLDER, ["cluster"]), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
