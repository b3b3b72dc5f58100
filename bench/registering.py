"""Registrations over HTTP a second, beside pgbench that runs the statements of one as the database's limit.

`./dev bench http --json FILE`. Four clients each. The statements are taken from the wire while intake registers one
petition, from begin to commit; pgbench gives every transaction a number and ids of its own. It runs on a copy of
intake's database, so that intake's relay does not send what nobody registered.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from itertools import count
from pathlib import Path

import template
import turns

from tests.counts.tap import Tap
from tools.dev import database, stack
from tools.dev.stack import Stack

CLIENTS, SECONDS, ROUNDS, COPY = 4, 8, 5, "http_limit"
CLAIM = {
    **turns.CLAIM,
    "anonymous": False,
    "petitioner": {"name": "石大川", "phone": "19900001208", "sms_consent": True},
}
# not what is part of a longer value, as ciphertexts are
_IDS = re.compile(r"(?<![0-9a-fx])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])")
# the end of a keyed hash or a digest: as long as `n`, which has seven digits
_HASHES = re.compile(r"(?<='\\x[0-9a-f]{57})[0-9a-f]{7}(?=')")
_REGISTERS = re.compile("INSERT INTO petition ")


def post(connection: http.client.HTTPConnection, token: str) -> str:
    """The number it got."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
    headers["Content-Type"] = "application/json"
    connection.request("POST", "/petitions", json.dumps(CLAIM), headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    if answer.status != 201:
        raise SystemExit(f"{answer.status}: {content}")
    return str(content["number"])


def ready(place: Stack) -> None:
    log = place.folder / "log" / "intake.log"
    stack.until(lambda: stack._is_ready(place.url("intake")), 60, "intake 没有就绪", log)


def statements(place: Stack, token: str) -> str:
    """A pgbench script of what intake asks to register one petition."""
    tap = Tap(place.ports["postgres"])
    tapped = place.database("intake").replace(f":{place.ports['postgres']}/", f":{tap.port}/") + "?sslmode=disable"
    turns.halt(place, "intake")
    stack.serve(place, "intake", {"DATABASE_URL": tapped})
    ready(place)
    connection = http.client.HTTPConnection("127.0.0.1", place.ports["intake"])
    post(connection, token)  # the first one pays for connections
    tap.by.clear()
    number = post(connection, token)
    asked = next(_transaction(each) for each in tap.by.values() if any(map(_REGISTERS.match, each)))
    turns.halt(place, "intake")
    tap.close()
    lines = [r"\set i :i + 1", r"\set n (1 + :client_id) * 1000000 + :i", *(f"{_own(each, number)};" for each in asked)]
    return "\n".join(lines) + "\n"


def _transaction(asked: list[str]) -> list[str]:
    """From the begin to the commit around the petition, without the pool's ping."""
    there = next(n for n, each in enumerate(asked) if _REGISTERS.match(each))
    begin = max(n for n in range(there) if asked[n].startswith("BEGIN"))
    end = next(n for n in range(there, len(asked)) if asked[n].startswith("COMMIT"))
    return [each for each in asked[begin : end + 1] if each != "SELECT 1"]


def _own(statement: str, number: str) -> str:
    """The statement on one line, its number and ids replaced by the transaction's own."""
    line = " ".join(statement.split()).replace(number, f"{number[:-6]}:n")
    line = line.replace(f", {int(number[-6:])}, 'registered'", ", :n, 'registered'")
    line = _HASHES.sub(":n", line)
    return _IDS.sub(lambda found: f"{found[0][:-8]}:n", line)


def over_http(place: Stack, token: str) -> float:
    """A second, by all clients."""
    done, until = [0] * CLIENTS, time.perf_counter() + SECONDS

    def run(which: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", place.ports["intake"])
        while time.perf_counter() < until:
            post(connection, token)
            done[which] += 1

    threads = [threading.Thread(target=run, args=(which,)) for which in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - begun)


def by_pgbench(place: Stack, script: Path, turn: int) -> float:
    """A second, by as many clients; `turn`: so that no number comes twice."""
    command = [str(database.program("pgbench")), "-n", "-f", str(script), "-c", str(CLIENTS), "-T", str(SECONDS)]
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


def main() -> int:
    asked = turns.arguments()
    place = template.fresh(asked.folder)
    token, script, turn = stack.token(place), asked.folder / "register.sql", count()
    for service in ("referral", "aid", "notify"):
        turns.halt(place, service)  # nobody is heard while one registration is taken from the wire
    script.write_text(statements(place, token))
    template.keep(place, "intake", COPY)
    stack.serve(place, "intake")
    ready(place)
    runners = {"ours": lambda: over_http(place, token), "limit": lambda: by_pgbench(place, script, next(turn))}
    found = turns.take(runners, ROUNDS, "件/秒")
    template.drop(place, COPY)
    template.forget(place)
    ours, limit = turns.spread(found["ours"]), turns.spread(found["limit"])
    ratio = turns.ratio(found["ours"], found["limit"])
    sys.stdout.write(f"为数据库同样语句的 {ratio['median']:.0%}\n")
    result = {"clients": CLIENTS, "rounds": ROUNDS, "unit": "registrations per second", "ours": ours, "limit": limit}
    turns.write(asked.json, "http", {**result, "ratio_to_limit": ratio})
    return 0


if __name__ == "__main__":
    sys.exit(main())
