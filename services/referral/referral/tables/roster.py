"""Whom we may call in beside our own handlers: what they are, until when, and of what they must keep away."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from referral.tables.base import Base


class RosterEntry(Base):
    """One person. Who it is, and by which certificate, only encrypted, under a key of the entry's own."""

    __tablename__ = "roster"
    id: Mapped[str] = mapped_column(primary_key=True)
    kinds: Mapped[list[Any]]
    agency: Mapped[str | None] = mapped_column(ForeignKey("agency.code"))  # none: nobody's, a citizen
    officer: Mapped[str | None]  # of ours: by this number they log in, and walls keep them away
    valid_until: Mapped[date | None]
    words: Mapped[bytes]  # {name, qualification}
    entered_at: Mapped[datetime]
    entered_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        # booked under two ids they could be in two places
        Index(
            "roster_officer_once", "officer", unique=True, postgresql_where="officer IS NOT NULL AND ended_at IS NULL"
        ),
    )


class Recusal(Base):
    """A petition or a unit that one of the roster must keep away from, as a keyed hash: a database tells nobody."""

    __tablename__ = "recusal"
    entry: Mapped[str] = mapped_column(ForeignKey("roster.id"), primary_key=True)
    keyed: Mapped[bytes] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Parties(Base):
    """Who petitions and whom it is about, as hashes keyed by the petition's own key: they prove nothing without it.

    Asked of intake for who is to be called in. None: not told yet, or others than was told.
    """

    __tablename__ = "parties"
    petition: Mapped[str] = mapped_column(primary_key=True)
    keyed: Mapped[list[bytes] | None] = mapped_column(ARRAY(LargeBinary))
    as_of: Mapped[datetime]  # by intake's clock: an older word changes nothing
    asked_at: Mapped[datetime]
