"""Cases and leads. Who is helped is encrypted under the case's data key."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aid.tables.base import Base
from authorization.placements import Beside, follows
from contracts.vocabulary import AidState, LeadState


class Serial(Base):
    """The last number given in a year, of cases and of leads; under a row lock, so that a rollback leaves no gap."""

    __tablename__ = "serial"
    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Held(Base):
    """A petition of which nothing leaves but to `released`; intake knows why."""

    __tablename__ = "held"
    petition: Mapped[str] = mapped_column(primary_key=True)
    released: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


class Case(Base, Beside):
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
    ground: Mapped[str | None]  # of a refusal
    basis: Mapped[str | None]  # of a grant: the row it is given by
    opinion: Mapped[bytes | None]  # encrypted
    sealed: Mapped[bool] = mapped_column(default=False, server_default="false")  # its applicant asked for secrecy
    leads: Mapped[list["Lead"]] = relationship(order_by="Lead.number")
    __table_args__ = (
        Index("aid_case_request", "requested_by", unique=True),
        Index("aid_case_petition", "petition"),
        Index("aid_case_unplaced", "petition", postgresql_where="service_point IS NULL"),
        Index("aid_case_decide_by", "decide_by", "number"),
        Index("aid_case_open", "decide_by", "number", postgresql_where="state = 'opened'"),
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
        Index("lead_answer_by", "answer_by", "number"),
        Index("lead_open", "answer_by", "number", postgresql_where="state IN ('offered', 'signed')"),
        # an agency that is asked twice about one person answers twice
        Index("lead_one_open", "case_number", "agency", unique=True, postgresql_where="state IN ('offered', 'signed')"),
    )

    @property
    def now_in(self) -> LeadState:
        return LeadState(self.state)


follows(Case.__table__)
