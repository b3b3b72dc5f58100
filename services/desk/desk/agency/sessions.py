"""Who is let in: one random text in the browser's cookie, its digest here."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from desk.agency.tables import SessionRow

IDLE, LIVES = timedelta(minutes=30), timedelta(hours=12)
_UNFINISHED = timedelta(minutes=10)
_SEEN = timedelta(seconds=20)  # a row is not written for each picture of a page


def begin(session: Session, secret: str, login: str, agent: str, waits: bool) -> None:
    """A row for whoever gave the right password; those that have ended go. `waits`: for the second factor."""
    at = datetime.now(UTC)
    session.execute(delete(SessionRow).where(SessionRow.ends_at < at))
    row = SessionRow(id=digest(secret), login=login, begun_at=at, used_at=at, agent=agent[:100], waits=waits)
    row.ends_at = at + (_UNFINISHED if waits else LIVES)
    session.add(row)


def found(session: Session, secret: str | None) -> SessionRow | None:
    """The browser's, marked as in use; None: nobody's, idle for too long or too old."""
    row, at = session.get(SessionRow, digest(secret)) if secret else None, datetime.now(UTC)
    if row is None or row.ends_at <= at or row.used_at <= at - IDLE:
        return None
    if at - row.used_at > _SEEN:
        row.used_at = at
    return row


def of(session: Session, login: str) -> Sequence[SessionRow]:
    """Where somebody is logged in, the latest first."""
    mine = select(SessionRow).where(SessionRow.login == login, *_alive())
    return session.scalars(mine.order_by(SessionRow.begun_at.desc())).all()


def counts(session: Session) -> dict[str, int]:
    """Login → in how many places it is used; those that are in none are not in it."""
    many = select(SessionRow.login, func.count()).where(*_alive()).group_by(SessionRow.login)
    return dict(session.execute(many).tuples().all())


def end(session: Session, secret: str) -> None:
    """The cookie opens nothing any more."""
    session.execute(delete(SessionRow).where(SessionRow.id == digest(secret)))


def end_one(session: Session, login: str, id_: str) -> bool:
    """One of somebody's own, by its id in hexadecimal; of another's it finds nothing."""
    found = next((each for each in of(session, login) if each.id.hex() == id_), None)
    if found is not None:
        session.delete(found)
    return found is not None


def end_others(session: Session, login: str, secret: str) -> None:
    """Whoever else is logged in as them is out."""
    session.execute(delete(SessionRow).where(SessionRow.login == login, SessionRow.id != digest(secret)))


def _alive() -> tuple[ColumnElement[bool], ...]:
    at = datetime.now(UTC)
    return SessionRow.ends_at > at, SessionRow.used_at > at - IDLE, ~SessionRow.waits


def digest(secret: str) -> bytes:
    """What is kept of a cookie."""
    return hashlib.sha256(secret.encode()).digest()
