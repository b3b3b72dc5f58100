"""Mediations, hearings, meetings and talks: the proceeding, who takes part, what was said, what was resolved."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from contracts.vocabulary import (
    Consent,
    InvitationAnswer,
    PartRole,
    ProceedingForm,
    ProceedingKind,
    ProceedingState,
    TaskStanding,
)
from referral.domain.readiness import Taking
from referral.tables.base import Base


class ProceedingSerial(Base):
    """The last number given in a year."""

    __tablename__ = "proceeding_serial"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Proceeding(Base):
    """One mediation, hearing, meeting or talk. Where it is may be somebody's home, so that is sealed, too."""

    __tablename__ = "proceeding"
    number: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    kind: Mapped[str]
    form: Mapped[str | None]
    state: Mapped[str]
    subject: Mapped[str]
    ground: Mapped[str | None]  # of a settlement
    applied: Mapped[bool] = mapped_column(Boolean)  # a party asked for it
    created_at: Mapped[datetime]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    notified_on: Mapped[date | None] = mapped_column(Date)  # since when people are told of this date
    told_by: Mapped[date | None] = mapped_column(Date)  # of a hearing: the last day on which the notice is in time
    open: Mapped[bool] = mapped_column(Boolean)
    closed: Mapped[list[Any]]  # why the public is kept out
    place: Mapped[bytes | None]  # sealed
    agreement: Mapped[str | None]
    effective_on: Mapped[date | None] = mapped_column(Date)
    mend_by: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="proceeding_begins_and_ends"),
        CheckConstraint("ends_at > starts_at", name="proceeding_ends_after_it_starts"),
        CheckConstraint("(agreement IS NULL) = (effective_on IS NULL)", name="proceeding_agreement_has_its_day"),
        Index("proceeding_petition", "petition", "number"),
        Index("proceeding_created", "created_at", "number"),
    )

    @property
    def now_in(self) -> ProceedingState:
        return ProceedingState(self.state)

    @property
    def of_kind(self) -> ProceedingKind:
        return ProceedingKind(self.kind)

    @property
    def of_form(self) -> ProceedingForm | None:
        return ProceedingForm(self.form) if self.form else None


class Part(Base):
    """Somebody who takes part: by code of an agency, number of an officer, id in the roster, or a sealed name."""

    __tablename__ = "part"
    id: Mapped[str] = mapped_column(primary_key=True)
    proceeding: Mapped[str] = mapped_column(ForeignKey("proceeding.number"))
    petition: Mapped[str]
    role: Mapped[str]
    agency: Mapped[str | None]
    officer: Mapped[str | None]
    roster: Mapped[str | None]
    words: Mapped[bytes | None]  # {name, phone}
    consent: Mapped[str | None]
    answer: Mapped[str | None]
    told_on: Mapped[date | None] = mapped_column(Date)  # of the date that is meant now
    proof: Mapped[str | None]
    came: Mapped[bool | None] = mapped_column(Boolean)
    added_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("num_nonnulls(agency, officer, roster, words) <= 1", name="part_is_named_once"),
        Index("part_proceeding", "proceeding", "added_at"),
        Index("part_agency", "proceeding", "agency", unique=True, postgresql_where="agency IS NOT NULL"),
    )

    @property
    def of_role(self) -> PartRole:
        return PartRole(self.role)

    @property
    def taking(self) -> Taking:
        consent, answer = self.consent and Consent(self.consent), self.answer and InvitationAnswer(self.answer)
        return Taking(self.of_role, consent or None, self.told_on, answer or None)


class Minute(Base):
    """What was said with one move: why, the record, the opinion; encrypted under the petition's key."""

    __tablename__ = "minute"
    id: Mapped[str] = mapped_column(primary_key=True)
    proceeding: Mapped[str] = mapped_column(ForeignKey("proceeding.number"))
    petition: Mapped[str]
    move: Mapped[str]
    said_at: Mapped[datetime]
    held_on: Mapped[date | None] = mapped_column(Date)
    officer: Mapped[str | None]  # of ours, who wrote it down; none: the agency's own system
    agency: Mapped[str | None]  # whose words they are
    words: Mapped[bytes]  # {text, officer}
    __table_args__ = (Index("minute_proceeding", "proceeding", "said_at"),)


class Task(Base):
    """What a meeting resolved that an agency, or we, do until a day."""

    __tablename__ = "task"
    proceeding: Mapped[str] = mapped_column(ForeignKey("proceeding.number"), primary_key=True)
    item: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    petition: Mapped[str]
    agency: Mapped[str]
    due: Mapped[date] = mapped_column(Date)
    state: Mapped[str]
    urged: Mapped[int] = mapped_column(Integer)
    missed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    words: Mapped[bytes]  # what is to be done
    __table_args__ = (
        CheckConstraint("item > 0", name="task_item_positive"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="task_ended_at"),
        Index("task_due", "due", postgresql_where="state = 'open' AND missed_at IS NULL"),
        Index("task_petition", "petition"),
    )

    @property
    def now_in(self) -> TaskStanding:
        return TaskStanding(self.state)
