"""What a page of every list, and of every box of the worklist, costs where a million petitions are stored.

`./dev bench lists --json FILE`. The rows are made by the database, one petition in a hundred open, the others of ten
years; half the officers see all of them, the others a department's or a point's. The services answer over HTTP; a page
is of 100 rows. LISTS_STORED: how many petitions instead of a million.
"""

import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import template
import turns

from tools.dev import processes, stack
from tools.dev.stack import Stack

STORED, TURNS, WARM = int(os.environ.get("LISTS_STORED", "1000000")), 30, 3
TICKS = os.sysconf("SC_CLK_TCK")
# D05 has a third of the petitions, D07 one in fifty: what a small department asks for lies far apart
OFFICER = "987001"  # not on the office's list: where they sit, the token says
OFFICERS = {
    "window": ("window", {}),
    "chief": ("chief", {}),
    "handler D05": ("handler", {"department": "D05"}),
    "handler D07": ("handler", {"department": "D07"}),
    "point": ("station", {"service_point": "SP-LIUTANG"}),
}
LISTS = {
    "intake": [
        "/petitions",
        "/petitions?sort=-received",
        "/petitions?open=true",
        "/petitions?open=true&sort=received",
        "/petitions?overdue=true",
        "/petitions?state=accepted",
        "/petitions?colour=red&open=true",
        "/petitions?line=support_prosecution&kind=claim",
        "/petitions?department=D07",
        "/petitions?scope=department",
        "/petitions?scope=mine",
        "/petitions?received_from=2020-01-01&received_until=2020-03-01&sort=received",
        "/backlog",
        "/risks",
        "/contacts",
        "/contacts?undecided=true",
        "/openings",
        "/worklist",
    ],
    "referral": [
        "/referrals",
        "/referrals?inbound=false&tab=unsigned",
        "/referrals?inbound=false&tab=closed",
        "/referrals?inbound=false&tab=back",
        "/referrals?inbound=true&tab=handling",
        "/referrals?agency=A09",
        "/referrals?scope=department&sort=-created",
        "/referral-tabs?inbound=false",
        "/worklist",
    ],
    "aid": ["/aid-cases", "/aid-cases?state=opened", "/leads", "/leads?overdue=true", "/worklist"],
    "notify": [
        "/notices?state=unknown",
        "/notices?state=failed",
        "/notices?state=delivered&sort=-planned",
        "/officers/notices",
        "/worklist",
    ],
}
BOXES = {
    "intake": ("red", "due", "in_unsigned", "owed", "to_print", "to_prove", "contacts", "receptions"),
    "referral": (
        "out_unsigned",
        "out_overdue",
        "objections",
        "answered",
        "coordination",
        "proceedings",
        "meeting_tasks",
    ),
    "aid": ("to_decide", "leads_in", "leads_overdue"),
    "notify": ("calls", "unknown", "failed"),
}


# where there is what, in the order in which it is made
MADE = {
    "intake": ("county", "intake", "clock"),
    "referral": ("county", "placement", "referral", "clock"),
    "aid": ("county", "placement", "aid"),
    "notify": ("county", "placement", "notify"),
}
SQL = Path(__file__).parent / "stored_lists"


def fill(place: Stack, service: str, petitions: int) -> None:
    """Makes that many petitions as the service knows them, beside what is there."""
    with template.asking(place.database_admin.rpartition("/")[0] + f"/{service}") as cursor:
        # what is made here is right: neither triggers nor foreign keys look again
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '64MB'")
        for name in MADE[service]:
            cursor.execute((SQL / f"{name}.sql").read_text().replace(":stored", str(petitions)))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


class Asked:
    """One officer's pages of one service, over one connection."""

    def __init__(self, place: Stack, service: str, officer: str):
        role, seat = OFFICERS[officer]
        self.pid = processes.recorded(place.folder / "running" / service)
        database = processes.recorded(place.folder / "running" / "postgres")
        self.servers = Path(f"/proc/{database}/task/{database}/children")
        self.connection = http.client.HTTPConnection("127.0.0.1", place.ports[service])
        self.headers = {"Authorization": f"Bearer {stack.token(place, role, OFFICER, **seat)}"}

    def get(self, path: str) -> tuple[int, bytes, float]:
        """Status, content, seconds."""
        begun = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), time.perf_counter() - begun

    def used(self) -> tuple[float, float]:
        """Seconds of the processor that the service and the database have had: the same however busy the machine is."""
        return _used(self.pid), sum(_used(int(each)) for each in self.servers.read_text().split())

    def measure(self, path: str) -> dict[str, Any] | None:
        """Of the first page and the one behind it, in turns; None where this officer may not ask."""
        paged = f"{path}{'&' if '?' in path else '?'}limit=100" if path != "/worklist" else path
        paged = path if path.startswith("/referral-tabs") else paged
        self.connection.close()  # one that was idle while the others were measured is ended by the service
        status, content, _ = self.get(paged)
        if status == 403:
            return None
        if status != 200:
            raise SystemExit(f"{path}: {status} {content.decode()}")
        first = json.loads(content)
        pages = [paged, *([f"{paged}&after={first['next']}"] if first.get("next") else [])]
        for _ in range(WARM):
            for page in pages:
                self.get(page)
        before, took = self.used(), list[float]()
        for _ in range(TURNS):
            took += [self.get(page)[2] for page in pages]
        cpu, database = ((after - begun) / len(took) for begun, after in zip(before, self.used(), strict=True))
        rows = _rows(first)
        took.sort()
        return {
            "p50": _ms(statistics.median(took)),
            "p95": _ms(took[int(len(took) * 0.95)]),
            "bytes": len(content),
            "rows": rows,
            "total": first.get("total"),
            "cpu": _ms(cpu),
            "database": _ms(database),
            "cpu_per_row": _ms(cpu / rows) if rows else None,
        }


def _used(pid: int | None) -> float:
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # one of the database's that has ended
        return 0.0
    return (int(values[11]) + int(values[12])) / TICKS


def _rows(page: dict[str, Any]) -> int:
    if "boxes" in page:
        return sum(len(box["items"]) for box in page["boxes"])
    return next((len(value) for value in page.values() if isinstance(value, list)), 0)


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 3 if seconds < 0.001 else 1)


def asked(place: Stack) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(service, path, officer, what it cost) of whatever the officer may ask."""
    for service, lists in LISTS.items():
        officers = {name: Asked(place, service, name) for name in OFFICERS}
        for path in [*lists, *(f"/worklist?box={box}" for box in BOXES[service])]:
            for name, officer in officers.items():
                found = officer.measure(path)
                if found is not None:
                    yield service, path, name, found


def measure(place: Stack) -> dict[str, Any]:
    """Every page, a line each as it is measured: {page: {officer: cost}}, and the worst of them."""
    found: dict[str, dict[str, Any]] = {}
    for service, path, officer, cost in asked(place):
        found.setdefault(f"{service} {path}", {})[officer] = cost
        line = f"{cost['p50']:>8}{cost['p95']:>8} 毫秒{cost['rows']:>5} 行{cost['bytes']:>8,} 字节"
        sys.stdout.write(f"{service:<9}{path:<60}{officer:<12}{line}{cost['cpu']:>7} + {cost['database']} 毫秒 CPU\n")
        sys.stdout.flush()
    worst = max(cost["p95"] for each in found.values() for cost in each.values())
    return {
        "stored": STORED,
        "turns": TURNS,
        "load": os.getloadavg()[0],
        "unit": "ms",
        "worst_p95": worst,
        "pages": found,
    }


def main() -> int:
    arguments = turns.arguments()
    place = template.fresh(arguments.folder)
    begun = time.monotonic()
    for service in stack.SERVICES:
        fill(place, service, STORED)
    sys.stdout.write(f"存入 {STORED:,} 件（{time.monotonic() - begun:.0f} 秒）\n")
    result = measure(place)
    template.forget(place)
    sys.stdout.write(f"p95 最大 {result['worst_p95']} 毫秒\n")
    turns.write(arguments.json, "lists", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
