"""The agencies, and what is asked of the broker for them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from authorization.ban import BY_HAND, Member
from contracts.vocabulary import AgencyKind, EdgeKind, Transport
from referral.tables.base import Base


class Agency(Base):
    """An agency of the directory. `edges`: [{kind, to}] beside the parent (指导, 双管, 派驻)."""

    __tablename__ = "agency"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    parent: Mapped[str | None]
    edges: Mapped[list[Any]]
    transport: Mapped[str]
    own_system: Mapped[bool] = mapped_column(Boolean)
    active: Mapped[bool] = mapped_column(Boolean)
    competence: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # [{why, kinds, lines, places}]
    told: Mapped[list[Any]] = mapped_column(default=list)  # the services that know this revision

    @property
    def has_queue(self) -> bool:
        return self.active and Transport(self.transport).queued

    @property
    def by_hand(self) -> bool:
        """What goes there goes in an envelope; what it says is written down by an officer."""
        return self.active and self.transport in BY_HAND

    @property
    def member(self) -> Member:
        edges = tuple((EdgeKind(edge["kind"]), edge["to"]) for edge in self.edges)
        return Member(self.code, AgencyKind(self.kind), Transport(self.transport), self.parent, edges, self.active)


class AgencyRevision(Base):
    """An agency as it was from a moment on: which edges barred whom on a day is still to be seen."""

    __tablename__ = "agency_revision"
    agency: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    by: Mapped[str]
    entry: Mapped[dict[str, Any]]


class ChangeRequest(Base):
    """A change of the directory that the broker does not know yet; `provision` carries it out and says what came."""

    __tablename__ = "change_request"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    agency: Mapped[str]
    change: Mapped[str]  # add · remove
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("change IN ('add', 'remove')", name="change_request_change"),
        # a later wish replaces an earlier one: two open ones could contradict each other
        Index("change_request_open", "agency", unique=True, postgresql_where="done_at IS NULL"),
    )
