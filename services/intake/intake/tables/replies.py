"""What the petitioner was told, or could lawfully not be."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Reply(Base):
    """What we told the petitioner, when and by which means."""

    __tablename__ = "reply"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str]
    means: Mapped[str]
    issued_on: Mapped[date]
    officer: Mapped[str]
    text: Mapped[bytes]
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    corrects: Mapped[int | None]  # which of them said something wrong, and stays as it was issued
    proof: Mapped[str | None]
    proved_on: Mapped[date | None]
    proved_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("num_nonnulls(proof, proved_on, proved_by) IN (0, 3)", name="reply_proved_by_somebody"),
    )


class ReplyWaiver(Base):
    """What was owed and could not be told, lawfully, and who found so."""

    __tablename__ = "untellable"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True)
    reply: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    officer: Mapped[str]
    recorded_at: Mapped[datetime]
