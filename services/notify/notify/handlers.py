"""Notify's use cases: what is owed becomes a notice, a notice goes out at most once, what is unclear is asked about."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

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
    Termination,
)
from courier.envelope import Actor
from courier.faults import NotYet, Reject
from courier.inbox import Handler, Message
from courier.work import Office, Work
from house import directory
from house.outsiders import rejection
from notify import contacts, domain, errors, leaving, officers
from notify.domain import Carrier, QuietHours, Verdict
from notify.measured import ANSWERS
from notify.provider import Outcome, Provider
from notify.tables import Agency, Contact, NoticeRow, Petitioner
from notify.wording import OfficeCard, Wording, tail, write
from statute import Law


@dataclass(frozen=True, slots=True)
class Tools:
    card: OfficeCard
    our_agency: str
    law: Law
    quiet: QuietHours | None
    provider: Provider
    settle_after: timedelta
    sms_carrier: Carrier
    sms_a_day: int = domain.A_DAY


# -- what is owed ----------------------------------------------------------------------------------------------------


def petition_registered(work: Work, message: Message) -> None:
    data = message.data
    petitioner = Petitioner(petition=data["petition"], person=data["person"], reach=data["reach"], round=1)
    work.session.add(petitioner)
    facts = {"received_on": data["received_on"], "reply_by": data["reply_by"]}
    _plan(work, message, petitioner, Notice.RECEIPT, _word(work, petitioner, Notice.RECEIPT, facts))


def petition_accepted(work: Work, message: Message) -> None:
    department = _tools(work).card.department(message.data["department"])
    facts = {"department": department.name, "phone": department.phone, "reply_by": message.data["reply_by"]}
    _petitioner(work, message).department = message.data["department"]
    _overtake(work, message, {Notice.NOT_ACCEPTED, Notice.GUIDED})
    _owe(work, message, Notice.ACCEPTED, facts)


def petition_not_accepted(work: Work, message: Message) -> None:
    _overtake(work, message, {Notice.ACCEPTED, Notice.GUIDED})
    _owe(work, message, Notice.NOT_ACCEPTED, {})


def petition_guided(work: Work, message: Message) -> None:
    agency = _agency_name(work, message.data["to"])
    _overtake(work, message, {Notice.ACCEPTED, Notice.NOT_ACCEPTED})
    _owe(work, message, Notice.GUIDED, {"agency": agency})


def petition_assigned(work: Work, message: Message) -> None:
    _petitioner(work, message).department = message.data["department"]


def petition_taken_back(work: Work, message: Message) -> None:
    """By the petitioner or by who sent it: that it has begun need not be told any more, what came of it may be."""
    petitioner = _petitioner(work, message)
    petitioner.ended = petitioner.ended or Impossible.OVERTAKEN
    _overtake(work, message, domain.BEGINNING)


def petition_terminated(work: Work, message: Message) -> None:
    if message.data["reason"] == Termination.DIED:
        _petitioner_died(work, message, message.envelope.time)
    else:
        petition_taken_back(work, message)


def petition_died(work: Work, message: Message) -> None:
    """Said again: an older copy had heard of it and told on."""
    _petitioner_died(work, message, message.data["died_at"])


def petition_reopened(work: Work, message: Message) -> None:
    """What is found this time is told anew. Who has died is not reached, whoever goes on with it."""
    petitioner = _petitioner(work, message)
    petitioner.round, petitioner.department = petitioner.round + 1, None
    petitioner.ended = None if petitioner.ended == Impossible.OVERTAKEN else petitioner.ended
    _overtake(work, message, domain.FINDINGS)


def referral_ended(work: Work, message: Message) -> None:
    """Nobody there will get in touch any more."""
    _overtake(work, message, {Notice.TRANSFERRED}, message.data["referral"])


def petition_replied(work: Work, message: Message) -> None:
    """Posting an outcome is announced; what was handed over or said needs no SMS."""
    data = message.data
    if data["reply"] == ReplyKind.OUTCOME_REPLY and data["means"] == Means.POST:
        facts = {"issued_on": data["issued_on"], "phone": _tools(work).card.phone}
        _owe(work, message, Notice.OUTCOME, facts, data["issued_on"].isoformat())


def referral_signed(work: Work, message: Message) -> None:
    data = message.data
    if data.get("kind") in (ReferralKind.ASSIST, ReferralKind.NOTIFY_LEAD):
        return  # who only helps or hears of it does not turn to the petitioner
    facts = {
        "signed_on": data["signed_on"],
        "contact_by": data["contact_by"],
        "agency": _agency_name(work, data["agency"]),
    }
    _owe(work, message, Notice.TRANSFERRED, facts, data["referral"])


def aid_decided(work: Work, message: Message) -> None:
    """That there is a decision, never which: the phone may be in another's hand."""
    _owe(work, message, Notice.AID_DECIDED, {}, message.data["case"])


def aid_answered(work: Work, message: Message) -> None:
    if message.data["result"] is not LeadResult.PENDING:
        facts = {"agency": _agency_name(work, message.data["agency"])}
        _owe(work, message, Notice.AID_ANSWERED, facts, message.data["lead"])


def contact_given(work: Work, message: Message) -> None:
    data = message.data
    petitioner = work.session.get(Petitioner, data["petition"], with_for_update={"read": True})
    if petitioner is not None and petitioner.reach == Reach.SEALED:
        return  # late: sealed since, and what is not held here cannot leak
    phone = message.personal["phone"]
    if petitioner is not None and petitioner.ended == Impossible.DIED:
        contacts.end(work, contacts.number_of(work, phone), work.now)
        return
    contacts.write(work, data["petition"], {data["person"]: phone}, message.envelope.time)
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
    _stop(work, NoticeRow.petition == petition, Impossible.SEALED)


def _petitioner_died(work: Work, message: Message, at: datetime) -> None:
    """Nothing goes to the number any more, of no petition: whoever has the phone now is not who gave it.

    Who gives the same number afterwards is somebody else, and is told.
    """
    petitioner = _petitioner(work, message)
    if petitioner.ended == Impossible.DIED:
        return
    petitioner.ended = Impossible.DIED
    which = NoticeRow.petition == petitioner.petition
    phone = contacts.read(work, petitioner.person) if petitioner.person else None
    if phone is not None:
        number = contacts.number_of(work, phone)
        contacts.end(work, number, at)
        contacts.forget(work, petitioner.petition)
        which = or_(which, NoticeRow.number == number)
    _stop(work, which, Impossible.DIED)


def _overtake(work: Work, message: Message, about: Collection[Notice], concerns: str | None = None) -> None:
    which = and_(NoticeRow.petition == message.data["petition"], NoticeRow.about.in_(about))
    _stop(work, which if concerns is None else and_(which, NoticeRow.concerns == concerns), Impossible.OVERTAKEN)


def _stop(work: Work, which: ColumnElement[bool], why: Impossible) -> None:
    """What has not left is ended, what may come back unsent does not leave again, what an operator has is recalled."""
    begun = select(NoticeRow).where(which, NoticeRow.state.in_(domain.UNFINISHED), NoticeRow.stopped.is_(None))
    for notice in work.session.scalars(begun.order_by(NoticeRow.id).with_for_update()):
        notice.stopped = why
        if notice.now_in is NoticeState.PLANNED:
            leaving.end(work, notice, why)
        elif notice.carrier != Carrier.PROVIDER:
            work.to_channel(notice.carrier, "notice.recalled.v1", notice.id, {"task": notice.id})


def directory_told(work: Work, message: Message) -> None:
    directory.keep(work, Agency, message.data)


def _petitioner(work: Work, message: Message) -> Petitioner:
    petitioner = work.session.get(Petitioner, message.data["petition"], with_for_update=True)
    if petitioner is None:
        raise NotYet("the petition's registration has not come yet")
    return petitioner


def _owe(work: Work, message: Message, about: Notice, facts: Mapping[str, str | date], concerns: str = "") -> None:
    # against being sealed meanwhile: what is planned then would be stopped by nobody
    petitioner = work.session.get(Petitioner, message.data["petition"], with_for_update={"read": True})
    if petitioner is None:
        raise NotYet("the petition's registration has not come yet")
    wording = _word(work, petitioner, about, facts)
    if not _is_told(work, petitioner, about, concerns, wording):
        _plan(work, message, petitioner, about, wording, concerns)


def _is_told(work: Work, petitioner: Petitioner, about: Notice, concerns: str, wording: Wording) -> bool:
    """Whether the same was planned or told before, in this round: what came back and is taken on again is no news.

    One that reached nobody does not count, nor one that an operator was told to leave.
    """
    notice = work.session.scalar(
        select(NoticeRow)
        .where(
            NoticeRow.petition == petitioner.petition,
            NoticeRow.about == about,
            NoticeRow.round == petitioner.round,
            NoticeRow.concerns == concerns,
            NoticeRow.state.not_in(domain.REACHED_NOBODY),
            or_(NoticeRow.stopped.is_(None), NoticeRow.carrier == Carrier.PROVIDER),
        )
        .limit(1)
        .with_for_update()
    )
    if notice is None:
        return False
    if notice.stopped == Impossible.OVERTAKEN:
        notice.stopped = None  # it is true again
    if notice.now_in is NoticeState.PLANNED:
        _put(notice, wording)
    return True


def _word(work: Work, petitioner: Petitioner, about: Notice, facts: Mapping[str, str | date]) -> Wording:
    return write(
        about,
        _tools(work).card.signature,
        {"tail": tail(petitioner.petition), **facts},
        work.now.astimezone(domain.SHANGHAI).date(),
        spoken=_carrier(work, petitioner) is Carrier.PHONE,
    )


def _carrier(work: Work, petitioner: Petitioner) -> Carrier:
    return Carrier.PHONE if petitioner.reach == Reach.CALL else _tools(work).sms_carrier


def _put(notice: NoticeRow, wording: Wording) -> None:
    notice.template, notice.params = wording.template, dict(wording.params)
    notice.text, notice.promised = wording.text, wording.promised


def _why_none(petitioner: Petitioner, about: Notice) -> Impossible | None:
    reach = Reach(petitioner.reach)
    if petitioner.person is None and reach is not Reach.SEALED:
        # of who asked for secrecy not even a reference travels
        return Impossible.ANONYMOUS
    why = domain.impossible(reach)
    if why is None and petitioner.ended == Impossible.DIED:
        return Impossible.DIED
    if why is None and petitioner.ended is not None and about in domain.BEGINNING:
        return Impossible.OVERTAKEN  # on another lane than its end
    return why


def _plan(
    work: Work, message: Message, petitioner: Petitioner, about: Notice, wording: Wording, concerns: str = ""
) -> None:
    """One notice for one cause; the cause's own id makes a second one impossible."""
    why, moment = _why_none(petitioner, about), leaving.earliest(work, work.now)
    notice = NoticeRow(
        id=uuid.uuid4().hex,
        petition=petitioner.petition,
        person=petitioner.person,
        about=about,
        round=petitioner.round,
        concerns=concerns,
        cause=message.envelope.id,
        state=NoticeState.PLANNED if why is None else NoticeState.IMPOSSIBLE,
        reason=why,
        template=wording.template,
        params=dict(wording.params),
        text=wording.text,
        promised=wording.promised,
        planned_at=work.now,
        not_before=moment,
        due_at=moment,
        changed_at=work.now,
        tries=0,
        asked=0,
        settled_by_person=False,
        carrier=_carrier(work, petitioner),
    )
    work.session.add(notice)
    if why is None:
        leaving.say(work, notice, "planned", reach=Reach(petitioner.reach))
    else:
        leaving.say(work, notice, "impossible", reason=why)


# -- going out -------------------------------------------------------------------------------------------------------


def send_next(office: Office, actor: Actor) -> int:
    """Sends one due notice by the provider: claimed in one transaction, its outcome written in another.

    Returns 1, also for one that was put off or ended instead, or 0.
    """
    tools: Tools = office.tools
    with office.begin(actor) as work:
        notice = work.session.scalar(_due(work).where(NoticeRow.carrier == Carrier.PROVIDER))
        if notice is None:
            return 0
        phone = leaving.let_go(work, notice)
        if phone is None:
            return 1
        key, template, params, text, at = notice.id, notice.template, notice.params, notice.text, work.now
    outcome = tools.provider.send(key, phone, template, params, text, int(at.timestamp()))
    ANSWERS.labels(outcome.verdict.value).inc()
    with office.begin(actor) as work:
        _take(work, _load(work, key), outcome)
    return 1


def hand_next(office: Office, actor: Actor) -> int:
    """Puts one due notice on its operator's queue, in the transaction that says so. Returns as `send_next` does."""
    with office.begin(actor) as work:
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
            NoticeRow.state.in_([NoticeState.SENDING, NoticeState.SENT]),
            ~NoticeRow.settled_by_person,
            NoticeRow.changed_at <= work.now - domain.SETTLE_TASK_AFTER,
        )
        .order_by(NoticeRow.changed_at)
        .limit(100)
        .with_for_update(skip_locked=True)
    ).all()
    for notice in silent:
        notice.state, notice.changed_at = NoticeState.UNKNOWN, work.now
        leaving.say(work, notice, "unknown")
    return len(silent)


def tell_channel(work: Work, channel: str, message_id: str, type_: str, fault: Reject) -> None:
    """`message.rejected` on the operator's own queue."""
    said = rejection(message_id, type_, fault)
    work.to_channel(channel, "message.rejected.v1", said["message"], said)


def settle_next(office: Office, actor: Actor) -> int:
    """Asks the provider about one notice that it has not said the end of. Returns 1 or 0.

    What is `sent` and not heard of again is asked about like what is unknown; after some days it is for a person.
    """
    tools: Tools = office.tools
    with office.begin(actor) as work:
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
                        begun > work.now - domain.ASK_FOR,
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
        too_late = (notice.left_at or notice.planned_at) <= work.now - domain.ASK_FOR
        if notice.now_in is NoticeState.SENDING:
            # whoever was sending it died: whether the provider has it is not known here
            _take(work, notice, Outcome(Verdict.AMBIGUOUS, "asked"))
        elif too_late:
            _take(work, notice, Outcome(Verdict.SILENT, "asked"))
        notice.asked += 1
        notice.ask_at = work.now + domain.ask_after(notice.asked, tools.settle_after)
        if too_late:
            return 1
        key = notice.id
    outcome = tools.provider.ask(key)
    ANSWERS.labels(outcome.verdict.value).inc()
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
    state = domain.follows(notice.now_in, outcome.verdict, taken=notice.taken)
    if state is notice.now_in:
        return
    notice.state, notice.changed_at = state, work.now
    match state:
        case NoticeState.SENT:
            notice.taken, notice.asked = True, 1
            notice.ask_at = work.now + domain.ask_after(1, _tools(work).settle_after)
            leaving.say(work, notice, "sent", segments=domain.segments(notice.text))
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
        .order_by(NoticeRow.not_before, NoticeRow.planned_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _agency_name(work: Work, code: str) -> str:
    agency = work.session.get(Agency, code)
    if agency is None:
        raise NotYet("the directory's entry has not come yet")
    return agency.name


EVENTS: Mapping[str, Handler] = {
    **officers.EVENTS,
    "petition.registered.v1": petition_registered,
    "petition.sealed.v1": petition_sealed,
    "petition.accepted.v1": petition_accepted,
    "petition.not_accepted.v1": petition_not_accepted,
    "petition.guided.v1": petition_guided,
    "petition.assigned.v1": petition_assigned,
    "petition.replied.v1": petition_replied,
    "petition.withdrawn.v1": petition_taken_back,
    "petition.sent_back.v1": petition_taken_back,
    "petition.terminated.v1": petition_terminated,
    "petition.died.v1": petition_died,
    "petition.reopened.v1": petition_reopened,
    "referral.signed.v1": referral_signed,
    **{
        f"referral.{what}.v1": referral_ended for what in ("returned", "recalled", "undelivered", "voided", "passed_on")
    },
    "aid.granted.v1": aid_decided,
    "aid.refused.v1": aid_decided,
    "aid.lead_answered.v1": aid_answered,
}
LETTERS: Mapping[str, Handler] = {
    "contact.given.v1": contact_given,
    "contact.withdrawn.v1": petition_sealed,
    "directory.entry.v1": directory_told,
}
