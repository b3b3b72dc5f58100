"""Referral's use cases: load, guard, act, record. Each is one transaction of its caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from clock import clocks
from clock.clocks import Matter, follow
from clock.present import present
from contracts.vocabulary import Kind, Line, ObjectionReason, ReferralKind, ReferralState, Result, Ruling
from courier import handed
from courier.faults import NotYet, Park, Reject, TooEarly
from courier.inbox import Handler, Message
from courier.work import Work
from house.outsiders import RESYNC, hears, resync
from referral import domain, errors
from referral.domain import Holding
from referral.tables import Agency, Custody, Referral, Serial
from statute import Duty, Law

SHANGHAI = ZoneInfo("Asia/Shanghai")
SIGN_RULE = "referral_sign"


@dataclass(frozen=True, slots=True)
class Tools:
    our_agency: str
    jurisdiction: str
    law: Law
    early_held: timedelta  # how long a message may be ahead of the one before it
    offer_again_after: timedelta  # without a receipt


# -- what intake tells -----------------------------------------------------------------------------------------------


def petition_registered(work: Work, message: Message) -> None:
    """Custody begins with us at registration."""
    _add_custody(work, message.data["petition"], _tools(work).our_agency, message.envelope.time)


def petition_handed_over(work: Work, message: Message) -> None:
    """Opens a referral and offers it to the agency with the fields its purpose needs and no other."""
    data = message.data
    # held until this commits: a removal then sees the referral, or this sees the removal
    agency = work.session.get(Agency, data["to"], with_for_update={"read": True})
    if agency is None:
        raise Park(f"{data['to']} is not in the directory")
    if Kind(data["petition_kind"]) is Kind.ACCUSATION:
        # intake refuses it too; here it is refused whatever intake did
        raise Park("an accusation cannot be sent on until the routing ban is checked")
    today = work.now.astimezone(SHANGHAI).date()
    referral = Referral(
        number=_next_number(work, today.year),
        petition=data["petition"],
        kind=data["kind"],
        agency=agency.code,
        state=ReferralState.DRAFTED,
        purpose=data["purpose"],
        requested_by=message.envelope.id,
        created_at=work.now,
    )
    work.session.add(referral)
    _event(work, referral, "referral.drafted.v1", kind=ReferralKind(referral.kind))
    if not agency.has_queue:
        # it left while the letter was on its way
        _make(work, referral, "undeliver")
        return
    material = dict(message.personal)
    sign_by = _make(
        work,
        referral,
        "send",
        due_as="sign_by",
        kind=ReferralKind(referral.kind),
        purpose=referral.purpose,
        carries=sorted(material),
        digest=_fingerprint(work, referral.number, material),
    )
    handed.hand(
        work,
        agency.code,
        "referral.offered.v1",
        referral.number,
        {
            "referral": referral.number,
            "petition": referral.petition,
            "kind": ReferralKind(referral.kind),
            "purpose": referral.purpose,
            "basis": data["basis"],
            "petition_kind": Kind(data["petition_kind"]),
            "line": Line(data["line"]),
            "received_on": data["received_on"],
            "group_size": data["group_size"],
            "sign_by": sign_by,
            "retain_days": domain.RETAIN_DAYS[referral.purpose],
            "material": material,
        },
        _tools(work).offer_again_after,
    )


def petition_closing(work: Work, message: Message) -> None:
    """Intake asks whether custody may end: yes when every referral has ended or can end now."""
    petition = message.data["petition"]
    referrals = list(
        work.session.scalars(
            select(Referral).where(Referral.petition == petition).order_by(Referral.number).with_for_update()
        )
    )
    for referral in referrals:
        if referral.now_in not in domain.ENDED | {ReferralState.ANSWERED}:
            work.event("custody.kept.v1", petition, petition=petition, referral=referral.number)
            return
    for referral in referrals:
        if referral.now_in is ReferralState.ANSWERED:
            _make(work, referral, "close")
    holding = _add_custody(work, petition, None, work.now)
    work.event("custody.ended.v1", petition, petition=petition, seq=holding.seq, since=holding.since)


# -- what agencies say -----------------------------------------------------------------------------------------------


def agency_said(work: Work, message: Message) -> None:
    """Whatever an agency says to referral; what is wrong goes back to it by name."""
    if message.envelope.type == RESYNC:
        return hears("from_agency", _resync)(work, message)
    return hears("from_agency", _replied)(work, message)


def _resync(work: Work, message: Message, _data: Mapping[str, Any]) -> None:
    resync(work, message)


def _replied(work: Work, message: Message, data: Mapping[str, Any]) -> None:
    """One message for each step of a referral in the sender's hands."""
    referral = _load(work, data["referral"])
    if referral is None or referral.agency != message.sender:
        raise errors.NotForYou()
    move = domain.MOVES[domain.REPLIES[message.envelope.type]]
    try:
        domain.check(move, referral.now_in)
    except errors.IllegalMove as fault:
        if isinstance(fault, errors.Early) and work.now - message.received_at < _tools(work).early_held:
            raise TooEarly("the step before it has not come yet") from None
        names = {name: type_ for type_, name in domain.REPLIES.items()}
        lawful = [names[name] for name in fault.more["allowed"] if name in names]
        raise Reject(fault.field, fault.zh, str(fault), fault.more["state"], lawful) from None
    _apply_reply(work, referral, move, data)


def _apply_reply(work: Work, referral: Referral, move: domain.Move, data: Mapping[str, Any]) -> None:
    today = work.now.astimezone(SHANGHAI).date()
    match move.name:
        case "sign":
            handed.receipted(work, referral.number)
            _make(work, referral, "sign", due_as="contact_by", signed_on=today)
        case "object":
            referral.objection = data["reason"]
            _make(work, referral, "object", reason=ObjectionReason(data["reason"]))
        case "answer":
            result = Result(data["result"])
            referral.result = result
            _make(work, referral, "answer", result=result)
            work.letter(
                "intake",
                "answer.received.v1",
                referral.petition,
                data={"petition": referral.petition, "referral": referral.number, "result": result},
                personal={"text": data["text"], "officer": data["officer"]},
            )
        case name:
            _make(work, referral, name)


# -- what time brings ------------------------------------------------------------------------------------------------


def offer_again(work: Work) -> int:
    """Offers nobody signed for go out once more, with the same id."""
    return handed.offer_again(work, _tools(work).offer_again_after)


def undeliver(work: Work, agency: str) -> int:
    """The agency is gone: what it did not sign for is ours again. Returns how many."""
    unsigned = work.session.scalars(
        select(Referral)
        .where(Referral.agency == agency, Referral.state == ReferralState.SENT)
        .order_by(Referral.petition, Referral.number)  # as a batch of events locks them
        .with_for_update()
    ).all()
    for referral in unsigned:
        _make(work, referral, "undeliver")
    return len(unsigned)


# -- what officers do ------------------------------------------------------------------------------------------------


def rule(work: Work, number: str, ruling: Ruling) -> Referral:
    """Decides an objection: upheld, the matter comes back to us; overruled, the agency stays with it."""
    referral = _require(work, number)
    _make(work, referral, "uphold" if ruling is Ruling.UPHELD else "overrule")
    work.to_agency(
        referral.agency, "referral.ruling.v1", referral.number, {"referral": referral.number, "ruling": ruling}
    )
    return referral


def recall(work: Work, number: str) -> Referral:
    referral = _require(work, number)
    _make(work, referral, "recall")
    work.to_agency(referral.agency, "referral.recalled.v1", referral.number, {"referral": referral.number})
    return referral


# -- what is asked ---------------------------------------------------------------------------------------------------


def find(work: Work, number: str) -> Referral:
    referral = work.session.get(Referral, number)
    if referral is None:
        raise errors.NoSuchReferral()
    return referral


def of_petition(work: Work, petition: str) -> list[Referral]:
    return list(work.session.scalars(select(Referral).where(Referral.petition == petition).order_by(Referral.number)))


def sign_by(work: Work, referrals: Sequence[Referral]) -> dict[str, date | None]:
    """number → the day it is to be signed for; None where it was never sent."""
    latest = clocks.latest_ends(work, sorted({each.petition for each in referrals}))
    return {each.number: latest.get((each.number, SIGN_RULE)) for each in referrals}


def clocks_of(work: Work, petition: str) -> list[dict[str, Any]]:
    return [present(clock, _tools(work).law) for clock in clocks.of_petition(work, petition)]


def custody(work: Work, petition: str) -> list[Holding]:
    rows = work.session.scalars(select(Custody).where(Custody.petition == petition).order_by(Custody.seq))
    return [Holding(row.seq, row.agency, row.since) for row in rows]


def holder(work: Work, petition: str, at: datetime) -> Holding:
    held = domain.holder_at(custody(work, petition), at)
    if held is None or held.agency is None:
        raise errors.NoSuchCustody()
    return held


def agencies(work: Work) -> list[Agency]:
    return list(work.session.scalars(select(Agency).order_by(Agency.code)))


# -- pieces ----------------------------------------------------------------------------------------------------------


def _tools(work: Work) -> Tools:
    tools: Tools = work.office.tools
    return tools


def _load(work: Work, number: str) -> Referral | None:
    return work.session.get(Referral, number, with_for_update=True)


def _require(work: Work, number: str) -> Referral:
    referral = _load(work, number)
    if referral is None:
        raise errors.NoSuchReferral()
    return referral


def _make(work: Work, referral: Referral, name: str, due_as: str | None = None, **facts: Any) -> date | None:
    """One move: the new state, its event, the clocks it moves, and the custody that goes with it.

    `due_as`: the event's field that tells the last day of the clock it starts. Returns that day.
    """
    move = domain.MOVES[name]
    referral.state = domain.check(move, referral.now_in)
    tools = _tools(work)
    matter = Matter(referral.petition, referral.number, tools.our_agency, {Duty.RECEIVER: referral.agency})
    started = follow(work, tools.law, matter, move.event, facts)
    if due_as is not None:
        facts[due_as] = started[0].due
    _event(work, referral, move.event, **facts)
    if referral.now_in in domain.ENDED:
        handed.finished(work, referral.number)
    if domain.moves_custody(move, referral.of_kind):
        holding = _add_custody(work, referral.petition, referral.agency, work.now)
        work.event(
            "custody.moved.v1",
            referral.petition,
            petition=referral.petition,
            seq=holding.seq,
            agency=referral.agency,
            since=holding.since,
        )
    return started[0].due if started else None


def _event(work: Work, referral: Referral, type_: str, **facts: Any) -> None:
    work.event(
        type_,
        referral.number,
        referral=referral.number,
        petition=referral.petition,
        agency=referral.agency,
        **facts,
    )


def _add_custody(work: Work, petition: str, agency: str | None, since: datetime) -> Custody:
    last = work.session.scalar(
        select(Custody).where(Custody.petition == petition).order_by(Custody.seq.desc()).limit(1)
    )
    if last is None and agency != _tools(work).our_agency:
        raise NotYet("the petition's registration has not come yet")
    if last is not None:
        # registration carries intake's clock: a skew of two databases must not make the ranges overlap
        since = max(since, last.since + timedelta(microseconds=1))
    holding = Custody(petition=petition, seq=last.seq + 1 if last else 1, agency=agency, since=since)
    work.session.add(holding)
    work.session.flush()
    return holding


def _next_number(work: Work, year: int) -> str:
    statement = upsert(Serial).values(year=year, last=1)
    serial: int = work.session.scalar(
        statement.on_conflict_do_update(index_elements=["year"], set_={"last": Serial.last + 1}).returning(Serial.last)
    )  # type: ignore[assignment]
    return domain.number(year, _tools(work).jurisdiction, serial)


def _fingerprint(work: Work, number: str, material: Mapping[str, Any]) -> str:
    vault: Any = work.office.cipher
    digest: bytes = vault.fingerprint(f"letter|{number}", repr(sorted(material.items())))
    return digest.hex()


EVENTS: Mapping[str, Handler] = {
    "petition.registered.v1": petition_registered,
    "petition.closing.v1": petition_closing,
}
LETTERS: Mapping[str, Handler] = {"petition.handed_over.v1": petition_handed_over}
