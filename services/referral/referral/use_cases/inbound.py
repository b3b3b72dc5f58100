"""What other agencies send to us: the same moves with the sides swapped, said by intake, ruled on by the sender."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from authorization import ban
from contracts.vocabulary import AgencyKind, Kind, ObjectionReason, ReferralKind, ReferralState, Result, Ruling, Unmade
from courier.faults import NotYet, Reject
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, states
from referral.tables import Referral
from referral.use_cases import guard, remarks
from referral.use_cases.steps import holding, make, next_numbers, rule_on, say, tell
from service_kit.partners import Taken

RULING = "reply.ruling.v1"
SAID = {
    "sign": "submission.signed.v1",
    "accept": "submission.accepted.v1",
    "object": "submission.objected.v1",
    "progress": "submission.progress.v1",
    "answer": "submission.answered.v1",
}

# our move → what the officer did in intake, by its name there
ASKED = {"sign": "sign", "accept": "accept", "object": "object", "progress": "tell-sender", "answer": "answer-sender"}


def received(work: UnitOfWork, message: Message) -> None:
    """Intake registered what an agency sent: its number with us, and theirs."""
    data = message.data
    holding(work, data["petition"])  # not before its registration
    kind = ReferralKind(data["kind"])
    referral = Referral(
        number=next_numbers(work, 1)[0],
        petition=data["petition"],
        kind=kind,
        agency=data["agency"],
        state=ReferralState.DRAFTED,
        purpose=states.HANDLING,
        statutory=states.is_statutory(kind, Kind(data["petition_kind"]), AgencyKind.PROCURATORATE),
        requested_by=message.envelope.id,
        created_at=work.now,
        urged=0,
        inbound=True,
        submission=data["submission"],
    )
    work.session.add(referral)
    tell(work, referral, "submission.drafted.v1", statutory=referral.statutory)
    days = {name: data[name] for name in ("received_on", "answer_by")}
    make(work, referral, "send", statutory=referral.statutory, **days)


def told(work: UnitOfWork, message: Message) -> None:
    """An officer signed, took it on, objected, reported or answered; the sender hears it under its own number."""
    data, text = message.data, message.personal.get("text")
    referral = _of_petition(work, data["petition"])
    move = states.MOVES[data["move"]]
    if referral is not None and move.name == "accept" and referral.now_in in states.TAKEN_ON:
        return  # our silence had said so, or a later word of ours
    if referral is None or not states.lawful(move, referral.snapshot):
        if referral is not None and not states.can_come(move, referral.snapshot):
            # time, or its sender, was first
            guard.unmade(work, referral.petition, ASKED[move.name], referral.agency, _overtaken(move))
            return
        # intake lets nothing unlawful through, and letters keep no order
        raise NotYet("the step before it has not come yet")
    of = guard.matter(work, referral.petition)
    if text is not None and ban.withheld(of, referral.agency):
        # intake wrote it before it was held: kept until it is released
        raise NotYet("it is held")
    if move.name == "object" and guard.turned_back(work, referral.petition, of, referral.agency):
        # its sender could not rule on what it does not hear
        guard.unmade(work, referral.petition, ASKED[move.name], referral.agency, Unmade.BARRED)
        return
    facts: dict[str, Any] = {}
    if move.name == "object":
        referral.objection = data["reason"]
        facts["reason"] = ObjectionReason(data["reason"])
    if move.name == "answer":
        referral.result = data["result"]
        facts["result"] = data["result"] and Result(data["result"])
    make(work, referral, move.name, **facts)
    remarks.keep(work, referral, move.name, text, officer=work.actor.officer)
    said = {"reply_by": data["reply_by"]} if move.name == "sign" else {}
    if text is not None:
        if guard.turned_back(work, referral.petition, of, referral.agency):
            # who sent it stands with whom it hits: that it was answered is no secret, what was found is
            return
        said["text"] = text
    say(work, referral, SAID[move.name], **facts, **said)


def ruled(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> Taken:
    """`reply.ruling`: the sender takes back what we objected to, or stands by it; how it stands after it."""
    referral = work.session.scalar(
        select(Referral)
        .where(Referral.inbound, Referral.agency == message.sender, Referral.submission == data["submission"])
        .with_for_update()
    )
    if referral is None:
        raise errors.NoSuchSubmission()
    try:
        rule_on(work, referral, Ruling(data["ruling"]))
    except errors.IllegalMove as fault:
        raise Reject(fault.field, fault.zh, str(fault), fault.more["state"], []) from None
    return Taken(referral.number, referral.state)


def _overtaken(move: states.Move) -> Unmade:
    return Unmade.LAPSED if move.name == "object" else Unmade.OVER


def _of_petition(work: UnitOfWork, petition: str) -> Referral | None:
    query = select(Referral).where(Referral.petition == petition, Referral.inbound)
    return work.session.scalar(query.with_for_update())
