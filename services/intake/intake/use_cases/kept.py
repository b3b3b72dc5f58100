"""What stood in a petition before it was put right or undone, with why, who and since when: sealed, and only added."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from contracts.vocabulary import Corrected
from courier.unit_of_work import UnitOfWork
from intake.tables import Correction, Petition
from intake.use_cases import people


def keep(
    work: UnitOfWork,
    petition: Petition,
    what: Sequence[Corrected],
    was: Mapping[str, Any] | None,
    reason: str | None,
    of_seq: int | None = None,
    by: str | None = None,
) -> None:
    """One more. `of_seq`: of which petitioner, respondent or reply; `by`: who asked for it, where another approved it.

    `was`, `reason`: None where they say who asked for secrecy, whom the safe has.
    """
    last = select(func.coalesce(func.max(Correction.seq), 0)).where(Correction.petition == petition.number)
    seq, actor = (work.session.scalar(last) or 0) + 1, work.actor.officer
    work.session.add(
        Correction(
            petition=petition.number,
            seq=seq,
            what=[each.value for each in what],
            of_seq=of_seq,
            was=sealed(work, petition, "was", seq, was),
            reason=sealed(work, petition, "reason", seq, reason),
            recorded_at=work.now,
            officer=by or actor,
            approved_by=actor if by not in (None, actor) else None,
        )
    )


def last(work: UnitOfWork, number: str, what: Corrected) -> Correction:
    """The newest of this word; the caller knows that there is one."""
    query = select(Correction).where(Correction.petition == number, Correction.what.contains([what.value]))
    return work.session.scalars(query.order_by(Correction.seq.desc()).limit(1)).one()


def sealed(work: UnitOfWork, petition: Petition, name: str, seq: int, value: Any) -> Any:
    """One column of one correction, as it is kept."""
    plain = None if value is None else json.dumps(value, ensure_ascii=False)
    return people.seal(work, petition.number, f"correction|{name}|{seq}", plain)


def opened(work: UnitOfWork, correction: Correction, name: str) -> Any:
    """`was` or `reason`, in clear: for who may read what was said. None where the safe has it."""
    sealed, label = getattr(correction, name), f"correction|{name}|{correction.seq}"
    return None if sealed is None else json.loads(people.unseal(work, correction.petition, label, bytes(sealed)))
