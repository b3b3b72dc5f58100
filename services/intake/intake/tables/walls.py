"""Who of our own office is kept away."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from contracts.vocabulary import WallReason
from intake.tables.base import Base


class Wall(Base):
    """Who of our own office is kept away: the officer by keyed hash, the department by code."""

    __tablename__ = "wall"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    officer: Mapped[bytes | None]
    tag: Mapped[bytes | None]  # what the other services are told; none: put up before they were told anything
    department: Mapped[str | None]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]  # it stood until then
    # whom it concerns was not known before: taken down, it is not known again
    identified: Mapped[bool] = mapped_column(default=False, server_default="false")
    __table_args__ = (
        Index("wall_untagged", "petition", postgresql_where="officer IS NOT NULL AND tag IS NULL"),
        CheckConstraint(
            "(reason = 'nobody_named') = (officer IS NULL AND department IS NULL)", name="wall_names_somebody"
        ),
    )

    @property
    def says_whom(self) -> bool:
        """Whether it says whom of us a petition concerns, or that nobody is named; who only keeps away says nothing."""
        return self.reason != WallReason.RECUSED
