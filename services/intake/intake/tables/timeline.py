"""What happened, line by line."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base

# a line that tells the SHA-256 of a file, as older code wrote it
STEP_IN_CLEAR = "type = 'petition.file_added.v1' AND data ->> 'sha256' IS NOT NULL"
# the lines by which a referral's number is first known here
NUMBERED = ("referral.sent.v1", "submission.signed.v1", "submission.objected.v1")
# the lines that say that a paper was printed, with its petitioner's name or without
PRINTED = ("petition.printed.v1", "petition.printed_nameless.v1")


class Step(Base):
    """One line of a petition's timeline: what happened here and, told by events, elsewhere."""

    __tablename__ = "step"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    petition: Mapped[str]
    at: Mapped[datetime]
    type: Mapped[str]
    agency: Mapped[str]
    officer: Mapped[str]
    data: Mapped[dict[str, Any]]
    __table_args__ = (
        Index("step_petition", "petition", "at", "id"),
        Index("step_referral", text("(data ->> 'referral')"), postgresql_where=text(f"type IN {NUMBERED}")),
        Index(
            "step_printed", "petition", text("(data ->> 'document')"), "at", postgresql_where=text(f"type IN {PRINTED}")
        ),
        Index("step_in_clear", "id", postgresql_where=text(STEP_IN_CLEAR)),
    )
