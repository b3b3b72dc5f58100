"""What was asked of another service and has no answer yet: shown as pending until it is done there, or refused.

One mechanism for all: a command is kept on its petition in the transaction that sends it, and taken off by the first
event that tells its end. Whether a release is asked for is shown by `releases` alone, to who may know why.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, func, select, text
from sqlalchemy.orm import Session

from contracts.vocabulary import PetitionState, ReferralKind
from courier import waits
from courier.unit_of_work import UnitOfWork
from intake.domain.errors import ACTIONS_ZH
from intake.tables import Petition, Step

# what another service tells → which commands end with it
ENDS: Mapping[str, tuple[str, ...]] = {
    "submission.signed.v1": ("sign",),
    "submission.accepted.v1": ("accept",),
    # silence said so, or a later word of ours did
    "submission.deemed.v1": ("accept",),
    "submission.objected.v1": ("object",),
    "submission.progressed.v1": ("tell-sender", "accept"),
    "submission.answered.v1": ("answer-sender", "accept"),
    "custody.ended.v1": ("close",),
    "custody.kept.v1": ("close",),
    "aid.opened.v1": ("mark-hardship",),
}
# how a state reads while it is not known yet whether it will last
_NOT_YET = {
    PetitionState.REFERRED: ("refer", "移交中（待确认）"),
    PetitionState.OBJECTED: ("object", "提出异议中（待送达）"),
}


def begin(work: UnitOfWork, petition: Petition, command: str, to: str | None = None) -> None:
    """Notes what another service is asked to do; `to`: the agency, of commands that may wait for several."""
    asked = {"command": command, "to": to, "since": work.now.isoformat(), "officer": work.actor.officer}
    petition.pending = [*petition.pending, asked]


def heard(petition: Petition, type_: str, data: Mapping[str, Any]) -> None:
    """Takes off whatever the event ends; what older code asked was not kept, and ends nothing."""
    if not petition.pending:
        return
    if type_.startswith("referral."):
        # by whatever event it is first known that it went, or could not go
        kind = data.get("kind")
        end(petition, "refer" if kind is None or ReferralKind(kind).moves else "involve", data["agency"])
    for command in ENDS.get(type_, ()):
        end(petition, command)


def end(petition: Petition, command: str, to: str | None = None) -> bool:
    """Takes the earliest such command off; `to`: where it names a receiver. Whether there was one."""
    found = next((each for each in petition.pending if (each["command"], each["to"]) == (command, to)), None)
    if found is not None:
        petition.pending = [each for each in petition.pending if each is not found]
    return found is not None


def state_zh(petition: Petition) -> str:
    """What pretends nothing: a state that another service has still to confirm reads so."""
    state = PetitionState(petition.state)
    command, zh = _NOT_YET.get(state, ("", ""))
    return zh if any(each["command"] == command for each in petition.pending) else state.zh


def present(petition: Petition) -> list[dict[str, Any]]:
    """To whom it goes is on the timeline, for who may read it."""
    return [
        {"command": each["command"], "command_zh": ACTIONS_ZH[each["command"]], "since": each["since"]}
        for each in petition.pending
    ]


def overdue(session: Session) -> int:
    """How many petitions wait for another service for longer than they should."""
    return session.scalar(select(func.count()).select_from(Petition).where(*_too_long())) or 0


def late(work: UnitOfWork, limit: int = 100) -> list[Petition]:
    """Those, the earliest registered first."""
    return list(work.session.scalars(select(Petition).where(*_too_long()).order_by(Petition.number).limit(limit)))


def settle(work: UnitOfWork, limit: int = 50) -> int:
    """What a copy of older code heard, it wrote on the timeline and took off nowhere. Returns how many petitions."""
    found = select(Petition).where(*_too_long()).order_by(Petition.number).limit(limit)
    settled = 0
    for petition in work.session.scalars(found.with_for_update(skip_locked=True)):
        before = petition.pending
        since = datetime.fromisoformat(before[0]["since"])
        steps = select(Step).where(Step.petition == petition.number, Step.at >= since).order_by(Step.id)
        for step in work.session.scalars(steps):
            heard(petition, step.type, step.data)
        settled += petition.pending != before
    return settled


def drop(petition: Petition) -> list[dict[str, Any]]:
    """For a person who has seen that it was done or will never be. What was pending."""
    dropped, petition.pending = petition.pending, []
    return dropped


def _too_long() -> tuple[ColumnElement[bool], ...]:
    # the earliest stands first
    since = Petition.pending[0]["since"].astext.cast(DateTime(timezone=True))
    return text("pending <> '[]'::jsonb"), since < func.now() - waits.COMMAND_OVERDUE  # type: ignore[return-value]  # as its index says
