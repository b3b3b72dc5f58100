"""What others tell referral: load, guard, act, record. Each is one transaction of its caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import select

from authorization import ban
from authorization.ban import Matter
from contracts.purposes import purposes
from contracts.vocabulary import Ending, Kind, Line, ReferralKind, ReferralState, Unmade
from courier.envelope import parse
from courier.faults import NotYet, Park, Reject, TooEarly
from courier.inbox import Handler, Message, Together
from courier.partners import partner_outbox
from courier.unit_of_work import Work
from referral.domain import errors, states
from referral.tables import Agency, Custody, Referral
from referral.use_cases import guard, inbound, officers
from referral.use_cases.steps import (
    add_custody,
    add_material,
    begin_custody,
    draft,
    grant,
    holding,
    holdings,
    load,
    make,
    next_numbers,
    pass_on,
    receive,
    send,
    tools,
    vault_of,
)
from service_kit.partners import RESYNC, hears, resync

# -- what intake tells -----------------------------------------------------------------------------------------------


def petition_registered(work: Work, message: Message) -> None:
    """Custody begins with us, or with who sent it until we sign; what the ban needs is remembered."""
    guard.remember(work, message.data["petition"], message.data)
    begins = message.data["submitted_by"] or tools(work).our_agency
    begin_custody(work, message.data["petition"], begins, message.envelope.time)


def petition_sealed(work: Work, message: Message) -> None:
    """The ban holds it for a secret; what an agency has not signed for is not offered to it once more."""
    guard.seal(work, message.data["petition"])
    guard.ask_anew(work, message.data["petition"])
    its = select(Referral.number).where(Referral.petition == message.data["petition"], ~Referral.inbound)
    partner_outbox.stop_offering(work, work.session.scalars(its).all())


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch needs: code → agency, petition → holder, matter; of a petition's `undelivered` the latest first."""

    agencies: Mapping[str, Agency]
    held: Mapping[str, Custody]
    matters: Mapping[str, Matter]
    undelivered: Sequence[Referral]


def petitions_handed_over(work: Work, messages: Sequence[Message]) -> None:
    """Opens a referral each and offers it to the agency with the fields its purpose needs and no other."""
    known, to_send, new = _known(work, messages), [], 0
    for message in messages:
        work.speak_as(message.envelope)
        offer = _offer(work, known, message)
        if offer is not None:
            agency = known.agencies[message.data["to"]]
            earlier = _undelivered(known, offer, agency)
            to_send.append((message, agency, offer, earlier))
            new += earlier is None
    numbers = next_numbers(work, new) if new else []
    vault_of(work).make_keys(work.session, numbers)
    free = iter(numbers)
    for message, agency, offer, earlier in to_send:
        work.speak_as(message.envelope)
        referral = earlier or draft(work, next(free), agency, offer, message.envelope.id, None)
        send(work, referral, agency, offer, [])


def _known(work: Work, messages: Sequence[Message]) -> Known:
    petitions = sorted({message.data["petition"] for message in messages})
    # held until this commits: a removal then sees the referral, or this sees the removal; so with a petition's end
    agencies = select(Agency).where(Agency.code.in_({message.data["to"] for message in messages}))
    undelivered = select(Referral).where(Referral.petition.in_(petitions), Referral.state == ReferralState.UNDELIVERED)
    return Known(
        {each.code: each for each in work.session.scalars(agencies.order_by(Agency.code).with_for_update(read=True))},
        holdings(work, petitions),
        guard.matters(work, petitions, lock=True),
        work.session.scalars(undelivered.order_by(Referral.petition, Referral.number.desc()).with_for_update()).all(),
    )


def _offer(work: Work, known: Known, message: Message) -> dict[str, Any] | None:
    """What it will carry; None: it is refused, which is said."""
    data = message.data
    agency, held = known.agencies.get(data["to"]), known.held.get(data["petition"])
    if held is None:
        # its registration tells whom it hits
        raise NotYet("the petition's registration has not come yet")
    if held.seq == 1 and held.agency != tools(work).our_agency:
        raise NotYet("our signature of what was sent to us has not come yet")
    petition = known.matters[data["petition"]]
    if held.agency is None or petition.ended:
        # nobody would hold what is sent after the end
        guard.unmade(work, data["petition"], _asked(data), data["to"], Unmade.ENDED)
        return None
    if agency is None:
        guard.unmade(work, data["petition"], _asked(data), data["to"], Unmade.NO_AGENCY)
        return None
    if petition.kind is not Kind(data["petition_kind"]):
        raise Park("the letter and the registration differ in the kind of petition")
    if guard.turned_back(work, data["petition"], petition, agency.code):
        return None
    if petition.secret and message.personal:
        raise Park("what was said in secrecy travels in an envelope, not in a letter")
    kind = ReferralKind(data["kind"])
    if kind not in states.OUTBOUND:
        raise Park(f"{kind} is no power of ours towards a department")
    purpose = purposes().get(data["purpose"])
    basis = purpose.bases.get(data["basis"]) if purpose else None
    if purpose is None or basis is None or kind is not purpose.kind or petition.kind not in basis.petitions:
        raise Park("its purpose has no such basis")
    if set(message.personal) - set(basis.fields):
        raise Park("the letter carries more than its purpose and basis need")
    return {
        "petition": data["petition"],
        "kind": kind,
        "purpose": purpose.id,
        "basis": basis.zh,
        "petition_kind": Kind(data["petition_kind"]),
        "line": Line(data["line"]),
        "received_on": data["received_on"],
        "group_size": data["group_size"],
        "retain_days": purpose.retain_days,
        "material": {name: value for name, value in message.personal.items() if name != "files"},
        "files": message.personal.get("files", []),
    }


def _asked(data: Mapping[str, Any]) -> str:
    """What the officer did in intake, by its name there."""
    return "refer" if data["kind"] in states.MOVING else "involve"


def _undelivered(known: Known, offer: Mapping[str, Any], agency: Agency) -> Referral | None:
    """What the same agency never got: it is sent again under the number it had, once there is a queue."""
    if not agency.has_queue:
        return None
    wanted = (offer["petition"], agency.code, offer["kind"], offer["purpose"])
    return next(
        (each for each in known.undelivered if (each.petition, each.agency, each.kind, each.purpose) == wanted), None
    )


def material_added(work: Work, message: Message) -> None:
    """What came late goes on to whoever has the petition now; where nobody may or can have it, intake keeps it."""
    number = message.data["petition"]
    holding(work, number)  # not before its registration
    referral = _holding_material(work, number)
    if referral is None or not work.session.get_one(Agency, referral.agency).has_queue:
        return
    of = guard.matter(work, number)
    if ban.withheld(of, referral.agency):
        # intake wrote it before it was held: kept until it is released
        raise NotYet("it is held")
    if guard.refusal(work, of, referral.agency) is None:
        add_material(work, referral, message.personal["text"])


def petition_held(work: Work, message: Message) -> None:
    """Nothing more of it leaves, wherever it is already."""
    guard.hold(work, message.data["petition"])


def petition_released(work: Work, message: Message) -> None:
    guard.release(work, message.data["petition"], message.data["to"])


def release_asked(work: Work, message: Message) -> None:
    """Judges by the ban of what it is held for, which intake names and cannot judge: the directory is here."""
    data, because = message.data, message.personal["because"]
    number = data["petition"]
    for each in (number, *because):
        holding(work, each)  # not before its registration
    of = guard.matters(work, [number, *because])
    others = [of[each] for each in because]
    # not guarded as far as is known here: from before the ban was kept, or secret since; whom it hits is not known
    passes = all(each.guarded for each in others) and ban.releasable(
        guard.circle(work), of[number], others, data["to"], data["confirmed"]
    )
    work.event("routing.judged.v1", number, petition=number, release=data["release"], to=data["to"], passes=passes)


def petition_closing(work: Work, message: Message) -> None:
    """Intake asks whether custody may end: yes when every referral has ended or can end now."""
    petition = message.data["petition"]
    unfinished = [referral for referral in _locked(work, petition) if referral.now_in not in states.ENDED]
    for referral in unfinished:
        if not states.lawful(states.MOVES["close"], referral.standing):
            work.event("custody.kept.v1", petition, petition=petition, referral=referral.number)
            return
    for referral in unfinished:
        make(work, referral, "close")
    end = add_custody(work, holding(work, petition), None)
    work.event("custody.ended.v1", petition, petition=petition, seq=end.seq, since=end.since)


def petition_ended(work: Work, message: Message) -> None:
    """Nobody takes on any more what has no use: recalled, or, where it is taken on, told. Under the referrals' locks,
    so that of us and an agency that accepts at this moment one is first, for everybody."""
    petition, type_ = message.data["petition"], message.envelope.type
    ending = ENDINGS[type_] if type_ in ENDINGS else Ending(message.data["reason"])
    referrals = _locked(work, petition)
    new = guard.end(work, petition, True)
    for referral in referrals:
        officers.end(work, referral, ending, new)


def petition_reopened(work: Work, message: Message) -> None:
    guard.end(work, message.data["petition"], False)


def _locked(work: Work, petition: str) -> Sequence[Referral]:
    """All of them, and none can be added until this commits: who hands over holds the petition's row, too.

    One that was passed on while its lock was waited for has a successor that the first look did not see.
    """
    guard.lock(work, petition)
    query = select(Referral).where(Referral.petition == petition).order_by(Referral.number).with_for_update()
    found = work.session.scalars(query).all()
    while len(again := work.session.scalars(query).all()) > len(found):
        found = again
    return found


def _holding_material(work: Work, petition: str) -> Referral | None:
    """The newest transfer for handling that still runs, under its lock."""
    query = select(Referral).where(
        Referral.petition == petition,
        Referral.kind == ReferralKind.TRANSFER,
        ~Referral.inbound,
        Referral.purpose == states.HANDLING,
        Referral.state.in_(states.MOVES["add_material"].sources),
    )
    return work.session.scalar(query.order_by(Referral.number.desc()).limit(1).with_for_update())


# -- what agencies say -----------------------------------------------------------------------------------------------


def agency_said(work: Work, message: Message) -> None:
    """Whatever an agency says to referral; what is wrong goes back to it by name."""
    said = {RESYNC: _resync, inbound.RULING: inbound.ruled}.get(message.envelope.type, _replied)
    return hears("from_agency", said)(work, message)


def _resync(work: Work, message: Message, _data: Mapping[str, Any]) -> None:
    # whoever has the store it lost has its tokens
    resync(work, message, partial(_renewed, replaces=True), guard.withheld())


def _replied(work: Work, message: Message, data: Mapping[str, Any]) -> None:
    """One message for each step of a referral in the sender's hands."""
    referral = load(work, data["referral"])
    if referral is None or referral.agency != message.sender or referral.inbound:
        raise errors.NotForYou()
    move = states.said(message.envelope.type, data.get("suspended", False), referral.now_in)
    try:
        states.check(move, referral.standing)
    except errors.IllegalMove as fault:
        if isinstance(fault, errors.Early) and work.now - message.received_at < tools(work).early_held:
            raise TooEarly("the step before it has not come yet") from None
        replies = [states.MOVES[name].reply for name in fault.more["allowed"]]
        lawful = [reply for reply in dict.fromkeys(replies) if reply]
        raise Reject(fault.field, fault.zh, str(fault), fault.more["state"], lawful) from None
    _apply_reply(work, referral, move, message, data)


def _apply_reply(work: Work, referral: Referral, move: states.Move, message: Message, data: Mapping[str, Any]) -> None:
    if move.name == "pass_on":
        pass_on(work, referral, _next_receiver(work, referral, data["to"]), message.envelope.id)
    else:
        receive(work, referral, move.name, data)


def _next_receiver(work: Work, referral: Referral, code: str) -> Agency:
    """Whom it may be passed on to: somebody with a queue who did not have it before, or it would go in a circle."""
    had, earlier = {tools(work).our_agency, referral.agency}, referral.predecessor
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


# -- what time brings ------------------------------------------------------------------------------------------------


def offer_again(work: Work) -> int:
    """Offers nobody signed for go out once more, with the same id."""
    # who knows it by its id keeps the tokens of the first: they stay good
    renew = partial(_renewed, replaces=False)
    return partner_outbox.offer_again(work, tools(work).offer_again_after, renew, withheld=guard.withheld())


def _renewed(work: Work, type_: str, number: str, body: bytes, *, replaces: bool) -> bytes | None:
    """What goes out once more: its files with tokens nobody used, and nothing to whom the ban has hit meanwhile."""
    referral = work.session.get_one(Referral, number)
    if guard.refusal(work, guard.matter(work, referral.petition), referral.agency) is not None:
        guard.bar(work, referral)
        return None
    message = parse(body)
    files = message.data.get("files")
    if type_ != "referral.offered.v1" or not files:
        return body
    fresh = [grant(work, referral, file, replaces) for file in files]
    return replace(message, data={**message.data, "files": fresh}).to_bytes()


def undeliver(work: Work, agency: str) -> int:
    """The agency is gone: what it did not sign for is ours again. Returns how many."""
    unsigned = work.session.scalars(
        select(Referral)
        .where(Referral.agency == agency, Referral.state == ReferralState.SENT, ~Referral.inbound)
        .order_by(Referral.petition, Referral.number)  # as a batch of events locks them
        .with_for_update()
    ).all()
    for referral in unsigned:
        make(work, referral, "undeliver")
    return len(unsigned)


ENDINGS = {
    "petition.withdrawn.v1": Ending.WITHDRAWN,
    "petition.terminated.v1": Ending.TERMINATED,
    "petition.not_accepted.v1": Ending.NOT_ACCEPTED,
    "petition.guided.v1": Ending.GUIDED,
    "petition.sent_back.v1": Ending.SENT_BACK,
}
EVENTS: Mapping[str, Handler] = {
    "petition.registered.v1": petition_registered,
    "petition.sealed.v1": petition_sealed,
    "petition.closing.v1": petition_closing,
    "petition.held.v1": petition_held,
    "petition.released.v1": petition_released,
    **dict.fromkeys((*ENDINGS, "petition.ended.v1"), petition_ended),
    "petition.reopened.v1": petition_reopened,
}
LETTERS: Mapping[str, Handler | Together] = {
    "petition.handed_over.v1": Together(petitions_handed_over),
    "submission.received.v1": inbound.received,
    "submission.told.v1": inbound.told,
    "material.added.v1": material_added,
    "release.asked.v1": release_asked,
}
