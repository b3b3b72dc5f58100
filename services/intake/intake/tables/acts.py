"""What was done for a petition."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Act(Base):
    """What was done: the file read, the petitioner heard; the record is encrypted."""

    __tablename__ = "act"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    kind: Mapped[str]
    done_on: Mapped[date]
    people: Mapped[list[Any]]  # our officers' numbers
    record: Mapped[bytes]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    __table_args__ = (Index("act_petition", "petition", "done_on"),)
