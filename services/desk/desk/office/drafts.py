"""What is typed and not sent: closed, on the server, of one officer and one form; gone once it is sent."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from desk.office.tables import DraftRow
from vault import Safe, Sealed

KEPT = timedelta(days=7)
AGAIN = "again"  # what met an ended login, and is sent again after the next one

Typed = Mapping[str, Sequence[str]]


def save(session: Session, safe: Safe, officer: str, form: str, typed: Typed) -> None:
    """In place of what was saved before."""
    key_id, content = safe.close(_label(officer, form), json.dumps(dict(typed), ensure_ascii=False).encode())
    kept = {"key_id": key_id, "content": content, "saved_at": datetime.now(UTC)}
    session.execute(delete(DraftRow).where(DraftRow.saved_at < datetime.now(UTC) - KEPT))
    statement = upsert(DraftRow).values(officer=officer, form=form, **kept)
    session.execute(statement.on_conflict_do_update(index_elements=["officer", "form"], set_=kept))


def forms(session: Session, officer: str) -> set[str]:
    """Those into which something was typed."""
    return set(session.scalars(select(DraftRow.form).where(DraftRow.officer == officer)))


def find(session: Session, safe: Safe, officer: str, form: str, since: datetime | None = None) -> Typed | None:
    """What was saved; None where nothing was, or before `since`, or no key opens it any more."""
    row = session.get(DraftRow, (officer, form))
    if row is None or (since is not None and row.saved_at < since):
        return None
    try:
        typed: Typed = json.loads(safe.open(_label(officer, form), row.key_id, bytes(row.content)))
    except Sealed:
        return None
    return typed


def drop(session: Session, officer: str, form: str) -> None:
    """It was sent, or is not wanted."""
    session.execute(delete(DraftRow).where(DraftRow.officer == officer, DraftRow.form == form))


def _label(officer: str, form: str) -> str:
    return f"draft|{officer}|{form}"
