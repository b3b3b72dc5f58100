"""What somebody asked for and another has to approve."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from contracts.vocabulary import ApprovalState
from intake.tables.base import Base

# two of one kind that wait would be performed twice
_OPEN = "state IN ('waiting', 'signed')"


class Approval(Base):
    """A step that is drafted and not done: who asked, and what another decided of it.

    `subject`: of which clock or wall it is, where a petition has several. What the step says, why it was refused and
    who signed on paper are encrypted under the petition's key.
    """

    __tablename__ = "approval"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    action: Mapped[str]
    subject: Mapped[str]
    draft: Mapped[bytes]
    department: Mapped[str | None]  # who asked sits there: whose head decides of what no department has yet
    asked_by: Mapped[str]
    drafted_by: Mapped[str]  # who handled it when it was asked for
    asked_at: Mapped[datetime]
    state: Mapped[str]
    level: Mapped[str | None]  # that decided
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[bytes | None]
    paper: Mapped[bytes | None]
    __table_args__ = (
        CheckConstraint("decided_by NOT IN (asked_by, drafted_by)", name="approval_two_people"),
        CheckConstraint("num_nonnulls(level, decided_by, decided_at) IN (0, 3)", name="approval_decided_by_somebody"),
        CheckConstraint(
            "CASE WHEN state = 'waiting' THEN decided_by IS NULL"
            " WHEN state IN ('approved', 'signed', 'issued', 'refused') THEN decided_by IS NOT NULL"
            " ELSE state IN ('withdrawn', 'void') END",
            name="approval_state",
        ),
        Index("approval_open", "petition", "action", "subject", unique=True, postgresql_where=_OPEN),
        Index("approval_waits", "asked_at", "id", postgresql_where=_OPEN),
        Index("approval_petition", "petition"),
    )

    @property
    def now_in(self) -> ApprovalState:
        """The state, as the word it is."""
        return ApprovalState(self.state)

    @property
    def is_open(self) -> bool:
        """Whether it waits, for an approval or, signed, to be issued."""
        return self.now_in in (ApprovalState.WAITING, ApprovalState.SIGNED)

    @property
    def own(self) -> frozenset[str]:
        """Whose own it is: they decide nothing of it."""
        return frozenset({self.asked_by, self.drafted_by})
