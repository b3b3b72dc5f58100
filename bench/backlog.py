"""The memory of each service while 100,000 registrations that nobody heard of are sent and applied.

`./dev bench backlog --json FILE`. They lie in intake's outbox; referral and notify apply them, intake sends them.
"""

import sys
import time
from pathlib import Path

import psycopg2
import requests
import turns

from tools.dev import processes, stack
from tools.dev.stack import Stack

PETITIONS, SERVICES = 100_000, ("intake", "referral", "notify")
# the registration that was just made, again and again under numbers of another year
FILL = """
CREATE TEMP TABLE new AS
SELECT n, %(prefix)s || lpad(n::text, 6, '0') AS subject, gen_random_uuid()::text AS id
FROM generate_series(1, %(petitions)s) AS n;
INSERT INTO petition
SELECT (jsonb_populate_record(old, jsonb_build_object('number', new.subject, 'year', %(year)s, 'serial', n))).*
FROM new, petition AS old WHERE old.number = %(number)s;
INSERT INTO events (subject, version, id, type, recorded_at, body, digest)
SELECT new.subject, 1, new.id, old.type, now(), convert_to(replace(replace(
    convert_from(old.body, 'UTF8'), old.subject, new.subject), old.id, new.id), 'UTF8'), old.digest
FROM new, events AS old WHERE old.subject = %(number)s AND old.version = 1;
INSERT INTO outbox (exchange, routing_key, subject, message_id, version)
SELECT 'intake.events', 'petition.registered.v1', subject, id, 1 FROM new;
"""


def ask(place: Stack, service: str, query: str, **values: object) -> int:
    # the owner: the service itself may not make a table, not even a temporary one
    connection = psycopg2.connect(place.owned(service).replace("+psycopg2", ""))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return int((cursor.fetchone() or (0,))[0]) if cursor.description else 0
    finally:
        connection.close()


def memory(place: Stack, service: str) -> float:
    """MiB that the process holds."""
    pid = processes.recorded(place.folder / "running" / service)
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(service)


def applied(place: Stack, service: str, prefix: str) -> int:
    query = "SELECT count(*) FROM lane WHERE starts_with(subject, %(prefix)s) AND applied = 1"
    return ask(place, service, query, prefix=prefix)


def main() -> int:
    asked = turns.arguments()
    place = stack.up(asked.folder)
    headers = {"Authorization": f"Bearer {stack.token(place)}", "Idempotency-Key": f"backlog-{time.time()}"}
    answer = requests.post(f"{place.url('intake')}/petitions", json=turns.CLAIM, headers=headers, timeout=10)
    answer.raise_for_status()
    for service in SERVICES:
        stack.leave(place, service)
    year = 1000 + int(time.time()) % 1000  # of each run its own
    prefix, number = f"信{year}-619926-", answer.json()["number"]
    ask(place, "intake", FILL, number=number, petitions=PETITIONS, prefix=prefix, year=year)
    for service in SERVICES:
        stack.serve(place, service)
    stack.wait(place)
    found: dict[str, list[float]] = {service: [] for service in SERVICES}
    begun, done = time.monotonic(), 0
    while done < PETITIONS:
        time.sleep(2)  # how often it is looked, not what is awaited
        for service in SERVICES:
            found[service].append(memory(place, service))
        done = min(applied(place, service, prefix) for service in ("referral", "notify"))
        sys.stdout.write(f"\r{done:>7,} / {PETITIONS:,}")
        sys.stdout.flush()
        if time.monotonic() - begun > 1800:
            raise SystemExit("the backlog did not drain in half an hour")
    seconds = time.monotonic() - begun
    sys.stdout.write(f"\n{PETITIONS / seconds:,.0f} 件/秒\n")
    rows = {}
    for service, values in found.items():
        tenth = max(1, len(values) // 10)
        rows[service] = {"first_tenth": max(values[:tenth]), "last_tenth": max(values[-tenth:]), "max": max(values)}
        sys.stdout.write(
            f"{service:<9} 起初 {rows[service]['first_tenth']:.1f}  最后 {rows[service]['last_tenth']:.1f}  "
            f"最高 {rows[service]['max']:.1f} MiB\n"
        )
    turns.write(asked.json, "backlog", {"petitions": PETITIONS, "seconds": round(seconds, 1), "unit": "MiB", **rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
