"""Sweeping 1,000 due clocks among 10⁴, 10⁵ and 10⁶ running ones: the time should follow what is due, not what is there.

`./dev bench clocks --json FILE`. The sizes take turns, so that a busy minute of the machine is not one size's alone.
"""

import statistics
import sys
import time
from typing import Any

import turns
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from clock import tables as clock_tables
from clock.sweep import Sweeper
from courier import tables
from courier.unit_of_work import ServiceContext
from service_kit import database
from tools.dev import stack

SIZES, DUE, ROUNDS = (10_000, 100_000, 1_000_000), 1_000, 5

# as they lie in a running office: four levels each, the next one somewhere in the coming three months
FILL = """
INSERT INTO clock (id, petition, rule, pack, length, unit, duty, holder, start, due, target, provisional, state,
                   started_at, started_by, next_at)
SELECT md5(n::text), '信2026-619926-' || lpad((n % 1000000)::text, 6, '0'), 'outcome_promise', '2022-05-01', 3,
       'months', 'department', 'D05', current_date, current_date + 90, current_date + 90, false, 'running', now(),
       'petition.accepted.v1', now() + (1 + n % 90) * interval '1 day' + interval '1 hour'
FROM generate_series(1, :size) AS n;
INSERT INTO clock_level (clock, level, seq, at)
SELECT id, level, seq, next_at + seq * interval '100 days'
FROM clock, (VALUES ('50%', 0), ('80%', 1), ('target', 2), ('missed', 3)) AS levels (level, seq);
"""
# the next 1,000 of those with nothing fired, scattered over the table
MAKE_DUE = """
WITH chosen AS (SELECT id FROM clock WHERE next_at > now() + interval '1 hour' ORDER BY id LIMIT :due),
     moved AS (UPDATE clock_level SET at = now() - interval '1 minute'
               WHERE level = '50%' AND fired_at IS NULL AND clock IN (SELECT id FROM chosen))
UPDATE clock SET next_at = now() - interval '1 minute' WHERE id IN (SELECT id FROM chosen)
"""


class Bodies:
    """No letter is written here, so nothing is sealed."""


def prepare(admin: str, size: int) -> Engine:
    name = f"bench_clocks_{size}"
    server = create_engine(make_url(admin).set(drivername="postgresql+psycopg2"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(
            text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
        )
    server.dispose()
    url = make_url(admin).set(drivername="postgresql+psycopg2", database=name)
    made = database.engine(url.render_as_string(hide_password=False), pool=2, options="-c timezone=UTC")
    with made.begin() as connection:
        tables.metadata.create_all(connection)
        clock_tables.Base.metadata.create_all(connection)
        connection.execute(text(FILL), {"size": size})
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return made


def once(engine: Engine) -> float:
    """Seconds to fire 1,000 due clocks, with their events and what the relay is to send."""
    with engine.begin() as connection:
        connection.execute(text(MAKE_DUE), {"due": DUE})
    context = ServiceContext("intake", "619926", sessionmaker(engine), language, Bodies())  # type: ignore[arg-type]
    sweeper, done = Sweeper(context), 0
    begun = time.perf_counter()
    while fired := sweeper.sweep():
        done += fired
    seconds = time.perf_counter() - begun
    if done != DUE:
        raise SystemExit(f"{done} clocks fired, {DUE} were due")
    return seconds


def main() -> int:
    asked = turns.arguments()
    place = stack.servers(asked.folder)
    engines = {size: prepare(place.database_admin, size) for size in SIZES}
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for engine in engines.values():
        once(engine)  # warms the caches
    for _ in range(ROUNDS):
        for size, engine in engines.items():
            seconds[size].append(once(engine))
    least = statistics.median(seconds[SIZES[0]])
    rows: list[dict[str, Any]] = []
    for size in SIZES:
        median = statistics.median(seconds[size])
        rows.append(
            {
                "running": size,
                "due": DUE,
                "seconds": [round(each, 3) for each in seconds[size]],
                "median": round(median, 3),
                "per_due_ms": round(1000 * median / DUE, 3),
                "ratio": round(median / least, 2),
            }
        )
        sys.stdout.write(
            f"计时中 {size:>9,}  到期 {DUE:,}  中位 {median:.3f} 秒  为最小规模的 {median / least:.2f} 倍\n"
        )
    for engine in engines.values():
        engine.dispose()
    turns.write(asked.json, "clocks", {"rounds": ROUNDS, "rows": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
