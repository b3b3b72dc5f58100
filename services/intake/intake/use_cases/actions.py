"""What can be done with a petition now: one row for each action, with what must be so beside who asks.

`allowed_actions` is drawn from here and from nowhere else. A row says of a thing that it can be done exactly when its
use case would do it; `services/intake/tests/test_actions.py` walks petitions and tries every row, offered or not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from authorization.sight import View
from contracts.problems import Problem
from contracts.purposes import purposes
from contracts.vocabulary import Involvement, OpeningState, Pause, ReplyKind, RiskColour, WallReason
from courier.unit_of_work import UnitOfWork
from intake.domain import reply_duty, scoring, states
from intake.domain.errors import ACTIONS_ZH
from intake.domain.states import Snapshot
from intake.tables import ChiefLed, Petition, Risk
from intake.use_cases import assignments, deadlines, inbound, receptions, releases, replies, routing, sealed, timeline
from intake.use_cases.tools import tools_of
from service_kit.actions import Target, words_of
from statute import day_of


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what it is asked whether it can be done: the petition as it is, and who asks how far they see."""

    work: UnitOfWork
    petition: Petition
    snapshot: Snapshot
    view: Callable[[str], View]  # for an action of the table of rights


@dataclass(frozen=True, slots=True)
class Row:
    """`action`: whose right it takes; `path`: its route, where several have the action; `targets`: what of it now."""

    name: str
    zh: str
    action: str
    targets: Callable[[Asked], Iterable[Target]]
    path: str | None = None


def _always(_: Asked) -> Iterable[Target]:
    yield Target()


def _close(asked: Asked) -> Iterable[Target]:
    if not timeline.unfinished(asked.work, asked.petition.number):
        yield Target()


def _object(asked: Asked) -> Iterable[Target]:
    inbound.check_objection(asked.work, asked.petition)
    yield Target()


def _guide(asked: Asked) -> Iterable[Target]:
    to = routing.released(asked.work, asked.petition)
    if to is None or to:
        yield Target(words={} if to is None else {"to": to})


def _refer(asked: Asked) -> Iterable[Target]:
    return _hand_over(asked, "handling")


def _involve(asked: Asked) -> Iterable[Target]:
    for purpose in Involvement:
        for target in _hand_over(asked, purpose):
            yield Target(words={**target.words, "purpose": words_of([purpose])}, about=purpose.zh)


def _hand_over(asked: Asked, purpose: str) -> Iterable[Target]:
    bases = {each.id: each.zh for each in purposes()[purpose].bases.values() if asked.snapshot.kind in each.petitions}
    to = routing.receivers(asked.work, asked.petition)
    if bases and (to is None or to):
        yield Target(words={"basis": bases} | ({} if to is None else {"to": to}))


def _release(asked: Asked) -> Iterable[Target]:
    if releases.knows(asked.view("petition.release"), releases.because(asked.work, asked.petition)):
        confirms = asked.view("petition.confirm-release").covers(asked.petition.placement)
        yield Target(without=() if confirms else ("confirmed",))


def _reply(asked: Asked) -> Iterable[Target]:
    for kind in ReplyKind:
        try:
            states.check_reply(kind, asked.snapshot)
        except Problem:
            continue
        means = words_of(sorted(reply_duty.means(asked.petition.matter, kind)))
        yield Target(words={"kind": words_of([kind]), "means": means}, about=kind.zh)


def _issue(asked: Asked) -> Iterable[Target]:
    # the means it was drafted for may have become unlawful: whoever issues it says by which
    means = words_of(sorted(reply_duty.means(asked.petition.matter, ReplyKind.OUTCOME_REPLY)))
    yield Target(words={"means": means}, needs=("means",))


def _unwall(asked: Asked) -> Iterable[Target]:
    waits = {each.subject for each in asked.petition.asked if each.action == "unwall"}
    for wall in asked.petition.standing:
        if str(wall.seq) not in waits:
            yield Target({"wall": str(wall.seq)}, about=f"{WallReason(wall.reason).zh}，{day_of(wall.recorded_at)}")


def _prove(asked: Asked) -> Iterable[Target]:
    for reply in asked.petition.replies:
        if reply.proof is None:
            kind = ReplyKind(reply.kind)
            proofs = words_of(reply_duty.proofs(asked.petition.matter, kind))
            yield Target({"seq": str(reply.seq)}, {"proof": proofs}, about=f"{kind.zh}，{reply.issued_on} 发出")


def _untellable(asked: Asked) -> Iterable[Target]:
    owed = asked.petition.owed
    contact = bool(owed) and replies.has_contact(asked.work, asked.petition)
    for kind in owed:
        reasons = words_of(reply_duty.untellable(asked.petition.matter, kind, contact))
        yield Target(words={"reply": words_of([kind]), "reason": reasons}, about=kind.zh)


def _tick(asked: Asked) -> Iterable[Target]:
    if asked.work.session.get(ChiefLed, asked.petition.number) is not None:
        yield Target(words={"item": tools_of(asked.work).checklist})


def _book(asked: Asked) -> Iterable[Target]:
    for each in receptions.open_to(asked.work, asked.petition):
        number = asked.petition.number
        yield Target({"reception": each.id}, {"petition": {number: number}}, about=f"{each.day} {each.leader}")


def _enter_risk(asked: Asked) -> Iterable[Target]:
    yield Target(words={"facts": {each.id: each.zh for each in tools_of(asked.work).scheme.entered}})


def _lower_risk(asked: Asked) -> Iterable[Target]:
    row = asked.work.session.get(Risk, asked.petition.number)
    lower = [each for each in RiskColour if row is not None and scoring.is_lower(each, RiskColour(row.colour))]
    if lower:
        yield Target(words={"colour": words_of(lower)})


def _ask_opening(asked: Asked) -> Iterable[Target]:
    if asked.petition.sealed:
        yield Target()


def _decide_opening(asked: Asked) -> Iterable[Target]:
    for each in sealed.of_petition(asked.work, asked.petition):
        if each.state == OpeningState.ASKED and each.asked_by != asked.work.actor.officer:
            yield Target({"opening": each.id}, about=f"{each.asked_by} 申请")


def _look(asked: Asked) -> Iterable[Target]:
    for each in sealed.of_petition(asked.work, asked.petition):
        if sealed.is_open_to(asked.work, each):
            yield Target({"opening": each.id})


def _suspend_clock(asked: Asked) -> Iterable[Target]:
    for clock, zh, can in deadlines.decidable(asked.work, asked.petition.number):
        if can.suspend:
            reasons = {each: Pause(each).zh if each in set(Pause) else each for each in can.suspend}
            yield Target({"clock": clock}, {"reason": reasons}, about=zh)


def _resume_clock(asked: Asked) -> Iterable[Target]:
    for clock, zh, can in deadlines.decidable(asked.work, asked.petition.number):
        if can.resume:
            yield Target({"clock": clock}, about=zh)


def _extend_clock(asked: Asked) -> Iterable[Target]:
    for clock, zh, can in deadlines.decidable(asked.work, asked.petition.number):
        waits = any((each.action, each.subject) == ("extend-clock", clock) for each in asked.petition.asked)
        if can.extend and not waits:
            yield Target({"clock": clock}, about=zh)


def _set_handler(asked: Asked) -> Iterable[Target]:
    asker, me = assignments.asker(asked.view), asked.work.actor.officer
    if asker.decides(asked.petition):
        yield Target(needs=("handler",), about="指定")
    elif assignments.takes(asked.work, asker, asked.petition):
        yield Target(words={"handler": {me: me}}, needs=("handler",), about="接办")
    if assignments.gives_back(asker, asked.petition):
        yield Target(without=("handler",), about="退回部门")


# of these the states alone do not decide
_MORE: Mapping[str, Callable[[Asked], Iterable[Target]]] = {
    "close": _close,
    "object": _object,
    "guide": _guide,
    "refer": _refer,
    "involve": _involve,
    "release": _release,
    "enter-risk": _enter_risk,
    "set-handler": _set_handler,
    "issue": _issue,
    "unwall": _unwall,
}


def _lawful(action: str) -> Callable[[Asked], Iterable[Target]]:
    def targets(asked: Asked) -> Iterable[Target]:
        states.check(action, asked.snapshot)
        return _MORE.get(action, _always)(asked)

    return targets


ROWS: tuple[Row, ...] = (
    *(
        Row(action, ACTIONS_ZH[action], f"petition.{action}", _reply if action == "reply" else _lawful(action))
        for action in (*states.MOVES, *states.FINDINGS)
    ),
    Row("prove", "登记送达证明", "petition.prove", _prove),
    Row("record-untellable", "登记依法无法告知", "petition.record-untellable", _untellable),
    Row("renew-code", "重新签发查询码", "petition.renew-code", _always),
    Row("print", "打印文书", "petition.print", _always, "/petitions/<number>/documents"),
    Row("add-task", "交办任务", "petition.add-task", _always, "/petitions/<number>/tasks"),
    Row("tick-item", "完成包案清单一项", "petition.tick-item", _tick),
    Row("book", "预约接访", "reception.book", _book),
    Row("lower-risk", "降低风险等级", "petition.lower-risk", _lower_risk),
    Row("suspend-clock", "中止时限", "clock.suspend", _suspend_clock),
    Row("resume-clock", "恢复时限", "clock.resume", _resume_clock),
    Row("extend-clock", "延长时限", "clock.extend", _extend_clock),
    Row("ask-opening", "申请查看信访人", "sealed.ask", _ask_opening),
    Row("approve-opening", "批准查看", "sealed.decide", _decide_opening, "/openings/<opening>/approve"),
    Row("refuse-opening", "不予批准查看", "sealed.decide", _decide_opening, "/openings/<opening>/refuse"),
    Row("look", "查看信访人", "sealed.look", _look),
)


def of_petition(work: UnitOfWork, petition: Petition, view: Callable[[str], View]) -> Iterable[tuple[Row, Target]]:
    """What can be done with it now by who sees so far, in the table's order. Each right is asked for before its row."""
    asked, placement = Asked(work, petition, petition.snapshot, view), petition.placement
    for row in ROWS:
        if not view(row.action).covers(placement):
            continue
        try:
            yield from ((row, target) for target in row.targets(asked))
        except Problem:
            continue  # what its use case would say
