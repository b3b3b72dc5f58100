"""What is handed to an agency: opened at intake's word, offered, offered once more, given up when it is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import select

from authorization.ban import BanSubject
from contracts.purposes import purposes
from contracts.vocabulary import Kind, Line, ReferralKind, ReferralState, Unmade
from courier.envelope import parse
from courier.faults import NotYet, Park
from courier.inbox import Message
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from referral.domain import states
from referral.tables import Agency, Custody, Referral
from referral.use_cases import guard, invitations
from referral.use_cases.steps import draft, grant, holdings, make, next_numbers, send
from referral.use_cases.tools import tools_of
from service_kit.vaults import vault_of


@dataclass(frozen=True, slots=True)
class BatchContext:
    """What a batch needs: code → agency, petition → holder, matter; of a petition's `undelivered` the latest first."""

    agencies: Mapping[str, Agency]
    held: Mapping[str, Custody]
    matters: Mapping[str, BanSubject]
    undelivered: Sequence[Referral]


def handed_over(work: UnitOfWork, messages: Sequence[Message]) -> None:
    """Opens a referral each and offers it to the agency with the fields its purpose needs and no other."""
    context, to_send, new = _context(work, messages), [], 0
    for message in messages:
        work.act_as(message.envelope)
        offer = _offer(work, context, message)
        if offer is not None:
            agency = context.agencies[message.data["to"]]
            earlier = _undelivered(context, offer, agency)
            to_send.append((message, agency, offer, earlier))
            new += earlier is None
    numbers = next_numbers(work, new) if new else []
    vault_of(work.context).make_keys(work.session, numbers)
    free = iter(numbers)
    for message, agency, offer, earlier in to_send:
        work.act_as(message.envelope)
        referral = earlier or draft(work, next(free), agency, offer, message.envelope.id, None)
        send(work, referral, agency, offer, [])


def offer_again(work: UnitOfWork) -> int:
    """Offers nobody signed for go out once more, with the same id."""
    # who knows it by its id keeps the tokens of the first: they stay good
    renew = partial(renewed, replaces=False)
    return partner_outbox.offer_again(work, tools_of(work).offer_again_after, renew, withheld=guard.withheld())


def renewed(work: UnitOfWork, type_: str, number: str, body: bytes, *, replaces: bool) -> bytes | None:
    """What goes out once more: its files with tokens nobody used, and nothing to whom the ban has hit meanwhile."""
    if number.startswith(invitations.SUBJECTS):
        return invitations.renewed(work, number, body)
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


def undeliver(work: UnitOfWork, agency: str) -> int:
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


def _context(work: UnitOfWork, messages: Sequence[Message]) -> BatchContext:
    petitions = sorted({message.data["petition"] for message in messages})
    # held until this commits: a removal then sees the referral, or this sees the removal; so with a petition's end
    agencies = select(Agency).where(Agency.code.in_({message.data["to"] for message in messages}))
    undelivered = select(Referral).where(Referral.petition.in_(petitions), Referral.state == ReferralState.UNDELIVERED)
    return BatchContext(
        {each.code: each for each in work.session.scalars(agencies.order_by(Agency.code).with_for_update(read=True))},
        holdings(work, petitions),
        guard.matters(work, petitions, lock=True),
        work.session.scalars(undelivered.order_by(Referral.petition, Referral.number.desc()).with_for_update()).all(),
    )


def _offer(work: UnitOfWork, context: BatchContext, message: Message) -> dict[str, Any] | None:
    """What it will carry; None: it is refused, which is said."""
    data = message.data
    agency, held = context.agencies.get(data["to"]), context.held.get(data["petition"])
    if held is None:
        # its registration tells whom it hits
        raise NotYet("the petition's registration has not come yet")
    if held.seq == 1 and held.agency != tools_of(work).our_agency:
        raise NotYet("our signature of what was sent to us has not come yet")
    petition = context.matters[data["petition"]]
    if held.agency is None or petition.ended:
        # nobody would hold what is sent after the end
        guard.unmade(work, data["petition"], _asked(data), data["to"], Unmade.ENDED)
        return None
    if agency is None:
        guard.unmade(work, data["petition"], _asked(data), data["to"], Unmade.NO_AGENCY)
        return None
    if petition.kind is not Kind(data["petition_kind"]):
        # what corrects the kind comes by another queue
        raise NotYet("the letter and what was told of it differ in the kind of petition")
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


def _undelivered(context: BatchContext, offer: Mapping[str, Any], agency: Agency) -> Referral | None:
    """What the same agency never got: it is sent again under the number it had, once there is a queue."""
    if not agency.has_queue:
        return None
    wanted = (offer["petition"], agency.code, offer["kind"], offer["purpose"])
    return next(
        (each for each in context.undelivered if (each.petition, each.agency, each.kind, each.purpose) == wanted), None
    )
