"""One step of a referral: its state, its event, the clocks it moves, the custody and the messages that go with it."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from clock.clocks import ClockSubject, follow
from contracts.vocabulary import AgencyKind, Kind, ObjectionReason, ReferralKind, ReferralState, Result, Ruling
from courier.faults import NotYet
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from referral.domain import states
from referral.domain.states import Side
from referral.tables import Agency, Custody, Referral, Serial
from referral.use_cases.tools import tools_of
from service_kit import numbers
from service_kit.vaults import vault_of
from statute import Duty, day_of

LETTER = "letter"  # the purpose of a digest that records what a letter said


def load(work: UnitOfWork, number: str) -> Referral | None:
    """Under its lock: who comes second sees what the first did."""
    return work.session.get(Referral, number, with_for_update=True)


def draft(
    work: UnitOfWork, number: str, agency: Agency, offer: Mapping[str, Any], requested_by: str, after: str | None
) -> Referral:
    """A new referral; `offer`: what it will carry (ReferralOffered without its own number and days)."""
    kind = ReferralKind(offer["kind"])
    referral = Referral(
        number=number,
        petition=offer["petition"],
        kind=kind,
        agency=agency.code,
        state=ReferralState.DRAFTED,
        purpose=offer["purpose"],
        statutory=states.is_statutory(kind, Kind(offer["petition_kind"]), AgencyKind(agency.kind)),
        predecessor=after,
        requested_by=requested_by,
        created_at=work.now,
        urged=0,
    )
    work.session.add(referral)
    more = {} if after is None else {"predecessor": after}
    tell(work, referral, "referral.drafted.v1", statutory=referral.statutory, **more)
    return referral


def send(work: UnitOfWork, referral: Referral, agency: Agency, offer: Mapping[str, Any], added: list[str]) -> None:
    """Offers it with the fields its purpose needs and no other; to an agency that left meanwhile it is not delivered.

    `added`: late material that came while a predecessor had it.
    """
    if not agency.has_queue and not agency.by_hand:
        # it left while the letter was on its way
        make(work, referral, "undeliver")
        return
    material, files = offer["material"], offer.get("files", ())
    sign_by = make(
        work,
        referral,
        "send",
        due_as="sign_by",
        purpose=referral.purpose,
        carries=sorted({*material, *(["files"] if files else [])}),
        digest=imprint(work, referral, said(material, offer.get("files", []))),
    )
    if agency.by_hand:
        # it lies in an envelope: nothing of it is in this system
        return
    offered = {
        **offer,
        "files": [grant(work, referral, file) for file in files],
        "referral": referral.number,
        "sign_by": sign_by,
        "statutory": referral.statutory,
    }
    partner_outbox.send_until_acknowledged(
        work, agency.code, "referral.offered.v1", referral.number, offered, tools_of(work).offer_again_after
    )
    _keep(work, referral, offered, added)
    for text in added:
        _hand_material(work, referral, text)


def pass_on(work: UnitOfWork, referral: Referral, to: Agency, message: str) -> None:
    """The receiver passes it on: a successor with the same material, offered to the other."""
    offer, added = kept(work, referral)
    offer = {name: value for name, value in offer.items() if name not in ("referral", "sign_by", "statutory")}
    successor = draft(work, next_numbers(work, 1)[0], to, offer, message, referral.number)
    make(work, referral, "pass_on", to=to.code, successor=successor.number)
    send(work, successor, to, offer, added)


def receive(work: UnitOfWork, referral: Referral, name: str, data: Mapping[str, Any], message: str = "") -> None:
    """A move of the receiver, said by its system in a message of this id, or written down by an officer of ours."""
    match name:
        case "sign":
            partner_outbox.acknowledge(work, referral.number)
            make(work, referral, "sign", due_as="contact_by", signed_on=day_of(work.now), statutory=referral.statutory)
        case "object":
            referral.objection = data["reason"]
            make(work, referral, "object", reason=ObjectionReason(data["reason"]))
        case "answer":
            result = Result(data["result"])
            referral.result = result
            make(work, referral, "answer", result=result)
            # each by a token of its own: nothing but what was named comes in by it
            files = [{**each, "token": secrets.token_urlsafe(32)} for each in data.get("files", ())]
            work.letter(
                "intake",
                "answer.received.v1",
                referral.petition,
                data={"petition": referral.petition, "referral": referral.number, "result": result},
                personal={"text": data["text"], "officer": data["officer"]} | ({"files": files} if files else {}),
            )
            if files:
                wanted = [{name: each[name] for name in ("sha256", "token")} for each in files]
                say(work, referral, "referral.files_wanted.v1", message=message, files=wanted)
        case _:
            make(work, referral, name)


def rule_on(work: UnitOfWork, referral: Referral, ruling: Ruling) -> None:
    """What became of an objection, whichever side made it."""
    make(work, referral, "uphold" if ruling is Ruling.UPHELD else "overrule")


def add_material(work: UnitOfWork, referral: Referral, text: str) -> None:
    """What came late goes to whoever has it, and on to whoever will."""
    make(work, referral, "add_material", digest=imprint(work, referral, text))
    offer, added = kept(work, referral)
    _keep(work, referral, offer, [*added, text])
    _hand_material(work, referral, text)


def make(work: UnitOfWork, referral: Referral, name: str, due_as: str | None = None, **facts: Any) -> date | None:
    """One move: the new state, its event, the clocks it moves, and the custody that goes with it.

    What was sent to us tells the same moves as `submission.*`: who hears `referral.*` follows what we sent.
    `due_as`: the event's field that tells the last day of the clock it starts. Returns that day.
    """
    move, snapshot = states.MOVES[name], referral.snapshot
    referral.state = states.check(move, snapshot)
    law, ours = tools_of(work).law, tools_of(work).our_agency
    event = move.event.replace("referral.", "submission.") if referral.inbound else move.event
    begins = snapshot.state is ReferralState.DRAFTED
    asked = {**facts, "agency_kind": work.session.get_one(Agency, referral.agency).kind} if referral.inbound else facts
    started = {clock.rule: clock.due for clock in follow(work, law, subject(work, referral), event, asked, new=begins)}
    due = next((due for rule, due in started.items() if DUE_BY[due_as] == rule), None) if due_as else None
    if due_as is not None:
        facts[due_as] = due
    tell(work, referral, event, **facts)
    if referral.now_in in states.ENDED:
        partner_outbox.finished(work, referral.number)
        referral.offer = None
    goes = states.custody_goes(move, snapshot)
    if goes is not None:
        theirs = (goes is Side.RECEIVER) is not referral.inbound
        move_custody(work, referral.petition, referral.agency if theirs else ours)
    return due


def subject(work: UnitOfWork, referral: Referral) -> ClockSubject:
    """What its clocks run for: the receiver's duties are the agency's."""
    return ClockSubject(referral.petition, referral.number, tools_of(work).our_agency, {Duty.RECEIVER: referral.agency})


# an event's field → the rule whose last day it tells
DUE_BY = {"sign_by": "referral_sign", "contact_by": "receiver_tells"}


def say(work: UnitOfWork, referral: Referral, type_: str, **data: Any) -> None:
    """To the other agency when it has a queue; to the others an officer writes."""
    if work.session.get_one(Agency, referral.agency).has_queue:
        theirs = {"submission": referral.submission, "petition": referral.petition}
        about = theirs if referral.inbound else {"referral": referral.number}
        work.to_agency(referral.agency, type_, referral.number, about | data)


def tell(work: UnitOfWork, referral: Referral, type_: str, **facts: Any) -> None:
    """Says the event on the referral's lane; `facts`: its fields beside the four that each has."""
    work.event(
        type_,
        referral.number,
        referral=referral.number,
        petition=referral.petition,
        agency=referral.agency,
        kind=referral.of_kind,
        **facts,
    )


def move_custody(work: UnitOfWork, petition: str, agency: str) -> None:
    """Nothing is written where the agency has it already: what was never signed for comes back to who never lost it."""
    last = holding(work, petition)
    if agency == last.agency:
        return
    next_ = add_custody(work, last, agency)
    work.event("custody.moved.v1", petition, petition=petition, seq=next_.seq, agency=agency, since=next_.since)


def begin_custody(work: UnitOfWork, petition: str, agency: str, since: datetime) -> None:
    """With the petition's registration: nobody had it before, so nobody is asked for."""
    work.session.add(Custody(petition=petition, seq=1, agency=agency, since=since))


def add_custody(work: UnitOfWork, last: Custody, agency: str | None) -> Custody:
    """Ends the last holder's time and begins the next one's; `agency` None: nobody's. Tells nothing."""
    # registration carries intake's clock: a skew of two databases must not make the ranges overlap
    since = max(work.now, last.since + timedelta(microseconds=1))
    added = Custody(petition=last.petition, seq=last.seq + 1, agency=agency, since=since)
    work.session.add(added)
    work.session.flush()
    return added


def kept(work: UnitOfWork, referral: Referral) -> tuple[dict[str, Any], list[str]]:
    """What it was offered with, and the late material since. Until it has ended."""
    assert referral.offer is not None, f"{referral.number} has ended: its material is gone"
    plain = work.context.cipher.open(work.session, referral.number, _label(referral), bytes(referral.offer))
    content = json.loads(plain)
    return work.context.language.load("to_agency", "referral.offered.v1", content["offer"]), content["added"]


def _keep(work: UnitOfWork, referral: Referral, offer: Mapping[str, Any], added: list[str]) -> None:
    said = work.context.language.dump("to_agency", "referral.offered.v1", offer)
    plain = json.dumps({"offer": said, "added": added}, ensure_ascii=False).encode()
    referral.offer = work.context.cipher.seal(work.session, referral.number, _label(referral), plain)


def _hand_material(work: UnitOfWork, referral: Referral, text: str) -> None:
    """Kept with the offer: an agency that lost its store gets both again."""
    number, said = referral.number, {"referral": referral.number, "text": text}
    partner_outbox.send_until_acknowledged(
        work, referral.agency, "referral.material_added.v1", number, said, tools_of(work).offer_again_after
    )
    if referral.now_in is not ReferralState.SENT:
        # it answers for the whole by its signature, and that is given
        partner_outbox.acknowledge(work, number)


def grant(work: UnitOfWork, referral: Referral, file: Mapping[str, Any], replaces: bool = False) -> dict[str, Any]:
    """A token of its own for each agency that is offered the file; intake, which has the bytes, is told.

    `replaces`: those it had before are not its own any more.
    """
    given = {name: file[name] for name in ("sha256", "size", "media_type", "name")}
    token = secrets.token_urlsafe(32)
    data = {
        "petition": referral.petition,
        "sha256": file["sha256"],
        "agency": referral.agency,
        "referral": referral.number,
        "replaces": replaces,
    }
    work.letter("intake", "file.granted.v1", referral.petition, data=data, personal={"token": token})
    return given | {"token": token}


def _label(referral: Referral) -> str:
    return f"referral|offer|{referral.number}"


def said(material: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> str:
    """What a letter said, as its digest has it."""
    return repr((sorted(material.items()), files))


def imprint(work: UnitOfWork, referral: Referral, text: str) -> str:
    """Keyed by what the material itself is sealed under: once that is destroyed, the trail proves nothing of it."""
    return vault_of(work.context).imprint(work.session, referral.number, LETTER, text).hex()


def proves(work: UnitOfWork, referral: str, text: str, digest: str) -> bool:
    """Whether a digest on a referral's trail is of this text. Raises vault.Sealed when its key is destroyed."""
    return vault_of(work.context).proves(work.session, referral, LETTER, text, bytes.fromhex(digest))


def holding(work: UnitOfWork, petition: str) -> Custody:
    """Who has it now. Raises NotYet while its registration has not come."""
    query = select(Custody).where(Custody.petition == petition).order_by(Custody.seq.desc()).limit(1)
    last = work.session.scalar(query)
    if last is None:
        raise NotYet("the petition's registration has not come yet")
    return last


def holdings(work: UnitOfWork, petitions: Sequence[str]) -> dict[str, Custody]:
    """Petition → who holds it now."""
    query = select(Custody).where(Custody.petition.in_(petitions)).order_by(Custody.petition, Custody.seq)
    return {each.petition: each for each in work.session.scalars(query)}


def next_numbers(work: UnitOfWork, many: int) -> list[str]:
    """The next ones of this year; a rollback leaves none out."""
    year, jurisdiction = day_of(work.now).year, tools_of(work).jurisdiction
    return [states.number(year, jurisdiction, serial) for serial in numbers.take(work, Serial, year, many)]
