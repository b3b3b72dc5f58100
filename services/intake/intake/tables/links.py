"""Petitions that belong to each other."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Link(Base):
    """One petition belongs to another. The parts of one letter are each linked to each."""

    __tablename__ = "link"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    to: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    # whether what it means for both was worked out: not by the code that knew of no holds
    seen: Mapped[bool] = mapped_column(default=False, server_default="false")
    undone_at: Mapped[datetime | None]  # it was a mistake: what it had held stays held, until it is released
    # since and until when it stood before (null: another reason took its place): what the timeline says of that is for
    # who may see both
    past: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    __table_args__ = (
        CheckConstraint('petition <> "to"', name="link_to_another"),
        Index("link_to", "to"),
        Index("link_unseen", "petition", postgresql_where="NOT seen"),
    )
