"""A due notice leaves, once: by the SMS provider, or on its operator's queue."""

from sqlalchemy import Select, exists, select

from contracts.vocabulary import Notice, NoticeState
from courier import waits
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from notify.domain.states import Carrier
from notify.tables import Contact, NoticeRow
from notify.use_cases import leaving, notices, results
from notify.use_cases.measured import ANSWERS
from notify.use_cases.tools import Tools


def send_next(context: ServiceContext, actor: Actor) -> int:
    """Sends one due notice by the provider: claimed in one transaction, its outcome written in another.

    Returns 1, also for one that was put off or ended instead, or 0.
    """
    tools: Tools = context.tools
    with context.begin(actor) as work:
        notice = work.session.scalar(_due(work).where(NoticeRow.carrier == Carrier.PROVIDER))
        if notice is None:
            return 0
        phone = leaving.let_go(work, notice)
        if phone is None:
            return 1
        key, template, params, text, at = notice.id, notice.template, notice.params, notice.text, work.now
    outcome = tools.provider.send(key, phone, template, params, text, int(at.timestamp()))
    ANSWERS.labels(outcome.verdict.value).inc()
    with context.begin(actor) as work:
        results.take(work, notices.load(work, key), outcome)
    return 1


def hand_next(context: ServiceContext, actor: Actor) -> int:
    """Puts one due notice on its operator's queue, in the transaction that says so. Returns as `send_next` does."""
    with context.begin(actor) as work:
        notice = work.session.scalar(_due(work).where(NoticeRow.carrier != Carrier.PROVIDER))
        if notice is None:
            return 0
        phone = leaving.let_go(work, notice)
        if phone is None:
            return 1
        number, _, extension = phone.partition("转")  # +8657187654321转801; no SMS is planned for it
        work.to_channel(
            notice.carrier,
            "notice.task.v1",
            notice.id,
            {
                "task": notice.id,
                "about": Notice(notice.about),
                "to": number,
                **({"extension": extension} if extension else {}),
                "text": notice.text,
                "template": notice.template,
                "try_until": work.now + waits.OPERATOR_TRIES,
            },
        )
        return 1


def _due(work: UnitOfWork) -> Select[NoticeRow]:
    """The next notice that may go out, locked; other replicas take others."""
    return (
        select(NoticeRow)
        .where(
            NoticeRow.state == NoticeState.PLANNED,
            NoticeRow.not_before <= work.now,
            exists().where(Contact.person == NoticeRow.person),
        )
        .order_by(NoticeRow.not_before, NoticeRow.planned_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
