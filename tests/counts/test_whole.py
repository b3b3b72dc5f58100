"""How many transactions one petition is, from its registration until every service has done with it.

Four clients register at once while all four services run, so that what comes together is taken together. Those that
write are counted: what a sweep asks in vain is by the second, and not by the petition.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import count

import psycopg2
import pytest
from county import Window, until

from tests.counts.tap import Tap
from tools.dev import stack
from tools.dev.stack import Stack

pytestmark = pytest.mark.timeout(240)
CLIENTS, EACH = 4, 15
MOST = {"intake": 5.0, "notify": 5.0}


@pytest.fixture
def taps(system: Stack) -> Iterator[Mapping[str, Tap]]:
    """Between each of them and its database."""
    taps = {service: Tap(system.ports["postgres"]) for service in MOST}
    for service, tap in taps.items():
        tapped = system.database(service).replace(f":{system.ports['postgres']}/", f":{tap.port}/")
        _serve(system, service, {"DATABASE_URL": f"{tapped}?sslmode=disable"})
    stack.wait(system)
    yield taps
    for service, tap in taps.items():
        _serve(system, service, {})
        tap.close()
    stack.wait(system)


def test_one_petition_is_few_transactions(system: Stack, taps: Mapping[str, Tap]) -> None:
    """Registered by HTTP, told to everybody, its SMS sent and confirmed: so many for intake and for notify, no more."""
    phones, numbers = count(10_000_000), list[str]()

    def register() -> None:
        window = Window(system)
        for _ in range(EACH):
            person = {"name": "石大川", "phone": f"+86199{next(phones)}", "sms_consent": True}
            numbers.append(window.number(anonymous=False, petitioner=person))

    for tap in taps.values():
        tap.by.clear()
    clients = [threading.Thread(target=register) for _ in range(CLIENTS)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    until(lambda: len(numbers) == _delivered(system, numbers), "all notices delivered, and told intake")
    written = {service: sum(map(_written, tap.by.values())) for service, tap in taps.items()}
    found = {service: number / CLIENTS / EACH for service, number in written.items()}
    assert not {service: each for service, each in found.items() if each > MOST[service]}, found


def _written(asked: Sequence[str]) -> int:
    """Of one connection's queries: its transactions that write."""
    found, writes = 0, False
    for each in asked:
        if each.startswith("BEGIN"):
            writes = False
        elif each.startswith(("INSERT", "UPDATE", "DELETE", "WITH")) and not each.startswith("WITH heads"):
            writes = True
        elif each.startswith("COMMIT"):
            found += writes
    return found


def _delivered(system: Stack, numbers: list[str]) -> int:
    with closing(psycopg2.connect(system.database("intake").replace("+psycopg2", ""))) as connection:
        cursor = connection.cursor()
        query = "SELECT count(*) FROM step WHERE petition = ANY(%s) AND type = 'notice.delivered.v1'"
        cursor.execute(query, (numbers,))
        found: int = cursor.fetchone()[0]
        return found


def _serve(system: Stack, service: str, settings: Mapping[str, str]) -> None:
    """Starts it anew with these settings."""
    stack.leave(system, service)
    running, log = system.folder / "running" / service, system.folder / "log" / f"{service}.log"
    stack.until(lambda: not running.exists(), 30, f"{service} 没有停止", log)
    stack.serve(system, service, settings)
