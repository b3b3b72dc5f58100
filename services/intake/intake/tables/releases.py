"""What is held, and to whom it was let go."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class ReleaseState(StrEnum):
    """How far a release has come; what is RELEASED may leave, nothing else."""

    ASKED = "asked"  # referral judges
    RELEASED = "released"
    REFUSED = "refused"
    VOID = "void"  # something more belongs to it since: it is looked at anew


class Release(Base):
    """What is held may go to one agency: who asked, why; `confirmed`: also where it hits that agency."""

    __tablename__ = "release"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    agency: Mapped[str]
    reason: Mapped[bytes]
    confirmed: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'released', 'refused', 'void')", name="release_state"),
        Index("release_petition", "petition"),
    )
