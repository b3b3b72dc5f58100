"""Who holds a petition since when, and what the ban must know of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, Boolean, CheckConstraint, Integer, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from authorization.ban import BanSubject
from contracts.vocabulary import Kind, Line
from referral.domain.fitness import Matter
from referral.tables.base import Base


class Guarded(Base):
    """What the routing ban and custody know of a petition since its registration: no name, no text."""

    __tablename__ = "guarded"
    petition: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    line: Mapped[str]
    secret: Mapped[bool] = mapped_column(Boolean)
    units: Mapped[list[Any]]  # of the respondents
    all_known: Mapped[bool] = mapped_column(Boolean)
    place: Mapped[str | None]  # its division code
    sender: Mapped[str | None]  # who sent it to us: it holds the petition until we sign
    # by a link: nothing leaves but to `released`
    held: Mapped[bool] = mapped_column(default=False, server_default="false")
    released: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    ended: Mapped[bool] = mapped_column(default=False, server_default="false")  # with us, by whatever way
    sub_line: Mapped[str | None]
    anonymous: Mapped[bool | None]  # of one from before it was kept, nobody knows here

    @property
    def matter(self) -> BanSubject:
        units, released = frozenset(self.units), frozenset(self.released)
        return BanSubject(Kind(self.kind), self.secret, units, self.all_known, self.held, released, self.ended)

    @property
    def fitness(self) -> Matter:
        return Matter(
            Kind(self.kind), Line(self.line), self.sub_line, self.secret, self.anonymous, self.held, self.ended
        )


class Custody(Base):
    """A range ends where the next begins, so neither a gap nor an overlap can be written."""

    __tablename__ = "custody"
    petition: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    agency: Mapped[str | None]  # nobody: custody ended, until the petition is reopened
    since: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("petition", "since", name="custody_one_at_a_time"),
        CheckConstraint("seq > 0", name="custody_seq_positive"),
        CheckConstraint("seq > 1 OR agency IS NOT NULL", name="custody_begins_with_somebody"),
    )


# %% is one %: DDL fills in names
_IN_ORDER = """
CREATE FUNCTION custody_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last custody%%ROWTYPE;
BEGIN
    SELECT * INTO last FROM custody WHERE petition = NEW.petition ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> COALESCE(last.seq, 0) + 1 OR NEW.since <= last.since
        OR (last.seq IS NOT NULL AND last.agency IS NOT DISTINCT FROM NEW.agency)
    THEN RAISE EXCEPTION 'custody out of order' USING ERRCODE = 'check_violation', CONSTRAINT = 'custody_in_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_in_order BEFORE INSERT ON custody FOR EACH ROW EXECUTE FUNCTION custody_in_order();
CREATE FUNCTION custody_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'custody is append-only'; END $$;
CREATE TRIGGER custody_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
"""
event.listen(Custody.__table__, "after_create", DDL(_IN_ORDER))
