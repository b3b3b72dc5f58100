"""A drained backlog, petition handed on → referral in the agency's queue: ours, two peers, and the limit by hand.

`./dev bench chain --json FILE`. In intake's outbox lie 1,000 petitions that were handed on: two events and a letter
each, its personal part encrypted to referral. The runner's intake sends them; its referral moves the events' lanes,
opens each letter, writes its claim, referral, data key, clock with three levels, three events, the sealed offer and
four rows of the outbox, and sends those: three events and the offer. Every runner finds the same databases and quorum
queues, writes the same rows (they are counted), commits synchronously, publishes with confirms and acknowledges after
the commit.

- ours: the services intake and referral as they are.
- faststream, nameko, dbos: bench/peers/chain_*.py, a message at a time, bench/handover.py for rows, bodies and ciphers;
  DBOS hands over from intake to referral by workflows in PostgreSQL.
- limit: bench/chain_limit.py, batches by hand.

The rate is taken between the first and the last twentieth of the arrivals; `p50_s`, `p99_s` are seconds after the first
arrival until that share of the offers was there. What would go back to intake is held off in
all (its queue is unbound), and notify and aid do not run.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import handover
import in_process
import template
import turns

from courier.amqp import connect
from intake.use_cases import petitions, registration
from tools.dev import peers, stack
from tools.dev.stack import Stack

PETITIONS, ROUNDS, AT_ONCE = 1000, 3, 50
HERE, SERVICES = Path(__file__).parent, ("intake", "referral")
PEERS = ("faststream", "nameko", "dbos")
WRITTEN = """
SELECT (SELECT count(*) FROM inbox WHERE state = 'done'), (SELECT count(*) FROM lane WHERE source = 'intake'),
    (SELECT sum(applied) FROM lane), (SELECT count(*) FROM referral WHERE state = 'sent'), (SELECT count(*) FROM clock),
    (SELECT count(*) FROM clock_level), (SELECT count(*) FROM events), (SELECT count(*) FROM handed),
    (SELECT count(*) FROM data_key), (SELECT count(*) FROM outbox)
"""


class Arrivals:
    """Moments at which offers came to the agency's queue, each id once."""

    def __init__(self, url: str):
        self.connection, self.came, self.running = connect(url), dict[str, float](), True
        self.connection.channel().basic_consume(handover.INBOX, callback=self._take, no_ack=True)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _take(self, message: Any) -> None:
        self.came.setdefault(message.properties["message_id"], time.perf_counter())

    def _run(self) -> None:
        while self.running:
            # a peer of minutes is outlived: who says nothing is taken for dead
            self.connection.heartbeat_tick()
            try:
                self.connection.drain_events(timeout=0.2)
            except TimeoutError:
                continue

    def stop(self) -> None:
        self.running = False
        self.thread.join()
        self.connection.close()

    def rate(self) -> float:
        """A second, between the first and the last twentieth."""
        moments = sorted(self.came.values())
        first, last = len(moments) // 20, len(moments) * 19 // 20
        return (last - first) / (moments[last] - moments[first])

    def seconds(self) -> tuple[float, float]:
        """After the first one: until half of them were there, and until 99 of a hundred."""
        moments = sorted(self.came.values())
        return tuple(moments[len(moments) * share // 100] - moments[0] for share in (50, 99))  # type: ignore[return-value]


class Bench:
    def __init__(self, place: Stack, python: Path):
        self.place, self.python = place, python
        self.rows: tuple[Any, ...] | None = None
        self.seconds: dict[str, list[tuple[float, float]]] = {}  # runner → p50 and p99 of each turn

    def prepare(self) -> None:
        """Registers, lets referral hear of it, hands everything on, and keeps both databases."""
        ours, numbers = in_process.start(self.place, "intake"), list[str]()
        for service in ("aid", "notify"):
            turns.halt(self.place, service)
        while len(numbers) < PETITIONS:
            with ours.context.begin(in_process.OFFICER) as work:
                numbers += [registration.register(work, in_process.CLAIM).number for _ in range(AT_ONCE)]
            turns.progress("登记", len(numbers), PETITIONS)
        heard = "SELECT count(*) >= %s FROM custody WHERE petition >= %s"

        def all_heard() -> bool:
            with template.asking(self.place.database("referral")) as cursor:
                cursor.execute(heard, (PETITIONS, numbers[0]))
                return bool(cursor.fetchone()[0])

        stack.until(all_heard, 120, "referral 没有收到登记", self.place.folder / "log" / "referral.log")
        for service in SERVICES:
            turns.halt(self.place, service)
        for first in range(0, PETITIONS, AT_ONCE):
            with ours.context.begin(in_process.OFFICER) as work:
                for number in numbers[first : first + AT_ONCE]:
                    petitions.refer(work, number, handover.AGENCY, "regulation_31", True)
            turns.progress("提请移交", first + AT_ONCE, PETITIONS)
        ours.leave()
        for service in SERVICES:
            template.keep(self.place, service, f"chain_{service}")

    def ours(self) -> float:
        def begin() -> None:
            stack.serve(self.place, "referral")
            ready = lambda: stack._is_ready(self.place.url("referral"))  # noqa: E731
            stack.until(ready, 30, "referral 没有就绪", self.place.folder / "log" / "referral.log")
            stack.serve(self.place, "intake")

        return self._turn("ours", begin, lambda: [turns.halt(self.place, service) for service in SERVICES])

    def hand(self, name: str, python: str) -> Callable[[], float]:
        """A turn of `chain_<name>`, a program that is called with the service it stands for."""
        program = HERE / ("peers" if name in PEERS else "") / f"chain_{name}.py"

        def turn() -> float:
            running: list[subprocess.Popen[str]] = []

            def begin() -> None:
                running.extend(self._start(program, python, service) for service in reversed(SERVICES))

            def end() -> None:
                for process in running:
                    process.kill()
                    process.wait()

            return self._turn(name, begin, end)

        return turn

    def _start(self, program: Path, python: str, service: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{HERE}:{os.environ['PYTHONPATH']}",
            "AMQP": self.place.amqp(service),
            "DATABASE": self.place.database(service).replace("+psycopg2", ""),
            "DATABASE_ADMIN": self.place.database_admin,
            "KEYS": str(self.place.folder / "keys" / f"{service}.keys.json"),
        }
        log = (self.place.folder / "log" / f"{program.stem}-{service}.log").open("w")
        process = subprocess.Popen(
            [python, program, service], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        if process.stdout is None or process.stdout.readline().strip() != handover.READY:
            process.kill()
            raise SystemExit(f"{program.name} did not start: {Path(log.name).read_text()[-2000:]}")
        return process

    def _turn(self, name: str, begin: Callable[[], None], end: Callable[[], Any]) -> float:
        for service in SERVICES:
            template.restore(self.place, f"chain_{service}", service)
        template.empty(self.place)
        arrivals = Arrivals(self.place.amqp(handover.AGENCY))
        try:
            begin()
            deadline = time.monotonic() + 180
            while not self._is_done(arrivals):
                if time.monotonic() > deadline:
                    raise SystemExit(f"{len(arrivals.came)} of {PETITIONS} arrived")
                time.sleep(0.2)  # how often it is looked: the moments are the arrivals' own
        finally:
            arrivals.stop()
            end()
        self._compare()
        self.seconds.setdefault(name, []).append(arrivals.seconds())
        return arrivals.rate()

    def waits(self, name: str) -> dict[str, float]:
        """Medians of the turns that count."""
        half, most = zip(*self.seconds[name][1:], strict=True)
        return {"p50_s": round(statistics.median(half), 2), "p99_s": round(statistics.median(most), 2)}

    def _is_done(self, arrivals: Arrivals) -> bool:
        if len(arrivals.came) < PETITIONS:
            return False
        with template.asking(self.place.database("referral")) as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM outbox), (SELECT sum(applied) FROM lane)")
            unsent, applied = cursor.fetchone()
        return unsent == 0 and (self.rows is None or applied >= self.rows[2])

    def _compare(self) -> None:
        """Every runner wrote as many rows of each table as the first did, which is ours."""
        with template.asking(self.place.database("referral")) as cursor:
            cursor.execute(WRITTEN)
            rows = cursor.fetchone()
        self.rows = self.rows or rows
        if rows != self.rows:
            raise SystemExit(f"rows written: {rows}, by ours: {self.rows}")


def hold_back(place: Stack) -> None:
    """What would go back to intake: the chain ends at the agency. The next `up` binds it again."""
    connection = connect(place.amqp_admin)
    connection.channel().queue_unbind("intake.events.referral", "referral.events", "#")
    connection.close()


def main() -> int:
    asked = turns.arguments()
    python = peers.python(asked.folder, HERE / "peers" / "requirements-chain.txt")
    place = template.fresh(asked.folder)
    bench = Bench(place, python)
    bench.prepare()
    hold_back(place)
    runners = {"ours": bench.ours}
    runners |= {name: bench.hand(name, str(python)) for name in PEERS}
    runners["limit"] = bench.hand("limit", sys.executable)
    found = turns.take(runners, ROUNDS, "件/秒")
    template.forget(place)
    spread = {name: turns.spread(values) | bench.waits(name) for name, values in found.items()}
    better = max(PEERS, key=lambda name: spread[name]["median"])
    # round by round, beside the better peer of that round: a busy minute is then everybody's
    to_peer = turns.ratio(found["ours"], [max(each) for each in zip(*(found[name] for name in PEERS), strict=True)])
    to_limit = turns.ratio(found["ours"], found["limit"])
    sys.stdout.write(f"为较快对照的 {to_peer['median']} 倍，为手写批量的 {to_limit['median']:.0%}\n")
    result = {
        "petitions": PETITIONS,
        "rounds": ROUNDS,
        "unit": "petitions per second",
        "ours": spread["ours"],
        "peer": spread[better] | {"name": better},
        "limit": spread["limit"],
        "ratio_to_peer": to_peer,
        "ratio_to_limit": to_limit,
        "peers": {name: spread[name] for name in PEERS},
        "versions": peers.versions(python),
    }
    turns.write(asked.json, "chain", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
