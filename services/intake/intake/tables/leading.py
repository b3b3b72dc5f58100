"""Cases that a leader leads."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class ChiefLed(Base):
    """包案: which leader leads it, and the day on which each item of the county's list was done."""

    __tablename__ = "chief_led"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    leader: Mapped[str | None]  # not named yet when it comes with acceptance
    since: Mapped[datetime]
    done: Mapped[dict[str, Any]] = mapped_column(default=dict)


class LeaderChange(Base):
    """Who came to lead it, when, and why another than before, or than who is in charge."""

    __tablename__ = "leader_change"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    leader: Mapped[str]
    reason: Mapped[bytes | None]
    since: Mapped[datetime]
    officer: Mapped[str]
