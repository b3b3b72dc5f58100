"""What-if of the law's corrections on a county of 10,000 petitions and as many handovers: who moves, how long it takes.

`./dev bench corrections --json FILE`. All began by the rows as they were before they were corrected, over five months,
and none is closed: the most there can be. The services' own commands are run, as an operator does: listed three times,
put right once, listed again. CORRECTIONS_STORED: how many instead of 10,000.
"""

import os
import sys
import time
from dataclasses import replace

import in_process
import template
import turns
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from tests import before_corrections
from tools.dev import stack
from tools.dev.stack import Stack

STORED, TURNS = int(os.environ.get("CORRECTIONS_STORED", "10000")), 3
OFFICER = "900001"


def fill(place: Stack, service: str) -> float:
    """Makes what there is of the service. Returns the seconds it took."""
    begun, owner = time.monotonic(), create_engine(place.owned(service))
    ours, sessions = in_process.start(place, service), sessionmaker(owner)
    if service == "intake":
        asked = replace(in_process.CLAIM, group_size=1, typed_anyway=True)
        before_corrections.came(ours.context, asked, STORED, sessions)
    else:
        before_corrections.handed_over(ours.context, STORED, sessions)
    ours.leave()
    owner.dispose()
    with template.asking(place.database_admin.rpartition("/")[0] + f"/{service}") as cursor:
        cursor.execute("VACUUM ANALYZE")
    return time.monotonic() - begun


def run(place: Stack, service: str, *more: str) -> tuple[float, list[str]]:
    """Seconds, and what the command says beside a line for each clock."""
    begun = time.monotonic()
    said = stack.command(place, service, "clocks", "corrections", *more)
    seconds = time.monotonic() - begun
    if said.returncode:
        raise SystemExit(said.stdout[-2000:] + said.stderr)
    return seconds, [line for line in said.stdout.splitlines() if "  " not in line]


def main() -> int:
    asked = turns.arguments()
    place = template.fresh(asked.folder)
    for service in stack.SERVICES:
        turns.halt(place, service)
    result = {}
    for service in ("intake", "referral"):
        made = fill(place, service)
        listed = [run(place, service) for _ in range(TURNS)]
        seconds, said = [each for each, _ in listed], listed[0][1]
        applied, _ = run(place, service, "--apply", "--officer", OFFICER)
        _, (again,) = run(place, service)
        if not again.startswith("将更正 0 个"):
            raise SystemExit(f"{service}: {again}")
        result[service] = {"made": round(made, 1), "listed": turns.spread(seconds), "applied": applied, "said": said}
        sys.stdout.write(
            f"{service}：备好 {made:.1f} 秒，列出 {min(seconds):.1f} 至 {max(seconds):.1f} 秒，更正 {applied:.1f} 秒\n"
        )
        sys.stdout.write("".join(f"  {line}\n" for line in said))
    template.forget(place)
    turns.write(asked.json, "corrections", {"stored": STORED, **result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
