"""The days on which leaders receive people."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Reception(Base):
    """A leader's day for receiving people."""

    __tablename__ = "reception"
    id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    leader: Mapped[str]
    places: Mapped[int] = mapped_column(Integer)
    begins: Mapped[str | None]  # 09:00
    room: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    __table_args__ = (UniqueConstraint("day", "leader", name="reception_once"),)


class VisitorLook(Base):
    """Somebody looked at how to reach a visitor, and why, sealed like what they saw."""

    __tablename__ = "visitor_look"
    id: Mapped[str] = mapped_column(primary_key=True)
    booking: Mapped[str] = mapped_column(ForeignKey("booking.id"))
    officer: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[bytes]
    __table_args__ = (Index("visitor_look_of", "booking"),)


class Booking(Base):
    """A place on such a day, a petition's or a visitor's who has none yet; seq from 1 on, each once.

    Who the visitor is and what they come for is sealed under a key of the booking's own, which is destroyed after its
    time, or when it became a petition.
    """

    __tablename__ = "booking"
    id: Mapped[str] = mapped_column(primary_key=True, server_default=text("replace(gen_random_uuid()::text, '-', '')"))
    reception: Mapped[str] = mapped_column(ForeignKey("reception.id"))
    petition: Mapped[str | None] = mapped_column(ForeignKey("petition.number"))
    seq: Mapped[int | None] = mapped_column(Integer)  # none: cancelled, and the place is free
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    state: Mapped[str] = mapped_column(default="booked", server_default="booked")
    name: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    matter: Mapped[bytes | None]
    visitor: Mapped[bytes | None]  # keyed hash of the phone: who has a place does not get a second one
    decision: Mapped[bytes | None]  # what the leader decided
    reason: Mapped[bytes | None]  # why it was moved or cancelled
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("reception", "seq", name="booking_place"),
        CheckConstraint("state IN ('booked', 'met', 'absent', 'cancelled')", name="booking_state"),
        CheckConstraint("(seq IS NULL) = (state = 'cancelled')", name="booking_has_its_place"),
        Index("booking_petition", "petition", postgresql_where="petition IS NOT NULL"),
        Index(
            "booking_visitor",
            "reception",
            "visitor",
            unique=True,
            postgresql_where="state = 'booked' AND visitor IS NOT NULL",
        ),
        Index("booking_kept", "reception", postgresql_where="name IS NOT NULL"),
    )
