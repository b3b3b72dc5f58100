"""Outbox rows confirmed per second: ours, faststream-outbox tuned, and raw pipelined publishing as the limit.

`./dev bench relay --json FILE`. The same rows and bodies, quorum queue, confirms, synchronous commits; each runner is a
process of its own and takes its turn in every round.
"""

import os
import secrets
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import turns
from sqlalchemy.engine import make_url

from courier import tables
from courier.amqp import connect
from tools.dev import database, peers, stack

ROWS, ROUNDS, EXCHANGE, QUEUE = 10_000, 5, "bench.events", "bench.events"
HERE = Path(__file__).parent
BODY = '{"specversion":"1.0","source":"/619926/intake","data":"' + "枫" * 200 + '"}'

# two events of each subject, as a registration makes
FILL = """
INSERT INTO events (subject, version, id, type, recorded_at, body, digest)
SELECT 'bench-' || n / 2, %(run)s * 2 + n %% 2 + 1, gen_random_uuid(), 'petition.registered.v1', now(),
    convert_to(%(body)s, 'UTF8'), '' FROM generate_series(0, %(rows)s - 1) AS n;
INSERT INTO outbox (exchange, routing_key, subject, message_id, version)
SELECT %(exchange)s, type, subject, id, version FROM events WHERE version > %(run)s * 2 ORDER BY version, subject;
"""
FILL_PEER = """
INSERT INTO peer_outbox (queue, payload) SELECT 'relay', convert_to(%(body)s, 'UTF8')
FROM generate_series(1, %(rows)s);
"""


class Bench:
    def __init__(self, place: stack.Stack, python: Path):
        self.amqp, self.python, self.run = place.amqp_admin, python, 0
        name = "bench_relay"
        with closing(psycopg2.connect(place.database_admin)) as admin:
            admin.autocommit = True
            admin.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        password = secrets.token_urlsafe(18)
        database.create(place.database_admin, name, password)
        url = make_url(place.database_admin).set(database=name, username=name, password=password)
        self.database = url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
        self.peer_database = url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
        self.connection = psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        self.connection.autocommit = True
        self.ask(tables.DDL_1 + tables.DDL_2)
        self.peer("prepare")
        self.broker = connect(self.amqp)
        self.channel = self.broker.channel()
        self.channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
        arguments = {"x-queue-type": "quorum"}
        self.channel.queue_declare(QUEUE, durable=True, auto_delete=False, arguments=arguments)
        self.channel.queue_bind(QUEUE, EXCHANGE, "#")
        self.channel.queue_purge(QUEUE)  # what a run that was broken off left

    def ask(self, query: str, **values: object) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(query, values or None)

    def peer(self, *arguments: str) -> float:
        return self._seconds([str(self.python), str(HERE / "peers" / "relay.py"), *arguments], self.peer_database)

    def ours(self) -> float:
        self.run += 1
        self.ask(FILL, run=self.run, rows=ROWS, body=BODY, exchange=EXCHANGE)
        return self._rate([sys.executable, str(HERE / "relay_ours.py")], self.database)

    def theirs(self) -> float:
        self.ask(FILL_PEER, rows=ROWS, body=BODY)
        return self._rate([str(self.python), str(HERE / "peers" / "relay.py"), "run", EXCHANGE], self.peer_database)

    def limit(self) -> float:
        return self._rate([sys.executable, str(HERE / "relay_limit.py"), str(ROWS), EXCHANGE, BODY], self.database)

    def _rate(self, command: list[str], url: str) -> float:
        self.ask("VACUUM ANALYZE")
        seconds = self._seconds(command, url)
        arrived = self.channel.queue_purge(QUEUE)
        if arrived != ROWS:
            raise SystemExit(f"{command[1]}: {arrived} of {ROWS} arrived")
        return ROWS / seconds

    def _seconds(self, command: list[str], url: str) -> float:
        environment = {**os.environ, "DATABASE": url, "AMQP": self.amqp}
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        if result.returncode:
            raise SystemExit(result.stdout + result.stderr)
        return float(result.stdout.split()[-1]) if result.stdout.split() else 0.0


def main() -> int:
    asked = turns.arguments()
    bench = Bench(stack.servers(asked.folder), peers.python(asked.folder, HERE / "peers" / "requirements.txt"))
    found = turns.take({"ours": bench.ours, "peer": bench.theirs, "limit": bench.limit}, ROUNDS, "行/秒")
    ours, peer, limit = (turns.spread(found[name]) for name in ("ours", "peer", "limit"))
    to_peer, to_limit = (turns.ratio(found["ours"], found[name]) for name in ("peer", "limit"))
    sys.stdout.write(f"为 faststream-outbox 的 {to_peer['median']} 倍，为直接流水发布的 {to_limit['median']:.0%}\n")
    result = {
        "rows": ROWS,
        "rounds": ROUNDS,
        "unit": "rows per second",
        "ours": ours,
        "peer": peer,
        "limit": limit,
        "ratio_to_peer": to_peer,
        "ratio_to_limit": to_limit,
        "versions": peers.versions(bench.python),
    }
    turns.write(asked.json, "relay", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
