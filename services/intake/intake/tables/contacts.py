"""What reached us, whatever became of it."""

from datetime import date, datetime

from sqlalchemy import DDL, CheckConstraint, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Contact(Base):
    """One letter, call, visit, online message or fax (件次).

    Undecided, answered or split it is sealed under a key of its own; in a petition, under the petition's.
    """

    __tablename__ = "contact"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str | None]  # the one it became or joined; several came of one that was split
    channel: Mapped[str]
    service_point: Mapped[str]
    received_on: Mapped[date]
    received_reason: Mapped[bytes | None]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    outcome: Mapped[str | None]
    joining: Mapped[str | None]
    name: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    text: Mapped[bytes | None]
    answer: Mapped[bytes | None]
    group_size: Mapped[int] = mapped_column(default=1, server_default="1")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reconsidered: Mapped[bytes | None]  # why what it had become last was wrong
    # of what came by the petitioners' door: the keyed hash of the code to come back with, what it is said to be, and
    # whether it asks for secrecy, as who sent it is in the safe
    code: Mapped[bytes | None]
    kind: Mapped[str | None]
    secrecy: Mapped[bool] = mapped_column(default=False, server_default="false")
    __table_args__ = (
        CheckConstraint(
            "(petition IS NOT NULL) = coalesce(outcome IN ('registered', 'joined'), false)", name="contact_in_petition"
        ),
        CheckConstraint("(joining IS NOT NULL) = coalesce(outcome = 'joined', false)", name="contact_joining"),
        Index("contact_petition", "petition"),
        Index("contact_recorded", "recorded_at", "id"),
        Index("contact_code", "code", unique=True, postgresql_where="code IS NOT NULL"),
        Index("contact_undecided", "recorded_at", "id", postgresql_where="outcome IS NULL"),
    )


# for an older copy, which says nothing; this one says None, and a default of the mapping would be put in its place
event.listen(Contact.__table__, "after_create", DDL("ALTER TABLE contact ALTER outcome SET DEFAULT 'registered'"))
