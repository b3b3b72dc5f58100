"""Intake's use cases: load, guard, act, record. Each is one transaction of its caller."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from clock import clocks
from clock.present import present
from clock.tables import Clock
from contracts.vocabulary import (
    Channel,
    Kind,
    Line,
    Means,
    PetitionState,
    Reach,
    ReferralKind,
    RefusalReason,
    ReplyKind,
    Result,
    Situation,
)
from courier.inbox import Handler, Message
from courier.work import Work
from intake import domain, errors, people, places, timeline
from intake.tables import Agency, Answer, Contact, Petition, Reply, Respondent, Serial, Step
from statute import Law

SHANGHAI = ZoneInfo("Asia/Shanghai")
REPLY_RULES = ("procedural_reply", "anonymous_diversion")
OUTCOME_RULE = "outcome_promise"


@dataclass(frozen=True, slots=True)
class Tools:
    """What intake's use cases need beyond the database."""

    our_agency: str
    jurisdiction: str
    law: Law
    places: places.Places
    area_code: str


@dataclass(frozen=True, slots=True)
class RespondentInput:
    unit: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class RegisterInput:
    channel: Channel
    service_point: str
    received_on: date | None
    received_reason: str | None
    kind: Kind
    line: Line
    title: str | None
    statement: str | None
    post_number: str | None
    post_digest: str | None
    place: str | None
    group_size: int
    secrecy: bool
    petitioner: people.PetitionerInput | None
    respondents: tuple[RespondentInput, ...]
    submitted_by: str | None = None
    submission: str | None = None


def register(work: Work, command: RegisterInput) -> Petition:
    """Gives a number, starts what is owed, tells the others. Raises Invalid naming the field."""
    tools = _tools(work)
    today = work.now.astimezone(SHANGHAI).date()
    received = domain.received_on(command.received_on, today, command.received_reason)
    if (command.statement is None) == (command.post_number is None):
        raise errors.StatementOrPost()
    _check_directory(work, command)
    known = people.check(command.petitioner, command.secrecy, today, tools.area_code)
    number = _next_number(work, today.year)
    person = people.keep(work, number, command.petitioner, known)
    reach = domain.reach(
        anonymous=command.petitioner is None,
        secrecy=command.secrecy,
        mobile=known.is_mobile,
        phone=known.phone is not None,
        sms_consent=command.petitioner is not None and command.petitioner.sms_consent,
    )
    petition = Petition(
        number=number,
        year=today.year,
        serial=int(number[-6:]),
        state=PetitionState.REGISTERED,
        kind=command.kind,
        line=command.line,
        title=people.seal(work, number, "petition|title", command.title),
        statement=people.seal(work, number, "petition|statement", command.statement),
        post_number=command.post_number,
        post_digest=command.post_digest,
        person=person,
        anonymous=command.petitioner is None,
        secrecy=command.secrecy,
        reach=reach,
        group_size=command.group_size,
        place=command.place,
        registered_at=work.now,
        received_on=received,
        awaits_answer=False,
        submitted_by=command.submitted_by,
        submission=command.submission,
        respondents=[
            Respondent(seq=seq, unit=each.unit, name=people.seal(work, number, f"respondent|name|{seq}", each.name))
            for seq, each in enumerate(command.respondents, 1)
        ],
    )
    work.session.add(petition)
    work.session.add(
        Contact(
            id=uuid.uuid4().hex,
            petition=number,
            channel=command.channel,
            service_point=command.service_point,
            received_on=received,
            received_reason=people.seal(work, number, "contact|reason", command.received_reason),
            recorded_at=work.now,
            officer=work.actor.officer,
        )
    )
    timeline.record(
        work,
        petition,
        "petition.registered.v1",
        kind=command.kind,
        line=command.line,
        channel=command.channel,
        service_point=command.service_point,
        due_as="reply_by",
        received_on=received,
        reach=reach,
        anonymous=petition.anonymous,
        person=person,
        group_size=command.group_size,
        respondent_units=domain.units(each.unit for each in command.respondents),
        respondents_known=all(each.unit for each in command.respondents),
        sealed_post=command.post_number is not None,
        submitted_by=command.submitted_by,
    )
    if reach in (Reach.SMS, Reach.CALL):
        # sealed reporters' numbers stay here: what notify does not hold it cannot leak
        work.letter(
            "notify",
            "contact.given.v1",
            number,
            data={"petition": number, "person": person, "reach": reach},
            personal={"phone": known.phone},
        )
    return petition


def accept(work: Work, number: str, department: str) -> Petition:
    petition = _move(work, number, "accept")
    petition.department, petition.handler = department, work.actor.officer
    timeline.record(work, petition, "petition.accepted.v1", due_as="reply_by", department=department)
    return petition


def not_accept(work: Work, number: str, reason: RefusalReason) -> Petition:
    petition = _move(work, number, "not-accept")
    timeline.record(work, petition, "petition.not_accepted.v1", reason=reason)
    return petition


def guide(work: Work, number: str, to: str) -> Petition:
    petition = _move(work, number, "guide")
    _agency(work, to)
    timeline.record(work, petition, "petition.guided.v1", to=to)
    return petition


def refer(work: Work, number: str, to: str, purpose: str, basis: str, petitioner_wish: bool) -> Petition:
    """Hands the petition on: exactly the fields the purpose needs go, in a letter referral alone can read."""
    petition = _move(work, number, "refer")
    if to == _tools(work).our_agency:
        raise errors.OwnAgency()
    agency = _agency(work, to)
    fields = domain.carries(petition.standing, purpose, agency.transport, agency.name, petitioner_wish)
    material = {name: people.disclose(work, petition, name) for name in fields}
    petition.referred_to, petition.awaits_answer = to, True
    timeline.record(
        work,
        petition,
        "petition.referred.v1",
        to=to,
        kind=ReferralKind.TRANSFER,
        purpose=purpose,
        carries=sorted(material),
        digest=people.vault_of(work).fingerprint(f"letter|{number}", repr(sorted(material.items()))).hex(),
    )
    work.letter(
        "referral",
        "petition.handed_over.v1",
        number,
        data={
            "petition": number,
            "to": to,
            "kind": ReferralKind.TRANSFER,
            "purpose": purpose,
            "basis": basis,
            "petition_kind": Kind(petition.kind),
            "line": Line(petition.line),
            "received_on": petition.received_on,
            "group_size": petition.group_size,
        },
        personal=material,
    )
    return petition


def mark_hardship(
    work: Work, number: str, situations: Sequence[Situation], wish: bool, case_number: str | None
) -> Petition:
    """An officer found hardship; with the petitioner's wish aid is asked to open a case. Words of the text never do."""
    petition = _load(work, number)
    domain.check("mark-hardship", petition.standing)
    situations = sorted(set(situations))
    timeline.record(work, petition, "petition.hardship_marked.v1", situations=situations, wish=wish)
    petition.hardship, petition.aid_wish = list(situations), wish
    if wish:
        who = {name: people.disclose(work, petition, name) for name in ("name", "resident_id", "phone", "address")}
        work.letter(
            "aid",
            "aid.requested.v1",
            number,
            data={
                "petition": number,
                "person": petition.person,
                "situations": situations,
                "received_on": petition.received_on,
            },
            personal={**who, "case_number": case_number},
        )
    return petition


def conclude(work: Work, number: str, result: Result) -> Petition:
    petition = _move(work, number, "conclude")
    petition.result = result
    timeline.record(work, petition, "petition.concluded.v1", result=result)
    return petition


def reply(work: Work, number: str, kind: ReplyKind, means: Means, text: str) -> Petition:
    petition = _load(work, number)
    petition.state = domain.check_reply(kind, petition.standing)
    seq = len(petition.replies) + 1
    today = work.now.astimezone(SHANGHAI).date()
    petition.replies.append(
        Reply(
            seq=seq,
            kind=kind,
            means=means,
            issued_on=today,
            officer=work.actor.officer,
            text=people.seal(work, number, f"reply|text|{seq}", text),
        )
    )
    timeline.record(work, petition, "petition.replied.v1", reply=kind, means=means, issued_on=today)
    return petition


def close(work: Work, number: str) -> Petition:
    """Asks referral whether custody may end; the petition is closed when it says yes."""
    petition = _move(work, number, "close")
    timeline.record(work, petition, "petition.closing.v1")
    return petition


def withdraw(work: Work, number: str) -> Petition:
    petition = _move(work, number, "withdraw")
    timeline.record(work, petition, "petition.withdrawn.v1")
    return petition


# -- what officers decide of a clock ---------------------------------------------------------------------------------


def suspend_clock(work: Work, number: str, clock: str, reason: str) -> dict[str, Any]:
    """Days are not counted from today on; the rule lists the reasons that do so."""
    return _decide(work, number, clock, lambda found: clocks.suspend(work, _tools(work).law, found, reason))


def resume_clock(work: Work, number: str, clock: str) -> dict[str, Any]:
    return _decide(work, number, clock, lambda found: clocks.resume(work, _tools(work).law, found))


def extend_clock(work: Work, number: str, clock: str) -> dict[str, Any]:
    """Whoever asks approves: only who may is let in."""
    return _decide(work, number, clock, lambda found: clocks.extend(work, _tools(work).law, found))


def _decide(work: Work, number: str, id_: str, move: Callable[[Clock], None]) -> dict[str, Any]:
    # the petition first, as everywhere: an event of it may be moving the same clock
    _load(work, number)
    clock = clocks.find(work, id_, number)
    if clock is None:
        raise errors.NoSuchClock()
    try:
        move(clock)
    except clocks.ClockError as fault:
        raise errors.ClockStays(fault.zh, str(fault)) from fault
    return present(clock, _tools(work).law)


# -- what others tell ------------------------------------------------------------------------------------------------


def submitted(work: Work, message: Message, data: Mapping[str, Any]) -> None:
    """`petition.submitted`: an agency's system hands a petition in; its errors go back to it by name."""
    given = dict(data)
    petitioner, respondents = given.pop("petitioner"), given.pop("respondents")
    command = RegisterInput(
        channel=Channel.FORWARDED,
        service_point="12309",
        received_reason="单位转入",
        post_number=None,
        post_digest=None,
        secrecy=False,
        petitioner=people.PetitionerInput(
            petitioner["name"],
            petitioner.get("resident_id"),
            petitioner.get("phone"),
            petitioner.get("address"),
            petitioner["sms_consent"],
        )
        if petitioner
        else None,
        respondents=tuple(RespondentInput(**each) for each in respondents),
        submitted_by=message.sender,
        **given,
    )
    earlier = work.session.scalar(
        select(Petition.number).where(
            Petition.submitted_by == message.sender, Petition.submission == command.submission
        )
    )
    if earlier is not None:
        raise errors.WrongField("submission", f"此编号已登记为 {earlier}", f"already registered as {earlier}")
    petition = register(work, command)
    number = petition.number
    work.to_agency(
        message.sender,
        "submission.signed.v1",
        number,
        {"submission": command.submission, "petition": petition.number, "reply_by": ends(work, [petition])[number][0]},
    )


def referral_moved(work: Work, message: Message) -> None:
    """What happens to a referral is a line of the petition's timeline, and sometimes a step of the petition."""
    petition = _load(work, message.data["petition"])
    timeline.hear(work, petition, message)
    if message.data.get("kind") in (ReferralKind.ASSIST, ReferralKind.NOTIFY_LEAD):
        # an assisting agency, or one that only got a copy: the petition does not follow it
        return
    match message.envelope.type:
        case "referral.accepted.v1":
            petition.state = domain.consequence("taken up", PetitionState(petition.state))
        case "referral.passed_on.v1":
            # on another lane than its successor's: that may have ended already
            petition.referred_to = message.data["to"] if petition.awaits_answer else petition.referred_to
        case "referral.rework.v1":
            petition.awaits_answer = True
        case "referral.answered.v1":
            petition.awaits_answer = False
        case "referral.returned.v1" | "referral.recalled.v1" | "referral.undelivered.v1" | "referral.voided.v1":
            petition.awaits_answer, petition.referred_to = False, None
            petition.state = domain.consequence("given back", PetitionState(petition.state))


def routing_refused(work: Work, message: Message) -> None:
    """The ban: nothing left, and it is ours to send the lawful way."""
    petition = _load(work, message.data["petition"])
    timeline.hear(work, petition, message)
    petition.awaits_answer, petition.referred_to = False, None
    petition.state = domain.consequence("refused", PetitionState(petition.state))


def clock_told(work: Work, message: Message) -> None:
    """A receiver that let its time run out is a line of the petition's timeline."""
    timeline.hear(work, _load(work, message.data["petition"]), message)


def custody_told(work: Work, message: Message) -> None:
    petition = _load(work, message.data["petition"])
    timeline.hear(work, petition, message)
    match message.envelope.type:
        case "custody.ended.v1":
            petition.state = domain.consequence("custody ended", PetitionState(petition.state))
            timeline.record(work, petition, "petition.closed.v1")
        case "custody.kept.v1":
            petition.state = domain.consequence("custody kept", PetitionState(petition.state))
            timeline.record(work, petition, "petition.reopened.v1", referral=message.data["referral"])


def aid_told(work: Work, message: Message) -> None:
    timeline.hear(work, _load(work, message.data["petition"]), message)


def notice_told(work: Work, message: Message) -> None:
    timeline.hear(work, _load(work, message.data["petition"]), message)


def answer_received(work: Work, message: Message) -> None:
    """The text of an agency's answer, by letter."""
    data = message.data
    _load(work, data["petition"])
    work.session.add(
        Answer(
            petition=data["petition"],
            message=message.envelope.id,
            referral=data["referral"],
            result=data["result"],
            text=people.seal(work, data["petition"], f"answer|text|{message.envelope.id}", message.personal["text"]),
            received_at=work.now,
        )
    )


def directory_told(work: Work, message: Message) -> None:
    data = message.data
    values = {
        "revision": data["revision"],
        "name": data["name"],
        "kind": data["kind"],
        "transport": data["transport"],
        "active": data["active"],
    }
    statement = upsert(Agency).values(code=data["agency"], **values)
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["code"], set_=values, where=Agency.revision < statement.excluded.revision
        )
    )


# -- what is asked ---------------------------------------------------------------------------------------------------


def find(work: Work, number: str) -> Petition:
    return _load(work, number, lock=False)


def ends(work: Work, petitions: Sequence[Petition]) -> dict[str, tuple[date | None, date | None]]:
    """number → (the reply's last day, the outcome's), as the clocks have them; None where none was started."""
    numbers = [petition.number for petition in petitions]
    latest = clocks.latest_ends(work, numbers)
    return {
        each: (
            latest.get((each, REPLY_RULES[0])) or latest.get((each, REPLY_RULES[1])),
            latest.get((each, OUTCOME_RULE)),
        )
        for each in numbers
    }


def clocks_of(work: Work, number: str) -> list[dict[str, Any]]:
    _load(work, number, lock=False)
    return [present(clock, _tools(work).law) for clock in clocks.of_petition(work, number)]


def steps(work: Work, number: str) -> list[Step]:
    return list(work.session.scalars(select(Step).where(Step.petition == number).order_by(Step.at, Step.id)))


def agencies(work: Work) -> list[Agency]:
    """Those a matter can go to or be about today."""
    return list(work.session.scalars(select(Agency).where(Agency.active).order_by(Agency.code)))


def agency_names(work: Work) -> dict[str, str]:
    """Of those that left too: what happened with them is still told."""
    return {row.code: row.name for row in work.session.execute(select(Agency.code, Agency.name).order_by(Agency.code))}


def names(work: Work) -> dict[str, str]:
    """What the timeline's codes are called: agencies and rules."""
    return agency_names(work) | _tools(work).law.packs.names


def listing(work: Work, state: str | None, after: str | None, limit: int) -> list[Petition]:
    query = select(Petition).order_by(Petition.number.desc()).limit(limit)
    if state:
        query = query.where(Petition.state == state)
    if after:
        query = query.where(Petition.number < after)
    return list(work.session.scalars(query))


# -- pieces ----------------------------------------------------------------------------------------------------------


def _tools(work: Work) -> Tools:
    tools: Tools = work.office.tools
    return tools


def _load(work: Work, number: str, lock: bool = True) -> Petition:
    petition = work.session.get(Petition, number, with_for_update=lock)
    if petition is None:
        raise errors.NoSuchPetition()
    return petition


def _move(work: Work, number: str, action: str) -> Petition:
    petition = _load(work, number)
    petition.state = domain.check(action, petition.standing)
    return petition


def _agency(work: Work, code: str, field: str = "to") -> Agency:
    agency = work.session.get(Agency, code)
    if agency is None or not agency.active:
        known = work.session.scalars(select(Agency.code).where(Agency.active).order_by(Agency.code))
        raise errors.UnknownAgency(field, list(known))
    return agency


def _check_directory(work: Work, command: RegisterInput) -> None:
    for index, respondent in enumerate(command.respondents):
        if respondent.unit is not None:
            _agency(work, respondent.unit, f"respondents.{index}.unit")
    if command.place is not None and not _tools(work).places.knows(command.place):
        raise errors.WrongField("place", "行政区划代码不存在", "no such division code")


def _next_number(work: Work, year: int) -> str:
    statement = upsert(Serial).values(year=year, last=1)
    serial: int = work.session.scalar(
        statement.on_conflict_do_update(index_elements=["year"], set_={"last": Serial.last + 1}).returning(Serial.last)
    )  # type: ignore[assignment]
    return domain.number(year, _tools(work).jurisdiction, serial)


EVENTS: Mapping[str, Handler] = {
    **{
        f"referral.{what}.v1": referral_moved
        for what in (
            "sent",
            "signed",
            "accepted",
            "progressed",
            "objected",
            "overruled",
            "returned",
            "recalled",
            "undelivered",
            "suspended",
            "resumed",
            "passed_on",
            "rework",
            "material_added",
            "urged",
            "voided",
        )
    },
    "referral.answered.v1": referral_moved,
    "referral.closed.v1": referral_moved,
    "routing.refused.v1": routing_refused,
    "clock.missed.v1": clock_told,
    "custody.moved.v1": custody_told,
    "custody.ended.v1": custody_told,
    "custody.kept.v1": custody_told,
    **{
        f"aid.{what}.v1": aid_told
        for what in (
            "opened",
            "determined",
            "granted",
            "refused",
            "lead_offered",
            "lead_by_hand",
            "lead_signed",
            "lead_answered",
            "lead_undelivered",
        )
    },
    **{
        f"notice.{what}.v1": notice_told for what in ("sent", "delivered", "failed", "refused", "unknown", "impossible")
    },
}
LETTERS: Mapping[str, Handler] = {
    "answer.received.v1": answer_received,
    "directory.entry.v1": directory_told,
}
