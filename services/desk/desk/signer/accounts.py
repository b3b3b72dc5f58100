"""Accounts: whose login is whose, and what somebody has to show. What an officer may do is not known here."""

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from desk import passwords
from desk.attempts import Attempts
from desk.problems import NoAccount
from desk.second_factor import SecondFactor
from desk.signer.problems import AccountKnown, NotLinked
from desk.signer.tables import Account, Attempt, Device, Entry, Granted, SecurityKey


def now() -> datetime:
    """With its zone."""
    return datetime.now(UTC)


def record(session: Session, by: str, what: str, login: str) -> None:
    """For good."""
    session.add(Entry(at=now(), by=by, what=what, login=login))


def _told(session: Session, account: Account, what: str) -> None:
    record(session, "-" if what.endswith("closed") else account.officer, what, account.login)


attempts = Attempts(Account, Attempt, Device, lambda session, login: record(session, "-", "login-closed", login))
second_factor = SecondFactor(attempts, _told)


def find(session: Session, login: str, lock: bool = False) -> Account:
    """Raises NoAccount."""
    found = session.get(Account, login, with_for_update=lock)
    if found is None:
        raise NoAccount()
    return found


def of_subject(session: Session, subject: str) -> Account:
    """Whose account it is that another calls so; no account is made by it. Raises NotLinked."""
    found = session.scalar(select(Account).where(Account.subject == subject).with_for_update())
    if found is None:
        raise NotLinked()
    return found


def create(
    session: Session, login: str, officer: str, by: str, password: str | None = None, subject: str | None = None
) -> str:
    """The password: one that is to be changed at the first login, unless it was given. Raises AccountKnown."""
    taken = (Account.login == login) | (Account.officer == officer)
    if subject is not None:
        taken |= Account.subject == subject
    if session.scalar(select(Account).where(taken)) is not None:
        raise AccountKnown()
    once = password or passwords.made()
    account = Account(login=login, officer=officer, password=passwords.hashed(once), subject=subject, made_at=now())
    account.change, account.code_step = password is None, 0
    session.add(account)
    record(session, by, "created", login)
    return once


def reset_password(session: Session, login: str, by: str) -> str:
    """A new one that is to be changed; whoever is logged in is out. Raises NoAccount."""
    account, once = find(session, login, lock=True), passwords.made()
    account.password, account.change = passwords.hashed(once), True
    # a browser that was known to who had the old one is not to the new
    session.execute(delete(Device).where(Device.login == login))
    attempts.succeed(session, attempts.of_password(session, login, ""))
    end_all(session, login)
    record(session, by, "password-reset", login)
    return once


def link(session: Session, login: str, by: str, subject: str) -> None:
    """Whom another calls so logs in by it; whoever did before is out. Raises NoAccount, AccountKnown."""
    account = find(session, login, lock=True)
    if session.scalar(select(Account).where(Account.subject == subject)) is not None:
        raise AccountKnown()
    account.subject = subject
    end_all(session, login)
    record(session, by, "linked", login)


def reset_code(session: Session, login: str, by: str) -> None:
    """The second factor is gone: the next login begins another. Raises NoAccount."""
    account = find(session, login, lock=True)
    second_factor.drop(account)
    session.execute(delete(SecurityKey).where(SecurityKey.login == login))
    end_all(session, login)
    record(session, by, "second-factor-reset", login)


def close(session: Session, login: str, by: str) -> None:
    """The account is gone, and with it whoever is logged in by it. Raises NoAccount."""
    session.delete(find(session, login, lock=True))
    record(session, by, "closed", login)


def end_all(session: Session, login: str) -> None:
    """Whoever is logged in by it is out."""
    session.execute(delete(Granted).where(Granted.login == login))


def check_password(session: Session, login: str, password: str, device: str) -> Account:
    """See `Attempts.check_password`."""
    found: Account = attempts.check_password(session, login, password, device)
    return found


def change_password(session: Session, account: Account, new: str) -> None:
    """Raises WeakPassword."""
    passwords.change(account, new, account.officer)
    record(session, account.officer, "password-changed", account.login)
