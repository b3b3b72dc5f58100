"""The whole system on one machine with everything in reach that can break; what breaks is healed and waited for."""

import contextlib
import json
import os
import random
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import amqp
import psycopg2
import requests

from contracts.routes import ROUTES
from courier.amqp import BROKER_FAULTS, connect
from tests.faults import checker, points, state
from tests.faults.history import History
from tests.faults.load import AGENCY, Load
from tests.faults.proxy import Proxy
from tools.dev import broker, processes, stack, supervisor
from tools.dev.stack import SERVICES, Stack

GRACE = 30.0  # what a service may take to end: its own bound, and what the machine needs
THROUGH_PROXY = ("referral", "notify")
OTHER = "A13"  # an agency that hears and never answers


@dataclass
class Field:
    """`folder` is emptied first. `bugs`: service → names of seeded bugs. `copies` of each service run."""

    folder: Path
    seed: int
    bugs: Mapping[str, str] = field(default_factory=dict)
    copies: int = 1
    proxied: bool = True
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # service → settings of its own
    broker_host: str | None = None  # the one of several that the partners know

    def __post_init__(self) -> None:
        stack.down(self.folder / "system")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.random = random.Random(self.seed)
        self.history = History(self.folder / "history.jsonl")
        self.proxies: dict[str, Proxy] = {}
        (self.folder / "armed").mkdir()
        try:
            self._start()
        except BaseException:
            self._end()
            raise

    def _start(self) -> None:
        # the load is of a county in an hour, from one agency
        settings = {"EARLY_HELD": "20", "OUTSIDER_MESSAGES_HOURLY": "1000000"}
        self.stack: Stack = stack.prepare(self.folder / "system", progress=lambda _: None, settings=settings)
        if self.proxied:
            for name, behind in (("broker", "amqp"), ("database", "postgres")):
                self.proxies[name] = Proxy(stack.port(self.stack, f"{name}-proxy"), self.stack.ports[behind])
        for service in SERVICES:
            self.serve(service)
        self._play()
        self.history.write("begin", seed=self.seed, bugs=dict(self.bugs), copies=self.copies)
        stack.wait(self.stack)
        self.load = Load(self.stack, self.history, self.seed)

    # -- the system --------------------------------------------------------------------------------------------------

    def serve(self, service: str) -> None:
        """Runs the copies of a service under the launcher, from now on."""
        settings = {"FAULTS_FOLDER": str(self.folder / "armed"), "FAULTS_BUGS": self.bugs.get(service, "")}
        if self.proxied and service in THROUGH_PROXY:
            settings |= {
                "AMQP_URL": self.stack.amqp(service).replace(
                    f":{self.stack.ports['amqp']}/", f":{self.proxies['broker'].port}/"
                ),
                "DATABASE_URL": self.stack.database(service).replace(
                    f":{self.stack.ports['postgres']}/", f":{self.proxies['database'].port}/"
                ),
            }
        settings |= dict(self.settings.get(service, {}))
        for copy in range(1, self.copies + 1):
            stack.serve(self.stack, service, settings, ["tests.faults.launch"], copy)

    def _play(self) -> None:
        """The example system plays the agency that answers."""
        program, environment = stack.agency_program(self.stack, AGENCY)
        if self.broker_host:
            before, _, after = environment["AGENCY_AMQP_URL"].partition("@")
            place = f"{self.broker_host}:5672/{after.partition('/')[2]}"
            environment["AGENCY_AMQP_URL"] = f"{before}@{place}"
        command = [*program, "--pause", "0"]
        supervisor.want(self.stack.folder, f"agency-{AGENCY}", command, stack._base() | environment)

    def names(self, service: str) -> list[str]:
        return [service, *(f"{service}-{copy}" for copy in range(2, self.copies + 1))]

    def pid(self, name: str) -> int | None:
        return processes.recorded(self.stack.folder / "running" / name)

    def signal(self, name: str, what: signal.Signals) -> bool:
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)
            return True
        return False

    def kill(self, name: str) -> None:
        self.signal(name, signal.SIGKILL)

    def ready(self, seconds: float = 60) -> None:
        """Waits until every service says that it can work, broker and database included."""
        for service in SERVICES:
            self.until(f"{service} ready", lambda service=service: self._is_ready(service), seconds)  # type: ignore[misc]

    def _is_ready(self, service: str) -> bool:
        with contextlib.suppress(requests.RequestException, ValueError, KeyError):
            page = requests.get(f"{self.stack.url(service)}/health/ready", timeout=5).json()
            return page["status"] in {"ready", "degraded"}
        return False

    @staticmethod
    def until(what: str, look: Callable[[], Any], seconds: float = 60) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not seen in {seconds:.0f} s: {what}")
            time.sleep(0.05)
        return found

    # -- the end -----------------------------------------------------------------------------------------------------

    def settle(self, seconds: float = 120) -> list[checker.Violation]:
        """No new petitions, everything healed, the backlog drained; what the checker says of it."""
        self.load.stop()
        begun = time.monotonic()
        finished = self.load.finish(seconds)
        drained = self._drains(seconds - (time.monotonic() - begun) if finished else 0)
        self.history.write("drain", seconds=round(time.monotonic() - begun, 1) if finished and drained else None)
        self.probe()
        self.history.write("end")
        state.collect(self.stack, self.folder / "state.sqlite", (AGENCY, OTHER))
        return checker.check(self.folder / "history.jsonl", self.folder / "state.sqlite")

    def _drains(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            # twice: what was sent between two looks is seen by the second
            for _ in range(2):
                self.until("drained", self._is_drained, max(seconds, 5))
            return True
        return False

    def _is_drained(self) -> bool:
        queues = state.lengths(self.stack)
        if any(n for name, n in queues.items() if not name.endswith(".inbox")) or queues.get(f"agency.{AGENCY}.inbox"):
            return False
        ends: dict[str, tuple[int, int]] = {}
        for service in SERVICES:
            for query, what in (
                ("SELECT count(*) FROM outbox", "outbox"),
                ("SELECT count(*) FROM inbox WHERE state IN ('waiting', 'retry')", "inbox"),
            ):
                if self.ask(service, query):
                    ends[what] = (1, 1)
        if ends:
            return False
        open_ = "SELECT count(*) FROM notice WHERE state IN ('planned', 'sending', 'sent', 'unknown')"
        if self.ask("notify", open_):
            return False
        versions = {service: self.ask(service, "SELECT count(*) FROM events") for service in SERVICES}
        for consumer, route in ROUTES.items():
            for source in route.events_of:
                query = f"SELECT coalesce(sum(applied), 0) FROM lane WHERE source = '{source}'"
                if self.ask(consumer, query) != versions[source]:
                    return False
        return True

    def ask(self, service: str, query: str) -> Any:
        """One value of a service's database, past any proxy and as its owner: a scenario may add a trigger."""
        connection = psycopg2.connect(self.stack.owned(service).replace("+psycopg2", ""))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                row = cursor.fetchone() if cursor.description else None
                return row[0] if row else None
        finally:
            connection.close()

    def probe(self) -> None:
        """Whether an agency can look into another's queue."""
        for user, queue in ((AGENCY, f"agency.{OTHER}.inbox"), (AGENCY, "notify.phone"), (OTHER, "referral.letters")):
            with opened(self.stack.amqp(user)) as connection:
                try:
                    connection.channel().basic_get(queue)
                    outcome = "taken"
                except amqp.exceptions.AccessRefused:
                    outcome = "refused"
            self.history.write("probe", user=user, what=f"read {queue}", outcome=outcome)

    def close(self) -> None:
        self.load._finished = True
        self._end()

    def _end(self) -> None:
        for proxy in self.proxies.values():
            proxy.heal()
            proxy.close()
        stack.down(self.folder / "system")
        self.history.close()

    # -- faults: each injects, holds, heals ----------------------------------------------------------------------------

    def arm(self, service: str, point: str) -> Path:
        """The file that is gone once the service died there."""
        file = self.folder / "armed" / f"{service}.{point}"
        file.touch()
        return file

    def disarm(self) -> None:
        for file in (self.folder / "armed").iterdir():
            file.unlink(missing_ok=True)

    def crash(self) -> None:
        """A service dies at a border of its work."""
        service = self.random.choice(SERVICES[:2] + SERVICES[3:])
        point = self.random.choice(points.of(service))
        armed = self.arm(service, point)
        with contextlib.suppress(TimeoutError):
            self.until("died", lambda: not armed.exists(), 4)
        armed.unlink(missing_ok=True)

    def kill_service(self) -> None:
        self.kill(self.random.choice(self.names(self.random.choice(SERVICES))))

    def kill_outsider(self) -> None:
        self.kill(self.random.choice([f"agency-{AGENCY}", "sms_provider"]))

    def stop_service(self) -> None:
        """SIGTERM with work in flight; it must end in time."""
        service = self.random.choice(SERVICES)
        pid, begun = self.pid(service), time.monotonic()
        if pid is None or not self.signal(service, signal.SIGTERM):
            return
        started = processes.started_at(pid)
        with contextlib.suppress(TimeoutError):
            self.until("ended", lambda: processes.started_at(pid) != started, GRACE + 10)
        self.history.write("stopped", service=service, seconds=round(time.monotonic() - begun, 1), grace=GRACE)

    def sleep_service(self) -> None:
        """SIGSTOP; its connections are taken away and its messages given to others; then it wakes and goes on."""
        service = self.random.choice(SERVICES[:2] + SERVICES[3:])
        if not self.signal(service, signal.SIGSTOP):
            return
        try:
            time.sleep(1)
            self.cut(service)
            time.sleep(2)
        finally:
            self.signal(service, signal.SIGCONT)

    def cut(self, user: str | None = None) -> None:
        """The broker closes every connection of a user, in the middle of whatever it does."""
        user = user or self.random.choice([*SERVICES, AGENCY])
        for connection in requests.get(f"{self.stack.management}/api/connections", timeout=10).json():
            if connection.get("user") == user:
                name = requests.utils.quote(connection["name"], safe="")
                requests.delete(f"{self.stack.management}/api/connections/{name}", timeout=10)

    def kill_broker(self) -> None:
        self.kill("rabbitmq")
        self._broker_back()

    def stop_broker(self) -> None:
        self.signal("rabbitmq", signal.SIGTERM)
        self._broker_back()

    def _broker_back(self) -> None:
        time.sleep(0.5)
        admin = self.stack.passwords["admin"]
        self.until("the broker back", lambda: broker.is_up(self.stack.ports, admin), 60)

    def stop_database(self) -> None:
        """An immediate stop: no checkpoint, recovery from the log."""
        self.signal("postgres", signal.SIGQUIT)
        time.sleep(0.5)
        from tools.dev import database

        self.until("the database back", lambda: database.is_up(self.stack.database_admin), 60)

    def end_sessions(self) -> None:
        """pg_terminate_backend, again and again for two seconds."""
        until = time.monotonic() + 2
        while time.monotonic() < until:
            with contextlib.suppress(psycopg2.Error):
                connection = psycopg2.connect(self.stack.database_admin)
                with connection.cursor() as cursor:
                    query = (
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN %s AND random() < .5"
                    )
                    cursor.execute(query, (tuple(SERVICES),))
                connection.close()
            time.sleep(0.1)

    def block_broker(self) -> None:
        """A memory alarm: publishers are held up, consumers go on."""
        broker.control(self.stack.folder, self.stack.ports, "set_vm_memory_high_watermark", "absolute", "1MB")
        try:
            time.sleep(3)
        finally:
            broker.control(self.stack.folder, self.stack.ports, "set_vm_memory_high_watermark", "0.4")

    def fill_disk(self) -> None:
        """A disk alarm: the same, for want of room."""
        broker.control(self.stack.folder, self.stack.ports, "set_disk_free_limit", "1000GB")
        try:
            time.sleep(3)
        finally:
            broker.control(self.stack.folder, self.stack.ports, "set_disk_free_limit", "200MB")

    def break_link(self) -> None:
        """A link of a service to its broker or database is reset, stalls, or loses what is said to it."""
        proxy = self.proxies[self.random.choice(sorted(self.proxies))]
        how = self.random.choice(["reset", "stall", "deafen"])
        getattr(proxy, how)()
        try:
            time.sleep(0 if how == "reset" else self.random.uniform(1, 4))
        finally:
            proxy.heal()

    def unbind(self) -> None:
        """A queue loses its bindings for two seconds. Provisioned again, its service asks for what went past it."""
        service, source = self.random.choice([("notify", "intake"), ("intake", "referral")])
        self.loosen(f"{service}.events.{source}")
        time.sleep(2)
        stack.provision(self.stack, stack.COUNTY / "agencies.yaml")
        self.ready()
        token = stack.token(self.stack, "operations")
        ask = ("reconcile", "--ask", "--token-file", "-", "--patience", "1")
        result = stack.command(self.stack, service, *ask, given=token)
        assert result.returncode in (0, 3), result.stdout + result.stderr

    def loosen(self, queue: str) -> None:
        """Takes away what binds a queue."""
        host = f"{self.stack.management}/api"
        for each in requests.get(f"{host}/queues/%2F/{queue}/bindings", timeout=10).json():
            if each["source"]:
                key = requests.utils.quote(each["properties_key"], safe="")
                requests.delete(f"{host}/bindings/%2F/e/{each['source']}/q/{queue}/{key}", timeout=10)

    def return_messages(self, service: str | None = None, queue: str | None = None, times: int = 5) -> None:
        """While a service sleeps, the messages of its queue are given out and come back, again and again."""
        service, queue = service or "notify", queue or "notify.events.intake"
        self.signal(service, signal.SIGSTOP)
        try:
            self.cut(service)
            for _ in range(times):
                with opened(self.stack.amqp(service)) as connection:
                    channel = connection.channel()
                    channel.basic_qos(0, 50, False)
                    channel.basic_consume(queue, callback=lambda _: None)
                    with contextlib.suppress(TimeoutError):
                        connection.drain_events(timeout=0.5)
        finally:
            self.signal(service, signal.SIGCONT)

    def revoke(self) -> None:
        """A service's rights are taken away for two seconds."""
        user = self.random.choice(SERVICES)
        url = f"{self.stack.management}/api/permissions/%2F/{user}"
        rights = requests.get(url, timeout=10).json()
        requests.put(url, json={"configure": "^$", "write": "^$", "read": "^$"}, timeout=10)
        try:
            self.cut(user)
            time.sleep(2)
        finally:
            requests.put(url, json={name: rights[name] for name in ("configure", "write", "read")}, timeout=10)

    def poison(self) -> None:
        """What nobody can read, from an agency and, by the admin's hand, in a service's own queues."""
        say = self.random.choice([b"{garbage", b"[1]", b"", b'{"data":' + b"[" * 5000, b"x" * (1 << 20 | 1)])
        # each once: the same body again is a repeat, kept and told once
        say += uuid.uuid4().hex.encode()
        self._publish(AGENCY, f"agency.{AGENCY}.out", [("reply.signed.v1", say)])
        self.history.write("poison", consumer="referral")
        service = self.random.choice(SERVICES)
        self._publish("admin", f"{service}.letters", [("x", say)])
        self.history.write("poison", consumer=service)

    def repeat(self, source: str | None = None) -> None:
        """Three copies of recent events of a service, shuffled, as if their source had sent them again."""
        source = source or self.random.choice(["intake", "referral", "notify"])
        connection = psycopg2.connect(self.stack.database(source).replace("+psycopg2", ""))
        with connection.cursor() as cursor:
            cursor.execute("SELECT type, body FROM events ORDER BY recorded_at DESC LIMIT 40")
            events = [(type_, bytes(body)) for type_, body in cursor.fetchall()] * 3
        connection.close()
        self.random.shuffle(events)
        self._publish(source, f"{source}.events", events)

    def repeat_what_is_there(self, source: str) -> None:
        """The same, once there is enough to repeat."""
        self.until("something to repeat", lambda: self.ask(source, "SELECT count(*) > 40 FROM events"))
        self.repeat(source)

    def lose_version(self) -> None:
        """An event disappears from a queue: it is asked for again when the next one comes, or by reconcile."""
        consumer = self.random.choice(["intake", "notify", "referral"])
        source = self.random.choice(ROUTES[consumer].events_of)
        with contextlib.suppress(*BROKER_FAULTS), opened(self.stack.amqp_admin) as connection:
            connection.channel().basic_get(f"{consumer}.events.{source}", no_ack=True)

    def stumble(self) -> None:
        """One message in five fails once at a service, for some seconds; others wait behind it."""
        service = self.random.choice(SERVICES)
        file = self.arm(service, "stumble")
        time.sleep(3)
        file.unlink(missing_ok=True)

    def fail(self) -> None:
        """One subject in ten fails every time at a service, for some seconds; the others go on."""
        service = self.random.choice(["intake", "referral", "notify"])
        file = self.arm(service, "failing")
        time.sleep(4)
        file.unlink(missing_ok=True)

    def _publish(self, user: str, exchange: str, messages: Sequence[tuple[str, bytes]]) -> None:
        """Key and body of each; whatever happens on the way, all of them in the end, some perhaps twice."""
        url = self.stack.amqp_admin if user == "admin" else self.stack.amqp(user)
        for _ in range(40):
            with contextlib.suppress(*BROKER_FAULTS), opened(url) as connection:
                channel = connection.channel()
                channel.confirm_select()
                for key, body in messages:
                    message = amqp.Message(body, user_id=user, delivery_mode=2)
                    channel.basic_publish_confirm(message, exchange=exchange, routing_key=key)
                return
            time.sleep(0.25)


@contextlib.contextmanager
def opened(url: str) -> Iterator[amqp.Connection]:
    """A connection to the broker that is closed whatever happens to it."""
    connection = connect(url)
    try:
        yield connection
    finally:
        with contextlib.suppress(*BROKER_FAULTS):
            connection.close()
        connection.collect()


FAULTS: dict[str, Callable[[Field], None]] = {
    name: getattr(Field, name)
    for name in (
        "crash",
        "kill_service",
        "kill_outsider",
        "stop_service",
        "sleep_service",
        "cut",
        "kill_broker",
        "stop_broker",
        "stop_database",
        "end_sessions",
        "block_broker",
        "fill_disk",
        "break_link",
        "unbind",
        "return_messages",
        "revoke",
        "poison",
        "repeat",
        "stumble",
        "fail",
    )
}


def inject(field_: Field, name: str) -> float:
    """One fault, then everything healed and every service ready again. Returns the seconds from healing to ready."""
    began = datetime.now(UTC)
    FAULTS[name](field_)
    healed = time.monotonic()
    field_.ready(90)
    seconds = round(time.monotonic() - healed, 1)
    field_.history.write("fault", name=name, began=began.isoformat(), recovered=seconds)
    return seconds


def report(violations: list[checker.Violation]) -> str:
    return "\n".join(f"{each.invariant}: {each.sentence}" for each in violations)


def tally(history: Path) -> dict[str, dict[str, Any]]:
    """fault → how often it was injected and the longest recovery."""
    counted: dict[str, dict[str, Any]] = {}
    for line in map(json.loads, history.read_text(encoding="utf-8").splitlines()):
        if line["op"] == "fault":
            entry = counted.setdefault(line["name"], {"injected": 0, "longest": 0.0})
            entry["injected"] += 1
            entry["longest"] = max(entry["longest"], line["recovered"])
    return counted
