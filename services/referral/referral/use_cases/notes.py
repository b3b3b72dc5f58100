"""What a team's counsellor writes down: theirs alone, unless they say that somebody is in danger.

Then who handles and leads the petition may open it, and each time is on the trail.
"""

import uuid
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import RosterKind
from courier.unit_of_work import UnitOfWork
from referral.domain import errors
from referral.tables import Note
from referral.use_cases import teams
from service_kit.vaults import vault_of


def is_counsellor(work: UnitOfWork, petition: str) -> bool:
    """Whether who asks is a counsellor of its team now."""
    team = teams.of_petition(work, petition)
    found = teams.members(work, team) if team is not None else []
    return any(m.kind == RosterKind.COUNSELLOR and entry.officer == work.actor.officer for m, entry in found)


def write(work: UnitOfWork, petition: str, text: str, violence: bool) -> Note:
    """Raises NotTheCounsellor."""
    if not is_counsellor(work, petition):
        raise errors.NotTheCounsellor()
    id_ = uuid.uuid4().hex
    note = Note(
        id=id_,
        petition=petition,
        officer=work.actor.officer,
        violence=violence,
        written_at=work.now,
        words=vault_of(work.context).seal(work.session, petition, _label(id_), text.encode()),
    )
    work.session.add(note)
    if violence:
        work.event("team.danger_told.v1", petition, petition=petition)
    return note


def of_petition(work: UnitOfWork, petition: str) -> list[dict[str, Any]]:
    """What who asks wrote, the earliest first; of others' only what tells of danger, and not what it says."""
    rows = select(Note).where(Note.petition == petition).order_by(Note.written_at, Note.id)
    mine = work.actor.officer
    return [
        _present(work, each, opened=each.officer == mine)
        for each in work.session.scalars(rows)
        if each.violence or each.officer == mine
    ]


def open_one(work: UnitOfWork, petition: str, id_: str) -> dict[str, Any]:
    """What another wrote, for who has to keep somebody safe; that it was opened is on the trail. Raises NoSuchNote."""
    note = work.session.get(Note, id_)
    if note is None or note.petition != petition or not note.violence or note.officer == work.actor.officer:
        raise errors.NoSuchNote()
    work.event("team.note_opened.v1", petition, petition=petition, note=note.id)
    return _present(work, note, opened=True)


def _present(work: UnitOfWork, note: Note, *, opened: bool) -> dict[str, Any]:
    text = None
    if opened:
        sealed = bytes(note.words)
        text = vault_of(work.context).open(work.session, note.petition, _label(note.id), sealed).decode()
    return {"note": note.id, "written_at": note.written_at.isoformat(), "violence": note.violence, "text": text}


def _label(id_: str) -> str:
    return f"note|words|{id_}"
