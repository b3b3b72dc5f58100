"""A petition's team of prosecutor, lawyer and counsellor; what the counsellor wrote down."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from referral.tables.base import Base


class Team(Base):
    """One at a time; what ended stays."""

    __tablename__ = "team"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    formed_at: Mapped[datetime]
    formed_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]  # nobody: with its petition
    __table_args__ = (Index("team_one_at_a_time", "petition", unique=True, postgresql_where="ended_at IS NULL"),)


class Member(Base):
    """One of the roster in a team, as what, from when until when."""

    __tablename__ = "member"
    team: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    entry: Mapped[str] = mapped_column(ForeignKey("roster.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str]
    until: Mapped[datetime | None]


class Note(Base):
    """A counsellor's, only encrypted, under the petition's key. `violence`: somebody is in danger, by their word."""

    __tablename__ = "note"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    officer: Mapped[str]  # the counsellor's own number: nobody else reads it
    violence: Mapped[bool] = mapped_column(Boolean)
    written_at: Mapped[datetime]
    words: Mapped[bytes]
    __table_args__ = (Index("note_petition", "petition", "written_at"),)
