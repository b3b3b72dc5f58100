"""What the county's questions came to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Advised(Base):
    """What the answers to a line's questions came to, as it was told."""

    __tablename__ = "advised"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    sheet: Mapped[str]
    answers: Mapped[dict[str, Any]]
    result: Mapped[str]
    reasons: Mapped[list[Any]]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
