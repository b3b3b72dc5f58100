"""Files that an agency's answer names: each comes in by a token of its own, and nothing but what was named."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from sqlalchemy import select

from courier.envelope import Actor
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import Answer, AnswerFile, File
from intake.use_cases import files, people, petitions


def named(work: UnitOfWork, petition: str, message: str, said: Sequence[Mapping[str, Any]]) -> None:
    """Awaits what the answer of this message names: [{sha256, size, media_type, name, token}]."""
    if said:
        work.session.flush()  # the answer itself
    for seq, each in enumerate(said):
        about = json.dumps({name: each[name] for name in ("sha256", "size", "media_type", "name")}, ensure_ascii=False)
        row = AnswerFile(
            token=files.hash_of(each["token"]),
            petition=petition,
            message=message,
            seq=seq,
            agency=work.actor.agency,
            said=people.seal(work, petition, _label(message, seq), about),
            until=work.now + files.GRANTED_FOR,
        )
        work.session.add(row)


def hand_in(work: UnitOfWork, digest: str, token: str, media_type: str, body: BytesIO) -> File | None:
    """The file that the token awaits, kept; the same once more changes nothing. None: this token awaits none such.

    Raises NotWhole, NotThatType for what is not what the answer named.
    """
    row = work.session.get(AnswerFile, files.hash_of(token))
    if row is None or row.until < work.now:
        return None
    petitions.load(work, row.petition, lock=True)
    work.session.refresh(row)
    about = _about(work, row)
    if about["sha256"] != digest:
        return None
    if row.file is not None:
        return work.session.get_one(File, row.file)
    if hashlib.sha256(body.getbuffer()).hexdigest() != digest or body.getbuffer().nbytes != about["size"]:
        raise errors.NotWhole()
    if media_type != about["media_type"]:
        raise errors.NotThatType()
    work.actor = Actor(row.agency, "-", "agency")
    answer = work.session.get_one(Answer, (row.petition, row.message))
    kept = files.keep(work, row.petition, about["name"], media_type, body, about["size"], answer.referral)
    # the pieces were written with nothing else in the session
    work.session.get_one(AnswerFile, files.hash_of(token)).file = kept.id
    return kept


def of_petition(work: UnitOfWork, number: str) -> dict[str, list[dict[str, Any]]]:
    """Answer's message → [{sha256, size, media_type, name, here}], in the order in which the answer names them."""
    rows = select(AnswerFile).where(AnswerFile.petition == number).order_by(AnswerFile.message, AnswerFile.seq)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in work.session.scalars(rows):
        found.setdefault(row.message, []).append(_about(work, row) | {"here": row.file is not None})
    return found


def _about(work: UnitOfWork, row: AnswerFile) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(people.unseal(work, row.petition, _label(row.message, row.seq), bytes(row.said)))
    return about


def _label(message: str, seq: int) -> str:
    return f"answer_file|said|{message}|{seq}"
