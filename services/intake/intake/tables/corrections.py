"""What was corrected of a registration."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Correction(Base):
    """What stood there before, as JSON, and why it was wrong, both encrypted: under the petition's key.

    `what`: of each column that was corrected its word; `of_seq`: of which petitioner or respondent. Of who asked for
    secrecy neither stands here: the safe has what was and what is.
    """

    __tablename__ = "correction"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    what: Mapped[list[Any]]
    of_seq: Mapped[int | None]
    was: Mapped[bytes | None]
    reason: Mapped[bytes | None]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]  # whose correction it is
    approved_by: Mapped[str | None]  # whom it needed
    __table_args__ = (CheckConstraint("what <> '[]'::jsonb", name="correction_of_something"),)
