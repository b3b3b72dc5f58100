"""Who is let in: one random text in the browser's cookie, its digest here, what is derived from it nowhere."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from desk.browsers import derived, grant_of
from desk.office.tables import SessionRow

IDLE, LIVES, KEPT = timedelta(minutes=30), timedelta(hours=12), timedelta(days=1)
_SEEN = timedelta(seconds=20)  # a row is not written for each picture of a page


def begin(session: Session, secret: str, agent: str) -> None:
    """A row of its own for whoever gave the right password; who only tries fills no disk."""
    at = datetime.now(UTC)
    session.execute(delete(SessionRow).where(SessionRow.ends_at < at - KEPT))
    grant_id = hashlib.sha256(grant_of(secret).encode()).digest()
    row = SessionRow(id=_digest(secret), grant_id=grant_id, begun_at=at, used_at=at, ends_at=at + LIVES, whole=False)
    row.agent, row.lists, row.locked = agent[:100], {}, False
    session.add(row)


def find(session: Session, secret: str | None) -> SessionRow | None:
    """The row, also of one that has ended since; None: nobody's."""
    return session.get(SessionRow, _digest(secret)) if secret else None


def is_open(row: SessionRow | None) -> bool:
    """Whether it is neither idle for too long nor too old."""
    at = datetime.now(UTC)
    return row is not None and row.ends_at > at and row.used_at > at - IDLE


def touch(row: SessionRow) -> None:
    """It is in use."""
    if datetime.now(UTC) - row.used_at > _SEEN:
        row.used_at = datetime.now(UTC)


def end(session: Session, row: SessionRow) -> None:
    """The cookie opens nothing any more."""
    session.delete(row)


def own(session: Session, officer: str) -> list[SessionRow]:
    """An officer's open ones, the last begun first."""
    rows = session.scalars(select(SessionRow).where(SessionRow.officer == officer).order_by(SessionRow.begun_at.desc()))
    return [each for each in rows if is_open(each)]


def lock(session: Session, row: SessionRow, locked: bool) -> None:
    """Whether the screen is blank until the password is given."""
    session.execute(update(SessionRow).where(SessionRow.id == row.id).values(locked=locked, used_at=datetime.now(UTC)))


def remember(session: Session, row: SessionRow, lists: dict[str, Any]) -> None:
    """What lists were last asked for; nothing else of the row, which another page may have locked meanwhile."""
    session.execute(update(SessionRow).where(SessionRow.id == row.id).values(lists=lists))


def sealed(secret: str, *parts: str) -> str:
    """What a form carries so that it is sent nowhere but where it was drawn for."""
    return derived(secret, "\n".join(("offer", *parts)))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
