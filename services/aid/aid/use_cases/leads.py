"""Leads about a person to the agencies that decide on social aid: offered, signed for, answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from aid.domain import errors, states
from aid.tables import Agency, Case, Held, Lead, Serial
from aid.use_cases import cases
from aid.use_cases.tools import due, rules_of, tools_of
from contracts.vocabulary import AgencyKind, AidKind, AidState, LeadResult, LeadState, Situation, Transport
from courier.faults import Reject, TooEarly
from courier.inbox import Message
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from service_kit import numbers
from service_kit.partners import RESYNC, Taken, resync
from service_kit.vaults import vault_of
from statute import day_of


def offer(work: UnitOfWork, number: str, to: str, kinds: Sequence[AidKind], wish: bool = False) -> Case:
    """Hands a lead to the agency that decides on these kinds; by its queue, or by hand where it has none.

    Of who asked for secrecy at that person's own `wish` alone.
    """
    case, tools, table = cases.load(work, number), tools_of(work), rules_of(work)
    agency = work.session.get(Agency, to, with_for_update={"read": True})
    if agency is None or not agency.active:
        raise errors.UnknownAgency()
    held = work.session.get(Held, case.petition, with_for_update={"read": True})
    if held is not None and to not in held.released:
        raise errors.HeldBack()
    if case.sealed and not wish:
        raise errors.WishMissing()
    wished = {"wish": True} if case.sealed else {}
    fitting = states.check_lead(cases.determination(work, case.situations), AgencyKind(agency.kind), kinds)
    for lead in case.leads:
        if lead.agency == to and lead.now_in in states.OPEN_LEADS:
            raise errors.LeadExists(lead.number)
    year = day_of(work.now).year
    (serial,) = numbers.take(work, Serial, year, series="lead")
    lead = Lead(
        number=states.lead_number(year, tools.jurisdiction, serial),
        case_number=case.number,
        agency=to,
        kinds=fitting,
        state=LeadState.OFFERED if has_queue(agency) else LeadState.BY_HAND,
        offered_at=work.now,
        answer_by=due(work, "aid_lead_out"),
    )
    case.leads.append(lead)
    work.session.flush()
    if lead.now_in is LeadState.BY_HAND:
        record(work, lead, "aid.lead_by_hand.v1", kinds=fitting, **wished)
        return case
    who = cases.applicant(work, case)
    material = {name: who.get(name) for name in ("name", "resident_id", "phone", "address")}
    record(
        work,
        lead,
        "aid.lead_offered.v1",
        kinds=fitting,
        purpose=states.PURPOSE,
        carries=sorted(material),
        digest=vault_of(work.context).imprint(work.session, case.number, f"letter|{lead.number}", said(material)).hex(),
        answer_by=lead.answer_by,
        **wished,
    )
    partner_outbox.send_until_acknowledged(
        work,
        to,
        "aid.lead_offered.v1",
        lead.number,
        {
            "lead": lead.number,
            "kinds": fitting,
            "situations": [Situation(each) for each in case.situations],
            "purpose": states.PURPOSE,
            "basis": table.after_judicial if case.now_in is AidState.GRANTED else table.basis,
            "answer_by": lead.answer_by,
            "retain_days": states.RETAIN_DAYS,
            "material": material,
        },
        tools.offer_again_after,
    )
    return case


def agency_said(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> Taken | None:
    """The receipt of a lead and its answers; how it stands after it. What is wrong goes back to the agency by name."""
    if message.envelope.type == RESYNC:
        resync(work, message, withheld=withheld())
        return None
    lead = work.session.get(Lead, data["lead"], with_for_update=True)
    if lead is None or lead.agency != message.sender:
        raise errors.NotYourLead()
    result = LeadResult(data["result"]) if "result" in data else None
    try:
        state = states.check_lead_move(states.lead_move(result), lead.now_in)
    except errors.IllegalLeadMove as fault:
        if isinstance(fault, errors.EarlyLead) and work.now - message.received_at < tools_of(work).early_held:
            raise TooEarly("the receipt has not come yet") from None
        raise Reject(fault.field, fault.zh, str(fault), lead.state, states.lead_allows(lead.now_in)) from None
    lead.state = state
    taken = Taken(lead.number, state, states.lead_allows(state))
    if result is None:
        partner_outbox.acknowledge(work, lead.number)
        record(work, lead, "aid.lead_signed.v1")
        return taken
    lead.result, lead.text = result, cases.seal(work, lead.case_number, f"lead|text|{lead.number}", data["text"])
    if state is LeadState.ANSWERED:
        partner_outbox.finished(work, lead.number)
    record(work, lead, "aid.lead_answered.v1", result=result)
    return taken


def offer_again(work: UnitOfWork) -> int:
    """Leads nobody signed for go out once more, with the same id."""
    return partner_outbox.offer_again(work, tools_of(work).offer_again_after, withheld=withheld())


def said(material: Mapping[str, Any]) -> str:
    """What a lead said, as its digest has it."""
    return repr(sorted(material.items()))


def proves(work: UnitOfWork, lead: Lead, material: Mapping[str, Any], digest: str) -> bool:
    """Whether a digest on the trail is of this material. Raises vault.Sealed when the case's key is destroyed."""
    purpose = f"letter|{lead.number}"
    return vault_of(work.context).proves(work.session, lead.case_number, purpose, said(material), bytes.fromhex(digest))


def answer_text(work: UnitOfWork, lead: Lead) -> str | None:
    """The agency's own words; None while there are none. Raises vault.Sealed when the case's key is destroyed."""
    return None if lead.text is None else cases.unseal(work, lead.case_number, f"lead|text|{lead.number}", lead.text)


def has_queue(agency: Agency) -> bool:
    """Whether a lead goes there by itself; else it is carried."""
    return agency.active and Transport(agency.transport).queued


def withheld() -> ColumnElement[bool]:
    """Leads of a petition that is held, to whom it was not released: those are not offered again."""
    of = select(Lead.number).join(Case, Case.number == Lead.case_number).join(Held, Held.petition == Case.petition)
    return of.where(Lead.number == partner_outbox.handed.c.subject, ~Held.released.has_key(Lead.agency)).exists()


def record(work: UnitOfWork, lead: Lead, type_: str, **facts: Any) -> None:
    """Says the event on its case's lane; `facts`: its fields beside case, petition, lead and agency."""
    cases.record(work, cases.find(work, lead.case_number), type_, lead=lead.number, agency=lead.agency, **facts)
