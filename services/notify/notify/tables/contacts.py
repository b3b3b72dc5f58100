"""Who can be reached, and how."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from notify.tables.base import Base


class Contact(Base):
    """How to reach a person; the numbers only encrypted."""

    __tablename__ = "contact"
    person: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    phone: Mapped[bytes]
    number: Mapped[bytes | None]  # the phone's keyed digest; none: written by older code
    given_at: Mapped[datetime | None]
    others: Mapped[bytes | None]  # further phones, for calls


class EndedNumber(Base):
    """The number of somebody who died. Who gives it after `at` is another."""

    __tablename__ = "ended_number"
    number: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Petitioner(Base):
    """What notify needs to know of a petition: whom to tell, and how."""

    __tablename__ = "petitioner"
    petition: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str | None]
    reach: Mapped[str]
    ended: Mapped[str | None]  # an Impossible: why the petition's beginning, or anything of it, is not told any more
    round: Mapped[int] = mapped_column(default=1, server_default="1")  # it was looked at anew: told anew, too
    department: Mapped[str | None]  # who handles it now
