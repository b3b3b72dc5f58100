"""Failures are counted, and close for longer each time: for who tries, as far as that can be told.

Ten wrong passwords from anywhere would otherwise be a way to keep one person from work. A browser from which a login
was used before has a count of its own, and so has the second factor, which nobody reaches without the password.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from desk import passwords
from desk.problems import LoginClosed, WrongLogin

PATIENT, MOST = 3, 10  # failures before it waits, before it is closed
CLOSED = timedelta(minutes=30)
KNOWN = timedelta(days=180)  # a browser, after it was last used
_REMEMBERED = timedelta(days=1)


class Attempts:
    """Of one database's logins. `account`, `attempt`, `device`: its tables of these names, as `logins` has them.

    `closed`: says for good that a login was closed.
    """

    def __init__(self, account: Any, attempt: Any, device: Any, closed: Callable[[Session, str], None]):
        self.account, self.attempt, self.device, self.closed = account, attempt, device, closed

    def check_password(self, session: Session, login: str, password: str, device: str) -> Any:
        """The account. `device`: what the browser has of us. Raises WrongLogin, LoginClosed.

        A failure is counted in a transaction that the caller commits.
        """
        whose = self.of_password(session, login, device)
        self.check(session, whose)
        account = session.get(self.account, login)
        if not passwords.is_right(password, account.password if account else None) or account is None:
            if self.fail(session, whose) and account is not None:  # names that nobody has could fill the disk
                self.closed(session, login)
            raise WrongLogin()
        self.succeed(session, whose)
        return account

    def of_password(self, session: Session, login: str, device: str) -> bytes:
        """Whose failures these are: of this browser where it is known for the login, else of all that are not."""
        known = session.get(self.device, _digest(login, device)) if device else None
        at = datetime.now(UTC)
        return _digest("device", login, device) if known is not None and known.used_at > at - KNOWN else _digest(login)

    def of_code(self, login: str) -> bytes:
        """Of whoever has the password: none of those makes the other wait."""
        return _digest("code", login)

    def know(self, session: Session, login: str, device: str) -> None:
        """The login is used from this browser."""
        at, rows = datetime.now(UTC), self.device
        session.execute(delete(rows).where(rows.login == login, rows.used_at < at - KNOWN))
        if device:
            session.merge(rows(id=_digest(login, device), login=login, used_at=at))

    def check(self, session: Session, whose: bytes) -> None:
        """Raises LoginClosed."""
        at, rows = datetime.now(UTC), self.attempt
        session.execute(delete(rows).where(rows.last_at < at - _REMEMBERED))
        # two who try the same one wait for each other, at the first failure, too: none gets a try that is not counted
        session.execute(insert(rows).values(login=whose, failures=0, last_at=at).on_conflict_do_nothing())
        attempt = session.get_one(rows, whose, with_for_update=True)
        if attempt.closed_until is not None and attempt.closed_until > at:
            raise LoginClosed(int((attempt.closed_until - at).total_seconds()) + 1)

    def fail(self, session: Session, whose: bytes) -> bool:
        """Counts a failure: from the third on it waits, longer each time; True where it is closed for half an hour."""
        attempt, at = session.get_one(self.attempt, whose, with_for_update=True), datetime.now(UTC)
        attempt.failures, attempt.last_at = attempt.failures + 1, at
        if attempt.failures >= MOST:
            attempt.closed_until = at + CLOSED
        elif attempt.failures >= PATIENT:
            attempt.closed_until = at + timedelta(seconds=2 ** (attempt.failures - PATIENT))
        return bool(attempt.failures >= MOST)

    def succeed(self, session: Session, *whose: bytes) -> None:
        """What failed before counts no more."""
        session.execute(delete(self.attempt).where(self.attempt.login.in_(whose)))


def _digest(*what: str) -> bytes:
    return hashlib.sha256("\n".join(what).encode()).digest()
