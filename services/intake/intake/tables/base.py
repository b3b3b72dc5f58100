"""What all tables have."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, LargeBinary, Table, Text, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase


def table_of(mapped: type[DeclarativeBase]) -> Table:
    """The table of what is mapped to one: for rows that are only added."""
    table = inspect(mapped).local_table
    assert isinstance(table, Table)
    return table


class Base(DeclarativeBase):
    """What Python types are as columns: a text is TEXT, a moment has its time zone, what is nested is JSONB."""

    type_annotation_map = {
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }
    # the database's defaults are for older code beside this one: nothing is read back after an insert
    __mapper_args__ = {"eager_defaults": False}
