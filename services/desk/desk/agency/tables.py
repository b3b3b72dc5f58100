"""An agency's own database: what was heard and said, closed until its days are over, and who works there."""

from datetime import date, datetime

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from desk.logins import AccountRow, AttemptRow, DeviceRow, account_checks


class Base(DeclarativeBase):
    """Every time has its zone."""

    type_annotation_map = {datetime: DateTime(timezone=True), date: Date, str: Text, list[str]: JSONB}


class Matter(Base):
    """A referral, a lead, what was handed in: its number and where it stands, nothing that it says.

    `allowed`: the types that may be said of it next; `stood_at`: when the other side wrote that it stands so;
    `stopped`: it ended there, and what there is by now is wanted.
    """

    __tablename__ = "matter"
    number: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    petition: Mapped[str | None]
    state: Mapped[str]
    allowed: Mapped[list[str]]
    stood_at: Mapped[datetime]
    begun_at: Mapped[datetime]
    last_at: Mapped[datetime]
    due_on: Mapped[date | None]
    retain_days: Mapped[int] = mapped_column(Integer)
    stopped: Mapped[str | None]
    __table_args__ = (Index("matter_last", "last_at"),)


class Heard(Base):
    """A message of the other side's by its id, which stays for good: a repeat is known by it. `content`: closed."""

    __tablename__ = "heard"
    id: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str | None]
    type: Mapped[str]
    said_at: Mapped[datetime]
    at: Mapped[datetime]
    forget_at: Mapped[datetime]
    key_id: Mapped[str | None]
    content: Mapped[bytes | None]
    __table_args__ = (
        CheckConstraint("(key_id IS NULL) = (content IS NULL)", name="heard_content"),
        Index("heard_matter", "matter"),
        Index("heard_forget", "forget_at", postgresql_where=text("content IS NOT NULL")),
    )


class Said(Base):
    """A message of ours, written before it is sent: whenever it goes, it goes under this id.

    `sent_at`: the broker has it; `taken_at`: the other side said that it took it; `rejected`: by which message it said
    that it did not; `again`: what was said in its place.
    """

    __tablename__ = "said"
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    matter: Mapped[str | None]
    type: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    forget_at: Mapped[datetime]
    key_id: Mapped[str | None]
    content: Mapped[bytes | None]
    sent_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    rejected: Mapped[str | None]
    again: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(key_id IS NULL) = (content IS NULL)", name="said_content"),
        CheckConstraint("content IS NOT NULL OR sent_at IS NOT NULL", name="said_what_is_sent"),
        Index("said_matter", "matter"),
        Index("said_unsent", "n", postgresql_where=text("sent_at IS NULL")),
        Index("said_forget", "forget_at", postgresql_where=text("content IS NOT NULL")),
    )


class Fetched(Base):
    """A file that came with a referral, closed: its token was good once."""

    __tablename__ = "fetched"
    matter: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str]
    content: Mapped[bytes]
    forget_at: Mapped[datetime]
    __table_args__ = (Index("fetched_forget", "forget_at"),)


class Enclosed(Base):
    """A file that goes with an answer of ours, closed until it is handed in; `refused`: why it was not taken."""

    __tablename__ = "enclosed"
    said: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    matter: Mapped[str]
    at: Mapped[datetime]
    forget_at: Mapped[datetime]
    key_id: Mapped[str | None]
    content: Mapped[bytes | None]
    handed_at: Mapped[datetime | None]
    refused: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(key_id IS NULL) = (content IS NULL)", name="enclosed_content"),
        Index("enclosed_awaited", "at", postgresql_where=text("content IS NOT NULL")),
        Index("enclosed_forget", "forget_at"),
    )


class Account(AccountRow, Base):
    """Somebody of the agency. `name`: as its messages name who says them."""

    name: Mapped[str]
    administrator: Mapped[bool] = mapped_column(Boolean)
    __table_args__ = account_checks()


class SessionRow(Base):
    """One browser that is let in, by the digest of what its cookie holds. `waits`: for its second factor."""

    __tablename__ = "session"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("account.login", ondelete="CASCADE"))
    begun_at: Mapped[datetime]
    used_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    agent: Mapped[str] = mapped_column(default="", server_default="")
    waits: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    __table_args__ = (Index("session_login", "login"), Index("session_ends", "ends_at"))


class Device(DeviceRow, Base):
    """Of somebody of the agency."""

    __table_args__ = (Index("device_login", "login"),)


class Attempt(AttemptRow, Base):
    """Of a login of the agency's."""

    __table_args__ = (Index("attempt_last", "last_at"),)


class Entry(Base):
    """What was done, to which account or matter, when and by whom; nothing is taken out of it."""

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str]
    of: Mapped[str]


_APPEND_ONLY = """
CREATE FUNCTION entry_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'what was done is append-only'; END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION entry_append_only();
"""
event.listen(Entry.__table__, "after_create", DDL(_APPEND_ONLY))
