"""What agencies and we write to each other of a referral: kept for who rules, reworks and answers by it.

Events tell that it was said, never what; the words are encrypted under the petition's key and go with it.
"""

import json
import uuid
from typing import Any

from sqlalchemy import select

from courier.unit_of_work import UnitOfWork
from referral.domain import states
from referral.domain.states import Side
from referral.tables import Agency, Referral, Remark
from service_kit.vaults import vault_of


def keep(
    work: UnitOfWork, referral: Referral, move: str, text: str | None, *, officer: str | None, theirs: str | None = None
) -> None:
    """Nothing where nothing was written. `officer`: of ours; `theirs`: whom the agency names."""
    if not text:
        return
    id_, petition = uuid.uuid4().hex, referral.petition
    words = json.dumps({"text": text, "officer": theirs}, ensure_ascii=False).encode()
    work.session.add(
        Remark(
            id=id_,
            petition=petition,
            referral=referral.number,
            move=move,
            said_at=work.now,
            officer=officer,
            words=vault_of(work.context).seal(work.session, petition, _label(id_), words),
        )
    )


def of_petition(work: UnitOfWork, petition: str) -> list[dict[str, Any]]:
    """The earliest first."""
    query = (
        select(Remark, Referral, Agency.name)
        .join(Referral, Referral.number == Remark.referral)
        .outerjoin(Agency, Agency.code == Referral.agency)
        .where(Remark.petition == petition)
        .order_by(Remark.said_at, Remark.id)
    )
    return [_present(work, *row) for row in work.session.execute(query)]


def _present(work: UnitOfWork, remark: Remark, referral: Referral, agency: str | None) -> dict[str, Any]:
    move = states.MOVES[remark.move]
    opened = vault_of(work.context).open(work.session, remark.petition, _label(remark.id), bytes(remark.words))
    words = json.loads(opened)
    ours = (move.by is Side.SENDER) is not referral.inbound
    return {
        "referral": referral.number,
        "agency": referral.agency,
        "agency_zh": agency or referral.agency,
        "ours": ours,
        "move": move.name,
        "move_zh": move.zh,
        "said_at": remark.said_at.isoformat(),
        "by": words["officer"],
        "officer": remark.officer,
        "text": words["text"],
    }


def _label(id_: str) -> str:
    return f"remark|words|{id_}"
