"""Referral's boxes of the worklist: what is not signed for, late, objected to, answered, to be coordinated."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, exists

from authorization.placements import placement
from clock.tables import Clock, State
from contracts.vocabulary import (
    ObjectionReason,
    ProceedingKind,
    ProceedingState,
    ProceedingSubject,
    ReferralKind,
    ReferralState,
    Result,
    TaskStanding,
    WorkBox,
)
from referral.domain import states
from referral.tables import Escalation, Guarded, Proceeding, Referral, Task
from referral.use_cases import escalation, views
from referral.use_cases.overdue import SIGN, URGED
from referral.use_cases.tools import tools_of
from service_kit.worklist import Asking, Box, owed, placed, placed_item, placed_step
from statute import day_of
from web.listing import Rows

S = ReferralState
READ, PROCEEDING = "referral.read", "proceeding.read"
OUT_OPEN = sorted(states.OPEN - {S.DRAFTED})

_ASKED = (
    Referral.number,
    Referral.agency,
    Referral.submission,
    Referral.inbound,
    Referral.state,
    Referral.kind.label("moved_as"),
    Referral.statutory,
    Referral.created_at,
    Referral.urged,
    Referral.objection,
    Referral.result,
)


def _referrals(asking: Asking, *more: Any) -> Rows:
    return placed(asking, *_ASKED, *more, beside=Referral).join(Referral, Referral.petition == placement.c.petition)


def _timed(asking: Asking) -> Rows:
    """Of what we sent and is open, with the clock that the receiver has to stop."""
    clock = (Clock.rule, Clock.target, Clock.due, Clock.duty, Clock.holder)
    rows = _referrals(asking, *clock).join(
        Clock, and_(Clock.petition == Referral.petition, Clock.referral == Referral.number)
    )
    # to be signed once urged ends later than to be signed: by both, one handover would stand here, and count, twice
    return rows.where(~Referral.inbound, Clock.state.in_((State.RUNNING, State.MISSED)), Clock.rule != URGED)


def _out_unsigned(asking: Asking) -> Rows:
    return _timed(asking).where(Referral.state == S.SENT, Clock.rule == SIGN)


def _out_overdue(asking: Asking) -> Rows:
    late = (Clock.target < day_of(asking.work.now), Clock.rule.not_in(sorted(tools_of(asking.work).law.packs.lapsing)))
    return _timed(asking).where(Referral.state.in_(OUT_OPEN), *late)


def _show_timed(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names, rules, today = asking.names(views.names), tools_of(asking.work).law.packs.names, day_of(asking.work.now)
    for row in rows:
        rule_zh = rules.get(row.rule, row.rule)
        yield _item(
            row,
            names,
            rule=row.rule,
            rule_zh=rule_zh,
            sentence=owed(rule_zh, row.target, row.due, today),
            target=row.target.isoformat(),
            due=row.due.isoformat(),
            duty=row.duty,
            holder=row.holder,
            action=_step(asking, row, "urge", "催办"),
        )


def _objections(asking: Asking) -> Rows:
    return _referrals(asking).where(~Referral.inbound, Referral.state == S.OBJECTED)


def _show_objections(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names = asking.names(views.names)
    for row in rows:
        reason = f"：{ObjectionReason(row.objection).zh}" if row.objection else ""
        yield _item(row, names, sentence=f"异议待裁定{reason}", action=_step(asking, row, "rule", "裁定异议"))


def _answered(asking: Asking) -> Rows:
    return _referrals(asking).where(~Referral.inbound, Referral.state == S.ANSWERED)


def _show_answered(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names = asking.names(views.names)
    for row in rows:
        result = f"：{Result(row.result).zh}" if row.result else ""
        # an answer that does is followed up where the petition is; here alone it is sent back
        yield _item(row, names, sentence=f"已反馈，待审查{result}", action=_step(asking, row, "rework", "退回补办"))


_COORDINATED = (
    Escalation.referral,
    Escalation.reason,
    Escalation.agency,
    Escalation.days,
    Escalation.requested_at,
)


def _coordination(asking: Asking) -> Rows:
    held = exists().where(Guarded.petition == Escalation.petition, Guarded.held).label("held")
    rows = placed(asking, *_COORDINATED, held).join(Escalation, Escalation.petition == placement.c.petition)
    return rows.where(escalation.stands())


def _show_coordination(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names = asking.names(views.names)
    for row in rows:
        yield placed_item(
            row,
            sentence=escalation.sentence(row, names, row.held),
            referral=row.referral,
            partner=row.agency,
            partner_zh=row.agency and names.get(row.agency, row.agency),
            since=row.requested_at.isoformat(),
        )


_PROPOSED = (Proceeding.number, Proceeding.kind.label("proceeds_as"), Proceeding.subject, Proceeding.created_at)


def _to_approve(asking: Asking) -> Rows:
    """What is held only with the chief's approval, and has not got it yet."""
    rows = placed(asking, *_PROPOSED).join(Proceeding, Proceeding.petition == placement.c.petition)
    approved = (ProceedingKind.HEARING, ProceedingKind.MEETING, ProceedingKind.TALK)
    return rows.where(Proceeding.state == ProceedingState.PROPOSED, Proceeding.kind.in_(approved))


def _show_to_approve(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        kind, subject = ProceedingKind(row.proceeds_as), ProceedingSubject(row.subject)
        yield placed_item(
            row,
            sentence=f"拟{kind.zh}：{subject.zh}",
            proceeding=row.number,
            since=row.created_at.isoformat(),
            action=placed_step(asking, row, "proceeding.approve", "批准", number=row.number),
        )


_TASK = (Task.proceeding, Task.item, Task.agency, Task.due, Task.urged)


def _meeting_tasks(asking: Asking) -> Rows:
    """What meetings resolved on and nobody has done yet, the first due first."""
    rows = placed(asking, *_TASK).join(Task, Task.petition == placement.c.petition)
    return rows.where(Task.state == TaskStanding.OPEN)


def _show_meeting_tasks(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names, today = asking.names(views.names), day_of(asking.work.now)
    for row in rows:
        yield placed_item(
            row,
            sentence=owed(f"会商任务{row.item}", row.due, row.due, today),
            proceeding=row.proceeding,
            partner=row.agency,
            partner_zh=names.get(row.agency, row.agency),
            target=row.due.isoformat(),
            due=row.due.isoformat(),
            urged=row.urged,
            action=placed_step(
                asking, row, "proceeding.urge-task", "催办任务", number=row.proceeding, item=str(row.item)
            ),
        )


def _item(row: Any, names: Mapping[str, str], **known: Any) -> dict[str, Any]:
    return placed_item(
        row,
        referral=row.number,
        partner=row.agency,
        partner_zh=names.get(row.agency, row.agency),
        partner_number=row.submission,
        since=row.created_at.isoformat(),
        urged=row.urged,
        **known,
    )


def _step(asking: Asking, row: Any, action: str, title: str) -> dict[str, Any] | None:
    snapshot = states.Snapshot(S(row.state), ReferralKind(row.moved_as), row.statutory, row.inbound)
    if not any(move.action == action for move in states.allowed(snapshot, states.Side.SENDER)):
        return None
    return placed_step(asking, row, f"referral.{action}", title, number=row.number)


BOXES = (
    Box(WorkBox.OUT_UNSIGNED, READ, (Clock.target, Clock.id), _out_unsigned, _show_timed),
    Box(WorkBox.OUT_OVERDUE, READ, (Clock.target, Clock.id), _out_overdue, _show_timed),
    Box(WorkBox.OBJECTIONS, READ, (Referral.number,), _objections, _show_objections),
    Box(WorkBox.ANSWERED, READ, (Referral.number,), _answered, _show_answered),
    Box(WorkBox.COORDINATION, READ, (Escalation.requested_at, Escalation.id), _coordination, _show_coordination),
    Box(WorkBox.PROCEEDINGS, PROCEEDING, (Proceeding.number,), _to_approve, _show_to_approve),
    Box(WorkBox.MEETING_TASKS, PROCEEDING, (Task.due, Task.proceeding, Task.item), _meeting_tasks, _show_meeting_tasks),
)
