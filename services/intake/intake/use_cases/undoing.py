"""What was done by mistake is undone, while nothing hangs on it: a registration, a proof, an act.

What it was, and why it was wrong, is kept sealed. What an officer has signed, issued or concluded is not undone here.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from clock import clocks
from clock.tables import Clock
from contracts.vocabulary import ActKind, Corrected, LinkReason, PetitionState, Proof, ReplyKind
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import Act, Petition
from intake.use_cases import acts, kept, people, rule_changes, task_acts, timeline
from intake.use_cases.petitions import load, set_state
from intake.use_cases.tools import tools_of

_VOIDED, _ACT_UNDONE, _UNTOLD = "petition.voided.v1", "petition.act_undone.v1", "petition.untold.v1"


def void(work: UnitOfWork, number: str, reason: str, by: str) -> Petition:
    """作废: nobody came with it. Nothing more is owed, its number is never another's; `by`: who asked for it.

    Raises GoneOut.
    """
    petition = load(work, number)
    states.check("void", petition.snapshot)
    check_may_go(petition)
    was = {"state": petition.state, "tasks": [each.id for each in task_acts.end_all(work, petition, "登记有误，作废")]}
    kept.keep(work, petition, [Corrected.VOIDED], was, reason, by=by)
    set_state(petition, (PetitionState.VOIDED, None))
    timeline.record(work, petition, _VOIDED)
    clocks.end_all(work, timeline.subject(work, petition), _VOIDED)
    return petition


def unvoid(work: UnitOfWork, number: str, reason: str, by: str) -> Petition:
    """It was no mistake: it goes on from where it stood, and its periods never stood still; `by`: who asked for it."""
    petition = load(work, number)
    states.check("unvoid", petition.snapshot)
    voided = kept.last(work, number, Corrected.VOIDED)
    was: Mapping[str, Any] = kept.opened(work, voided, "was")
    kept.keep(work, petition, [Corrected.RESTORED], {}, reason, by=by)
    set_state(petition, (PetitionState(was["state"]), None))
    timeline.record(work, petition, "petition.restored.v1")
    clocks.revive(work, tools_of(work).law, timeline.subject(work, petition), _VOIDED, voided.recorded_at)
    # none in what older code voided, which left them open
    ended = [task_acts.find(work, each, lock=True) for each in was.get("tasks", ())]
    task_acts.go_on(work, petition, ended, "撤销作废，恢复办理")
    return petition


def stays(petition: Petition) -> bool:
    """Whether nobody outside has it, sent it, or was told of it."""
    if petition.submitted_by or petition.referred_to or petition.aid_wish or petition.pending or petition.replies:
        return False
    return not petition.went_out


def may_go(petition: Petition) -> bool:
    """Whether it may be void, or go on in another: it stays, and none goes on in it, which then would nowhere."""
    return stays(petition) and not any(
        (each.to, each.reason) == (petition.number, LinkReason.MERGED) and each.undone_at is None
        for each in petition.links
    )


def check_may_go(petition: Petition) -> None:
    """Raises GoneOut."""
    if not may_go(petition):
        raise errors.GoneOut()


def unprove(work: UnitOfWork, number: str, seq: int, reason: str) -> Petition:
    """A proof was another's, or none: the reply is owed until it is proved, and what it had ended goes on.

    Raises NoSuchReply, NotProved.
    """
    petition = load(work, number)
    states.check("unprove", petition.snapshot)
    reply = next((each for each in petition.replies if each.seq == seq), None)
    if reply is None:
        raise errors.NoSuchReply()
    if reply.proof is None or reply.proved_on is None:
        raise errors.NotProved()
    was = {"proof": Proof(reply.proof).zh, "proved_on": reply.proved_on.isoformat(), "officer": reply.proved_by}
    kept.keep(work, petition, [Corrected.PROOF], was, reason, seq)
    reply.proof = reply.proved_on = reply.proved_by = None
    timeline.record(work, petition, _UNTOLD, reply=ReplyKind(reply.kind))
    rule_changes.settle(work, petition, _UNTOLD)
    return petition


def undo_act(work: UnitOfWork, number: str, act: str, reason: str) -> Petition:
    """It was not done, or not for this petition; what was written of it is kept. Raises NoSuchAct.

    The periods it began end, those it ended go on from where they began, and whoever it said was held is not.
    """
    petition = load(work, number)
    states.check("undo-act", petition.snapshot)
    found = work.session.get(Act, act)
    if found is None or found.petition != number:
        raise errors.NoSuchAct()
    was = {
        "act": ActKind(found.kind).zh,
        "done_on": found.done_on.isoformat(),
        "people": "、".join(found.people),
        "record": people.unseal(work, number, f"act|record|{act}", bytes(found.record)),
        "officer": found.officer,
    }
    kept.keep(work, petition, [Corrected.ACT], was, reason)
    work.session.delete(found)
    work.session.flush()
    kind = ActKind(found.kind)
    timeline.record(work, petition, _ACT_UNDONE, act=kind, done_on=found.done_on)
    # also one that ran out, which nothing else would move: it was never owed
    began = select(Clock).where(Clock.petition == number, Clock.referral.is_(None), Clock.stopped_by.is_(None))
    began = began.where(Clock.started_by == "petition.act_recorded.v1", Clock.started_at == found.recorded_at)
    for clock in work.session.scalars(began).all():
        clocks.stop(work, clock, _ACT_UNDONE)
    if kind in acts.OF_CUSTODY:
        timeline.hold_person(work, petition, acts.in_custody(work, number))
    rule_changes.settle(work, petition, _ACT_UNDONE)
    return petition
