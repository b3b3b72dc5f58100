"""What a petition costs where 10⁴, 10⁵ and 10⁶ are stored: it should not grow with them.

`./dev bench growth --json FILE` (`GROWTH_STORED`: other sizes, with commas between them). Three databases of each size,
with all rows that a petition leaves on its way; fifty petitions at a time are registered, told to referral and notify,
handed on, offered to the agency and told back, in this process and without a broker: HTTP and AMQP cost the same
whatever is stored, and would hide what grows. The sizes take turns.
"""

import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import in_process
import stored
import template
import turns
from in_process import OFFICER

from intake.use_cases import petitions, registration
from tools.dev import stack
from tools.dev.stack import Stack

SIZES = tuple(map(int, os.environ.get("GROWTH_STORED", "10000,100000,1000000").split(",")))
TOGETHER, ROUNDS = 50, 16
SERVICES = ("intake", "referral", "notify")


class County:
    """The three services over databases of one size."""

    def __init__(self, place: Stack, size: int):
        self.services = {service: in_process.start(place, service, _name(service, size)) for service in SERVICES}
        self.seconds: dict[str, float] = {}

    def once(self) -> dict[str, float]:
        """Step → seconds for fifty petitions, from registration to the offer and back."""
        self.seconds, numbers = {}, list[str]()
        intake, referral, notify = (self.services[service] for service in SERVICES)

        def register() -> None:
            for _ in range(TOGETHER):
                with intake.context.begin(OFFICER) as work:
                    numbers.append(registration.register(work, in_process.CLAIM).number)

        def refer() -> None:
            for number in numbers:
                with intake.context.begin(OFFICER) as work:
                    petitions.refer(work, number, "A09", "regulation_31", True)

        self._step("register", register)
        self._step("send", intake.send)
        said, contacts = intake.tray.take("intake.events"), intake.tray.take("notify.letters")
        self._step("referral hears", lambda: referral.inbox.take_events("intake", said))
        self._step("notify hears", lambda: notify.inbox.take_events("intake", said))
        self._step("notify reads", lambda: notify.inbox.take_letters(contacts))
        self._step("hand on", refer)
        self._step("send", intake.send)
        letters = intake.tray.take("referral.letters")
        said = intake.tray.take("intake.events")
        self._step("referral hears", lambda: referral.inbox.take_events("intake", said))
        self._step("referral offers", lambda: referral.inbox.take_letters(letters))
        self._step("send", referral.send)
        if len(referral.tray.take("agency.A09.inbox")) != TOGETHER:
            raise SystemExit("not every petition was offered")
        said = referral.tray.take("referral.events")
        self._step("intake hears", lambda: intake.inbox.take_events("referral", said))
        intake.send()
        intake.tray.sent.clear()
        return self.seconds

    def _step(self, name: str, act: Callable[[], Any]) -> None:
        begun = time.perf_counter()
        act()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun

    def leave(self) -> None:
        for each in self.services.values():
            each.leave()


def prepare(place: Stack) -> None:
    """One petition goes all its way; what it left is copied into databases of every size."""
    intake = in_process.start(place, "intake")
    with intake.context.begin(OFFICER) as work:
        number = registration.register(work, in_process.CLAIM).number
    with intake.context.begin(OFFICER) as work:
        petitions.refer(work, number, "A09", "regulation_31", True)
    told = "SELECT count(*) = 3 FROM step WHERE petition = %s AND type IN %s"
    types = ("referral.sent.v1", "notice.sent.v1", "notice.delivered.v1")
    log = place.folder / "log" / "intake.log"
    stack.until(lambda: _asked(place, told, number, types), 60, "样本没有办完", log)
    intake.leave()
    for service in stack.SERVICES:
        turns.halt(place, service)
    for size in SIZES:
        begun = time.monotonic()
        for service in SERVICES:
            template.keep(place, service, _name(service, size))
            stored.fill(place, _name(service, size), size)
        sys.stdout.write(f"存有 {size:>9,} 件的数据库已备好（{time.monotonic() - begun:.0f} 秒）\n")
        sys.stdout.flush()


def _asked(place: Stack, query: str, *values: Any) -> bool:
    with template.asking(place.database("intake")) as cursor:
        cursor.execute(query, values)
        return bool(cursor.fetchone()[0])


def _name(service: str, size: int) -> str:
    return f"growth_{service}_{size}"


def main() -> int:
    asked = turns.arguments()
    place = template.fresh(asked.folder)
    logging.disable(logging.INFO)
    prepare(place)
    counties = {size: County(place, size) for size in SIZES}
    found: dict[int, list[dict[str, float]]] = {size: [] for size in SIZES}
    for turn in range(ROUNDS + 2):
        for size, county in counties.items():
            seconds = county.once()
            if turn > 1:  # the first ones warm up
                found[size].append(seconds)
        turns.progress("测量", turn + 1, ROUNDS + 2)
    rows = {size: _row(found[size]) for size in SIZES}
    least, most = rows[SIZES[0]], rows[SIZES[-1]]
    ratio = turns.ratio(*([sum(each.values()) for each in found[size]] for size in (SIZES[-1], SIZES[0])))
    steps = {name: round(value / least["steps"][name], 2) for name, value in most["steps"].items()}
    for size in SIZES:
        sys.stdout.write(f"{size:>9,} 件  每件 {rows[size]['median']:.2f} 毫秒\n")
    sys.stdout.write(f"存 {SIZES[-1]:,} 件时为存 {SIZES[0]:,} 件时的 {ratio['median']} 倍\n")
    for county in counties.values():
        county.leave()
    for service in SERVICES:
        for size in SIZES:
            template.drop(place, _name(service, size))
    template.forget(place)
    result = {"unit": "ms per petition", "together": TOGETHER, "rounds": ROUNDS, "stored": rows}
    turns.write(asked.json, "growth", {**result, "ratio": ratio, "ratio_of_steps": steps})
    return 0


def _row(rounds: list[dict[str, float]]) -> dict[str, Any]:
    """Milliseconds for one petition: spread over the rounds, and each step's median."""
    whole = [1000 * sum(each.values()) / TOGETHER for each in rounds]
    steps = {name: 1000 * statistics.median(each[name] for each in rounds) / TOGETHER for name in rounds[0]}
    return turns.spread(whole) | {"steps": {name: round(value, 3) for name, value in steps.items()}}


if __name__ == "__main__":
    sys.exit(main())
