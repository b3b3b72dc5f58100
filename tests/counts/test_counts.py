"""What the main path asks of the database, counted: it may become less without a word, and more only by a change here.

`counts.json` holds what each step costs one of fifty that come together: statements, round trips (with begin, commit,
savepoints and the pool's pings) and bytes of write-ahead log (rows and indexes, without the images of whole pages that
follow a checkpoint). Log bytes vary by some per cent with where rows fall.
"""

import importlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from authorization.placements import PLACED
from contracts.vocabulary import Channel, Kind, Line
from courier import waits
from courier.amqp import Delivery, Outgoing
from courier.envelope import Actor
from courier.inbox import Inbox
from courier.outbox import Relay
from courier.unit_of_work import ServiceContext
from intake.service import IntakeService
from intake.use_cases import petitions, registration
from referral.use_cases import directory
from service_kit import database as schema
from tests.counts.tap import Tap
from tests.trial import Desk
from tools.dev import database, stack
from tools.dev.stack import ROOT, Stack
from web.route import routes_of
from web.tokens import Officer

STORED = Path(__file__).parent / "counts.json"
TOGETHER = 50
WAL_VARIES = 1.10
OFFICER = Actor("A00", "900001", "all")
READ = next(each for each in routes_of(IntakeService) if each.path == "/petitions/<number>")
FIRST_OWN = 16384  # below it are the files of the catalogues
NAMES = ("intake", "referral", "notify")


@dataclass
class Tray:
    """Where a relay puts what it sends, instead of at a broker."""

    sent: list[Outgoing] = field(default_factory=list)

    def publish(self, batch: Sequence[Outgoing]) -> dict[str, str]:
        self.sent += batch
        return {}


@dataclass
class Counted:
    context: ServiceContext
    inbox: Inbox
    tap: Tap
    database: str
    tray: Tray = field(default_factory=Tray)

    def relay(self) -> None:
        relay = Relay(self.context, self.tray)  # type: ignore[arg-type]
        while relay.run_once():
            pass

    def hear(self, source: str, sent: Sequence[Outgoing]) -> None:
        self.inbox.take_events(source, [_delivery(source, each) for each in sent])

    def read(self, source: str, sent: Sequence[Outgoing]) -> None:
        self.inbox.take_letters([_delivery(source, each) for each in sent])


@dataclass
class Counting:
    services: dict[str, Counted]
    admin: Any
    found: dict[str, dict[str, float]] = field(default_factory=dict)

    def step(self, name: str, service: Counted, each: Callable[[], Any], times: int = TOGETHER) -> None:
        """Counts what `each` asks of the service's database, for one of `times`."""
        service.tap.asked.clear()
        begin = self._position()
        each()
        self.found[name] = {
            "statements": round(service.tap.statements() / times, 2),
            "round_trips": round(len(service.tap.asked) / times, 2),
            "wal": round(self._log(service.database, begin) / times),
        }

    def _position(self) -> str:
        return str(self._ask("SELECT pg_current_wal_insert_lsn()"))

    def _log(self, name: str, begin: str) -> int:
        """Of the database's own tables, written by transactions: whether autovacuum came by is not what is counted."""
        if self._ask("SELECT pg_current_wal_flush_lsn() <= %s::pg_lsn", (begin,)):
            return 0  # of nothing the server makes no list
        return int(
            self._ask(
                "SELECT coalesce(sum(record_length - fpi_length), 0)"
                " FROM pg_get_wal_records_info(%s, pg_current_wal_flush_lsn())"
                " WHERE block_ref LIKE '%%/' || (SELECT oid FROM pg_database WHERE datname = %s) || '/%%'"
                " AND xid <> '0' AND substring(block_ref from 'rel [0-9]+/[0-9]+/([0-9]+)')::bigint >= %s",
                (begin, name, FIRST_OWN),
            )
        )

    def _ask(self, query: str, values: Sequence[Any] = ()) -> Any:
        with self.admin.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchone()[0]


@pytest.fixture
def counting(system: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    """Three services in this process, each with a database of its own behind a tap."""
    # on a busy machine a connection rests between two steps for so long that it is pinged: that would be counted
    monkeypatch.setattr(waits, "CONNECTION_TRUSTED", 600.0)
    admin = psycopg2.connect(system.database_admin)
    admin.autocommit = True
    services = {}
    with admin.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
    for service in NAMES:
        name = f"counts_{service}_{uuid.uuid4().hex[:8]}"
        database.create(system.database_admin, name, "only-for-tests")
        address = make_url(system.database_admin).set(
            drivername="postgresql+psycopg2", database=name, username=name, password="only-for-tests"
        )
        schema.migrate(address.render_as_string(hide_password=False), ROOT / "services" / service / "migrations")
        tap = Tap(address.port or 5432)
        tapped = address.set(host="127.0.0.1", port=tap.port).update_query_dict({"sslmode": "disable"})
        environment = stack._environment(system, service)
        for key, value in (environment | {"DATABASE_URL": tapped.render_as_string(hide_password=False)}).items():
            monkeypatch.setenv(key, value)
        settings = importlib.import_module(f"{service}.settings").Settings.from_environment()
        given = importlib.import_module(f"{service}.service").config(settings)
        services[service] = Counted(given["context"], given["inbox"], tap, name)
    yield Counting(services, admin)
    for each in services.values():
        each.context.sessions.kw["bind"].dispose()
        each.tap.close()
        with admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {each.database} WITH (FORCE)")
            cursor.execute(f"DROP ROLE {each.database}")
    admin.close()


def test_the_main_path_asks_no_more_than_it_did(counting: Counting) -> None:
    """Registered, told to everyone, handed on, offered: no step costs more than what is stored."""
    referral = counting.services["referral"]
    with referral.context.begin(OFFICER) as work:
        directory.load(work, directory.read(stack.COUNTY / "agencies.yaml"))
    referral.relay()
    for name in ("intake", "notify"):
        counting.services[name].read("referral", _taken(referral, f"{name}.letters"))
    for times in (2, TOGETHER):  # the first ones pay for connections
        _walk(counting, times)
    stored = json.loads(STORED.read_text())
    more = {
        f"{step}: {what}": (stored.get(step, {}).get(what), value)
        for step, found in counting.found.items()
        for what, value in found.items()
        if value > stored.get(step, {}).get(what, 0) * (WAL_VARIES if what == "wal" else 1)
    }
    assert not more, f"{more}\nfound: {json.dumps(counting.found, indent=1)}"
    assert set(stored) == set(counting.found)


def _walk(counting: Counting, times: int) -> None:
    ours, referral, notify = (counting.services[name] for name in NAMES)
    numbers = []

    def register() -> None:
        for _ in range(times):
            with ours.context.begin(OFFICER) as work:
                numbers.append(registration.register(work, _claim()).number)

    def show() -> None:
        desk = Desk(IntakeService, ours.context)
        for number in numbers:
            assert desk.ask(Officer("A00", "900001", frozenset({"all"})), READ, {"number": number}).done

    def refer() -> None:
        for number in numbers:
            with ours.context.begin(OFFICER) as work:
                petitions.refer(work, number, "A09", "regulation_31", True)

    counting.step("intake registers", ours, register, times)
    counting.step("intake shows one", ours, show, times)
    counting.step("intake's relay sends what it said of one", ours, ours.relay, times)
    said = _taken(ours, "intake.events")
    registered = [each for each in said if each.routing_key == "petition.registered.v1"]
    placed = [each for each in said if each.routing_key == PLACED]
    clocks = [each for each in said if each.routing_key == "clock.started.v1"][:times]
    counting.step("referral hears of a registration", referral, lambda: referral.hear("intake", registered), times)
    counting.step("referral hears where it sits", referral, lambda: referral.hear("intake", placed), times)
    counting.step("referral hears what it does nothing about", referral, lambda: referral.hear("intake", clocks), times)
    counting.step("notify hears of a registration", notify, lambda: notify.hear("intake", registered), times)
    notify.hear("intake", clocks)
    counting.step("intake hands on", ours, refer, times)
    ours.relay()
    letters = _taken(ours, "referral.letters")
    counting.step("referral opens a letter and offers", referral, lambda: referral.read("intake", letters), times)
    counting.step("referral's relay sends an offer and its events", referral, referral.relay, times)
    sent = [each for each in _taken(referral, "referral.events") if each.routing_key.startswith("referral.")]
    counting.step("intake hears of a referral, drafted and sent", ours, lambda: ours.hear("referral", sent), times)


def _claim() -> registration.RegisterInput:
    return registration.RegisterInput(
        channel=Channel.VISIT,
        service_point="12309",
        received_on=None,
        received_reason=None,
        kind=Kind.CLAIM,
        line=Line.SUPPORT_PROSECUTION,
        title="请求支持起诉讨薪",
        statement="石桥安置房工地欠我们工资。",
        post_number=None,
        post_digest=None,
        place=None,
        group_size=1,
        secrecy=False,
        petitioner=None,
        respondents=(),
    )


def _taken(service: Counted, exchange: str) -> list[Outgoing]:
    """What was sent there, taken away."""
    taken = [each for each in service.tray.sent if each.exchange == exchange]
    service.tray.sent = [each for each in service.tray.sent if each.exchange != exchange]
    return taken


def _delivery(source: str, sent: Outgoing) -> Delivery:
    return Delivery("q", sent.exchange, sent.routing_key, source, sent.body, False, {})
