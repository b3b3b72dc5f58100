"""The signer's own database: no door can read it."""

from datetime import datetime

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from desk.logins import AccountRow, AttemptRow, DeviceRow, account_checks


class Base(DeclarativeBase):
    """Every time has its zone."""

    type_annotation_map = {datetime: DateTime(timezone=True), str: Text}


class Account(AccountRow, Base):
    """Whose login is whose; roles are not here.

    `subject`: whom another must name who lets them in, the province's provider or the gateway.
    """

    officer: Mapped[str]
    subject: Mapped[str | None]
    __table_args__ = (
        *account_checks(),
        UniqueConstraint("officer", name="account_officer"),
        UniqueConstraint("subject", name="account_subject"),
    )


class Granted(Base):
    """Who is logged in: the digest of what a door holds for them. `whole`: nothing is asked of them any more.

    `outside`: by another's word, without a password of ours; `challenge`: what a security key is to sign, once.
    """

    __tablename__ = "granted"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("account.login", ondelete="CASCADE"))
    begun_at: Mapped[datetime]
    used_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    whole: Mapped[bool] = mapped_column(Boolean)
    outside: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    challenge: Mapped[bytes | None]
    __table_args__ = (Index("granted_login", "login"), Index("granted_ends", "ends_at"))


class Arrival(Base):
    """Whom the gateway saw by their certificate, for the moment until the door asks; by the digest of their browser."""

    __tablename__ = "arrival"
    way: Mapped[bytes] = mapped_column(primary_key=True)
    subject: Mapped[str]
    serial: Mapped[str]
    ends_at: Mapped[datetime]


class SecurityKey(Base):
    """A second factor that signs; `id`: as it calls itself, `counter`: of how many signatures, where it counts."""

    __tablename__ = "security_key"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("account.login", ondelete="CASCADE"))
    credential: Mapped[bytes]
    counter: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    __table_args__ = (Index("security_key_login", "login"),)


class Device(DeviceRow, Base):
    """Of an officer."""

    __table_args__ = (Index("device_login", "login"),)


class Attempt(AttemptRow, Base):
    """Of an officer's login."""

    __table_args__ = (Index("attempt_last", "last_at"),)


class Request(Base):
    """What one asked for an account and another decided: neither who asked nor whose it is."""

    __tablename__ = "request"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    login: Mapped[str]
    officer: Mapped[str]
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    subject: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("decided_by NOT IN (asked_by, officer)", name="request_two_people"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="request_is_decided"),
        Index("request_waits", "login", "kind", unique=True, postgresql_where="state = 'asked'"),
    )


class Entry(Base):
    """What was done to which account, when and by whom; nothing is taken out of it."""

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str]
    login: Mapped[str]


_APPEND_ONLY = """
CREATE FUNCTION entry_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'what was done to accounts is append-only'; END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION entry_append_only();
"""
event.listen(Entry.__table__, "after_create", DDL(_APPEND_ONLY))
