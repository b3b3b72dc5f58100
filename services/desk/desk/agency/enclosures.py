"""Files that go with an answer: chosen in a form, kept closed until they are handed in, and no longer."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from contracts import enclosure, plain
from contracts.registry import ContractError
from desk.agency.tables import Enclosed
from vault import Safe

TYPES = "PDF、JPG、PNG、MP3、DOCX"
AWAITED = "等待送交"  # what a page says of one that is still here


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file as the message names it, {sha256, size, media_type, name}; `content` where it was chosen just now."""

    named: Mapping[str, Any]
    content: bytes = field(repr=False, default=b"")


def chosen(given: Sequence[FileStorage], before: Sequence[Mapping[str, Any]]) -> list[Chosen]:
    """What a form brought, after what the message before it had (`before`); each content once.

    Raises ContractError for one that is of no type that is let in, too large, empty or without a name; for too many.
    """
    found = {each["sha256"]: Chosen(each) for each in before}
    for each in given:
        content = each.stream.read()
        if not content and not each.filename:
            continue  # a browser sends an empty one where nothing was chosen
        try:
            name = plain.file_name_given(each.filename or "")
        except plain.NotPlain as fault:
            raise _wrong(str(fault)) from None
        media_type = enclosure.media_type(content)
        if not content:
            raise _wrong(f"{name} 是空文件")
        if media_type is None:
            raise _wrong(f"{name} 的类型不支持，可用：{TYPES}")
        sha256 = hashlib.sha256(content).hexdigest()
        named = {"sha256": sha256, "size": len(content), "media_type": media_type, "name": name}
        found.setdefault(sha256, Chosen(named, content))
    if len(found) > enclosure.MOST:
        raise _wrong(f"至多 {enclosure.MOST} 份")
    if sum(each.named["size"] for each in found.values()) > enclosure.LARGEST:
        raise _wrong(f"合计不超过 {enclosure.LARGEST_ZH}")
    return list(found.values())


def keep(
    session: Session, safe: Safe, said: str, matter: str, forget_at: datetime, at: datetime, files: Sequence[Chosen]
) -> None:
    """Closes what was chosen, with the message that names it."""
    for each in files:
        if each.content:
            sha256 = str(each.named["sha256"])
            key_id, closed = safe.close(label(said, sha256), each.content)
            row = Enclosed(said=said, sha256=sha256, matter=matter, at=at, forget_at=forget_at)
            row.key_id, row.content = key_id, closed
            session.add(row)


def carry_over(session: Session, safe: Safe, earlier: str, files: Sequence[Chosen]) -> list[Chosen]:
    """The same files, with the content that a message before this one had and nobody took."""
    made = []
    for each in files:
        row = None if each.content else session.get(Enclosed, (earlier, each.named["sha256"]))
        if row is not None and row.content is not None and row.key_id is not None:
            each = Chosen(each.named, safe.open(label(earlier, row.sha256), row.key_id, row.content))
        made.append(each)
    session.execute(update(Enclosed).where(Enclosed.said == earlier).values(key_id=None, content=None))
    return made


def standing(session: Session, matter: str) -> dict[tuple[str, str], Enclosed]:
    """(message, SHA-256) → what became of the file."""
    rows = session.scalars(select(Enclosed).where(Enclosed.matter == matter))
    return {(each.said, each.sha256): each for each in rows}


def forget(session: Session, at: datetime) -> int:
    """Deletes those whose days are over. Returns how many."""
    gone = delete(Enclosed).where(Enclosed.forget_at <= at).returning(Enclosed.sha256)
    return len(session.scalars(gone).all())


def label(said: str, sha256: str) -> str:
    """What a file is closed with."""
    return f"enclosed|content|{said}|{sha256}"


def _wrong(sentence: str) -> ContractError:
    return ContractError("files", sentence, "a file is not one that is taken")
