"""What can be done with a petition now: one row for each action, with what must be so beside who asks.

`allowed_actions` is drawn from here and from nowhere else. A row says of a thing that it can be done exactly when its
use case would do it; `services/intake/tests/test_actions.py` walks petitions and tries every row, offered or not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from authorization.sight import View
from clock.clocks import Can
from clock.tables import Clock
from contracts.problems import Problem
from contracts.purposes import purposes
from contracts.vocabulary import (
    ActKind,
    Involvement,
    Kind,
    Means,
    OpeningState,
    Pause,
    ReplyKind,
    RiskColour,
    WallReason,
)
from courier.unit_of_work import UnitOfWork
from intake.domain import reply_duty, scoring, states
from intake.domain.errors import ACTIONS_ZH
from intake.domain.states import Snapshot
from intake.tables import Opening, Petition
from intake.use_cases import (
    acts,
    admission,
    assignments,
    corrections,
    deadlines,
    inbound,
    links,
    matches,
    merging,
    persons,
    petitions,
    receptions,
    releases,
    replies,
    routing,
    sealed,
    timeline,
    undoing,
)
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
    # what several rows ask, read once
    clocks: Callable[[], Sequence[tuple[str, str, Can]]]
    openings: Callable[[], Sequence[Opening]]


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


def _advise(asked: Asked) -> Iterable[Target]:
    yield Target(words={"answers": {check.id: check.ask for check in admission.sheet_of(asked.petition).checks}})


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


def _decide_match(asked: Asked) -> Iterable[Target]:
    if matches.may_be_compared(asked.petition):
        yield Target()


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
            proofs = words_of(reply_duty.proofs(asked.petition.matter, kind, Means(reply.means)))
            yield Target({"seq": str(reply.seq)}, {"proof": proofs}, about=f"{kind.zh}，{reply.issued_on} 发出")


def _untellable(asked: Asked) -> Iterable[Target]:
    owed = asked.petition.owed
    contact = bool(owed) and replies.has_contact(asked.work, asked.petition)
    nobody = persons.nobody_left(asked.work, asked.petition)
    for kind in owed:
        reasons = words_of(reply_duty.untellable(asked.petition.matter, kind, contact, nobody))
        yield Target(words={"reply": words_of([kind]), "reason": reasons}, about=kind.zh)


def _conclude(asked: Asked) -> Iterable[Target]:
    its = ("adoption",)
    yield Target(needs=its) if asked.snapshot.kind is Kind.PROPOSAL else Target(without=its)


def _terminate(asked: Asked) -> Iterable[Target]:
    yield Target(words={"reason": words_of(petitions.terminations(asked.work, asked.petition))})


def _record_act(asked: Asked) -> Iterable[Target]:
    kinds = acts.kinds(asked.petition)
    yield Target(words={"kind": words_of(each for each in kinds if not each.of_hour)}, without=("done_at",))
    if by_hour := [each for each in kinds if each.of_hour]:
        yield Target(words={"kind": words_of(by_hour)}, needs=("done_at",), about="按小时计时")


def _tick(asked: Asked) -> Iterable[Target]:
    if asked.petition.led is not None:
        yield Target(words={"item": tools_of(asked.work).checklist})


def _book(asked: Asked) -> Iterable[Target]:
    for each in receptions.open_to(asked.work, asked.view("reception.list"), asked.petition):
        number = asked.petition.number
        yield Target({"reception": each.id}, {"petition": {number: number}}, about=f"{each.day} {each.leader}")


def _enter_risk(asked: Asked) -> Iterable[Target]:
    yield Target(words={"facts": {each.id: each.zh for each in tools_of(asked.work).scheme.entered}})


def _lower_risk(asked: Asked) -> Iterable[Target]:
    risk = asked.petition.risk
    lower = [each for each in RiskColour if risk is not None and scoring.is_lower(each, RiskColour(risk.colour))]
    if lower:
        yield Target(words={"colour": words_of(lower)})


def _ask_opening(asked: Asked) -> Iterable[Target]:
    if asked.petition.sealed:
        yield Target()


def _decide_opening(asked: Asked) -> Iterable[Target]:
    if not sealed.decides(asked.view, asked.petition):
        return
    for each in asked.openings():
        if each.state == OpeningState.ASKED and each.asked_by != asked.work.actor.officer:
            yield Target({"opening": each.id}, about=f"{each.asked_by} 申请")


def _look(asked: Asked) -> Iterable[Target]:
    for each in asked.openings():
        if sealed.is_open_to(asked.work, each):
            yield Target({"opening": each.id})


def _suspend_clock(asked: Asked) -> Iterable[Target]:
    for clock, zh, can in asked.clocks():
        if can.suspend:
            reasons = {each: Pause(each).zh if each in set(Pause) else each for each in can.suspend}
            yield Target({"clock": clock}, {"reason": reasons}, about=zh)


def _resume_clock(asked: Asked) -> Iterable[Target]:
    for clock, zh, can in asked.clocks():
        if can.resume:
            yield Target({"clock": clock}, about=zh)


def _extend_clock(asked: Asked) -> Iterable[Target]:
    for clock, zh, can in asked.clocks():
        waits = any((each.action, each.subject) == ("extend-clock", clock) for each in asked.petition.asked)
        if can.extend and not waits:
            yield Target({"clock": clock}, about=zh)


def _set_handler(asked: Asked) -> Iterable[Target]:
    asker, me = assignments.asker(asked.view), asked.work.actor.officer
    if asker.decides(asked.petition):
        if assignments.has_others(asked.work, asked.petition):
            yield Target(needs=("handler",), about="指定")
    elif assignments.takes(asked.work, asker, asked.petition):
        yield Target(words={"handler": {me: me}}, needs=("handler",), about="接办")
    if assignments.gives_back(asker, asked.petition):
        yield Target(without=("handler",), about="退回部门")


def _correct(asked: Asked) -> Iterable[Target]:
    # what lies in an envelope has no title here
    yield Target(without=("title",) if asked.petition.post_number is not None else ())


def _correct_person(asked: Asked) -> Iterable[Target]:
    many = 1 if asked.petition.secrecy else len(asked.petition.persons)
    for seq in range(1, many + 1):
        yield Target({"person": str(seq)}, about=f"第 {seq} 位" if many > 1 else "")


def _remove_respondent(asked: Asked) -> Iterable[Target]:
    waits = {each.subject for each in asked.petition.asked if each.action == "remove-respondent"}
    for each in asked.petition.respondents:
        if str(each.seq) not in waits:
            yield Target({"respondent": str(each.seq)}, about=f"第 {each.seq} 位")


def _correct_receipt(asked: Asked) -> Iterable[Target]:
    for shift in corrections.shifts(asked.petition):
        yield Target(words={"shift": words_of([shift])}, about=shift.zh)


def _reopen(asked: Asked) -> Iterable[Target]:
    if not petitions.was_a_mistake(asked.work, asked.petition):
        yield Target()


def _void(asked: Asked) -> Iterable[Target]:
    if undoing.may_go(asked.petition):
        yield Target()


def _merge(asked: Asked) -> Iterable[Target]:
    # with which other one, the officer knows: whether it can be, is asked of both
    if not asked.petition.anonymous and asked.petition.post_number is None and undoing.may_go(asked.petition):
        yield Target()


def _unmerge(asked: Asked) -> Iterable[Target]:
    target = petitions.load(asked.work, merging.merged_into(asked.work, asked.petition.number), lock=False)
    if not target.replies and asked.view("petition.unmerge").covers(target.placement):
        yield Target()


def _unlink(asked: Asked) -> Iterable[Target]:
    for other in links.undoable(asked.work, asked.view("petition.unlink"), asked.petition):
        yield Target({"other": other}, about=other)


def _unprove(asked: Asked) -> Iterable[Target]:
    for reply in asked.petition.replies:
        if reply.proof is not None:
            yield Target({"seq": str(reply.seq)}, about=f"{ReplyKind(reply.kind).zh}，{reply.issued_on} 发出")


def _correct_reply(asked: Asked) -> Iterable[Target]:
    waits = {each.subject for each in asked.petition.asked if each.action == "correct-reply"}
    for reply in asked.petition.replies:
        if str(reply.seq) not in waits and replies.may_be_corrected(asked.petition, reply):
            kind = ReplyKind(reply.kind)
            means = words_of(sorted(reply_duty.means(asked.petition.matter, kind)))
            yield Target({"seq": str(reply.seq)}, {"means": means}, about=f"{kind.zh}，{reply.issued_on} 发出")


def _undo_act(asked: Asked) -> Iterable[Target]:
    for each in asked.petition.acts:
        yield Target({"act": each.id}, about=f"{ActKind(each.kind).zh}，{each.done_on}")


# of these the states alone do not decide
_MORE: Mapping[str, Callable[[Asked], Iterable[Target]]] = {
    "advise-admission": _advise,
    "close": _close,
    "conclude": _conclude,
    "object": _object,
    "guide": _guide,
    "refer": _refer,
    "involve": _involve,
    "release": _release,
    "decide-match": _decide_match,
    "enter-risk": _enter_risk,
    "set-handler": _set_handler,
    "issue": _issue,
    "record-act": _record_act,
    "terminate": _terminate,
    "unwall": _unwall,
    "correct": _correct,
    "correct-person": _correct_person,
    "remove-respondent": _remove_respondent,
    "correct-receipt": _correct_receipt,
    "reopen": _reopen,
    "void": _void,
    "merge": _merge,
    "unmerge": _unmerge,
    "unlink": _unlink,
    "unprove": _unprove,
    "correct-reply": _correct_reply,
    "undo-act": _undo_act,
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


def of_petition(
    work: UnitOfWork, petition: Petition, its: Sequence[Clock], view: Callable[[str], View]
) -> Iterable[tuple[Row, Target]]:
    """What can be done with it now by who sees so far, in the table's order. Each right is asked for before its row.

    `its`: its clocks.
    """
    clocks = cache(lambda: deadlines.decidable(work, its))
    openings = cache(lambda: sealed.of_petition(work, petition))
    asked, placement = Asked(work, petition, petition.snapshot, view, clocks, openings), petition.placement
    covers = cache(lambda its: its.covers(placement))  # many rights reach as far
    for row in ROWS:
        if not covers(view(row.action)):
            continue
        try:
            yield from ((row, target) for target in row.targets(asked))
        except Problem:
            continue  # what its use case would say
