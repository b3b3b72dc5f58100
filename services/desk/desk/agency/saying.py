"""What the agency says: written down under an id before it is sent, sent until the broker has it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts import registry
from desk.agency import enclosures
from desk.agency.hearing import RETAIN_DAYS
from desk.agency.tables import Fetched, Heard, Matter, Said
from vault import Safe

PATIENCE = timedelta(minutes=10)  # for the other side to say that it took something
# the members that name what a message is about
_ABOUT = ("referral", "lead", "submission", "proceeding")
# what a rejection names that the same message, sent again, need not meet a second time
SAME_AGAIN = (None, "quota", "expiration")


def plan(
    session: Session,
    safe: Safe,
    code: str,
    type_: str,
    data: Mapping[str, Any],
    by: str,
    id_: str,
    matter: Matter | None,
) -> bool:
    """Writes a message down; False where one of this id is there. Raises contracts.ContractError.

    The id comes with the form, so that what is pressed twice is said once.
    """
    content = registry.dump("from_agency", type_, registry.load("from_agency", type_, data))
    about = next((str(content[name]) for name in _ABOUT if name in content), code)
    at, critical = datetime.now(UTC), [name for name in ("secrecy", "files") if content.get(name)]
    envelope = {
        "specversion": "1.0", "id": id_, "source": f"/agencies/{code}", "type": type_, "subject": about,
        "time": at.isoformat(), "datacontenttype": "application/json", "receipt": True, "data": content,
        # a receiver that would ignore one of these must refuse the whole
        **({"critical": critical} if critical else {}),
    }  # fmt: skip
    key_id, closed = safe.close(label(id_), json.dumps(envelope, ensure_ascii=False).encode())
    days = matter.retain_days if matter else RETAIN_DAYS
    row = insert(Said).values(
        id=id_, matter=matter.number if matter else None, type=type_, by=by, at=at, key_id=key_id, content=closed,
        forget_at=at + timedelta(days=days),
    )  # fmt: skip
    made = session.scalar(row.on_conflict_do_nothing(index_elements=["id"]).returning(Said.n)) is not None
    if made and matter is not None:
        matter.last_at = at
    return made


def fresh() -> str:
    """An id that a form carries."""
    return str(uuid.uuid4())


def is_id(given: str) -> bool:
    """Whether it is one that a form of ours could have carried."""
    try:
        return str(uuid.UUID(given)) == given
    except ValueError:
        return False


def label(id_: str) -> str:
    """What the content of a message of ours is closed with."""
    return f"said|content|{id_}"


def unsent(session: Session, limit: int = 50) -> Sequence[Said]:
    """The oldest first: of a matter one step follows another."""
    return session.scalars(select(Said).where(Said.sent_at.is_(None)).order_by(Said.n).limit(limit)).all()


def pending(session: Session, number: str) -> Said | None:
    """What was said of a matter last, while nobody knows what became of it; not for ever."""
    return session.scalar(select(Said).where(Said.matter == number, _waits()).order_by(Said.n.desc()).limit(1))


def stands(session: Session, number: str) -> bool:
    """Whether anything that was said of a matter was not turned back."""
    return session.scalar(select(Said.n).where(Said.matter == number, Said.rejected.is_(None)).limit(1)) is not None


def pending_of(session: Session, numbers: Sequence[str]) -> set[str]:
    """Of which of these something is."""
    return {number or "" for number in session.scalars(select(Said.matter).where(Said.matter.in_(numbers), _waits()))}


def _waits() -> ColumnElement[bool]:
    lately = Said.sent_at.is_(None) | (Said.sent_at > datetime.now(UTC) - PATIENCE)
    return and_(Said.taken_at.is_(None), Said.rejected.is_(None), lately)


def send_again(session: Session, id_: str) -> bool:
    """The same once more, under its id. False where that would do nothing or cannot be."""
    again = (
        update(Said)
        .where(Said.id == id_, Said.rejected.is_not(None), Said.again.is_(None), Said.content.is_not(None))
        .values(sent_at=None, rejected=None)
    )
    return session.scalar(again.returning(Said.n)) is not None


def forget(session: Session) -> int:
    """Deletes what every message said whose days are over, and the files. Returns how much there was.

    Of what is not sent yet nothing: it was promised to whoever pressed the button.
    """
    at, nothing = datetime.now(UTC), {"key_id": None, "content": None}
    heard = update(Heard).where(Heard.forget_at <= at, Heard.content.is_not(None)).values(nothing)
    said = (
        update(Said).where(Said.forget_at <= at, Said.content.is_not(None), Said.sent_at.is_not(None)).values(nothing)
    )
    gone = [
        *session.scalars(heard.returning(Heard.id)),
        *session.scalars(said.returning(Said.id)),
        *session.scalars(delete(Fetched).where(Fetched.forget_at <= at).returning(Fetched.sha256)),
    ]
    return len(gone) + enclosures.forget(session, at)
