"""Aid's tables: cases, leads, the directory as told. Who is helped is encrypted under the case's data key."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from contracts.vocabulary import AidState, LeadState


class Base(DeclarativeBase):
    type_annotation_map = {
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        list[Any]: JSONB,
    }


class Agency(Base):
    """The directory as referral tells it; the greatest revision wins."""

    __tablename__ = "agency"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    transport: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean)


class Held(Base):
    """A petition of which nothing leaves but to `released`; intake knows why."""

    __tablename__ = "held"
    petition: Mapped[str] = mapped_column(primary_key=True)
    released: Mapped[list[Any]] = mapped_column(default=list)


class Serial(Base):
    """The last number given in a year, of cases and of leads; under a row lock, so that a rollback leaves no gap."""

    __tablename__ = "serial"
    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Case(Base):
    """One case of judicial aid. `once` is a keyed hash of person and case: aid is given to it a single time."""

    __tablename__ = "aid_case"
    number: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    state: Mapped[str]
    situations: Mapped[list[Any]]
    applicant: Mapped[bytes]  # JSON, encrypted
    once: Mapped[bytes]
    requested_by: Mapped[str]  # the letter that asked: one letter, one case
    rules: Mapped[str]
    opened_at: Mapped[datetime]
    decide_by: Mapped[date]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    amount_fen: Mapped[int | None]
    ground: Mapped[str | None]
    sealed: Mapped[bool] = mapped_column(Boolean, default=False)  # its applicant asked for secrecy
    leads: Mapped[list["Lead"]] = relationship(order_by="Lead.number")
    __table_args__ = (
        Index("aid_case_request", "requested_by", unique=True),
        Index("aid_case_petition", "petition"),
        Index("aid_case_once", "once", unique=True, postgresql_where="state = 'granted'"),
        CheckConstraint("(state = 'granted') = (amount_fen IS NOT NULL)", name="aid_case_granted_has_amount"),
        CheckConstraint("(state = 'refused') = (ground IS NOT NULL)", name="aid_case_refused_says_why"),
        CheckConstraint("amount_fen > 0", name="aid_case_amount_positive"),
    )

    @property
    def now_in(self) -> AidState:
        return AidState(self.state)


class Lead(Base):
    """A lead about the person to an agency that decides on social aid."""

    __tablename__ = "lead"
    number: Mapped[str] = mapped_column(primary_key=True)
    case_number: Mapped[str] = mapped_column(ForeignKey("aid_case.number"))
    agency: Mapped[str]
    kinds: Mapped[list[Any]]
    state: Mapped[str]
    offered_at: Mapped[datetime]
    answer_by: Mapped[date]
    result: Mapped[str | None]
    text: Mapped[bytes | None]
    __table_args__ = (
        Index("lead_case", "case_number"),
        # an agency that is asked twice about one person answers twice
        Index("lead_one_open", "case_number", "agency", unique=True, postgresql_where="state IN ('offered', 'signed')"),
    )

    @property
    def now_in(self) -> LeadState:
        return LeadState(self.state)


DDL_1 = """
CREATE TABLE agency (
    code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL, kind text NOT NULL,
    transport text NOT NULL, active boolean NOT NULL);
CREATE TABLE serial (series text, year integer, last integer NOT NULL, PRIMARY KEY (series, year));
CREATE TABLE aid_case (
    number text PRIMARY KEY, petition text NOT NULL, state text NOT NULL, situations jsonb NOT NULL,
    applicant bytea NOT NULL, once bytea NOT NULL, requested_by text NOT NULL, rules text NOT NULL,
    opened_at timestamptz NOT NULL, decide_by date NOT NULL, decided_at timestamptz, decided_by text,
    amount_fen integer, ground text,
    CONSTRAINT aid_case_granted_has_amount CHECK ((state = 'granted') = (amount_fen IS NOT NULL)),
    CONSTRAINT aid_case_refused_says_why CHECK ((state = 'refused') = (ground IS NOT NULL)),
    CONSTRAINT aid_case_amount_positive CHECK (amount_fen > 0));
CREATE UNIQUE INDEX aid_case_request ON aid_case (requested_by);
CREATE INDEX aid_case_petition ON aid_case (petition);
CREATE UNIQUE INDEX aid_case_once ON aid_case (once) WHERE state = 'granted';
CREATE TABLE lead (
    number text PRIMARY KEY, case_number text NOT NULL REFERENCES aid_case (number), agency text NOT NULL,
    kinds jsonb NOT NULL, state text NOT NULL, offered_at timestamptz NOT NULL, answer_by date NOT NULL,
    result text, text bytea);
CREATE INDEX lead_case ON lead (case_number);
CREATE UNIQUE INDEX lead_one_open ON lead (case_number, agency) WHERE state IN ('offered', 'signed');
"""
