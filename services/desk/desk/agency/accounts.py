"""Who works at the agency: it keeps its own accounts; we open its first administrator's, and no other."""

import re
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts import plain
from contracts.problems import Conflict, Denied, Invalid
from desk import passwords
from desk.agency.tables import Account, Attempt, Device, Entry, SessionRow
from desk.attempts import Attempts
from desk.problems import NoAccount
from desk.second_factor import SecondFactor

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_NAME = 30


def record(session: Session, by: str, what: str, of: str) -> None:
    """For good."""
    session.add(Entry(at=datetime.now(UTC), by=by, what=what, of=of))


attempts = Attempts(Account, Attempt, Device, lambda session, login: record(session, "-", "login-closed", login))
second_factor = SecondFactor(
    attempts, lambda session, account, what: record(session, account.login, what, account.login)
)


def create(session: Session, login: str, name: str, administrator: bool, by: str) -> str:
    """The password, to be changed at the first login. Raises Invalid, Conflict."""
    if not _LOGIN.fullmatch(login):
        raise Invalid("登录名为 2 至 32 个小写字母、数字和 . _ -", "not a login", field="login")
    try:
        name = plain.name(name)
    except plain.NotPlain as fault:
        raise Invalid(f"姓名{fault}", "not a name", field="name") from None
    if not 0 < len(name) <= _NAME:
        raise Invalid(f"请填写姓名，至多 {_NAME} 字", "not a name", field="name")
    # who presses twice, one after the other
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(login))))
    if session.get(Account, login) is not None:
        said = "该登录名已有账户；没有记下一次性密码的，请按“换新密码”"
        raise Conflict(said, "the login has an account", field="login")
    once = passwords.made()
    account = Account(login=login, name=name, password=passwords.hashed(once), change=True, made_at=datetime.now(UTC))
    account.administrator = administrator
    session.add(account)
    session.flush()
    record(session, by, "account-created", login)
    return once


def first(session: Session, login: str, name: str) -> str:
    """The password of the administrator whom the agency named, a new one for who is that already. Raises Conflict."""
    others = session.scalars(select(Account).where(Account.administrator)).all()
    if any(each.login == login for each in others):
        return reset(session, login, "command")
    if others:
        raise Conflict("该单位已有管理员，其余账户由其开立", "there is an administrator")
    return create(session, login, name, True, "command")


def reset(session: Session, login: str, by: str) -> str:
    """A new password that is to be changed; whoever is logged in is out. Raises NoAccount."""
    account, once = _find(session, login), passwords.made()
    account.password, account.change = passwords.hashed(once), True
    # a browser that was known to who had the old one is not to the new
    session.execute(delete(Device).where(Device.login == login))
    attempts.succeed(session, attempts.of_password(session, login, ""))
    session.execute(delete(SessionRow).where(SessionRow.login == login))
    record(session, by, "password-reset", login)
    return once


def end_all(session: Session, login: str, by: str) -> None:
    """Whoever is logged in by it is out. Raises NoAccount."""
    _find(session, login)
    session.execute(delete(SessionRow).where(SessionRow.login == login))
    record(session, by, "sessions-ended", login)


def drop_code(session: Session, login: str, by: str) -> None:
    """There is no second factor any more, and whoever is logged in is out. Raises NoAccount."""
    second_factor.drop(_find(session, login))
    session.execute(delete(SessionRow).where(SessionRow.login == login))
    record(session, by, "second-factor-dropped", login)


def close(session: Session, login: str, by: str) -> None:
    """The account is gone, and who is logged in by it is out. Raises NoAccount, Denied for the last administrator."""
    account = _find(session, login)
    # two who close each other at once would leave nobody: one waits for the other
    session.scalars(select(Account.login).where(Account.administrator).with_for_update()).all()
    left = session.scalar(select(func.count()).where(Account.administrator, Account.login != login))
    if account.administrator and not left:
        raise Denied("须保留一名管理员", "the last administrator stays")
    session.delete(account)
    record(session, by, "account-closed", login)


def check_password(session: Session, login: str, password: str, device: str) -> Account:
    """See `Attempts.check_password`."""
    found: Account = attempts.check_password(session, login, password, device)
    return found


def change_password(session: Session, account: Account, new: str) -> None:
    """Raises WeakPassword."""
    passwords.change(account, new, account.name)
    record(session, account.login, "password-changed", account.login)


def _find(session: Session, login: str) -> Account:
    found = session.get(Account, login, with_for_update=True)
    if found is None:
        raise NoAccount()
    return found
