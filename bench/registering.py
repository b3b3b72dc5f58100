"""Registrations over HTTP a second, beside django-helpdesk's tickets and a script that pgbench runs.

`./dev bench http --json FILE`. Four clients each, one after the other in every round:

- `ours`, `ours_twice`: POST /petitions of one copy of intake, and of two on one database;
- `helpdesk`: POST /api/tickets/ of bench/peers/tickets.py, two processes of two threads, on the same server;
- `limit`: bench/register.sql, the statements of one registration as they were taken from the wire at commit e8209db.
  The script stays as it is: statements that are no longer needed must not raise what we are measured by. Each of its
  transactions has a number and ids of its own. It runs on a copy of the database: intake's relay must not send what
  nobody registered.

`FENGQIAO_BEFORE` names the folder of another checkout: `before` is its intake on the same database.

After the rounds: for how long one client alone holds the row of the numbers (from its answer to the end of the commit,
seen on the wire), what a `GET` takes while forty clients register, and what one petition costs intake's processor to
show.
"""

import asyncio
import contextlib
import http.client
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import lists
import template
import turns

from tests.faults.proxy import Proxy
from tools.dev import database, peers, processes, stack
from tools.dev.stack import Stack

CLIENTS, SECONDS, ROUNDS, COPY, TICKETS = 4, 8, 5, "http_limit", "http_helpdesk"
CROWD, ALONE, SHOWN = 40, 300, 300  # clients beside a reader; registrations of one client; pages of one petition
HERE = Path(__file__).parent
SCRIPT = HERE / "register.sql"
CLAIM = {
    **turns.CLAIM,
    "anonymous": False,
    "petitioner": {"name": "石大川", "phone": "19900001208", "sms_consent": True},
}
TICKET = {
    "queue": 1,
    "title": turns.CLAIM["title"],
    "description": turns.CLAIM["statement"],
    "priority": 3,
    "submitter_email": "shi@example.org",
}


def post(connection: http.client.HTTPConnection, token: str, claim: Mapping[str, Any] = CLAIM) -> str:
    """The number it got."""
    return str(ask(connection, "/petitions", claim, f"Bearer {token}")["number"])


def ask(connection: http.client.HTTPConnection, path: str, body: Any, authorization: str) -> Any:
    """What is answered."""
    headers = {"Authorization": authorization, "Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    if answer.status != 201:
        raise SystemExit(f"{answer.status}: {content}")
    return content


def over_http(ports: Sequence[int], path: str, body: Any, authorization: str, clients: int = CLIENTS) -> float:
    """A second, by all clients."""
    done, until = [0] * clients, time.perf_counter() + SECONDS

    def run(which: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", ports[which % len(ports)])
        while time.perf_counter() < until:
            ask(connection, path, body, authorization)
            done[which] += 1

    threads = [threading.Thread(target=run, args=(which,)) for which in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - begun)


@contextlib.contextmanager
def serving(place: Stack, copies: int, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[list[int]]:
    """The ports of so many copies of intake, which run meanwhile: two codes would send what the other said."""
    names = [stack.serve(place, "intake", settings, copy=copy) for copy in range(1, copies + 1)]
    ports = [place.ports["intake"], *(stack.port(place, name) for name in names[1:])]
    for name, port in zip(names, ports, strict=True):
        log = place.folder / "log" / f"{name}.log"
        stack.until(lambda port=port: stack._is_ready(f"http://127.0.0.1:{port}"), 60, f"{name} 没有就绪", log)  # type: ignore[misc]
    yield ports
    for name in names:
        turns.halt(place, name)


def registering(place: Stack, token: str, copies: int, code: Path | None = None) -> float:
    paths = [] if code is None else [*code.glob("libs/*"), *code.glob("services/*")]
    with serving(place, copies, {"PYTHONPATH": os.pathsep.join(map(str, paths))} if paths else {}) as ports:
        return over_http(ports, "/petitions", CLAIM, f"Bearer {token}")


class Held(Proxy):
    """Before PostgreSQL: `seconds` from each answer that gave a number to the end of its commit."""

    def __init__(self, target: int):
        self.seconds, self._waits, self._since = list[float](), b"", 0.0
        super().__init__(processes.free_port(), target)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, from_server: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if not from_server and (b"INSERT INTO serial" in data or (data[5:11] == b"COMMIT" and self._since)):
                    self._waits = data[5:11]
                elif from_server and self._waits == b"COMMIT":
                    self.seconds.append(time.perf_counter() - self._since)
                    self._waits, self._since = b"", 0.0
                elif from_server and self._waits:
                    self._waits, self._since = b"", time.perf_counter()
                sink.write(data)
                await sink.drain()
        sink.transport.abort()


def held(place: Stack, token: str) -> dict[str, float]:
    """Milliseconds."""
    proxy = Held(place.ports["postgres"])
    url = place.database("intake").replace(f":{place.ports['postgres']}/", f":{proxy.port}/") + "?sslmode=disable"
    with serving(place, 1, {"DATABASE_URL": url}) as (port,):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(ALONE):
            post(connection, token)
    proxy.close()
    return {"median": round(statistics.median(proxy.seconds) * 1000, 2), "of": len(proxy.seconds)}


def answering(place: Stack, token: str) -> dict[str, float]:
    """Milliseconds that a reader waits for an answer while many register, from another process."""
    taken, authorization = [], f"Bearer {token}"
    with serving(place, 1) as ports:
        given = (ports, "/petitions", CLAIM, authorization, CROWD)
        crowd = multiprocessing.get_context("fork").Process(target=over_http, args=given)
        crowd.start()
        time.sleep(1)
        connection = http.client.HTTPConnection("127.0.0.1", ports[0])
        while crowd.is_alive():
            begun = time.perf_counter()
            connection.request("GET", "/agencies", headers={"Authorization": authorization})
            connection.getresponse().read()
            taken.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.02)
        crowd.join()
    quantiles = statistics.quantiles(taken, n=20)
    return {"p50": round(statistics.median(taken), 1), "p95": round(quantiles[18], 1), "of": len(taken)}


def showing(place: Stack, token: str) -> dict[str, float]:
    """Milliseconds of the processor that intake takes for one petition, with all that may be read of it."""
    with serving(place, 1) as (port,):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        path, pid = (
            f"/petitions/{quote(post(connection, token))}",
            processes.recorded(place.folder / "running" / "intake"),
        )
        for turn in range(2 * SHOWN):
            if turn == SHOWN:  # before it is warm
                begun = lists._used(pid)
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            connection.getresponse().read()
        return {"mean": round((lists._used(pid) - begun) * 1000 / SHOWN, 1), "of": SHOWN}


def by_pgbench(place: Stack, turn: int) -> float:
    """A second, by as many clients; `turn`: so that no number comes twice."""
    command = [str(database.program("pgbench")), "-n", "-f", str(SCRIPT), "-c", str(CLIENTS), "-T", str(SECONDS)]
    command += [
        "-D",
        f"i={turn * 100_000}",
        "-h",
        "127.0.0.1",
        "-p",
        str(place.ports["postgres"]),
        "-U",
        "intake",
        COPY,
    ]
    environment = {**os.environ, "PGPASSWORD": place.passwords["intake"]}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60 + SECONDS)
    found = re.search(r"tps = ([\d.]+)", result.stdout)
    if result.returncode or found is None:
        raise SystemExit(result.stderr[-2000:])
    return float(found[1])


class Helpdesk:
    """django-helpdesk with a database of its own on the same server."""

    def __init__(self, place: Stack):
        template.drop(place, TICKETS)
        with template.asking(place.database_admin) as cursor:
            cursor.execute(f"CREATE DATABASE {TICKETS}")
        url = place.database_admin.replace("+psycopg2", "").rpartition("/")[0] + f"/{TICKETS}"
        self.environment = {**os.environ, "DATABASE": url}
        self.python = peers.python(place.folder, HERE / "peers" / "requirements-helpdesk.txt")
        self.port = processes.free_port()
        prepared = subprocess.run(
            self._command("prepare"), env=self.environment, capture_output=True, text=True, check=True
        )
        self.token = prepared.stdout.split()[-1]

    def tickets(self) -> float:
        serving = subprocess.Popen(self._command("serve", f"127.0.0.1:{self.port}"), env=self.environment)
        try:
            stack.until(lambda: not processes.is_free(self.port), 30, "django-helpdesk 没有就绪", Path(os.devnull))
            return over_http([self.port], "/api/tickets/", TICKET, f"Token {self.token}")
        finally:
            serving.terminate()
            serving.wait(30)

    def _command(self, *arguments: str) -> list[str]:
        return [str(self.python), str(HERE / "peers" / "tickets.py"), *arguments]


def main() -> int:
    asked = turns.arguments()
    place = template.fresh(asked.folder)
    token, turn = stack.token(place), count()
    for service in stack.SERVICES:
        turns.halt(place, service)
    template.keep(place, "intake", COPY)
    helpdesk, before = Helpdesk(place), os.environ.get("FENGQIAO_BEFORE")
    runners: dict[str, Callable[[], float]] = {
        "ours": lambda: registering(place, token, 1),
        "ours_twice": lambda: registering(place, token, 2),
        "helpdesk": helpdesk.tickets,
        "limit": lambda: by_pgbench(place, next(turn)),
    }
    if before:
        runners["before"] = lambda: registering(place, token, 1, Path(before))
    found = turns.take(runners, ROUNDS, "件/秒")
    alone, beside, shown = held(place, token), answering(place, token), showing(place, token)
    sys.stdout.write(f"编号行占用 {alone['median']} ms；{CROWD} 个客户端登记时 GET p95 {beside['p95']} ms")
    sys.stdout.write(f"；查看一件 {shown['mean']} ms CPU\n")
    for name in (COPY, TICKETS):
        template.drop(place, name)
    template.forget(place)
    ratios = {f"ratio_to_{name}": turns.ratio(found["ours"], found[name]) for name in found if name != "ours"}
    sys.stdout.write("，".join(f"{name} {each['median']}" for name, each in ratios.items()) + "\n")
    spread = {name: turns.spread(each) for name, each in found.items()}
    about = {"clients": CLIENTS, "rounds": ROUNDS, "unit": "registrations per second"}
    after = {
        "held_ms": alone,
        "get_ms_beside": beside,
        "shown_cpu_ms": shown,
        "versions": peers.versions(helpdesk.python),
    }
    turns.write(asked.json, "http", {**about, **spread, **ratios, **after})
    return 0


if __name__ == "__main__":
    sys.exit(main())
