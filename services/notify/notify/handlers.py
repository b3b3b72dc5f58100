"""Notify's use cases: what is owed becomes a notice, a notice goes out at most once, what is unclear is asked about."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from contracts.vocabulary import (
    Impossible,
    LeadResult,
    Means,
    Notice,
    NoticeState,
    Reach,
    ReferralKind,
    ReplyKind,
    TaskState,
)
from courier.envelope import Actor
from courier.faults import NotYet, Reject
from courier.inbox import Handler, Message
from courier.work import Office, Work
from house.outsiders import rejection
from notify import contacts, domain, errors, officers
from notify.domain import Carrier, QuietHours, Verdict
from notify.provider import Outcome, Provider
from notify.tables import Agency, Contact, NoticeRow, Petitioner
from notify.wording import OfficeCard, tail, write
from statute import Law

_AGAIN = [5, 30, 120, 600, 1800]


@dataclass(frozen=True, slots=True)
class Tools:
    card: OfficeCard
    our_agency: str
    law: Law
    quiet: QuietHours | None
    provider: Provider
    settle_after: timedelta
    sms_carrier: Carrier


# -- what is owed ----------------------------------------------------------------------------------------------------


def petition_registered(work: Work, message: Message) -> None:
    data = message.data
    petitioner = Petitioner(petition=data["petition"], person=data["person"], reach=data["reach"])
    work.session.add(petitioner)
    facts = {"received_on": data["received_on"], "reply_by": data["reply_by"]}
    _plan(work, message, petitioner, Notice.RECEIPT, facts)


def petition_accepted(work: Work, message: Message) -> None:
    department = _tools(work).card.department(message.data["department"])
    facts = {"department": department.name, "phone": department.phone, "reply_by": message.data["reply_by"]}
    _owe(work, message, Notice.ACCEPTED, facts)


def petition_not_accepted(work: Work, message: Message) -> None:
    _owe(work, message, Notice.NOT_ACCEPTED, {})


def petition_guided(work: Work, message: Message) -> None:
    _owe(work, message, Notice.GUIDED, {"agency": _agency_name(work, message.data["to"])})


def petition_replied(work: Work, message: Message) -> None:
    """Posting an outcome is announced; what was handed over or said needs no SMS."""
    data = message.data
    if data["reply"] == ReplyKind.OUTCOME_REPLY and data["means"] == Means.POST:
        facts = {"issued_on": data["issued_on"], "phone": _tools(work).card.phone}
        _owe(work, message, Notice.OUTCOME, facts)


def referral_signed(work: Work, message: Message) -> None:
    data = message.data
    if data.get("kind") in (ReferralKind.ASSIST, ReferralKind.NOTIFY_LEAD):
        return  # who only helps or hears of it does not turn to the petitioner
    facts = {
        "signed_on": data["signed_on"],
        "contact_by": data["contact_by"],
        "agency": _agency_name(work, data["agency"]),
    }
    _owe(work, message, Notice.TRANSFERRED, facts)


def aid_decided(work: Work, message: Message) -> None:
    """That there is a decision, never which: the phone may be in another's hand."""
    _owe(work, message, Notice.AID_DECIDED, {})


def aid_answered(work: Work, message: Message) -> None:
    if message.data["result"] is not LeadResult.PENDING:
        _owe(work, message, Notice.AID_ANSWERED, {"agency": _agency_name(work, message.data["agency"])})


def contact_given(work: Work, message: Message) -> None:
    data = message.data
    petitioner = work.session.get(Petitioner, data["petition"], with_for_update={"read": True})
    if petitioner is not None and petitioner.reach == Reach.SEALED:
        return  # late: sealed since, and what is not held here cannot leak
    contacts.write(work, data["petition"], {data["person"]: message.personal["phone"]})
    work.recorded = True  # a planned notice may have waited for this


def petition_sealed(work: Work, message: Message) -> None:
    """By event and by letter, whichever is first: nobody is told any more, what waits is stopped, what runs recalled.

    An SMS that a provider has can't be called back.
    """
    petition = message.data["petition"]
    petitioner = work.session.get(Petitioner, petition, with_for_update=True)
    if petitioner is None:
        raise NotYet("the petition's registration has not come yet")
    if petitioner.reach == Reach.SEALED:
        return
    petitioner.reach, petitioner.person = Reach.SEALED, None
    contacts.forget(work, petition)
    begun = select(NoticeRow).where(NoticeRow.petition == petition, NoticeRow.state.in_(domain.UNFINISHED))
    for notice in work.session.scalars(begun.order_by(NoticeRow.id).with_for_update()):
        if notice.now_in is NoticeState.PLANNED:
            _stop(work, notice)
        elif notice.carrier != Carrier.PROVIDER:
            work.to_channel(notice.carrier, "notice.recalled.v1", notice.id, {"task": notice.id})


def directory_told(work: Work, message: Message) -> None:
    data = message.data
    values = {"revision": data["revision"], "name": data["name"]}
    statement = upsert(Agency).values(code=data["agency"], **values)
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["code"], set_=values, where=Agency.revision < statement.excluded.revision
        )
    )


def _owe(work: Work, message: Message, about: Notice, facts: Mapping[str, str | date]) -> None:
    # against being sealed meanwhile: what is planned then would be stopped by nobody
    petitioner = work.session.get(Petitioner, message.data["petition"], with_for_update={"read": True})
    if petitioner is None:
        raise NotYet("the petition's registration has not come yet")
    _plan(work, message, petitioner, about, facts)


def _plan(work: Work, message: Message, petitioner: Petitioner, about: Notice, facts: Mapping[str, str | date]) -> None:
    """One notice for one cause; the cause's own id makes a second one impossible."""
    petition, reach, tools = petitioner.petition, Reach(petitioner.reach), _tools(work)
    carrier = Carrier.PHONE if reach is Reach.CALL else tools.sms_carrier
    wording = write(
        about,
        tools.card.signature,
        {"tail": tail(petition), **facts},
        work.now.astimezone(domain.SHANGHAI).date(),
        spoken=carrier is Carrier.PHONE,
    )
    why = domain.impossible(reach)
    if petitioner.person is None and reach is not Reach.SEALED:
        # of who asked for secrecy not even a reference travels
        why = Impossible.ANONYMOUS
    notice = NoticeRow(
        id=uuid.uuid4().hex,
        petition=petition,
        person=petitioner.person,
        about=about,
        cause=message.envelope.id,
        state=NoticeState.PLANNED if why is None else NoticeState.IMPOSSIBLE,
        reason=why,
        template=wording.template,
        params=dict(wording.params),
        text=wording.text,
        planned_at=work.now,
        not_before=domain.earliest(work.now, tools.quiet, tools.law.calendar.is_rest_day),
        changed_at=work.now,
        tries=0,
        asked=0,
        settled_by_person=False,
        carrier=carrier,
    )
    work.session.add(notice)
    if why is None:
        _event(work, notice, "planned", reach=reach)
    else:
        _event(work, notice, "impossible", reason=why)


# -- going out -------------------------------------------------------------------------------------------------------


def send_next(office: Office, actor: Actor) -> int:
    """Sends one due notice by the provider: claimed in one transaction, its outcome written in another.

    Returns 1 or 0.
    """
    tools: Tools = office.tools
    with office.begin(actor) as work:
        notice = work.session.scalar(_due(work).where(NoticeRow.carrier == Carrier.PROVIDER))
        if notice is None:
            return 0
        notice.state, notice.changed_at, notice.tries = NoticeState.SENDING, work.now, notice.tries + 1
        phone = _phone(work, notice)
        key, template, params, text, at = notice.id, notice.template, notice.params, notice.text, work.now
    outcome = tools.provider.send(key, phone, template, params, text, int(at.timestamp()))
    with office.begin(actor) as work:
        _take(work, _load(work, key), outcome)
    return 1


def hand_next(office: Office, actor: Actor) -> int:
    """Puts one due notice on its operator's queue, in the transaction that says so. Returns 1 or 0."""
    with office.begin(actor) as work:
        notice = work.session.scalar(_due(work).where(NoticeRow.carrier != Carrier.PROVIDER))
        if notice is None:
            return 0
        notice.state, notice.changed_at, notice.tries = NoticeState.SENDING, work.now, notice.tries + 1
        work.to_channel(
            notice.carrier,
            "notice.task.v1",
            notice.id,
            {
                "task": notice.id,
                "about": Notice(notice.about),
                "to": _phone(work, notice),
                "text": notice.text,
                "template": notice.template,
                "try_until": work.now + domain.TRY_FOR,
            },
        )
        return 1


def result_said(work: Work, message: Message, data: Mapping[str, Any]) -> None:
    """An operator's word on a task of its own; said twice it changes nothing."""
    notice = work.session.get(NoticeRow, data["task"], with_for_update=True)
    if notice is None or notice.carrier != message.sender:
        raise errors.NotYourTask()
    report = TaskState(data["state"])
    verdict = domain.REPORTS[report]
    if domain.follows(notice.now_in, verdict) is notice.now_in and notice.now_in is not domain.NEXT[verdict]:
        zh = f"该任务当前为“{notice.now_in.zh}”，不能改为“{report.zh}”"
        raise Reject("state", zh, "the task has another result already", notice.state)
    _take(work, notice, Outcome(verdict, data["code"] or report.value))


def overdue_tasks(work: Work) -> int:
    """Tasks whose operator has been silent for too long: a person has to look. Returns how many."""
    silent = work.session.scalars(
        select(NoticeRow)
        .where(
            NoticeRow.carrier != Carrier.PROVIDER,
            NoticeRow.state == NoticeState.SENDING,
            NoticeRow.changed_at <= work.now - domain.SETTLE_TASK_AFTER,
        )
        .order_by(NoticeRow.changed_at)
        .limit(100)
        .with_for_update(skip_locked=True)
    ).all()
    for notice in silent:
        notice.state, notice.changed_at = NoticeState.UNKNOWN, work.now
        _event(work, notice, "unknown")
    return len(silent)


def tell_channel(work: Work, channel: str, message_id: str, type_: str, fault: Reject) -> None:
    """`message.rejected` on the operator's own queue."""
    said = rejection(message_id, type_, fault)
    work.to_channel(channel, "message.rejected.v1", said["message"], said)


def settle_next(office: Office, actor: Actor) -> int:
    """Asks the provider about one notice whose outcome nobody knows. Returns 1 or 0."""
    tools: Tools = office.tools
    with office.begin(actor) as work:
        notice = work.session.scalar(
            select(NoticeRow)
            .where(
                NoticeRow.carrier == Carrier.PROVIDER,
                or_(NoticeRow.state == NoticeState.SENDING, NoticeRow.state == NoticeState.UNKNOWN),
                NoticeRow.changed_at <= work.now - tools.settle_after,
            )
            .order_by(NoticeRow.changed_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if notice is None:
            return 0
        if notice.state == NoticeState.SENDING:
            # whoever was sending it died: whether the provider has it is not known here
            notice.state = NoticeState.UNKNOWN
            _event(work, notice, "unknown")
        notice.changed_at, notice.asked = work.now, notice.asked + 1
        key = notice.id
    outcome = tools.provider.ask(key)
    if outcome.verdict is not Verdict.AMBIGUOUS:
        with office.begin(actor) as work:
            _take(work, _load(work, key), outcome)
    return 1


def receipt(work: Work, key: str, delivered: bool, code: str) -> None:
    """The provider's word on a message; said twice it changes nothing."""
    notice = _load(work, key)
    _take(work, notice, Outcome(Verdict.DELIVERED if delivered else Verdict.FAILED, code))


def settle(work: Work, key: str, was_sent: bool) -> NoticeRow:
    """A person decides what the provider could not say."""
    notice = _load(work, key)
    if notice.now_in is not NoticeState.UNKNOWN:
        raise errors.NotOpen(notice.now_in)
    notice.settled_by_person = True
    _take(work, notice, Outcome(Verdict.TAKEN if was_sent else Verdict.FAILED, "settled-by-person"))
    return notice


def _take(work: Work, notice: NoticeRow, outcome: Outcome) -> None:
    state = domain.follows(notice.now_in, outcome.verdict)
    if state is notice.now_in:
        return
    notice.state, notice.changed_at = state, work.now
    match state:
        case NoticeState.SENT:
            _event(work, notice, "sent", segments=domain.segments(notice.text))
        case NoticeState.DELIVERED:
            _event(work, notice, "delivered", delivered_at=work.now)
        case NoticeState.FAILED | NoticeState.REFUSED:
            notice.reason = outcome.code
            _event(work, notice, state.value, code=outcome.code)
        case NoticeState.UNKNOWN:
            _event(work, notice, "unknown")
        case NoticeState.PLANNED if _is_sealed(work, notice):
            _stop(work, notice)
        case NoticeState.PLANNED:
            wait = timedelta(seconds=_AGAIN[min(notice.tries, len(_AGAIN)) - 1])
            notice.not_before = domain.earliest(
                work.now + (wait if notice.asked == 0 else timedelta()),
                _tools(work).quiet,
                _tools(work).law.calendar.is_rest_day,
            )


# -- what is asked ---------------------------------------------------------------------------------------------------


def of_petition(work: Work, petition: str) -> list[NoticeRow]:
    query = select(NoticeRow).where(NoticeRow.petition == petition).order_by(NoticeRow.planned_at, NoticeRow.id)
    return list(work.session.scalars(query))


def find(work: Work, key: str) -> NoticeRow:
    notice = work.session.get(NoticeRow, key)
    if notice is None:
        raise errors.NoSuchNotice()
    return notice


def in_state(work: Work, visible: ColumnElement[bool], state: str, limit: int) -> list[NoticeRow]:
    query = select(NoticeRow).where(visible, NoticeRow.state == state).order_by(NoticeRow.planned_at).limit(limit)
    return list(work.session.scalars(query))


# -- pieces ----------------------------------------------------------------------------------------------------------


def _tools(work: Work) -> Tools:
    tools: Tools = work.office.tools
    return tools


def _is_sealed(work: Work, notice: NoticeRow) -> bool:
    petitioner = work.session.get(Petitioner, notice.petition, with_for_update={"read": True})
    return petitioner is not None and petitioner.reach == Reach.SEALED


def _stop(work: Work, notice: NoticeRow) -> None:
    notice.state, notice.reason, notice.changed_at = NoticeState.IMPOSSIBLE, Impossible.SEALED, work.now
    _event(work, notice, "impossible", reason=Impossible.SEALED)


def _load(work: Work, key: str) -> NoticeRow:
    notice = work.session.get(NoticeRow, key, with_for_update=True)
    if notice is None:
        raise errors.NoSuchNotice()
    return notice


def _due(work: Work) -> Select[NoticeRow]:
    """The next notice that may go out, locked; other replicas take others."""
    return (
        select(NoticeRow)
        .where(
            NoticeRow.state == NoticeState.PLANNED,
            NoticeRow.not_before <= work.now,
            exists().where(Contact.person == NoticeRow.person),
        )
        .order_by(NoticeRow.not_before)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _phone(work: Work, notice: NoticeRow) -> str:
    assert notice.person is not None
    phone = contacts.read(work, notice.person)
    assert phone is not None
    return phone


def _agency_name(work: Work, code: str) -> str:
    agency = work.session.get(Agency, code)
    if agency is None:
        raise NotYet("the directory's entry has not come yet")
    return agency.name


def _event(work: Work, notice: NoticeRow, what: str, **facts: Any) -> None:
    if notice.petition == officers.NO_PETITION:
        return  # told to an officer: no petition's timeline has it
    about = Notice(notice.about)
    work.event(
        f"notice.{what}.v1",
        f"notice/{notice.id}",
        notice=notice.id,
        petition=notice.petition,
        about=about,
        **facts,
    )


EVENTS: Mapping[str, Handler] = {
    **officers.EVENTS,
    "petition.registered.v1": petition_registered,
    "petition.sealed.v1": petition_sealed,
    "petition.accepted.v1": petition_accepted,
    "petition.not_accepted.v1": petition_not_accepted,
    "petition.guided.v1": petition_guided,
    "petition.replied.v1": petition_replied,
    "referral.signed.v1": referral_signed,
    "aid.granted.v1": aid_decided,
    "aid.refused.v1": aid_decided,
    "aid.lead_answered.v1": aid_answered,
}
LETTERS: Mapping[str, Handler] = {
    "contact.given.v1": contact_given,
    "contact.withdrawn.v1": petition_sealed,
    "directory.entry.v1": directory_told,
}
