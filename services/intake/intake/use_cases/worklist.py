"""Intake's boxes of the worklist: what waits for an officer here, each row with what is due and the one next step."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from authorization.placements import nearby
from authorization.sight import Placement
from clock.tables import Clock, State
from contracts.problems import Problem
from contracts.vocabulary import (
    BookingState,
    Channel,
    DocumentKind,
    Kind,
    ListScope,
    Means,
    PetitionState,
    ReplyKind,
    RiskColour,
    TaskStanding,
    WorkBox,
)
from intake.domain import errors, states
from intake.domain.states import Snapshot
from intake.tables import PRINTED, Approval, Booking, Contact, Petition, Reception, Reply, ReplyWaiver, Risk, Step, Task
from intake.use_cases import approvals, contacts, deadlines, directory, risk, task_acts, walls
from intake.use_cases.tools import tools_of
from service_kit.worklist import Asking, Box, item, owed
from statute import SHANGHAI, day_of
from web.listing import Rows

S = PetitionState
UNCLOSED = Petition.state != S.CLOSED
# rule of a clock → what ends it or comes next on the way there, the nearest end first
ENDS: Mapping[str, tuple[str, ...]] = {
    "procedural_reply": ("accept", ReplyKind.PROCEDURAL_REPLY),
    "anonymous_diversion": ("accept",),
    "progress_or_outcome": (ReplyKind.OUTCOME_REPLY, "conclude", ReplyKind.PROGRESS_REPLY),
    "outcome_promise": (ReplyKind.OUTCOME_REPLY, "conclude"),
    "objection_to_sender": ("object",),
    "answer_to_sender": ("answer-sender",),
    "lawyer_complaint": (ReplyKind.OUTCOME_REPLY, "conclude"),
    "compensation_material": ("accept", "ask-material"),
    "compensation_decision": ("conclude",),
    "civil_supervision": ("conclude",),
    "administrative_supervision": ("conclude",),
    "judicial_aid": ("conclude",),
    "not_supported_sent": (ReplyKind.OUTCOME_REPLY,),
    "supervision_material": ("complete", "terminate"),
}
# what ends any other is an act of its line
BY_ACT = ("record-act",)
# what was decided and is to be told next
TO_TELL = {
    S.NOT_ACCEPTED: ReplyKind.PROCEDURAL_REPLY,
    S.GUIDED: ReplyKind.PROCEDURAL_REPLY,
    S.CONCLUDED: ReplyKind.OUTCOME_REPLY,
    S.TERMINATED: ReplyKind.OUTCOME_REPLY,
}
PAPER = (Means.POST, Means.IN_PERSON)


# -- what every row is made of ----------------------------------------------------------------------------------------


def _petitions(asking: Asking, *more: Any, seen: ColumnElement[bool] | None = None) -> Rows:
    """Those in sight and asked for, with what every row says of its petition, and `more` columns.

    `seen`: what of them is in sight, where more decides of it than where the petition sits.
    """
    filters, readable = asking.filters, walls.reached(asking.view("petition.read-risk"))
    rows: Rows = select(
        Petition.number,
        Petition.kind,
        Petition.line,
        Petition.department,
        Petition.service_point,
        Petition.handler,
        walls.unnamed().label("unnamed"),
        case((readable, Risk.colour)).label("colour"),
        *more,
    )
    rows = rows.outerjoin(Risk, Risk.petition == Petition.number).where(
        walls.visible(asking.view(), asking.whose, searched=False) if seen is None else seen
    )
    if "line" in filters:
        rows = rows.where(Petition.line == filters["line"])
    return rows.where(Risk.colour == filters["colour"], readable) if "colour" in filters else rows


def _item(row: Any, **known: Any) -> dict[str, Any]:
    return item(row.number, row.kind, row.line, row.colour, department=row.department, **known)


def _step(asking: Asking, row: Any, action: str, title: str | None = None, **parts: str) -> dict[str, Any] | None:
    place = Placement(row.department, row.service_point, unnamed=row.unnamed, handler=row.handler)
    return asking.step(f"petition.{action}", title or errors.ACTIONS_ZH[action], place, number=row.number, **parts)


# -- red --------------------------------------------------------------------------------------------------------------


_ITS, _OTHER = aliased(Petition), aliased(Risk)
# the few that are both are found by the two indexes alone: most that are open are not red, and the other way round
_RED_UNCLOSED = (
    select(_OTHER.petition)
    .join(_ITS, _ITS.number == _OTHER.petition)
    .where(_OTHER.colour == RiskColour.RED, _ITS.state != S.CLOSED)
    .offset(0)
)


def _red(asking: Asking) -> Rows:
    its = (Risk.entered, Risk.seen, Risk.scored_at)
    return _petitions(asking, *its).where(Risk.colour == RiskColour.RED, UNCLOSED, Risk.petition.in_(_RED_UNCLOSED))


def _show_red(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        why = risk.why(asking.work, row)
        yield _item(
            row,
            sentence="；应做：".join([*why["reasons"][:1], *why["duties"][:1]]),
            since=row.scored_at.isoformat(),
            action=_step(asking, row, "lower-risk", "降低风险等级"),
        )


# -- due today and overdue, by the working target ---------------------------------------------------------------------

_STANDS = (
    Petition.state,
    Petition.before,
    Petition.secrecy,
    Petition.post_number,
    Petition.awaits_answer,
    Petition.anonymous,
    Petition.accepted,
    Petition.liability.is_not(None).label("reviewed"),
    Petition.submitted_by,
    Petition.sender_told,
    Petition.on_hold,
)


def _due(asking: Asking) -> Rows:
    lapsing = sorted(tools_of(asking.work).law.packs.lapsing)
    clock = (Clock.rule, Clock.target, Clock.due, Clock.duty, Clock.holder, Clock.start)
    return (
        _petitions(asking, *clock, Petition.submission, *_STANDS)
        .join(Clock, Clock.petition == Petition.number)
        .where(
            Clock.state.in_((State.RUNNING, State.MISSED)),
            Clock.referral.is_(None),
            Clock.target <= day_of(asking.work.now),
            # a right that ended by silence is nobody's duty
            or_(Clock.state == State.RUNNING, Clock.rule.not_in(lapsing)),
        )
    )


def _show_due(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    law, today = tools_of(asking.work).law, day_of(asking.work.now)
    names = asking.names(directory.agency_names)
    for row in rows:
        rule_zh = law.packs.names.get(row.rule, row.rule)
        yield _item(
            row,
            rule=row.rule,
            rule_zh=rule_zh,
            sentence=owed(rule_zh, row.target, row.due, today),
            target=row.target.isoformat(),
            due=row.due.isoformat(),
            duty=row.duty,
            holder=row.holder,
            partner=row.submitted_by,
            partner_zh=row.submitted_by and names.get(row.submitted_by, row.submitted_by),
            partner_number=row.submission,
            since=row.start.isoformat(),
            action=_next(asking, row),
        )


def _next(asking: Asking, row: Any) -> dict[str, Any] | None:
    """The first that ends the clock, or leads there, that is lawful now and this officer's."""
    snapshot = Snapshot(
        number=row.number,
        state=S(row.state),
        kind=Kind(row.kind),
        secrecy=row.secrecy,
        sealed_post=row.post_number is not None,
        awaits_answer=row.awaits_answer,
        anonymous=row.anonymous,
        before=S(row.before) if row.before else None,
        accepted=row.accepted,
        liability_reviewed=row.reviewed,
        sender=row.submitted_by,
        sender_told=row.sender_told,
        on_hold=row.on_hold,
    )
    for action in ENDS.get(row.rule, BY_ACT):
        reply = action if isinstance(action, ReplyKind) else None
        try:
            if reply is None:
                states.check(action, snapshot)
            else:
                states.check_reply(reply, snapshot)
        except Problem:
            continue
        step = _step(asking, row, "reply", reply.zh) if reply else _step(asking, row, action)
        if step is not None:
            return step
    return None


# -- what others sent and we have not signed for ----------------------------------------------------------------------


def _in_unsigned(asking: Asking) -> Rows:
    sent = (Petition.received_on, Petition.submitted_by, Petition.submission, Petition.answer_by)
    return _petitions(asking, *sent).where(Petition.state == S.SUBMITTED)


def _show_in_unsigned(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names = asking.names(directory.agency_names)
    for row in rows:
        yield _item(
            row,
            sentence="转来事项待签收",
            due=row.answer_by and row.answer_by.isoformat(),
            partner=row.submitted_by,
            partner_zh=names.get(row.submitted_by, row.submitted_by),
            partner_number=row.submission,
            since=row.received_on.isoformat(),
            action=_step(asking, row, "sign"),
        )


# -- what the petitioner is to be told, by paper, with proof ----------------------------------------------------------


def _settled(*kinds: ReplyKind) -> ColumnElement[bool]:
    """Whether one of these was issued in this round, or could lawfully not be."""
    issued = exists().where(Reply.petition == Petition.number, Reply.round == Petition.round, Reply.kind.in_(kinds))
    waived = exists().where(
        ReplyWaiver.petition == Petition.number, ReplyWaiver.round == Petition.round, ReplyWaiver.reply.in_(kinds)
    )
    return or_(issued, waived)


def _deciding(reply: ReplyKind) -> ColumnElement[bool]:
    return Petition.state.in_([state for state, told in TO_TELL.items() if told is reply])


_UNTOLD = or_(
    and_(_deciding(ReplyKind.PROCEDURAL_REPLY), ~_settled(ReplyKind.PROCEDURAL_REPLY, ReplyKind.OUTCOME_REPLY)),
    and_(_deciding(ReplyKind.OUTCOME_REPLY), ~_settled(ReplyKind.OUTCOME_REPLY)),
)


def _owed(asking: Asking) -> Rows:
    return _petitions(asking, Petition.state, Petition.received_on).where(~Petition.anonymous, _UNTOLD)


def _show_owed(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    ends = deadlines.ends(asking.work, rows)
    for row in rows:
        reply = TO_TELL[S(row.state)]
        reply_by, outcome_by = ends[row.number]
        by = reply_by if reply is ReplyKind.PROCEDURAL_REPLY else outcome_by
        yield _item(
            row,
            sentence=f"应告知信访人：{reply.zh}",
            due=by and by.isoformat(),
            since=row.received_on.isoformat(),
            action=_step(asking, row, "reply", reply.zh),
        )


_DOCUMENT = case(
    (Reply.kind == ReplyKind.OUTCOME_REPLY, DocumentKind.REPLY.value),
    (Reply.kind == ReplyKind.PROGRESS_REPLY, DocumentKind.PROGRESS.value),
    (Petition.state == S.NOT_ACCEPTED, DocumentKind.NOT_ACCEPTED.value),
    (Petition.state == S.GUIDED, DocumentKind.GUIDANCE.value),
    (Petition.accepted, DocumentKind.ACCEPTED.value),
    else_=DocumentKind.RECEIPT.value,
)


_RIGHT, _OUTCOME, _CORRECTION = aliased(Reply), aliased(Reply), aliased(Step)


def _corrected(reply: Any) -> ColumnElement[bool]:
    """Whether another was issued in its place."""
    return exists().where(_RIGHT.petition == reply.petition, _RIGHT.corrects == reply.seq)


_CORRECTED_AT = (
    select(func.max(_CORRECTION.id))
    .where(
        _CORRECTION.petition == Reply.petition,
        _CORRECTION.type == "petition.reply_corrected.v1",
        # another kind's says nothing of this one, which would be printed once more
        _CORRECTION.data["reply"].astext == Reply.kind,
    )
    .correlate(Reply)
    .scalar_subquery()
)
_PRINTED = (
    exists()
    .where(
        Step.petition == Reply.petition,
        Step.type.in_(PRINTED),
        # the day begins here, not where the database stands: else nothing printed before eight was printed
        Step.at >= func.timezone(SHANGHAI.key, cast(Reply.issued_on, DateTime)),
        # the one that was wrong may have been printed on the same day
        or_(Reply.corrects.is_(None), Step.id > _CORRECTED_AT),
        Step.data["document"].astext == _DOCUMENT,
    )
    .correlate(Petition, Reply)
)
# who was told the outcome needs no proof of a word on the procedure
_OUTCOME_TOLD = exists().where(
    _OUTCOME.petition == Reply.petition,
    _OUTCOME.round == Reply.round,
    _OUTCOME.kind == ReplyKind.OUTCOME_REPLY,
    _OUTCOME.proof.is_not(None),
    ~_corrected(_OUTCOME),
)


def _replies(asking: Asking, *wanted: ColumnElement[bool]) -> Rows:
    """Issued in this round, not proved and not corrected since, of petitions that are not closed."""
    its = (Reply.seq, Reply.kind.label("reply"), Reply.means, Reply.issued_on, _DOCUMENT.label("document"))
    rows = _petitions(asking, *its).join(Reply, Reply.petition == Petition.number)
    # what is beside the reply leaves out what can be none of these, before its petition is looked up
    rows = rows.where(Reply.open, nearby(asking.view(), asking.whose, Reply), Reply.proof.is_(None))
    return rows.where(Reply.round == Petition.round, ~_corrected(Reply), UNCLOSED, *wanted)


def _to_print(asking: Asking) -> Rows:
    return _replies(asking, Reply.means.in_(PAPER), ~_PRINTED)


def _show_to_print(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        paper = DocumentKind(row.document)
        yield _item(
            row,
            sentence=f"待打印：{paper.zh}（{Means(row.means).zh}）",
            since=row.issued_on.isoformat(),
            action=_step(asking, row, "print", f"打印{paper.zh}", kind=paper),
        )


def _to_prove(asking: Asking) -> Rows:
    first = and_(Reply.kind == ReplyKind.PROCEDURAL_REPLY, ~_OUTCOME_TOLD)
    return _replies(asking, or_(Reply.kind == ReplyKind.OUTCOME_REPLY, first))


def _show_to_prove(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        reply = ReplyKind(row.reply)
        yield _item(
            row,
            sentence=f"待登记送达证明：{reply.zh}（{Means(row.means).zh}）",
            since=row.issued_on.isoformat(),
            action=_step(asking, row, "prove", "登记送达证明", seq=str(row.seq)),
        )


# -- what came and was not decided; who is received today -------------------------------------------------------------


def _contacts(asking: Asking) -> Rows:
    rows: Rows = select(Contact.id, Contact.channel, Contact.received_on, Contact.group_size)
    rows = rows.where(contacts.visible(asking.work, asking.view()), Contact.outcome.is_(None))
    # it is of no line, colour or handler yet
    return rows.where(false()) if asking.filters else rows


def _show_contacts(_: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        several = f"，{row.group_size}人" if row.group_size > 1 else ""
        yield item(
            None,
            None,
            None,
            None,
            contact=row.id,
            sentence=f"{Channel(row.channel).zh}待处理{several}",
            since=row.received_on.isoformat(),
        )


def _receptions(asking: Asking) -> Rows:
    rows = _petitions(asking, Reception.id.label("reception"), Reception.leader, Reception.day)
    rows = rows.join(Booking, Booking.petition == Petition.number).join(Reception, Reception.id == Booking.reception)
    return rows.where(Reception.day == day_of(asking.work.now), Booking.state == BookingState.BOOKED)


def _show_receptions(_: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield _item(row, reception=row.reception, holder=row.leader, sentence="今天院领导接访", due=row.day.isoformat())


# -- what waits for this officer's word, and what somebody of ours has to do -------------------------------------------

# a row of these leads to where it is read, with what can be done: none is decided blindly from a list


def _approvals(asking: Asking) -> Rows:
    ids = approvals.to_decide(asking.work, asking.call.officer)
    rows = _petitions(asking, Approval.id.label("approval"), Approval.action, Approval.asked_at)
    return rows.join(Approval, Approval.petition == Petition.number).where(Approval.id.in_(ids))


def _show_approvals(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield _item(
            row,
            approval=row.approval,
            sentence=f"提请审批：{errors.ACTIONS_ZH[row.action]}",
            since=row.asked_at.isoformat(),
            action=asking.link("approval.read", "read", "审批", approval=row.approval),
        )


def _tasks(asking: Asking) -> Rows:
    view = asking.view()
    seen = and_(task_acts.visible(view), task_acts.whose(view, asking.filters.get("scope", ListScope.OFFICE)))
    rows = _petitions(asking, Task.id.label("task"), Task.zh, Task.officer, Task.due, Task.opened_at, seen=seen)
    rows = rows.add_columns(Task.department.label("owner"))
    return rows.join(Task, Task.petition == Petition.number).where(Task.state == TaskStanding.OPEN)


def _show_tasks(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    today = day_of(asking.work.now)
    for row in rows:
        yield _item(
            row,
            task=row.task,
            sentence=owed(row.zh, row.due, row.due, today),
            due=row.due.isoformat(),
            holder=row.officer or row.owner,
            since=row.opened_at.isoformat(),
            action=asking.link("task.list", "read", "办理", task=row.task),
        )


BY_REPLY = (Reply.issued_on, Reply.petition, Reply.seq)
# one more is a line here, with what selects and what shows its rows above
BOXES = (
    Box(WorkBox.RED, "petition.read-risk", (Risk.score, Risk.petition), _red, _show_red, descending=True),
    Box(WorkBox.DUE, "clock.read", (Clock.target, Clock.id), _due, _show_due),
    Box(WorkBox.IN_UNSIGNED, "petition.list", (Petition.received_on, Petition.number), _in_unsigned,
        _show_in_unsigned),
    Box(WorkBox.OWED, "petition.owed", (Petition.received_on, Petition.number), _owed, _show_owed),
    Box(WorkBox.TO_PRINT, "petition.print", BY_REPLY, _to_print,
        _show_to_print),
    Box(WorkBox.TO_PROVE, "petition.prove", BY_REPLY, _to_prove,
        _show_to_prove),
    Box(WorkBox.CONTACTS, "contact.list", (Contact.recorded_at, Contact.id), _contacts, _show_contacts),
    Box(WorkBox.RECEPTIONS, "reception.list", (Reception.day, Booking.reception, Booking.petition), _receptions,
        _show_receptions),
    Box(WorkBox.APPROVALS, "approval.decide", (Approval.asked_at, Approval.id), _approvals, _show_approvals),
    Box(WorkBox.TASKS, "task.list", (Task.due, Task.id), _tasks, _show_tasks),
)  # fmt: skip
