"""Every notice, with what became of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from authorization.placements import Beside, follows
from contracts.vocabulary import NoticeState
from notify.tables.base import Base


class NoticeRow(Base, Beside):
    """One notice owed. `id` is the key the provider or operator knows it by: used once, whatever happens."""

    __tablename__ = "notice"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    person: Mapped[str | None]
    about: Mapped[str]
    cause: Mapped[str]  # the event that made it owed
    state: Mapped[str]
    reason: Mapped[str | None]
    template: Mapped[str]
    params: Mapped[dict[str, Any]]
    text: Mapped[str]
    planned_at: Mapped[datetime]
    not_before: Mapped[datetime]
    changed_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer)
    asked: Mapped[int] = mapped_column(Integer)
    settled_by_person: Mapped[bool] = mapped_column(Boolean)
    carrier: Mapped[str]
    round: Mapped[int | None] = mapped_column(Integer)  # none: written by older code, or of no petition
    concerns: Mapped[str | None]  # which of several: the referral, the aid case; empty where there is one a round
    due_at: Mapped[datetime | None]  # when it might first have gone; `not_before` moves with every try
    promised: Mapped[date | None] = mapped_column(Date)  # the day after which its text is no longer true
    stopped: Mapped[str | None]  # an Impossible: it must not leave (again)
    taken: Mapped[bool] = mapped_column(default=False, server_default="false")  # who carries it has said to have it
    number: Mapped[bytes | None]  # the phone it left for, as a keyed digest
    left_at: Mapped[datetime | None]  # the last time
    ask_at: Mapped[datetime | None]  # when its carrier is asked about it next; none: as older code has it
    __table_args__ = (
        UniqueConstraint("cause", name="notice_one_per_cause"),
        CheckConstraint("state <> 'impossible' OR reason IS NOT NULL", name="notice_impossible_says_why"),
        Index("notice_petition", "petition"),
        Index("notice_unplaced", "petition", postgresql_where="service_point IS NULL"),
        # counted in the index, for whichever department
        Index(
            "notice_state",
            "state",
            "planned_at",
            "id",
            postgresql_include=["petition", "person", "department", "service_point"],
        ),
        Index(
            "notice_calls",
            "changed_at",
            "id",
            postgresql_where="carrier = 'phone' AND state IN ('planned', 'sending', 'sent', 'unknown')",
        ),
        Index("notice_failed", "changed_at", "id", postgresql_where="state IN ('failed', 'refused')"),
        Index("notice_due", "not_before", postgresql_where="state = 'planned'"),
        Index("notice_open", "changed_at", postgresql_where="state IN ('sending', 'unknown')"),
        Index("notice_sent", "left_at", postgresql_where="state = 'sent'"),
        Index("notice_number", "number", "left_at", postgresql_where="number IS NOT NULL"),
    )

    @property
    def now_in(self) -> NoticeState:
        return NoticeState(self.state)


follows(NoticeRow.__table__)
