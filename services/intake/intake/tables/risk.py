"""How much care a petition needs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from clock.tables import Clock
from intake.tables.base import Base


class Risk(Base):
    """How much care a petition needs. The score and what it was scored from stay in this table."""

    __tablename__ = "risk"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    colour: Mapped[str]
    score: Mapped[int] = mapped_column(Integer)
    entered: Mapped[list[Any]]
    seen: Mapped[list[Any]]
    overdue: Mapped[bool] = mapped_column(Boolean)
    scored_at: Mapped[datetime]
    lowered_at: Mapped[int | None] = mapped_column(Integer)  # the score at which a person lowered it
    lowered_by: Mapped[str | None]
    lowered_why: Mapped[bytes | None]
    __table_args__ = (Index("risk_weight", "colour", "score", "petition"),)


# who ran late is looked for every few seconds: by this, not among all clocks
Index("clock_missed", Clock.petition, postgresql_where=text("state = 'missed' AND referral IS NULL"))
