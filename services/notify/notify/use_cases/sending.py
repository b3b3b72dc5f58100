"""What is due leaves, once: by the SMS provider, or on its operator's queue."""

import time
from collections.abc import Sequence

from sqlalchemy import Select, exists, select

from contracts.vocabulary import Notice, NoticeState
from courier import waits
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from notify.domain.states import Carrier
from notify.tables import Contact, NoticeRow
from notify.use_cases import leaving, notices, results
from notify.use_cases.measured import ANSWERS
from notify.use_cases.provider import Outcome
from notify.use_cases.tools import Tools

MOST = 20  # at once: those that are claimed wait for each other's answers


def send_due(context: ServiceContext, actor: Actor) -> int:
    """Sends what is due by the provider, up to MOST: claimed in one transaction, what became of it written in another.

    Returns how many were due, also those that were put off or ended instead.
    """
    tools: Tools = context.tools
    with context.begin(actor) as work:
        due = work.session.scalars(_due(work, MOST).where(NoticeRow.carrier == Carrier.PROVIDER)).all()
        phones, at = leaving.let_go(work, due) if due else {}, int(work.now.timestamp())
        going = [each for each in due if each.id in phones]
        given = [(each.id, phones[each.id][0], each.template, each.params, each.text, at) for each in going]
    # none is begun that its provider might be asked about before its answer is here
    outcomes, until = dict[str, Outcome](), time.monotonic() + tools.settle_after.total_seconds() / 2
    for each in given:
        if time.monotonic() < until:
            outcomes[each[0]] = outcome = tools.provider.send(*each)
            ANSWERS.labels(outcome.verdict.value).inc()
    if given:
        with context.begin(actor) as work:
            for notice in notices.load_all(work, phones):
                if notice.id in outcomes:
                    results.take(work, notice, outcomes[notice.id])
                else:
                    leaving.keep(notice)
    return len(due)


def hand_due(context: ServiceContext, actor: Actor) -> int:
    """Puts what is due on its operator's queue, in the transaction that says so. Returns as `send_due` does."""
    with context.begin(actor) as work:
        due = work.session.scalars(_due(work, MOST).where(NoticeRow.carrier != Carrier.PROVIDER)).all()
        phones = leaving.let_go(work, due) if due else {}
        for notice in due:
            if notice.id in phones:
                _hand(work, notice, phones[notice.id])
    return len(due)


def _number(phone: str) -> dict[str, str]:
    number, _, extension = phone.partition("转")  # +8657187654321转801; no SMS is planned for it
    return {"to": number} | ({"extension": extension} if extension else {})


def _hand(work: UnitOfWork, notice: NoticeRow, phones: Sequence[str]) -> None:
    others = [_number(each) for each in phones[1:]] if notice.carrier == Carrier.PHONE else []
    work.to_channel(
        notice.carrier,
        "notice.task.v1",
        notice.id,
        {
            "task": notice.id,
            "about": Notice(notice.about),
            **_number(phones[0]),
            **({"others": others} if others else {}),
            "text": notice.text,
            "template": notice.template,
            "try_until": work.now + waits.OPERATOR_TRIES,
        },
    )


def _due(work: UnitOfWork, most: int) -> Select[NoticeRow]:
    """The next notices that may go out, locked; other replicas take others."""
    return (
        select(NoticeRow)
        .where(
            NoticeRow.state == NoticeState.PLANNED,
            NoticeRow.not_before <= work.now,
            exists().where(Contact.person == NoticeRow.person),
        )
        .order_by(NoticeRow.not_before, NoticeRow.planned_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
