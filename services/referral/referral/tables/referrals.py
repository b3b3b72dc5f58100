"""The handovers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from authorization.placements import Beside, follows
from contracts.vocabulary import ReferralKind, ReferralState
from referral.domain.states import Snapshot
from referral.tables.base import Base


class Serial(Base):
    """The last number given in a year; under a row lock, so that a rollback leaves no gap."""

    __tablename__ = "serial"
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int]


class Referral(Base, Beside):
    """One handover. Its material travels in the letter to the agency and is kept sealed until it has ended."""

    __tablename__ = "referral"
    number: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    kind: Mapped[str]
    agency: Mapped[str]
    state: Mapped[str]
    purpose: Mapped[str]
    requested_by: Mapped[str]  # the letter of intake that asked: one letter, one referral
    created_at: Mapped[datetime]
    objection: Mapped[str | None]
    result: Mapped[str | None]
    statutory: Mapped[bool] = mapped_column(Boolean)
    predecessor: Mapped[str | None] = mapped_column(ForeignKey("referral.number"))  # passed on by who had it before
    urged: Mapped[int]
    offer: Mapped[bytes | None]  # sealed: what it carries, for a successor
    inbound: Mapped[bool] = mapped_column(default=False, server_default="false")  # sent to us: `agency` is the sender
    submission: Mapped[str | None]  # the sender's own number
    __table_args__ = (
        UniqueConstraint("requested_by", name="referral_one_per_request"),
        CheckConstraint("inbound = (submission IS NOT NULL)", name="referral_inbound_has_its_number"),
        Index("referral_petition", "petition"),
        Index("referral_unplaced", "petition", postgresql_where="service_point IS NULL"),
        # counted in the index, for whichever department
        Index(
            "referral_standing",
            "inbound",
            "state",
            "number",
            postgresql_include=["petition", "department", "service_point"],
        ),
        Index("referral_agency", "agency", "number"),
        Index("referral_created", "created_at", "number"),
        Index("referral_submission", "agency", "submission", unique=True, postgresql_where="inbound"),
        Index("referral_unanswered", "number", postgresql_where="state IN ('sent', 'signed')"),
    )

    @property
    def now_in(self) -> ReferralState:
        return ReferralState(self.state)

    @property
    def of_kind(self) -> ReferralKind:
        return ReferralKind(self.kind)

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.now_in, self.of_kind, self.statutory, self.inbound)


class Escalation(Base):
    """提请协调: a matter nobody takes; who is asked, why, and how many days each agency had it."""

    __tablename__ = "escalation"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    referral: Mapped[str] = mapped_column(ForeignKey("referral.number"))
    reason: Mapped[str]
    agency: Mapped[str | None]  # nobody: the ban leaves none, and the chief decides
    days: Mapped[list[Any]]  # [[agency, days]]
    requested_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("referral", "reason", name="escalation_once"),
        Index("escalation_petition", "petition"),
        Index("escalation_requested", "requested_at", "id"),
    )


follows(Referral.__table__)
