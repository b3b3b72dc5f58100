"""The checker is proved: each known bug, seeded into the real services, is caught by an invariant that names it."""

import contextlib
import signal
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
import requests

from local.stack import ROOT, SERVICES
from tests.faults.bugs import BUGS
from tests.faults.field import Field, inject, report
from tests.faults.load import AGENCY

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


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


def repeat_what_was_heard(field: Field) -> None:
    for source in ("referral", "notify"):
        field.repeat_what_is_there(source)


def nothing(_field: Field) -> None:
    pass


# bug → where it is seeded, what sets it off, the invariants of which one must catch it, copies of each service
SCENARIOS: dict[str, tuple[tuple[str, ...], Callable[[Field], None], set[str], int]] = {
    "ack_on_error": (("referral", "notify"), faults("end_sessions", "end_sessions"), {"I2", "I4"}, 1),
    "ack_on_undecodable": (SERVICES, faults("poison"), {"I9"}, 1),
    "commit_in_a_provider": (("referral",), crash_often("commit.before", "referral"), {"I2", "I4"}, 1),
    "no_inbox": (("intake",), repeat_what_was_heard, {"I2"}, 1),
    "inbox_elsewhere": (("intake",), crash_often("bug.between", "intake"), {"I2"}, 1),
    "position_cursor": (("intake",), nothing, {"I9"}, 1),
    "lanes_unsorted": (("intake", "notify"), nothing, {"I12"}, 3),
    "late_skipped": (("intake",), stumble_at_intake, {"I4"}, 1),
    "mandatory_off": (("intake",), faults("unbind"), {"I4"}, 1),
    "confirm_off": (("intake", "referral", "notify"), faults("kill_broker", "kill_broker"), {"I2", "I4", "I5"}, 1),
    "host_clock": (("intake",), nothing, {"I6"}, 1),
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
    field = Field(ROOT / ".run" / "seeded-bugs", 7, dict.fromkeys(services, name), copies, proxied=False)
    try:
        field.load.start(250 if scenario is nothing else None)
        scenario(field)
        if scenario is nothing:
            field.until("registered", lambda: field.load.registered >= 250, 120)
        field.signal("notify", signal.SIGCONT)
        violations = field.settle(25)
    finally:
        field.close()
    caught = sorted({each.invariant for each in violations})
    record_property("caught by", ", ".join(caught))
    assert expected & set(caught), report(violations) or "nothing was caught"
