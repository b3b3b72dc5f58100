"""Who is logged in: from the password, or another's word, to the last token.

A door holds a random text for each browser; here is its digest. Neither database has what the browser has.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from desk.problems import WrongCode
from desk.signer import accounts, security_keys
from desk.signer.accounts import attempts, now
from desk.signer.outside import Said
from desk.signer.problems import NoGrant, NoRole, NotProved, OtherWay, WrongKey
from desk.signer.seats import Seat, Seats
from desk.signer.security_keys import SecurityKeys
from desk.signer.tables import Account, Granted
from vault import Safe

LIVES, IDLE, UNFINISHED = timedelta(hours=12), timedelta(minutes=36), timedelta(minutes=10)
_JUST_NOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Browser:
    """`grant`: what it is let in by; `device`: what it has of us for longer, empty where it is new."""

    grant: str
    device: str = ""


def begin(session: Session, seats: Seats, login: str, password: str, browser: Browser) -> dict[str, Any]:
    """{officer, next}: what is asked of them still. Raises WrongLogin, LoginClosed, NoRole."""
    account = accounts.check_password(session, login, password, browser.device)
    return _open(session, seats, account, browser, None)


def enter(session: Session, seats: Seats, said: Said, browser: Browser) -> dict[str, Any]:
    """The same by another's word. Raises NotLinked, NoRole."""
    return _open(session, seats, accounts.of_subject(session, said.subject), browser, said)


def asked(session: Session, seats: Seats, safe: Safe, keys: SecurityKeys | None, browser: Browser) -> dict[str, Any]:
    """{officer, next, code, keys}: which second factors there are; `secret`, `login`: of codes that may begin.

    Raises NoGrant.
    """
    granted, account = _found(session, browser.grant)
    said: dict[str, Any] = _said(session, account, granted, seats.of(account.officer), browser)
    begins = _begins(session, account, granted)
    said |= {"code": account.code is not None, "keys": {}}
    if keys is not None:
        said["keys"] = keys.asked(session, account, granted, begins)
    if begins and account.code is None:
        return said | {"secret": accounts.second_factor.propose(safe, account).hex(), "login": account.login}
    return said


def factors(session: Session, browser: Browser) -> dict[str, Any]:
    """{code, keys}: whether there are codes, and how many security keys. Raises NoGrant."""
    _, account = _found(session, browser.grant)
    return {"code": account.code is not None, "keys": security_keys.count(session, account.login)}


def prove(
    session: Session, seats: Seats, safe: Safe, browser: Browser, code: str, password: str | None
) -> dict[str, Any]:
    """{officer, next}. Raises WrongCode, WrongLogin, LoginClosed, NoGrant.

    `password`: asked for again where a second factor begins in a login that is whole: whoever found the screen open has
    none.
    """
    granted, account = _found(session, browser.grant)
    if account.code is None:
        if not _begins(session, account, granted):
            attempts.check(session, attempts.of_code(account.login))
            accounts.second_factor.fail(session, account)
            raise WrongCode()
        _check_same(session, account, granted, browser, password)
    accounts.second_factor.check(session, safe, account, code)
    granted.proved_at = now()
    return _said(session, account, granted, seats.of(account.officer), browser)


def sign(
    session: Session, seats: Seats, keys: SecurityKeys, browser: Browser, answer: str, new: bool, password: str | None
) -> dict[str, Any]:
    """{officer, next}, by a security key. `new`: one that becomes the account's.

    Raises WrongKey, WrongLogin, LoginClosed, NotProved, NoGrant.
    """
    granted, account = _found(session, browser.grant)
    attempts.check(session, attempts.of_code(account.login))
    if new:
        if not _begins(session, account, granted):
            raise NotProved()
        _check_same(session, account, granted, browser, password)
        keys.add(session, account, granted, answer)
        accounts.record(session, account.officer, "security-key-set", account.login)
    else:
        try:
            keys.check(session, account, granted, answer)
        except WrongKey:
            accounts.second_factor.fail(session, account)
            raise
    attempts.succeed(session, attempts.of_code(account.login))
    granted.proved_at = now()
    return _said(session, account, granted, seats.of(account.officer), browser)


def change(session: Session, seats: Seats, browser: Browser, password: str, new: str) -> dict[str, Any]:
    """{officer, next}. Raises WrongLogin, LoginClosed, WeakPassword, NoGrant, OtherWay."""
    granted, account = _found(session, browser.grant)
    seat = seats.of(account.officer)
    if granted.outside:
        raise OtherWay()
    if _next(session, account, granted, seat) not in (None, "change"):
        raise NoGrant()  # who has not shown the second factor changes nothing
    accounts.check_password(session, account.login, password, browser.device)
    accounts.change_password(session, account, new)
    session.execute(delete(Granted).where(Granted.login == account.login, Granted.id != granted.id))
    return _said(session, account, granted, seat, browser)


def unlock(session: Session, browser: Browser, password: str) -> None:
    """Whether the one before the screen is still the same. Raises WrongLogin, LoginClosed, NoGrant, OtherWay."""
    granted, account = _found(session, browser.grant)
    if granted.outside:
        raise OtherWay()
    accounts.check_password(session, account.login, password, browser.device)


def end(session: Session, id_: bytes) -> None:
    """By the digest, for whoever ends another browser of their own."""
    session.execute(delete(Granted).where(Granted.id == id_))


def seat_of(session: Session, seats: Seats, grant: str) -> tuple[Seat, int]:
    """What a token may say now, and when they proved themselves, 0 for never. Raises NoGrant, NoRole."""
    granted, account = _found(session, grant)
    seat = seats.of(account.officer)
    if not granted.whole or _next(session, account, granted, seat) is not None:
        # a role that asks for more may have come since
        raise NoGrant()
    if not seat.roles:
        raise NoRole()
    granted.used_at = now()
    return seat, int(granted.proved_at.timestamp()) if granted.proved_at else 0


def digest(grant: str) -> bytes:
    """As it is kept."""
    return hashlib.sha256(grant.encode()).digest()


def _open(session: Session, seats: Seats, account: Account, browser: Browser, word: Said | None) -> dict[str, Any]:
    seat, at = seats.of(account.officer), now()
    if not seat.roles:
        raise NoRole()
    session.execute(delete(Granted).where(Granted.ends_at < at))
    granted = Granted(id=digest(browser.grant), login=account.login, begun_at=at, used_at=at, whole=False)
    granted.ends_at, granted.outside = at + UNFINISHED, word is not None
    granted.proved_at = word.proved_at if word else None
    session.add(granted)
    account.proposed_key = account.proposed = None  # whoever was shown that one may be another
    if word is not None:
        accounts.record(session, account.officer, f"seen by {word.how}", account.login)
    return _said(session, account, granted, seat, browser)


def _found(session: Session, grant: str) -> tuple[Granted, Account]:
    granted, at = session.get(Granted, digest(grant), with_for_update=True), now()
    if granted is None or granted.ends_at <= at or granted.used_at <= at - IDLE:
        raise NoGrant()
    return granted, accounts.find(session, granted.login, lock=True)


def _has_second(session: Session, account: Account) -> bool:
    return account.code is not None or security_keys.count(session, account.login) > 0


def _begins(session: Session, account: Account, granted: Granted) -> bool:
    """Whether a second factor may begin: an account's first, or another by who has just given one.

    Without it a password alone would set a code of its own beside the key that it lacks.
    """
    proved = granted.proved_at is not None and granted.proved_at > now() - _JUST_NOW
    return proved or not _has_second(session, account)


def _check_same(session: Session, account: Account, granted: Granted, browser: Browser, password: str | None) -> None:
    """Raises WrongLogin, LoginClosed, NoGrant: in a login that is whole, who begins a factor shows who they are."""
    if not granted.whole:
        return
    if granted.outside:
        if granted.begun_at <= now() - _JUST_NOW:
            raise NoGrant()
    else:
        accounts.check_password(session, account.login, password or "", browser.device)


def _next(session: Session, account: Account, granted: Granted, seat: Seat) -> str | None:
    second = _has_second(session, account)
    if (second or seat.second_factor) and granted.proved_at is None:
        return "code" if second else "enrol"
    return "change" if account.change and not granted.outside else None


def _said(session: Session, account: Account, granted: Granted, seat: Seat, browser: Browser) -> dict[str, Any]:
    following = _next(session, account, granted, seat)
    if following is None and not granted.whole:
        granted.whole, granted.ends_at = True, granted.begun_at + LIVES
        attempts.know(session, account.login, browser.device)
        accounts.record(session, account.officer, "logged-in", account.login)
    return {"officer": account.officer, "next": following}
