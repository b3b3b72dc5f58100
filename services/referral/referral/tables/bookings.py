"""Rooms, and what room or person is taken from when until when."""

from datetime import datetime

from sqlalchemy import DDL, CheckConstraint, Index, Integer, event
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from referral.tables.base import Base


class Room(Base):
    """A room of ours, by the code on its door."""

    __tablename__ = "room"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    seats: Mapped[int | None] = mapped_column(Integer)
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]


class Booking(Base):
    """One room or person of a booking; `during` has the way there and back in it, `begins` and `ends` have not.

    The database itself refuses a second one at the same time, whichever code writes it.
    """

    __tablename__ = "booking"
    id: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)  # room/R1, roster/<id>
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    begins: Mapped[datetime]
    ends: Mapped[datetime]
    state: Mapped[str]
    held_until: Mapped[datetime]
    petition: Mapped[str | None]  # none: the office's own
    proceeding: Mapped[str | None]
    booked_at: Mapped[datetime]
    booked_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        ExcludeConstraint(
            ("resource", "="),
            ("during", "&&"),
            name="booking_one_at_a_time",
            where="state IN ('held', 'confirmed')",
        ),
        CheckConstraint(
            "lower_inc(during) AND NOT upper_inc(during) AND lower(during) <= begins AND begins < ends"
            " AND ends <= upper(during)",
            name="booking_half_open",
        ),
        Index("booking_held", "held_until", postgresql_where="state = 'held'"),
        Index("booking_petition", "petition", postgresql_where="petition IS NOT NULL"),
        Index("booking_proceeding", "proceeding", postgresql_where="proceeding IS NOT NULL"),
    )


# of PostgreSQL's own; its database's owner may make it
event.listen(Booking.__table__, "before_create", DDL("CREATE EXTENSION IF NOT EXISTS btree_gist"))
