"""A registration by HTTP and all that the four services make of it, a second, on these cores alone.

`./dev bench whole --json FILE`. Four clients register for some seconds; the time runs until every event is applied by
whoever hears it and every SMS has the provider's receipt. BEFORE, the folder of another checkout: its services take
turns with ours on the same databases, which are ours (older code runs on a newer schema), to be compared in one run.
"""

import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
import template
import turns
from registering import CLAIM, CLIENTS, post

from contracts.routes import ROUTES
from tools.dev import processes, stack, supervisor
from tools.dev.stack import Stack

SECONDS, ROUNDS = int(os.environ.get("WHOLE_SECONDS", "15")), int(os.environ.get("WHOLE_ROUNDS", "5"))
_phones = count()
LONGEST = 120  # seconds until all is settled
_SAID = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM outbox)"
_HEARD = "SELECT coalesce(sum(applied), 0)::int FROM lane WHERE source = %s"
_ON_THEIR_WAY = "SELECT count(*) FROM notice WHERE carrier = 'provider' AND state IN ('planned', 'sending', 'sent')"
_TRANSACTIONS = "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE datname = %s"


class Looking:
    """A connection to each service's database."""

    def __init__(self, cursors: dict[str, Any]):
        self.cursors = cursors

    def settled(self) -> bool:
        """Nothing is listed to be sent, every event is applied by whoever hears it, and no notice is on its way."""
        said = dict[str, int]()
        for service, cursor in self.cursors.items():
            cursor.execute(_SAID)
            said[service], unsent = cursor.fetchone()
            if unsent:
                return False
        for service, route in ROUTES.items():
            for source in route.events_of:
                if said[source] != self.ask(service, _HEARD, source):
                    return False
        return bool(self.ask("notify", _ON_THEIR_WAY) == 0)

    def ask(self, service: str, query: str, *values: Any) -> Any:
        self.cursors[service].execute(query, values)
        return self.cursors[service].fetchone()[0]


@contextmanager
def looking(place: Stack) -> Iterator[Looking]:
    with ExitStack() as all_:
        cursors = {}
        for service in ROUTES:
            url = place.database_admin.rpartition("/")[0] + f"/{service}"
            connection = all_.enter_context(closing(psycopg2.connect(url)))
            connection.autocommit = True
            cursors[service] = connection.cursor()
        yield Looking(cursors)


class Side:
    """The four services of one checkout; what each took for one petition, turn by turn."""

    def __init__(self, place: Stack, checkout: Path):
        self.place, self.token = place, stack.token(place)
        self.python = interpreter(checkout)
        self.transactions, self.processor = list[dict[str, float]](), list[dict[str, float]]()

    def turn(self) -> float:
        """Starts them, registers, waits until all is settled, halts them. Petitions a second."""
        for service in stack.SERVICES:
            environment = stack._base() | stack._environment(self.place, service)
            supervisor.want(self.place.folder, service, [str(self.python), "-m", service, "serve"], environment)
        stack.wait(self.place)
        with looking(self.place) as look:
            stack.until(look.settled, LONGEST, "开始前没有办完", self.place.folder / "log" / "notify.log")
            before = {service: look.ask(service, _TRANSACTIONS, service) for service in stack.SERVICES}
            used, begun = self._used(), time.perf_counter()
            count = register(self.place, self.token)
            while not look.settled():
                if time.perf_counter() - begun > SECONDS + LONGEST:
                    raise SystemExit(f"{LONGEST} 秒后仍没有办完")
                time.sleep(0.05)
            took, spent = time.perf_counter() - begun, self._used()
            for service in stack.SERVICES:  # each tells what it did, at the latest when it ends
                turns.halt(self.place, service)
            done = {service: look.ask(service, _TRANSACTIONS, service) for service in stack.SERVICES}
        self.transactions.append({name: (done[name] - before[name]) / count for name in done})
        self.processor.append({name: 1000 * (spent[name] - used[name]) / count for name in spent})
        return count / took

    def _used(self) -> dict[str, float]:
        """Seconds of the processor that each service has had: the same however busy the machine is."""
        found = {}
        for service in stack.SERVICES:
            pid = processes.recorded(self.place.folder / "running" / service)
            values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[service] = (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")
        return found


def median(turns_: list[dict[str, float]]) -> dict[str, float]:
    """By service, of the turns that count."""
    return {name: round(float(statistics.median(each[name] for each in turns_[1:])), 1) for name in turns_[0]}


def interpreter(checkout: Path) -> Path:
    """Its own environment's, made if it is not there."""
    if not (checkout / ".venv" / "bin" / "python").exists():
        subprocess.run([checkout / "dev", "check"], cwd=checkout, capture_output=True)
    return checkout / ".venv" / "bin" / "python"


def register(place: Stack, token: str) -> int:
    """How many were registered meanwhile."""
    done, until = [0] * CLIENTS, time.perf_counter() + SECONDS

    def run(which: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", place.ports["intake"])
        while time.perf_counter() < until:
            # a phone has so many messages a day: not all have the same
            person = {"name": "石大川", "phone": f"199{which:02}{next(_phones):06}", "sms_consent": True}
            post(connection, token, {**CLAIM, "petitioner": person})
            done[which] += 1

    threads = [threading.Thread(target=run, args=(which,)) for which in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


def main() -> int:
    asked = turns.arguments()
    place = template.fresh(asked.folder)
    for service in stack.SERVICES:
        turns.halt(place, service)
    sides = {"ours": Side(place, stack.ROOT)}
    if "BEFORE" in os.environ:
        sides["before"] = Side(place, Path(os.environ["BEFORE"]).resolve())
    runners: dict[str, Callable[[], float]] = {name: side.turn for name, side in sides.items()}
    found = turns.take(runners, ROUNDS, "件/秒")
    template.forget(place)
    result: dict[str, Any] = {"clients": CLIENTS, "rounds": ROUNDS, "seconds": SECONDS, "unit": "petitions per second"}
    for name, side in sides.items():
        each = {"transactions": median(side.transactions), "processor_ms": median(side.processor)}
        result |= {name: turns.spread(found[name]), f"{name}_each": each}
        sys.stdout.write(f"{name}：每件事务数 {each['transactions']}，处理器毫秒 {each['processor_ms']}\n")
    if "before" in sides:
        result["ratio"] = turns.ratio(found["ours"], found["before"])
        sys.stdout.write(f"为以前的 {result['ratio']['median']} 倍\n")
    turns.write(asked.json, "whole", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
