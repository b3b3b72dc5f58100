"""What every database that keeps logins of ours has of them: the accounts' secrets, known browsers, failures.

Each maps these under a base of its own, with what its accounts have besides.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Integer, text
from sqlalchemy.orm import Mapped, mapped_column


class AccountRow:
    """`change`: the password is one that somebody else knows.

    `code`: what the second factor is reckoned from, closed; `proposed`: one that its owner has not shown to have yet.
    `code_step`: the last half minute whose code was taken; none is taken twice.
    """

    __tablename__ = "account"
    login: Mapped[str] = mapped_column(primary_key=True)
    password: Mapped[str]
    change: Mapped[bool] = mapped_column(Boolean)
    code_key: Mapped[str | None]
    code: Mapped[bytes | None]
    proposed_key: Mapped[str | None]
    proposed: Mapped[bytes | None]
    code_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    made_at: Mapped[datetime]


def account_checks() -> tuple[CheckConstraint, ...]:
    """What holds for each account; new ones for each database, since a constraint belongs to one table."""
    return (
        CheckConstraint("(code_key IS NULL) = (code IS NULL)", name="account_code"),
        CheckConstraint("(proposed_key IS NULL) = (proposed IS NULL)", name="account_proposed"),
    )


class DeviceRow:
    """A browser from which a login was used before: its failures are counted apart from everybody's."""

    __tablename__ = "device"
    id: Mapped[bytes] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("account.login", ondelete="CASCADE"))
    used_at: Mapped[datetime]


class AttemptRow:
    """Failures by the digest of the name that was typed, also of one that nobody has: they look the same.

    Of a browser that is known, and of second factors, by a digest of their own: who does not know the password closes
    the login for nobody who does.
    """

    __tablename__ = "attempt"
    login: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime]
    closed_until: Mapped[datetime | None]
