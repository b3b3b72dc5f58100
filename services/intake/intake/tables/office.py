"""Our own office: departments, officers, their roles by two people, and every change kept."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from intake.tables.base import Base


class Department(Base):
    """A department of our own office; one that is closed stays, for what it had."""

    __tablename__ = "department"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean)
    # up to which revision what it may not have any more was taken off it
    cleared: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    __table_args__ = (Index("department_uncleared", "code", postgresql_where="cleared < revision"),)


class DepartmentRevision(Base):
    """What a department was from a moment on, and who said so."""

    __tablename__ = "department_revision"
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean)


class OfficerRow(Base):
    """A colleague: where they sit and what they may; the name is sealed under a subject of their own."""

    __tablename__ = "officer"
    number: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    name: Mapped[bytes]
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    service_point: Mapped[str | None]
    deputy: Mapped[str | None]  # another officer's number
    roles: Mapped[list[Any]]
    leads: Mapped[list[Any]]  # of a leader: the departments in their charge (分管)
    # [{since, until, deputy}], both days included, the earliest first: who is on leave, and who acts in their stead
    leaves: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    since: Mapped[date]
    until: Mapped[date | None]  # the last day
    active: Mapped[bool] = mapped_column(Boolean)  # what the others were told of `until`
    # up to which revision what they may not handle any more was taken off them
    cleared: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    __table_args__ = (
        Index("officer_uncleared", "number", postgresql_where="cleared < revision"),
        CheckConstraint("until >= since", name="officer_ends_after_it_begins"),
        CheckConstraint("deputy <> number", name="officer_deputy_is_another"),
        Index("officer_ends", "until", postgresql_where="active AND until IS NOT NULL"),
    )

    def left_by(self, day: date) -> bool:
        """Whether their last day lies before it."""
        return self.until is not None and self.until < day


class OfficerRevision(Base):
    """What an officer was from a moment on, and who said so."""

    __tablename__ = "officer_revision"
    officer: Mapped[str] = mapped_column(ForeignKey("officer.number"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    name: Mapped[bytes]
    entry: Mapped[dict[str, Any]]


class RoleRequest(Base):
    """What roles somebody asked for an officer, and what another decided: neither who asked nor whom it is about."""

    __tablename__ = "role_request"
    id: Mapped[str] = mapped_column(primary_key=True)
    officer: Mapped[str] = mapped_column(ForeignKey("officer.number"))
    roles: Mapped[list[Any]]  # all that the officer is to have
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("decided_by NOT IN (asked_by, officer)", name="role_request_two_people"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="role_request_is_decided"),
        # two that wait would undo each other, in the order in which they happen to be approved
        Index("role_request_waits", "officer", unique=True, postgresql_where="state = 'asked'"),
    )
