"""The days on which leaders receive people."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Reception(Base):
    """A leader's day for receiving people."""

    __tablename__ = "reception"
    id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    leader: Mapped[str]
    places: Mapped[int] = mapped_column(Integer)
    __table_args__ = (UniqueConstraint("day", "leader", name="reception_once"),)


class Booking(Base):
    """A petition's place; seq 1 to the reception's places."""

    __tablename__ = "booking"
    reception: Mapped[str] = mapped_column(ForeignKey("reception.id"), primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    __table_args__ = (UniqueConstraint("reception", "seq", name="booking_place"),)
