"""What either side said of a referral."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from referral.tables.base import Base


class Remark(Base):
    """What was said with one move, and by whom over there; only encrypted, under the petition's key."""

    __tablename__ = "remark"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    referral: Mapped[str] = mapped_column(ForeignKey("referral.number"))
    move: Mapped[str]
    said_at: Mapped[datetime]
    officer: Mapped[str | None]  # of ours, who said it or wrote it down; none: the agency's own system
    words: Mapped[bytes]  # {text, officer}
    __table_args__ = (Index("remark_petition", "petition", "said_at"),)
