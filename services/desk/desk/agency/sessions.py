"""Who is let in: one random text in the browser's cookie, its digest here."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from desk.agency.tables import Account, SessionRow

IDLE, LIVES = timedelta(minutes=30), timedelta(hours=12)
_SEEN = timedelta(seconds=20)  # a row is not written for each picture of a page


def begin(session: Session, secret: str, login: str) -> None:
    """A row for whoever gave the right password; those that have ended go."""
    at = datetime.now(UTC)
    session.execute(delete(SessionRow).where(SessionRow.ends_at < at))
    session.add(SessionRow(id=_digest(secret), login=login, begun_at=at, used_at=at, ends_at=at + LIVES))


def found(session: Session, secret: str | None) -> Account | None:
    """Whose it is, marked as in use; None: nobody's, idle for too long or too old."""
    row, at = session.get(SessionRow, _digest(secret)) if secret else None, datetime.now(UTC)
    if row is None or row.ends_at <= at or row.used_at <= at - IDLE:
        return None
    if at - row.used_at > _SEEN:
        row.used_at = at
    return session.get_one(Account, row.login)


def end(session: Session, secret: str) -> None:
    """The cookie opens nothing any more."""
    session.execute(delete(SessionRow).where(SessionRow.id == _digest(secret)))


def end_others(session: Session, login: str, secret: str) -> None:
    """Whoever else is logged in as them is out."""
    session.execute(delete(SessionRow).where(SessionRow.login == login, SessionRow.id != _digest(secret)))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
