"""Mediation, hearing, meeting, talk: a table of moves for each kind says who may do what from where. Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contracts.vocabulary import InvitationAnswer, MediationStep, ProceedingForm, ProceedingKind, ProceedingState
from referral.domain.errors import IllegalStep
from statute import Law
from statute.hearings import NOTICE, Hearing

S, K = ProceedingState, ProceedingKind


class By(StrEnum):
    """Who makes a move."""

    OFFICE = "office"  # whoever handles the petition
    CHIEF = "chief"
    ORGAN = "organ"  # whose mediation it is; where it has no queue, the office writes down what it said
    WORK = "work"  # nobody: it follows from what was done


@dataclass(frozen=True, slots=True)
class Move:
    """One row. `target` None: the state stays. `message`: the agency's by which it is made too."""

    name: str
    zh: str
    by: By
    sources: frozenset[ProceedingState]
    target: ProceedingState | None
    event: str
    needs: str = ""
    message: str | None = None


_OFFICE, _CHIEF, _ORGAN = By.OFFICE, By.CHIEF, By.ORGAN
_REPLY, _REPORT = "proceeding.reply.v1", "mediation.reported.v1"

# a date that people were told of, or may yet be
BEFORE_DATE = frozenset({S.PROPOSED, S.APPROVED, S.NOTIFIED, S.ADJOURNED})
PREPARING = frozenset({S.APPROVED, S.ADJOURNED})
# whoever is named later was not told in time, and not asked
JOINING = PREPARING | {S.PROPOSED, S.ASKING}
AGREED = frozenset({S.AGREED, S.CONFIRMED, S.UNCONFIRMED})
MEDIATED = frozenset({S.TAKEN_ON, S.IN_SESSION})
ENDED = frozenset(
    {S.REFUSED, S.CONCLUDED, S.CANCELLED, S.DECLINED, S.FAILED, S.WITHDRAWN, S.PERFORMED, S.FULFILLED, S.UNFULFILLED,
     S.MENDED}
)  # fmt: skip


def _from(*states: ProceedingState) -> frozenset[ProceedingState]:
    return frozenset(states)


def _approved() -> tuple[Move, ...]:
    return (
        Move("approve", "批准", _CHIEF, _from(S.PROPOSED), S.APPROVED, "proceeding.approved.v1"),
        Move("refuse", "不同意", _CHIEF, _from(S.PROPOSED), S.REFUSED, "proceeding.refused.v1", "text"),
    )


def _dated(needs: str) -> tuple[Move, ...]:
    return (
        Move("notify", "告知", _OFFICE, PREPARING, S.NOTIFIED, "proceeding.notified.v1", needs),
        # all are told again, and the days run anew
        Move("adjourn", "改期", _OFFICE, _from(S.NOTIFIED), S.ADJOURNED, "proceeding.adjourned.v1", "text"),
    )


_MEDIATION = (
    Move("ask", "征求意见", _OFFICE, _from(S.PROPOSED), S.ASKING, "mediation.asked.v1", "petitioner and other side"),
    Move("consent", "登记同意", _OFFICE, _from(S.ASKING), None, "mediation.consented.v1", "which side"),
    # a side that clearly refuses ends it (人民调解法 17)
    Move("decline", "登记不同意", _OFFICE, _from(S.ASKING, S.INVITED) | MEDIATED, S.DECLINED,
         "mediation.declined.v1", "which side"),
    Move("invite", "邀请调解组织", _OFFICE, _from(S.ASKING), S.INVITED, "mediation.invited.v1",
         "each side's consent; the organ"),
    Move("turn_down", "调解组织不受理", _ORGAN, _from(S.INVITED), S.ASKING, "mediation.turned_down.v1",
         message=_REPLY),
    Move("take_on", "调解组织受理", _ORGAN, _from(S.INVITED), S.TAKEN_ON, "mediation.taken_on.v1", message=_REPLY),
    # between the parties themselves: nobody is invited
    Move("begin", "主持和解", _OFFICE, _from(S.ASKING), S.TAKEN_ON, "mediation.begun.v1", "each side's consent"),
    Move("sit", "登记调解会", _ORGAN, MEDIATED, S.IN_SESSION, "mediation.sat.v1", "day, text", message=_REPORT),
    Move("agree", "登记达成协议", _ORGAN, _from(S.IN_SESSION), S.AGREED, "mediation.agreed.v1",
         "form, day, text", message=_REPORT),
    # the other ways are told: a notice owed (人民调解法 26)
    Move("fail", "登记调解不成", _ORGAN, MEDIATED, S.FAILED, "mediation.failed.v1", "text", message=_REPORT),
    Move("ask_confirmation", "登记双方申请司法确认", _OFFICE, _from(S.AGREED), S.CONFIRMING,
         "mediation.confirmation_asked.v1", "day, within 30 days of its effect"),
    Move("confirm", "登记法院确认", _OFFICE, _from(S.CONFIRMING), S.CONFIRMED, "mediation.confirmed.v1"),
    Move("unconfirm", "登记法院驳回", _OFFICE, _from(S.CONFIRMING), S.UNCONFIRMED, "mediation.unconfirmed.v1"),
    Move("perform", "登记已履行", _ORGAN, AGREED | _from(S.UNPERFORMED), S.PERFORMED, "mediation.performed.v1",
         message=_REPORT),
    Move("default", "登记未履行", _ORGAN, AGREED, S.UNPERFORMED, "mediation.unperformed.v1", "text",
         message=_REPORT),
    Move("withdraw", "登记当事人撤回", _OFFICE, _from(S.PROPOSED, S.ASKING, S.INVITED) | MEDIATED, S.WITHDRAWN,
         "mediation.withdrawn.v1"),
)  # fmt: skip
_HEARING = (
    *_approved(),
    *_dated("time, place, host, 3-7 officers and an odd number, in time for the notice"),
    Move("hold", "登记已举行", _OFFICE, _from(S.NOTIFIED), S.HELD, "proceeding.held.v1",
         "its day; everybody told in time; every step; the recording where the line has one; text"),
    Move("opine", "登记听证意见", _OFFICE, _from(S.HELD), S.OPINED, "proceeding.opined.v1", "text"),
    Move("conclude", "办结", _OFFICE, _from(S.OPINED), S.CONCLUDED, "proceeding.concluded.v1",
         "whether the opinion is followed, text"),
    Move("cancel", "取消", _OFFICE, BEFORE_DATE, S.CANCELLED, "proceeding.cancelled.v1", "text"),
)  # fmt: skip
_MEETING = (
    *_approved(),
    *_dated("time, place"),
    Move("hold", "登记已召开", _OFFICE, _from(S.NOTIFIED), S.HELD, "proceeding.held.v1", "its day; text"),
    Move("resolve", "作出决议", _OFFICE, _from(S.HELD), S.RESOLVED, "proceeding.resolved.v1", "tasks"),
    Move("conclude", "办结（无决议）", _OFFICE, _from(S.HELD), S.CONCLUDED, "proceeding.concluded.v1", "text"),
    Move("fulfil", "落实", By.WORK, _from(S.RESOLVED), S.FULFILLED, "proceeding.fulfilled.v1", "each task done"),
    Move("unfulfil", "未落实", By.WORK, _from(S.RESOLVED), S.UNFULFILLED, "proceeding.unfulfilled.v1",
         "each task ended, one of them undone"),
    Move("cancel", "取消", _OFFICE, BEFORE_DATE, S.CANCELLED, "proceeding.cancelled.v1", "text"),
)  # fmt: skip
_TALK = (
    *_approved(),
    Move("hold", "登记已约谈", _OFFICE, _from(S.APPROVED), S.MENDING, "proceeding.held.v1",
         "its day; reasons and measures; by when they are to be mended"),
    Move("mend", "销号", _OFFICE, _from(S.MENDING), S.MENDED, "proceeding.mended.v1", "text"),
    Move("cancel", "取消", _OFFICE, _from(S.PROPOSED, S.APPROVED), S.CANCELLED, "proceeding.cancelled.v1", "text"),
)  # fmt: skip

MOVES: Mapping[ProceedingKind, Mapping[str, Move]] = {
    kind: {move.name: move for move in moves}
    for kind, moves in ((K.MEDIATION, _MEDIATION), (K.HEARING, _HEARING), (K.MEETING, _MEETING), (K.TALK, _TALK))
}
# what an agency says → the move of its mediation
ANSWERS = {InvitationAnswer.ACCEPTED: "take_on", InvitationAnswer.DECLINED: "turn_down"}
REPORTS = {
    MediationStep.SAT: "sit",
    MediationStep.AGREED: "agree",
    MediationStep.FAILED: "fail",
    MediationStep.PERFORMED: "perform",
    MediationStep.UNPERFORMED: "default",
}


def lawful(move: Move, form: ProceedingForm | None, state: ProceedingState) -> bool:
    """Whether the table allows it: who settles it between them has no organ, whoever has one does not begin alone."""
    apart = {"begin"} if form is not ProceedingForm.SETTLEMENT else {"invite"}
    return state in move.sources and move.name not in apart


def check(kind: ProceedingKind, form: ProceedingForm | None, state: ProceedingState, name: str) -> ProceedingState:
    """The state the move leads to. Raises IllegalStep, which names what is lawful."""
    move = MOVES[kind].get(name)
    if move is not None and lawful(move, form, state):
        return move.target or state
    names = [each.name for each in MOVES[kind].values() if lawful(each, form, state)]
    raise IllegalStep(name, state, names, move.zh if move else name)


def awaits(kind: ProceedingKind, state: ProceedingState, name: str) -> bool:
    """Whether the organ alone can still get from here to where the move is lawful: what it says may be early."""
    seen, front = {state}, [state]
    while front:
        here = front.pop()
        for move in MOVES[kind].values():
            if move.by is By.ORGAN and here in move.sources and move.target and move.target not in seen:
                seen.add(move.target)
                front.append(move.target)
    return bool((seen - {state}) & MOVES[kind][name].sources)


def number(year: int, jurisdiction: str, serial: int) -> str:
    """议2026-619926-000001"""
    return f"议{year}-{jurisdiction}-{serial:06d}"


def told_by(law: Law, rules: Hearing, day: date, today: date) -> date:
    """The last day on which whoever is told of a hearing is told in time; a rest day moves it earlier (规定 10).

    `today`: the rule in force is meant that is in force then.
    """
    return law.due(law.packs.rule(NOTICE, today, rules.notice), day).due
