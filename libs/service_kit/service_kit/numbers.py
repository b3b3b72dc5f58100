"""Numbers without gaps. A year's last one stays locked until its transaction ends: a rollback leaves none out."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert

from courier.unit_of_work import UnitOfWork


def take(work: UnitOfWork, serial: type[Any], year: int, many: int = 1, **series: str) -> range:
    """The next `many` of a year, from the service's own table: `year`, `last`, and `series` where it counts several."""
    statement = upsert(serial).values(**series, year=year, last=many)
    counted = statement.on_conflict_do_update(index_elements=[*series, "year"], set_={"last": serial.last + many})
    last: int = work.session.execute(counted.returning(serial.last)).scalar_one()
    return range(last - many + 1, last + 1)
