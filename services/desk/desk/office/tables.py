"""The office door's own database: who is in, what is half written, half done. No copy of any petition."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, DateTime, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Every time has its zone."""

    type_annotation_map = {datetime: DateTime(timezone=True), str: Text, dict[str, Any]: JSONB}


class SessionRow(Base):
    """One browser that is let in, by the digest of what its cookie holds.

    `whole`: false between password and second factor; `lists`: address of a list → what it was last asked for.
    """

    __tablename__ = "session"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    grant_id: Mapped[bytes]
    officer: Mapped[str | None]
    begun_at: Mapped[datetime]
    used_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    whole: Mapped[bool] = mapped_column(Boolean)
    locked: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    agent: Mapped[str]
    lists: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    __table_args__ = (Index("session_officer", "officer"), Index("session_ends", "ends_at"))


class DraftRow(Base):
    """What an officer has typed into a form and not sent, closed under a key of the desk's own."""

    __tablename__ = "draft"
    officer: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str]
    content: Mapped[bytes]
    saved_at: Mapped[datetime]
    __table_args__ = (Index("draft_saved", "saved_at"),)


class SavedRow(Base):
    """How an officer narrows one list, by names of their own, closed under a key of the desk's own."""

    __tablename__ = "saved"
    officer: Mapped[str] = mapped_column(primary_key=True)
    list: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str]
    content: Mapped[bytes]
    saved_at: Mapped[datetime]


class BatchRow(Base):
    """One action on many things, a step each: which, and what became of those that are `done`, closed like a draft.

    `running`: a thread of ours takes its steps, unless its process ended.
    """

    __tablename__ = "batch"
    id: Mapped[str] = mapped_column(primary_key=True)
    officer: Mapped[str]
    key_id: Mapped[str]
    content: Mapped[bytes]
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer)
    running: Mapped[bool] = mapped_column(Boolean)
    begun_at: Mapped[datetime]
    stepped_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("done BETWEEN 0 AND total", name="batch_done"),
        Index("batch_officer", "officer"),
        Index("batch_stepped", "stepped_at"),
    )
