"""What agencies say of what they were sent: one message for each step; what is wrong goes back by name."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from courier.faults import Reject, TooEarly
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, states
from referral.tables import Agency, Referral
from referral.use_cases import convened, guard, inbound, offers, remarks
from referral.use_cases.steps import load, pass_on, receive
from referral.use_cases.tools import tools_of
from service_kit.partners import RESYNC, Taken, resync, validated


def agency_said(work: UnitOfWork, message: Message) -> None:
    """Whatever an agency says to referral; what is wrong goes back to it by name."""
    return validated("from_agency", _SAID.get(message.envelope.type, _replied))(work, message)


def _resync(work: UnitOfWork, message: Message, _data: Mapping[str, Any]) -> None:
    # whoever has the store it lost has its tokens
    resync(work, message, partial(offers.renewed, replaces=True), guard.withheld())


_SAID = {
    RESYNC: _resync,
    inbound.RULING: inbound.ruled,
    convened.REPLY: convened.replied,
    convened.REPORT: convened.reported,
    convened.TASK: convened.task_answered,
}


def _replied(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> Taken:
    """One message for each step of a referral in the sender's hands; how it stands after it."""
    referral = load(work, data["referral"])
    if referral is None or referral.agency != message.sender or referral.inbound:
        raise errors.NotForYou()
    move = states.said(message.envelope.type, data.get("suspended", False), referral.now_in)
    try:
        states.check(move, referral.snapshot)
    except errors.IllegalMove as fault:
        if isinstance(fault, errors.Early) and work.now - message.received_at < tools_of(work).early_held:
            raise TooEarly("the step before it has not come yet") from None
        lawful = _said_by(states.MOVES[name] for name in fault.more["allowed"])
        raise Reject(fault.field, fault.zh, str(fault), fault.more["state"], lawful) from None
    _apply_reply(work, referral, move, message, data)
    now = referral.snapshot
    return Taken(referral.number, now.state, _said_by(states.allowed(now, states.Side.RECEIVER)))


def _said_by(moves: Iterable[states.Move]) -> list[str]:
    """The messages that make these moves, each once."""
    return list(dict.fromkeys(each.reply for each in moves if each.reply))


def _apply_reply(
    work: UnitOfWork, referral: Referral, move: states.Move, message: Message, data: Mapping[str, Any]
) -> None:
    remarks.keep(work, referral, move.name, data.get("text"), officer=None, theirs=data["officer"])
    if move.name == "pass_on":
        pass_on(work, referral, next_receiver(work, referral, data["to"]), message.envelope.id)
    else:
        receive(work, referral, move.name, data, message.envelope.id)


def next_receiver(work: UnitOfWork, referral: Referral, code: str) -> Agency:
    """Whom it may be passed on to: somebody with a queue who did not have it before, or it would go in a circle."""
    had, earlier = {tools_of(work).our_agency, referral.agency}, referral.predecessor
    while earlier is not None:
        before = work.session.get_one(Referral, earlier)
        had.add(before.agency)
        earlier = before.predecessor
    agency = work.session.get(Agency, code, with_for_update={"read": True})
    if agency is None or not agency.has_queue or code in had:
        raise errors.NotPassable()
    of = guard.matter(work, referral.petition)
    if of.ended or guard.refusal(work, of, code) is not None:
        # the same sentence: why would tell whom it hits
        raise errors.NotPassable()
    return agency
