"""The checker is proved: each known bug, seeded into the real services, is caught by an invariant that names it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import psycopg2
import pytest
import requests

from tests.faults.bugs import BUGS
from tests.faults.checker import Violation
from tests.faults.field import Field, inject, report
from tests.faults.load import AGENCY
from tools.dev import stack
from tools.dev.stack import ROOT, SERVICES

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

LINGER = """
CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN IF NEW.id % 7 = 0 THEN PERFORM pg_sleep(0.2); END IF; RETURN NULL; END';
CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION linger();
"""


def crash_often(point: str, service: str) -> Callable[[Field], None]:
    def scenario(field: Field) -> None:
        for _ in range(3):
            armed = field.arm(service, point)
            with contextlib.suppress(TimeoutError):
                field.until("died", lambda armed=armed: not armed.exists(), 15)  # type: ignore[misc]
            field.ready()

    return scenario


def faults(*names: str) -> Callable[[Field], None]:
    def scenario(field: Field) -> None:
        for name in names:
            inject(field, name)

    return scenario


def stumble_at_intake(field: Field) -> None:
    file = field.arm("intake", "stumble")
    time.sleep(6)  # the fault lasts that long
    file.unlink()


def limit_deliveries(field: Field) -> None:
    """The queue as somebody may declare it by hand; then its messages are returned, as four lost connections do."""
    queue = "notify.events.intake"
    url = f"{field.stack.management}/api/queues/%2F/{queue}"
    requests.delete(url, timeout=10)
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": 2}
    requests.put(url, json={"durable": True, "arguments": arguments}, timeout=10).raise_for_status()
    binding = f"{field.stack.management}/api/bindings/%2F/e/{quote('intake.events')}/q/{queue}"
    requests.post(binding, json={"routing_key": "#", "arguments": {}}, timeout=10).raise_for_status()
    field.return_messages("notify", queue, 5)


def read_everything(field: Field) -> None:
    url = f"{field.stack.management}/api/permissions/%2F/{AGENCY}"
    rights = {"configure": "^$", "write": rf"^agency\.{AGENCY}\.out$", "read": ".*"}
    requests.put(url, json=rights, timeout=10).raise_for_status()


def linger(field: Field) -> None:
    """Every seventh commit of intake takes longer than those that begin after it, as on a disk that is busy."""
    field.ask("intake", LINGER)
    field.until("registered", lambda: field.load.registered >= 100, 120)


def repeat_shuffled(field: Field) -> None:
    """Several copies wake with the same subjects before them, each in an order of its own, and wait for one lane."""
    one = "SELECT subject FROM events ORDER BY recorded_at DESC OFFSET 20 LIMIT 1"
    waiting = "SELECT count(*) > 1 FROM pg_stat_activity WHERE datname = 'notify' AND wait_event_type = 'Lock'"
    for source in ("intake", "referral", "intake"):
        field.repeat_what_is_there(source)
        for name in field.names("notify"):
            field.signal(name, signal.SIGSTOP)
        subject = field.ask(source, one)
        for _ in range(3):
            field.repeat_what_is_there(source)
        with held(field, source, subject):
            for name in field.names("notify"):
                field.signal(name, signal.SIGCONT)
            with contextlib.suppress(TimeoutError):  # one may have taken all of it: there is another round
                field.until("two copies wait", lambda: field.ask("notify", waiting), 4)
        field.ready()


@contextlib.contextmanager
def held(field: Field, source: str, subject: str) -> Iterator[None]:
    """A lane of notify that nobody else can lock."""
    url = field.stack.database("notify").replace("+psycopg2", "")
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO lane (source, subject, applied) VALUES (%s, %s, 0)"
            " ON CONFLICT (source, subject) DO UPDATE SET applied = lane.applied WHERE false",
            (source, subject),
        )
        yield
        connection.commit()


def lose_letters(field: Field) -> None:
    """No queue is bound where letters to referral go, for three seconds."""
    handed = "SELECT count(*) FROM events WHERE type = 'petition.referred.v1'"
    field.loosen("referral.letters")
    before = field.ask("intake", handed)
    field.until("handed on", lambda: field.ask("intake", handed) > before + 3)
    time.sleep(3)  # the relay's turns go by
    stack.provision(field.stack, stack.COUNTY / "agencies.yaml")
    field.ready()


UNSENT = "SELECT count(*) FROM outbox"


def kill_broker_in_its_sleep(field: Field) -> None:
    """What was sent to it lies unread before it when it dies."""
    for _ in range(2):
        # a relay that is about to connect would write nothing to it
        field.until("relayed", lambda: field.ask("intake", UNSENT) == 0)
        before, group = field.ask("intake", "SELECT count(*) FROM events"), field.pid("rabbitmq")
        assert group
        os.killpg(group, signal.SIGSTOP)
        field.until("registered", lambda before=before: field.ask("intake", "SELECT count(*) FROM events") > before + 9)  # type: ignore[misc]
        until = time.monotonic() + 5
        while field.ask("intake", UNSENT) and time.monotonic() < until:
            time.sleep(0.05)  # who waits for confirms has it still when this is over
        field.kill_broker()
        field.ready()


def repeat_what_was_heard(field: Field) -> None:
    for source in ("referral", "notify"):
        field.repeat_what_is_there(source)


def nothing(_field: Field) -> None:
    pass


# bug → where it is seeded, what sets it off, the invariants of which one must catch it, copies of each service
SCENARIOS: dict[str, tuple[tuple[str, ...], Callable[[Field], None], set[str], int]] = {
    "ack_on_error": (("referral", "notify"), faults("end_sessions", "end_sessions"), {"I2", "I3", "I4"}, 1),
    "ack_on_undecodable": (SERVICES, faults("poison"), {"I9"}, 1),
    "commit_in_a_provider": (("referral",), crash_often("commit.before", "referral"), {"I2", "I4"}, 1),
    "no_inbox": (("intake",), repeat_what_was_heard, {"I2"}, 1),
    "inbox_elsewhere": (("intake",), crash_often("bug.between", "intake"), {"I2"}, 1),
    "position_cursor": (("intake",), linger, {"I9"}, 1),
    "lanes_unsorted": (("notify",), repeat_shuffled, {"I12"}, 3),
    "late_skipped": (("intake",), stumble_at_intake, {"I4"}, 1),
    "mandatory_off": (("intake",), lose_letters, {"I3"}, 1),
    "confirm_off": (("intake", "referral", "notify"), kill_broker_in_its_sleep, {"I2", "I3", "I4", "I5"}, 1),
    "host_clock": (("intake",), nothing, {"I6"}, 1),
    "number_elsewhere": (("intake",), crash_often("number.taken", "intake"), {"I1"}, 1),
    "delivery_limit": ((), limit_deliveries, {"I4"}, 1),
    "wildcard_read": ((), read_everything, {"I7"}, 1),
}


def test_every_bug_has_its_scenario() -> None:
    """None of the known bugs is left out."""
    assert set(BUGS) == set(SCENARIOS)


@pytest.mark.parametrize("name", list(BUGS))
def test_a_seeded_bug_is_caught(name: str, record_property: Callable[[str, str], None]) -> None:
    """The same load and faults that the services survive; with the bug, the invariant that it breaks is named."""
    services, scenario, expected, copies = SCENARIOS[name]
    violations = run(scenario, dict.fromkeys(services, name), copies)
    caught = sorted({each.invariant for each in violations})
    record_property("caught by", ", ".join(caught))
    assert expected & set(caught), report(violations) or "nothing was caught"


@pytest.mark.parametrize("name", ["position_cursor", "lanes_unsorted", "late_skipped", "mandatory_off", "confirm_off"])
def test_without_the_bug_nothing_is_caught(name: str) -> None:
    """What only these scenarios do is survived: it is the bug that is caught, not the scenario."""
    _, scenario, _, copies = SCENARIOS[name]
    violations = run(scenario, {}, copies)
    assert not violations, report(violations)


def run(scenario: Callable[[Field], None], bugs: dict[str, str], copies: int) -> list[Violation]:
    field = Field(ROOT / ".run" / "seeded-bugs", 7, bugs, copies, proxied=False)
    try:
        field.load.start(250 if scenario is nothing else None)
        scenario(field)
        if scenario is nothing:
            field.until("registered", lambda: field.load.registered >= 250, 120)
        field.signal("notify", signal.SIGCONT)
        return field.settle(25 if bugs else 120)  # what a bug lost never comes
    finally:
        field.close()
