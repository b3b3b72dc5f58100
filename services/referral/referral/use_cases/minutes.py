"""What was said in a proceeding and where it is held, sealed under the petition's key and gone with it."""

import json
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from courier.unit_of_work import UnitOfWork
from referral.domain.proceedings import MOVES
from referral.tables import Minute, Proceeding
from service_kit.vaults import vault_of


def keep(
    work: UnitOfWork,
    proceeding: Proceeding,
    move: str,
    text: str | None,
    *,
    held_on: date | None = None,
    agency: str | None = None,
    theirs: str | None = None,
) -> None:
    """Nothing where nothing was written. `agency`: whose words they are; `theirs`: whom it names as its officer."""
    if not text:
        return
    id_ = uuid.uuid4().hex
    work.session.add(
        Minute(
            id=id_,
            proceeding=proceeding.number,
            petition=proceeding.petition,
            move=move,
            said_at=work.now,
            held_on=held_on,
            officer=None if theirs else work.actor.officer,
            agency=agency,
            words=seal(work, proceeding.petition, f"minute|words|{id_}", {"text": text, "officer": theirs}),
        )
    )


def of_proceeding(work: UnitOfWork, proceeding: Proceeding) -> list[dict[str, Any]]:
    """The earliest first."""
    query = select(Minute).where(Minute.proceeding == proceeding.number).order_by(Minute.said_at, Minute.id)
    return [_present(work, proceeding, each) for each in work.session.scalars(query)]


def _present(work: UnitOfWork, proceeding: Proceeding, minute: Minute) -> dict[str, Any]:
    words = opened(work, minute.petition, f"minute|words|{minute.id}", minute.words)
    move = MOVES[proceeding.of_kind].get(minute.move)
    return {
        "move": minute.move,
        "move_zh": move.zh if move else _ELSE[minute.move],
        "said_at": minute.said_at.isoformat(),
        "held_on": minute.held_on and minute.held_on.isoformat(),
        "officer": minute.officer,
        "agency": minute.agency,
        "by": words["officer"],
        "text": words["text"],
    }


# what is said with no move of the table
_ELSE = {"propose": "提出", "answer": "对邀请的答复", "task": "任务落实情况"}


def seal(work: UnitOfWork, petition: str, label: str, words: Mapping[str, Any]) -> bytes:
    """Words as they are kept; `label`: table|column|row."""
    plain = json.dumps(words, ensure_ascii=False).encode()
    return vault_of(work.context).seal(work.session, petition, label, plain)


def opened(work: UnitOfWork, petition: str, label: str, sealed: bytes) -> dict[str, Any]:
    """The same again. Raises vault.Sealed when the petition's key is destroyed."""
    words: dict[str, Any] = json.loads(vault_of(work.context).open(work.session, petition, label, bytes(sealed)))
    return words
