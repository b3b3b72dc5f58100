"""The next number of a year: none is left out, none is given twice."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine, Integer, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from courier.unit_of_work import UnitOfWork
from service_kit import numbers


class Base(DeclarativeBase):
    pass


class Serial(Base):
    __tablename__ = "serial"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Counted(Base):
    """Of several series, as aid has it."""

    __tablename__ = "counted"
    series: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


def taken(engine: Engine, table: type[Any], *given: Any, keep: bool = True, **series: str) -> list[int]:
    with Session(engine) as session:
        found = list(numbers.take(cast(UnitOfWork, SimpleNamespace(session=session)), table, *given, **series))
        if keep:
            session.commit()
    return found


def test_a_rollback_leaves_no_gap(engine: Engine) -> None:
    """Each year begins with 1; several at once are one after another; a series counts by itself."""
    Base.metadata.create_all(engine)
    assert [[1], [2, 3, 4]] == [taken(engine, Serial, 2026), taken(engine, Serial, 2026, 3)]
    assert [5, 6] == taken(engine, Serial, 2026, 2, keep=False)
    assert [[5], [1]] == [taken(engine, Serial, 2026), taken(engine, Serial, 2027)]
    assert [[1], [2], [1]] == [taken(engine, Counted, 2026, series=each) for each in ("case", "case", "lead")]


@pytest.mark.timeout(60)
def test_those_who_come_at_once_have_a_number_each(engine: Engine) -> None:
    """Some of them give theirs back, and whoever waited has it."""
    Base.metadata.create_all(engine)
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda n: (n % 3 > 0, taken(engine, Serial, 2026, keep=n % 3 > 0)), range(60)))
    assert list(range(1, 41)) == sorted(number for was_kept, (number,) in kept if was_kept)
