"""Numbers without gaps. A year's last one stays locked until its transaction ends: a rollback leaves none out."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Table, inspect
from sqlalchemy.dialects.postgresql import insert as upsert

from courier.late import AHEAD
from courier.unit_of_work import UnitOfWork


def take(work: UnitOfWork, serial: type[Any], year: int, many: int = 1, **series: str) -> range:
    """The next `many` of a year, from the service's own table: `year`, `last`, and `series` where it counts several."""
    given = {**series, "year": year, "last": many}
    counted = _counted(inspect(serial).local_table, *series)
    last: int = work.session.connection().execute(counted, given).scalar_one()
    return range(last - many + 1, last + 1)


@cache
def _counted(table: Table, *series: str) -> Any:
    statement = upsert(table)
    counted = statement.on_conflict_do_update(
        index_elements=[*series, "year"], set_={"last": table.c.last + statement.excluded.last}
    )
    return counted.returning(table.c.last).execution_options(**{AHEAD: True})


def last(work: UnitOfWork, serial: type[Any], year: int, written: Callable[[int], str]) -> str:
    """The next one as it is `written`, taken when the block of `work.late.numbers()` ends: nobody waits for its rest.

    Until then what is returned stands for it.
    """
    return work.late.number((serial, year), written(0), lambda many: [*map(written, take(work, serial, year, many))])
