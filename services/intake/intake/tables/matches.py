"""What a person said of two petitions that are alike."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class MatchedPair(Base):
    """That `petition` and `other` are two matters, or speak of one issue, which many may; `reason` is sealed.

    `issue`: the number by which a group is known, of whoever it began with; a petition is in one group at most.
    """

    __tablename__ = "match_decision"
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("petition.number"), primary_key=True)
    decision: Mapped[str]
    issue: Mapped[str | None]
    reason: Mapped[bytes]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    __table_args__ = (
        CheckConstraint("petition <> other", name="match_decision_of_another"),
        CheckConstraint("(issue IS NOT NULL) = (decision = 'same_issue')", name="match_decision_issue"),
        Index("match_decision_other", "other"),
        Index("match_decision_one_issue", "petition", unique=True, postgresql_where="issue IS NOT NULL"),
        Index("match_decision_issue_of", "issue", postgresql_where="issue IS NOT NULL"),
    )
