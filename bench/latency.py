"""From a service's commit to the delivery at the next one, at light load; and what registering by HTTP takes.

`./dev bench latency --json FILE`. A queue beside those of the other services takes part in what intake says; PostgreSQL
tells when each event was committed (`track_commit_timestamp`), so both ends are read from one machine's clock.
"""

import os
import signal
import statistics
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import amqp
import psycopg2
import requests
import turns

from courier.amqp import connect
from tools.dev import database, processes, stack
from tools.dev.stack import Stack

PETITIONS, EACH, ROUNDS, QUEUE = 200, 0.1, 3, "bench.latency"


class Probe:
    """Takes what intake says from a queue of its own. `came`: message id → seconds since the epoch."""

    def __init__(self, url: str):
        self.came: dict[str, float] = {}
        self.connection = connect(url)
        channel = self.connection.channel()
        arguments = {"x-queue-type": "quorum"}
        channel.queue_declare(QUEUE, durable=True, auto_delete=False, arguments=arguments)
        channel.queue_bind(QUEUE, "intake.events", "#")
        channel.basic_consume(QUEUE, no_ack=True, callback=self._take)
        self.going = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _take(self, message: amqp.Message) -> None:
        self.came[message.properties["message_id"]] = time.time()

    def _run(self) -> None:
        while self.going:
            try:
                self.connection.drain_events(timeout=0.5)
            except TimeoutError:
                self.connection.heartbeat_tick()

    def stop(self) -> None:
        self.going = False
        self.thread.join()
        self.connection.close()


def with_commit_times(folder: Path) -> Stack:
    """The whole system, on a database that remembers when each transaction was committed."""
    place = stack.servers(folder)
    connection = psycopg2.connect(place.database_admin)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    connection.close()
    pid = processes.recorded(folder / "running" / "postgres")
    assert pid is not None
    os.kill(pid, signal.SIGINT)  # its supervisor starts it again
    stack.until(lambda: _remembers(place.database_admin), 60, "数据库没有重新启动", folder / "log" / "postgres.log")
    return stack.up(folder)


def _remembers(url: str) -> bool:
    if not database.is_up(url):
        return False
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute("SHOW track_commit_timestamp")
        on: bool = cursor.fetchone() == ("on",)
    connection.close()
    return on


def once(place: Stack, token: str) -> dict[str, float]:
    """Milliseconds: from commit to delivery, and for a registration by HTTP."""
    probe, asked = Probe(place.amqp_admin), list[float]()
    connection = psycopg2.connect(place.database("intake").replace("+psycopg2", ""))
    with connection.cursor() as cursor, requests.Session() as window:
        window.headers["Authorization"] = f"Bearer {token}"
        cursor.execute("SELECT now()")
        since = cursor.fetchone()
        due = time.monotonic()
        for _ in range(PETITIONS):
            due += EACH
            time.sleep(max(0.0, due - time.monotonic()))
            begun = time.perf_counter()
            key = {"Idempotency-Key": uuid.uuid4().hex}
            answer = window.post(f"{place.url('intake')}/petitions", json=turns.CLAIM, headers=key, timeout=10)
            asked.append(1000 * (time.perf_counter() - begun))
            answer.raise_for_status()
        query = (
            "SELECT id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM events"
            " WHERE recorded_at > %s AND type = 'petition.registered.v1'"
        )
        connection.commit()
        cursor.execute(query, since)
        committed = {id_: float(moment) for id_, moment in cursor.fetchall()}
    connection.close()
    deadline = time.monotonic() + 10
    while not committed.keys() <= probe.came.keys() and time.monotonic() < deadline:
        time.sleep(0.05)
    probe.stop()
    if len(committed) != PETITIONS or not committed.keys() <= probe.came.keys():
        raise SystemExit(f"{len(committed)} committed, {len(committed.keys() & probe.came.keys())} delivered")
    delivered = [1000 * (probe.came[id_] - moment) for id_, moment in committed.items()]
    return {
        "delivery_p50": percentile(delivered, 50),
        "delivery_p99": percentile(delivered, 99),
        "register_p50": percentile(asked, 50),
        "register_p99": percentile(asked, 99),
    }


def percentile(values: list[float], which: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[which - 1]


def main() -> int:
    asked = turns.arguments()
    place = with_commit_times(asked.folder)
    token, found = stack.token(place), list[dict[str, float]]()
    once(place, token)  # warms up
    for turn in range(1, ROUNDS + 1):
        found.append(once(place, token))
        sys.stdout.write(
            f"第 {turn} 轮  " + "  ".join(f"{name} {value:.1f}" for name, value in found[-1].items()) + " 毫秒\n"
        )
    result: dict[str, Any] = {name: turns.spread([each[name] for each in found]) for name in found[0]}
    turns.write(asked.json, "latency", {"unit": "ms", "petitions": PETITIONS, "per_second": 1 / EACH, **result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
