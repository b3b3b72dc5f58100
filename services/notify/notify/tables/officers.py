"""What officers of our office are told of clocks."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notify.tables.base import Base


class OfficerItem(Base):
    """A clock's warning or miss that an officer is to be told; the event's id makes a second one impossible."""

    __tablename__ = "officer_item"
    cause: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]  # who is told: a department, or the office
    notice: Mapped[str | None]  # none yet: it waits for the next digest
    petition: Mapped[str]
    sentence: Mapped[str]
    told_at: Mapped[datetime]
    # a task: the holder's to do, whoever has the petition; they read of it unless they are kept away
    theirs: Mapped[bool] = mapped_column(default=False, server_default="false")
    __table_args__ = (
        Index("officer_item_waiting", "holder", postgresql_where="notice IS NULL"),
        Index("officer_item_of", "notice"),
    )


class OfficerNotice(Base):
    """What an officer reads: at once, or the digest of a day."""

    __tablename__ = "officer_notice"
    id: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    digest_of: Mapped[date | None]  # none: told at once
    not_before: Mapped[datetime]
    made_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("holder", "digest_of", name="officer_notice_one_digest_a_day"),
        Index("officer_notice_of", "holder", "not_before"),
        Index("officer_notice_at", "not_before", "id"),
    )
