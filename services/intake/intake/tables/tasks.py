"""What somebody of our office has to do for a petition."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Task(Base):
    """One task: whose it is (a department's, an officer's; with neither, the level above's) and until when."""

    __tablename__ = "task"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str] = mapped_column(ForeignKey("petition.number"))
    kind: Mapped[str]
    zh: Mapped[str]  # as the county's data called it when it was opened
    origin: Mapped[str]  # what opened it: of one origin one is open at a time
    duty: Mapped[str]  # whose it is to be, whoever that is at the moment
    department: Mapped[str | None]
    officer: Mapped[str | None]
    due: Mapped[date]
    state: Mapped[str]
    text: Mapped[bytes | None]  # what an officer wrote of it
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    overdue_told: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("num_nonnulls(department, officer) <= 1", name="task_one_owner"),
        CheckConstraint("state IN ('open', 'done', 'impossible')", name="task_state"),
        Index("task_once", "petition", "origin", unique=True, postgresql_where="state = 'open'"),
        Index("task_petition", "petition", "opened_at"),
        Index("task_due", "due", "id", postgresql_where="state = 'open'"),
        Index("task_officer", "officer", "due", "id", postgresql_where="state = 'open'"),
        Index("task_department", "department", "due", "id", postgresql_where="state = 'open'"),
        Index("task_untold", "due", postgresql_where="state = 'open' AND overdue_told IS NULL"),
    )


class TaskRecord(Base):
    """How a task ended, or why it was opened again or given to another: each stays, with its words."""

    __tablename__ = "task_record"
    task: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    what: Mapped[str]
    text: Mapped[bytes]
    recorded_at: Mapped[datetime]
    officer: Mapped[str]
    __table_args__ = (CheckConstraint("what IN ('done', 'impossible', 'reopened', 'given')", name="task_record_what"),)
