"""Notify's tables: who can be reached how, and every notice with what became of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from contracts.vocabulary import NoticeState


class Base(DeclarativeBase):
    type_annotation_map = {
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSONB,
    }


class Contact(Base):
    """How to reach a person; the number only encrypted."""

    __tablename__ = "contact"
    person: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    phone: Mapped[bytes]
    number: Mapped[bytes | None]  # the phone's keyed digest; none: written by older code
    given_at: Mapped[datetime | None]


class EndedNumber(Base):
    """The number of somebody who died. Who gives it after `at` is another."""

    __tablename__ = "ended_number"
    number: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Petitioner(Base):
    """What notify needs to know of a petition: whom to tell, and how."""

    __tablename__ = "petitioner"
    petition: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str | None]
    reach: Mapped[str]
    ended: Mapped[str | None]  # an Impossible: why the petition's beginning, or anything of it, is not told any more
    round: Mapped[int] = mapped_column(Integer, default=1)  # it was looked at anew: told anew, too
    department: Mapped[str | None]  # who handles it now


class Agency(Base):
    """The directory as referral tells it; the greatest revision wins."""

    __tablename__ = "agency"
    code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    name: Mapped[str]


class NoticeRow(Base):
    """One notice owed. `id` is the key the provider or operator knows it by: used once, whatever happens."""

    __tablename__ = "notice"
    id: Mapped[str] = mapped_column(primary_key=True)
    petition: Mapped[str]
    person: Mapped[str | None]
    about: Mapped[str]
    cause: Mapped[str]  # the event that made it owed
    state: Mapped[str]
    reason: Mapped[str | None]
    template: Mapped[str]
    params: Mapped[dict[str, Any]]
    text: Mapped[str]
    planned_at: Mapped[datetime]
    not_before: Mapped[datetime]
    changed_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer)
    asked: Mapped[int] = mapped_column(Integer)
    settled_by_person: Mapped[bool] = mapped_column(Boolean)
    carrier: Mapped[str]
    round: Mapped[int | None] = mapped_column(Integer)  # none: written by older code, or of no petition
    concerns: Mapped[str | None]  # which of several: the referral, the aid case; empty where there is one a round
    due_at: Mapped[datetime | None]  # when it might first have gone; `not_before` moves with every try
    promised: Mapped[date | None] = mapped_column(Date)  # the day after which its text is no longer true
    stopped: Mapped[str | None]  # an Impossible: it must not leave (again)
    taken: Mapped[bool] = mapped_column(Boolean, default=False)  # who carries it has said to have it
    number: Mapped[bytes | None]  # the phone it left for, as a keyed digest
    left_at: Mapped[datetime | None]  # the last time
    ask_at: Mapped[datetime | None]  # when its carrier is asked about it next; none: as older code has it
    __table_args__ = (
        UniqueConstraint("cause", name="notice_one_per_cause"),
        CheckConstraint("state <> 'impossible' OR reason IS NOT NULL", name="notice_impossible_says_why"),
        Index("notice_petition", "petition"),
        Index("notice_due", "not_before", postgresql_where="state = 'planned'"),
        Index("notice_open", "changed_at", postgresql_where="state IN ('sending', 'unknown')"),
        Index("notice_sent", "left_at", postgresql_where="state = 'sent'"),
        Index("notice_number", "number", "left_at", postgresql_where="number IS NOT NULL"),
    )

    @property
    def now_in(self) -> NoticeState:
        return NoticeState(self.state)


class OfficerItem(Base):
    """A clock's warning or miss that an officer is to be told; the event's id makes a second one impossible."""

    __tablename__ = "officer_item"
    cause: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]  # who is told: a department, or the office
    notice: Mapped[str | None]  # none yet: it waits for the next digest
    petition: Mapped[str]
    sentence: Mapped[str]
    told_at: Mapped[datetime]
    __table_args__ = (Index("officer_item_waiting", "holder", postgresql_where="notice IS NULL"),)


class OfficerNotice(Base):
    """What an officer reads: at once, or the digest of a day."""

    __tablename__ = "officer_notice"
    id: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    digest_of: Mapped[date | None]  # none: told at once
    not_before: Mapped[datetime]
    made_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("holder", "digest_of", name="officer_notice_one_digest_a_day"),
        Index("officer_notice_of", "holder", "not_before"),
    )


DDL_1 = """
CREATE TABLE contact (person text PRIMARY KEY, petition text NOT NULL, phone bytea NOT NULL);
CREATE TABLE petitioner (petition text PRIMARY KEY, person text, reach text NOT NULL);
CREATE TABLE agency (code text PRIMARY KEY, revision integer NOT NULL, name text NOT NULL);
CREATE TABLE notice (
    id text PRIMARY KEY, petition text NOT NULL, person text, about text NOT NULL, cause text NOT NULL,
    state text NOT NULL, reason text, template text NOT NULL, params jsonb NOT NULL, text text NOT NULL,
    planned_at timestamptz NOT NULL, not_before timestamptz NOT NULL, changed_at timestamptz NOT NULL,
    tries integer NOT NULL, asked integer NOT NULL, settled_by_person boolean NOT NULL,
    CONSTRAINT notice_one_per_cause UNIQUE (cause),
    CONSTRAINT notice_impossible_says_why CHECK (state <> 'impossible' OR reason IS NOT NULL));
CREATE INDEX notice_petition ON notice (petition);
CREATE INDEX notice_due ON notice (not_before) WHERE state = 'planned';
CREATE INDEX notice_open ON notice (changed_at) WHERE state IN ('sending', 'unknown');
"""

DDL_2 = """
ALTER TABLE notice ADD COLUMN carrier text NOT NULL DEFAULT 'provider';
ALTER TABLE notice ALTER COLUMN carrier DROP DEFAULT;
"""

DDL_3 = """
CREATE TABLE officer_item (
    cause text PRIMARY KEY, holder text NOT NULL, notice text, petition text NOT NULL, sentence text NOT NULL,
    told_at timestamptz NOT NULL);
CREATE INDEX officer_item_waiting ON officer_item (holder) WHERE notice IS NULL;
CREATE INDEX officer_item_of ON officer_item (notice);
CREATE TABLE officer_notice (
    id text PRIMARY KEY, holder text NOT NULL, digest_of date, not_before timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT officer_notice_one_digest_a_day UNIQUE (holder, digest_of));
CREATE INDEX officer_notice_of ON officer_notice (holder, not_before);
"""
