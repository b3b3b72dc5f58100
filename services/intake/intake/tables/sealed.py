"""Looks into who asked for secrecy."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Opening(Base):
    """An officer's request to see who asked for secrecy, and what another officer decided of it."""

    __tablename__ = "opening"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    purpose: Mapped[str]
    reason: Mapped[bytes]
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("decided_by <> asked_by", name="opening_two_people"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="opening_is_decided"),
        CheckConstraint("(state = 'approved') = (expires_at IS NOT NULL)", name="opening_expires"),
        Index("opening_waits", "asked_at", postgresql_where="state = 'asked'"),
    )
