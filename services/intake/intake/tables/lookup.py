"""A petitioner's own look at a petition, and what they think of a reply."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class QueryCode(Base):
    """The keyed hash of what a petitioner looks progress up with; the code itself is nowhere."""

    __tablename__ = "query_code"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    code: Mapped[bytes] = mapped_column(unique=True)
    issued_at: Mapped[datetime]


class LookupTry(Base):
    """How often an address or a number was tried in a slot of time; both only as keyed hashes."""

    __tablename__ = "lookup_try"
    bucket: Mapped[bytes] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)


class Rating(Base):
    """What a petitioner thinks of a reply; the words are encrypted."""

    __tablename__ = "rating"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    stars: Mapped[int] = mapped_column(Integer)
    text: Mapped[bytes | None]
    rated_at: Mapped[datetime]
    __table_args__ = (
        ForeignKeyConstraint(["petition", "seq"], ["reply.petition", "reply.seq"], name="rating_of_a_reply"),
        CheckConstraint("stars BETWEEN 1 AND 5", name="rating_stars"),
    )
