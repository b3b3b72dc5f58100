"""A clock is a row; each of its warnings, and its miss, is a row that is written once."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, Boolean, CheckConstraint, Date, DateTime, ForeignKey, Index, Text, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from statute import Suspension


class State(StrEnum):
    """`missed`: it ran out and is still owed. `stopped`: what was owed was done, or is owed no more."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    MISSED = "missed"
    STOPPED = "stopped"

    @property
    def zh(self) -> str:
        return {"running": "计时中", "suspended": "已中止", "missed": "已逾期", "stopped": "已停止"}[self]


class Base(DeclarativeBase):
    """Of the clocks' own tables, which lie in the database of each service that has clocks."""

    type_annotation_map = {str: Text, datetime: DateTime(timezone=True), date: Date, list[Any]: JSONB}
    # the database's defaults are for older code beside this one: nothing is read back after an insert
    __mapper_args__ = {"eager_defaults": False}


class Clock(Base):
    """A period that runs for a petition or one of its referrals.

    `length` and `unit` are its pack's, as of its start: whatever a region sets later, they stay.
    """

    __tablename__ = "clock"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    referral: Mapped[str | None]
    rule: Mapped[str]
    variant: Mapped[str | None]  # of the pack's rows of this rule, which; none: the plain one
    pack: Mapped[str]
    length: Mapped[int]
    unit: Mapped[str]
    duty: Mapped[str]
    holder: Mapped[str]  # whose duty it is: our office, a department or an agency, by code
    officer: Mapped[str | None]  # and of these the person, where one is named; in no event
    start: Mapped[date]
    begins_at: Mapped[datetime | None]  # of hours alone
    # who is held is owed it on the day itself: 刑事诉讼法 105(4)
    in_custody: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    due: Mapped[date]
    target: Mapped[date]
    provisional: Mapped[bool] = mapped_column(Boolean)
    extension: Mapped[int] = mapped_column(default=0, server_default="0")
    extended_by: Mapped[str | None]
    # [[first, last, reason]], both days included
    suspensions: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    suspended_since: Mapped[date | None]
    suspended_for: Mapped[str | None]
    state: Mapped[str]
    started_at: Mapped[datetime]
    started_by: Mapped[str]  # the type of the event that did it
    missed_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
    next_at: Mapped[datetime | None]  # when the next level fires; none: the sweeper has nothing to do here
    levels: Mapped[list["Level"]] = relationship(order_by="Level.at, Level.seq")
    past: Mapped[list["Holding"]] = relationship(order_by="Holding.seq")
    __table_args__ = (
        CheckConstraint("state IN ('running', 'suspended', 'missed', 'stopped')", name="clock_state"),
        CheckConstraint("due > start", name="clock_ends_after_it_starts"),
        CheckConstraint("(extension = 0) = (extended_by IS NULL)", name="clock_extension_is_approved"),
        CheckConstraint("(state = 'suspended') = (suspended_since IS NOT NULL)", name="clock_suspended_since"),
        CheckConstraint("state <> 'missed' OR missed_at IS NOT NULL", name="clock_missed_at"),
        CheckConstraint("(state = 'stopped') = (stopped_by IS NOT NULL)", name="clock_stopped_by"),
        CheckConstraint("state = 'running' OR next_at IS NULL", name="clock_only_a_running_one_fires"),
        # one running clock of a rule for one matter: an event that comes twice cannot start a second
        Index(
            "clock_one_of_a_rule",
            text("COALESCE(referral, petition)"),
            "rule",
            unique=True,
            postgresql_where=text("state <> 'stopped'"),
        ),
        Index("clock_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("clock_petition", "petition"),
        Index("clock_owed", "target", "id", postgresql_where=text("state IN ('running', 'missed')")),
    )

    @property
    def now_in(self) -> State:
        return State(self.state)

    @property
    def missed_by(self) -> tuple[str, str | None] | None:
        """Who held it, and the person there, when it was missed; None while it was not."""
        if self.missed_at is None:
            return None
        then = next((each for each in self.past if each.until >= self.missed_at), self)
        return then.holder, then.officer

    @property
    def pauses(self) -> list[Suspension]:
        return [Suspension(date.fromisoformat(first), date.fromisoformat(last)) for first, last, _ in self.suspensions]


class Level(Base):
    """A warning at a share of the period, on its target or last day, or the miss itself."""

    __tablename__ = "clock_level"
    clock: Mapped[str] = mapped_column(ForeignKey("clock.id"), primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    at: Mapped[datetime]
    fired_at: Mapped[datetime | None]


class Holding(Base):
    """Who held a clock before who holds it now, and until when; what was is never changed."""

    __tablename__ = "clock_holding"
    clock: Mapped[str] = mapped_column(ForeignKey("clock.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[datetime]
    holder: Mapped[str]
    officer: Mapped[str | None]


_FIRES_ONCE = """
CREATE FUNCTION clock_fires_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.fired_at IS NOT NULL THEN RAISE EXCEPTION 'a level fires once'; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clock_fires_once BEFORE UPDATE OR DELETE ON clock_level
    FOR EACH ROW EXECUTE FUNCTION clock_fires_once();
"""
event.listen(Level.__table__, "after_create", DDL(_FIRES_ONCE))


class WatchRow(Base):
    """The one row all replicas tick on; while it is halted none of them fires anything."""

    __tablename__ = "clock_watch"
    one: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    epoch: Mapped[int]
    ticked_at: Mapped[datetime | None]
    halted_at: Mapped[datetime | None]
    halted_from: Mapped[datetime | None]  # where time should have been
    resumed_by: Mapped[str | None]
    resumed_why: Mapped[str | None]
    # which boot of which machine ticked last, and then: the database's time, and that machine's seconds since boot
    boot: Mapped[str | None]
    boot_at: Mapped[datetime | None]
    boot_seconds: Mapped[float | None]
    __table_args__ = (CheckConstraint("one", name="clock_watch_one_check"),)


# halted or not, there is always a row to lock
event.listen(WatchRow.__table__, "after_create", DDL("INSERT INTO clock_watch (one, epoch) VALUES (true, 1)"))
