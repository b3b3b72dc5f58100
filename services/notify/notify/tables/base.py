"""What all tables have."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Of every table of notify's own."""

    type_annotation_map = {
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSONB,
    }
    # the database's defaults are for older code beside this one: nothing is read back after an insert
    __mapper_args__ = {"eager_defaults": False}
