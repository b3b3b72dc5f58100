"""What became of a notice that left: the provider's word, an operator's, a person's; what is unclear is asked about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select

from contracts.vocabulary import CallOutcome, NoticeState, TaskState
from courier import waits
from courier.envelope import Actor
from courier.faults import Reject
from courier.inbox import Message
from courier.unit_of_work import ServiceContext, UnitOfWork
from notify.domain import errors, states
from notify.domain.states import Carrier, Verdict
from notify.tables import NoticeRow, Petitioner
from notify.use_cases import leaving, notices
from notify.use_cases.measured import ANSWERS
from notify.use_cases.provider import Outcome
from notify.use_cases.tools import Tools, tools_of
from service_kit.partners import rejection


def receipt(work: UnitOfWork, key: str, delivered: bool, code: str) -> None:
    """The provider's word on a message; said twice it changes nothing."""
    notice = notices.load(work, key)
    take(work, notice, Outcome(Verdict.DELIVERED if delivered else Verdict.FAILED, code))


def said(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> None:
    """An operator's word on a task of its own; said twice it changes nothing."""
    notice = work.session.get(NoticeRow, data["task"], with_for_update=True)
    if notice is None or notice.carrier != message.sender:
        raise errors.NotYourTask()
    report = TaskState(data["state"])
    verdict = states.REPORTS[report]
    if states.follows(notice.now_in, verdict) is notice.now_in and notice.now_in is not states.NEXT[verdict]:
        zh = f"该任务当前为“{notice.now_in.zh}”，不能改为“{report.zh}”"
        raise Reject("state", zh, "the task has another result already", notice.state)
    take(work, notice, Outcome(verdict, data["code"] or report.value))


def tell_channel(work: UnitOfWork, channel: str, message_id: str, type_: str, fault: Reject) -> None:
    """`message.rejected` on the operator's own queue."""
    said = rejection(message_id, type_, fault)
    work.to_channel(channel, "message.rejected.v1", said["message"], said)


def settle(work: UnitOfWork, key: str, was_sent: bool) -> NoticeRow:
    """A person decides what the provider could not say."""
    notice = notices.load(work, key)
    if notice.now_in is not NoticeState.UNKNOWN:
        raise errors.NotOpen(notice.now_in)
    notice.settled_by_person = True
    take(work, notice, Outcome(Verdict.TAKEN if was_sent else Verdict.FAILED, "settled-by-person"))
    return notice


def called(work: UnitOfWork, key: str, outcome: CallOutcome) -> NoticeRow:
    """An officer made the call and says what came of it; one that is still to be made goes behind the others.

    The operator's word that comes after it changes nothing. Raises NoCall.
    """
    notice = notices.load(work, key)
    if not may_be_called(notice):
        raise errors.NoCall()
    if outcome is CallOutcome.MISDIALLED:
        notice.changed_at = work.now
        return notice
    notice.settled_by_person = True
    take(work, notice, Outcome(states.CALLS[outcome], outcome.value))
    return notice


def may_be_called(notice: NoticeRow) -> bool:
    """Whether it is a call that has begun, and nobody has said yet what came of it."""
    return notice.carrier == Carrier.PHONE and notice.now_in in states.CALLING


def settle_next(context: ServiceContext, actor: Actor) -> int:
    """Asks the provider about one notice that it has not said the end of. Returns 1 or 0.

    What is `sent` and not heard of again is asked about like what is unknown; after some days it is for a person.
    """
    tools: Tools = context.tools
    with context.begin(actor) as work:
        begun = func.coalesce(NoticeRow.left_at, NoticeRow.planned_at)
        notice = work.session.scalar(
            select(NoticeRow)
            .where(
                NoticeRow.carrier == Carrier.PROVIDER,
                or_(
                    NoticeRow.state == NoticeState.SENDING,
                    and_(
                        NoticeRow.state == NoticeState.UNKNOWN,
                        ~NoticeRow.taken,
                        begun > work.now - waits.PROVIDER_ASKED_FOR,
                    ),
                    # of older code nobody knows since when
                    and_(
                        NoticeRow.state == NoticeState.SENT,
                        NoticeRow.left_at.is_not(None),
                        ~NoticeRow.settled_by_person,
                    ),
                ),
                func.coalesce(NoticeRow.ask_at, NoticeRow.changed_at + tools.settle_after) <= work.now,
            )
            .order_by(NoticeRow.ask_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if notice is None:
            return 0
        # a provider that has forgotten its key by then would have it sent again
        too_late = (notice.left_at or notice.planned_at) <= work.now - waits.PROVIDER_ASKED_FOR
        if notice.now_in is NoticeState.SENDING:
            # whoever was sending it died: whether the provider has it is not known here
            take(work, notice, Outcome(Verdict.AMBIGUOUS, "asked"))
        elif too_late:
            take(work, notice, Outcome(Verdict.SILENT, "asked"))
        notice.asked += 1
        notice.ask_at = work.now + waits.until_asked(notice.asked, tools.settle_after)
        if too_late:
            return 1
        key = notice.id
    outcome = tools.provider.ask(key)
    ANSWERS.labels(outcome.verdict.value).inc()
    if outcome.verdict is not Verdict.AMBIGUOUS:
        with context.begin(actor) as work:
            take(work, notices.load(work, key), outcome)
    return 1


def overdue_tasks(work: UnitOfWork) -> int:
    """Tasks whose operator has been silent for too long: a person has to look. Returns how many."""
    silent = work.session.scalars(
        select(NoticeRow)
        .where(
            NoticeRow.carrier != Carrier.PROVIDER,
            NoticeRow.state.in_([NoticeState.SENDING, NoticeState.SENT]),
            ~NoticeRow.settled_by_person,
            NoticeRow.changed_at <= work.now - waits.OPERATOR_SILENT,
        )
        .order_by(NoticeRow.changed_at)
        .limit(100)
        .with_for_update(skip_locked=True)
    ).all()
    for notice in silent:
        notice.state, notice.changed_at = NoticeState.UNKNOWN, work.now
        leaving.say(work, notice, "unknown")
    return len(silent)


def take(work: UnitOfWork, notice: NoticeRow, outcome: Outcome) -> None:
    """Where it stands by an outcome, and what is said of that; an outcome that says nothing new changes nothing."""
    state = states.follows(notice.now_in, outcome.verdict, taken=notice.taken)
    if state is notice.now_in:
        return
    notice.state, notice.changed_at = state, work.now
    match state:
        case NoticeState.SENT:
            notice.taken, notice.asked = True, 1
            notice.ask_at = work.now + waits.until_asked(1, tools_of(work).settle_after)
            leaving.say(work, notice, "sent", segments=states.segments(notice.text))
        case NoticeState.DELIVERED:
            leaving.say(work, notice, "delivered", delivered_at=work.now)
        case NoticeState.FAILED | NoticeState.REFUSED:
            notice.reason = outcome.code
            leaving.say(work, notice, state.value, code=outcome.code)
        case NoticeState.UNKNOWN:
            leaving.say(work, notice, "unknown")
        case NoticeState.PLANNED:
            why = leaving.why_stopped(notice, work.session.get(Petitioner, notice.petition))
            if why is not None:
                leaving.end(work, notice, why)
            else:
                leaving.again(work, notice, outcome.code)
