"""The second factor of one database's accounts: codes, each taken once, of a secret that its owner has shown."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from desk import codes
from desk.attempts import Attempts
from desk.logins import AccountRow
from desk.problems import WrongCode
from vault import Safe


class SecondFactor:
    """`told`: says for good what became of an account's, second-factor-set or second-factor-closed."""

    def __init__(self, attempts: Attempts, told: Callable[[Session, Any, str], None]):
        self.attempts, self.told = attempts, told

    def propose(self, safe: Safe, account: AccountRow) -> bytes:
        """What an authenticator is to be told; the same until its owner has shown a code of it."""
        if account.proposed is not None and account.proposed_key is not None:
            return safe.open(_label(account), account.proposed_key, account.proposed)
        secret = codes.made()
        account.proposed_key, account.proposed = safe.close(_label(account), secret)
        return secret

    def set(self, safe: Safe, account: AccountRow, secret: bytes) -> None:
        """What the codes of the account are reckoned from."""
        account.code_key, account.code = safe.close(_label(account), secret)
        account.proposed_key = account.proposed = None

    def drop(self, account: AccountRow) -> None:
        """There is none any more."""
        account.code_key = account.code = account.proposed_key = account.proposed = None

    def check(self, session: Session, safe: Safe, account: AccountRow, given: str) -> None:
        """Takes a code once; the first right one of a proposed secret makes it the account's.

        Raises WrongCode, LoginClosed. A failure is counted in a transaction that the caller commits.
        """
        whose = self.attempts.of_code(account.login)
        self.attempts.check(session, whose)
        proposed = account.code is None
        key, closed = (account.proposed_key, account.proposed) if proposed else (account.code_key, account.code)
        secret = safe.open(_label(account), key, closed) if key and closed else None
        step = secret and codes.taken(secret, given, datetime.now(UTC).timestamp(), account.code_step)
        if not secret or not step:
            self.fail(session, account)
            raise WrongCode()
        self.attempts.succeed(session, whose)
        account.code_step = step
        if proposed:
            self.set(safe, account, secret)
            self.told(session, account, "second-factor-set")

    def fail(self, session: Session, account: AccountRow) -> None:
        """One was wrong; whoever looks at one has looked by `attempts.check` before."""
        if self.attempts.fail(session, self.attempts.of_code(account.login)):
            self.told(session, account, "second-factor-closed")


def _label(account: AccountRow) -> str:
    return f"account|code|{account.login}"
