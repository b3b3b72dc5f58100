"""The end of a run, copied into one SQLite file that the checker reads: four databases, the broker, the partners."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import requests

from courier.amqp import connect
from tools.dev.stack import SERVICES, Stack

SCHEMA = """
CREATE TABLE event (service, subject, version, id, type, at, body, digest, PRIMARY KEY (service, subject, version));
CREATE TABLE lane (consumer, source, subject, applied, held);
CREATE TABLE inbox (consumer, kind, source, subject, version, message_id, type, state, reason);
CREATE TABLE outbox (service, exchange, subject, message_id, reason);
CREATE TABLE petition (number PRIMARY KEY, serial, state);
CREATE TABLE step (id INTEGER PRIMARY KEY, petition, type, data);
CREATE TABLE answer (petition, referral);
CREATE TABLE referral (number PRIMARY KEY, petition, agency, state);
CREATE TABLE custody (petition, seq, agency, since);
CREATE TABLE contact (petition);
CREATE TABLE aid_case (petition);
CREATE TABLE notice (id PRIMARY KEY, petition, about, cause, state, person);
CREATE TABLE queue (name PRIMARY KEY, length);
CREATE TABLE received (agency, id, type, about);
CREATE TABLE said (agency, id, type, about, sent);
CREATE TABLE sms (key PRIMARY KEY, state);
CREATE TABLE fact (name PRIMARY KEY, value);
"""
QUERIES = {
    "event": "SELECT '{service}', subject, version, id, type, extract(epoch from recorded_at)::float8, body, digest"
    " FROM events",
    "lane": "SELECT '{service}', source, subject, applied, held_at IS NOT NULL FROM lane",
    "inbox": "SELECT '{service}', kind, source, subject, version, message_id, type, state, reason FROM inbox"
    " WHERE state <> 'done'",
    "outbox": "SELECT '{service}', exchange, subject, message_id, reason FROM outbox",
}
OWN = {
    "intake": {
        "petition": "SELECT number, serial, state FROM petition",
        "step": "SELECT id, petition, type, data::text FROM step ORDER BY id",
        "answer": "SELECT petition, referral FROM answer",
    },
    "referral": {
        "referral": "SELECT number, petition, agency, state FROM referral",
        "custody": "SELECT petition, seq, agency, extract(epoch from since)::float8 FROM custody",
    },
    "notify": {
        "contact": "SELECT petition FROM contact",
        "notice": "SELECT id, petition, about, cause, state, person FROM notice",
    },
    "aid": {"aid_case": "SELECT petition FROM aid_case"},
}


def collect(stack: Stack, path: Path, agencies: tuple[str, ...]) -> None:
    """Writes `path`; what is there is replaced."""
    path.unlink(missing_ok=True)
    into = sqlite3.connect(path)
    into.executescript(SCHEMA)
    for service in SERVICES:
        connection = psycopg2.connect(stack.database(service).replace("+psycopg2", ""))
        for table, query in {**QUERIES, **OWN[service]}.items():
            _fill(into, table, _rows(connection, query.format(service=service)))
        connection.close()
    _fill(into, "queue", lengths(stack).items())
    for code in agencies:
        _agency(into, stack, code)
    provider = sqlite3.connect(stack.folder / "sms_provider" / "messages.sqlite")
    _fill(into, "sms", provider.execute("SELECT key, state FROM message"))
    provider.close()
    admin = psycopg2.connect(stack.database_admin)
    names = tuple(SERVICES)
    with admin.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(deadlocks), 0) FROM pg_stat_database WHERE datname IN %s", (names,))
        _fill(into, "fact", [("deadlocks", int(cursor.fetchone()[0]))])
    admin.close()
    into.commit()
    into.close()


def _rows(connection: Any, query: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor("reading") as cursor:
        cursor.itersize = 20_000
        cursor.execute(query)
        for row in cursor:
            yield tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)


def _fill(into: sqlite3.Connection, table: str, rows: Any) -> None:
    width = len(into.execute(f"PRAGMA table_info({table})").fetchall())
    into.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * width)})", rows)


def lengths(stack: Stack) -> dict[str, int]:
    """Messages ready in every queue, as the queue itself says: the management page's figures are seconds old."""
    names = [each["name"] for each in requests.get(f"{stack.management}/api/queues", timeout=30).json()]
    connection = connect(stack.amqp_admin)
    channel = connection.channel()
    found = {name: channel.queue_declare(name, passive=True).message_count for name in names}
    connection.close()
    return found


def _agency(into: sqlite3.Connection, stack: Stack, code: str) -> None:
    store = stack.folder / "agency" / f"{code}.sqlite"
    if not store.exists():
        return
    agency = sqlite3.connect(store)
    about = lambda body: (data := json.loads(body)["data"]).get("referral") or data.get("message")  # noqa: E731
    received = agency.execute("SELECT id, type, body FROM received").fetchall()
    _fill(into, "received", ((code, id_, type_, about(body)) for id_, type_, body in received))
    said = agency.execute("SELECT id, type, body, sent FROM outgoing ORDER BY n").fetchall()
    _fill(into, "said", ((code, id_, type_, about(body), sent) for id_, type_, body, sent in said))
    agency.close()
