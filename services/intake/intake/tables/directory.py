"""The agencies, as referral tells them."""

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from authorization.ban import Member
from contracts.vocabulary import AgencyKind, EdgeKind, Transport
from intake.tables.base import Base


class Agency(Base):
    """The directory as referral tells it; the greatest revision wins."""

    __tablename__ = "agency"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    transport: Mapped[str]
    active: Mapped[bool] = mapped_column(Boolean)
    parent: Mapped[str | None]
    edges: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))  # [{kind, to}]; None: older code told it

    @property
    def member(self) -> Member:
        """The agency as the ban knows one; without edges where older code told it."""
        edges = tuple((EdgeKind(each["kind"]), each["to"]) for each in self.edges or ())
        return Member(self.code, AgencyKind(self.kind), Transport(self.transport), self.parent, edges, self.active)
