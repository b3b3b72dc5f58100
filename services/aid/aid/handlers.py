"""Aid's use cases: load, guard, act, record. Each is one transaction of its caller."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert as upsert

from aid import domain, errors
from aid.domain import Caps, Rule, Rules
from aid.tables import Agency, Case, Held, Lead, Serial
from contracts.vocabulary import (
    AgencyKind,
    AidKind,
    AidRefusal,
    AidState,
    LeadResult,
    LeadState,
    Situation,
    Termination,
    Transport,
)
from courier import handed
from courier.faults import NotYet, Reject, TooEarly
from courier.inbox import Handler, Message
from courier.work import Work
from house import directory, numbers
from house.outsiders import RESYNC, resync
from statute import Law
from vault import Vault

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Tools:
    jurisdiction: str
    law: Law
    rules: Rules
    caps: Caps
    early_held: timedelta  # how long an answer may be ahead of its receipt
    offer_again_after: timedelta  # without a receipt


# -- what others tell ------------------------------------------------------------------------------------------------


def aid_requested(work: Work, message: Message) -> None:
    """intake asks for a petitioner who wishes to be helped: a case is opened, and what may fit is determined."""
    data, who, tools = message.data, dict(message.personal), _tools(work)
    year = _today(work).year
    (serial,) = numbers.take(work, Serial, year, series="case")
    number = domain.case_number(year, tools.jurisdiction, serial)
    # without an ID or a case number two requests cannot be known for one: then the petition stands for both
    identity = f"{who.get('resident_id') or data['petition']}|{who.get('case_number') or data['petition']}"
    case = Case(
        number=number,
        petition=data["petition"],
        state=AidState.OPENED,
        situations=sorted(data["situations"]),
        applicant=_seal(work, number, "applicant", json.dumps(who, ensure_ascii=False)),
        once=_vault(work).fingerprint("aid once", identity),
        requested_by=message.envelope.id,
        rules=tools.rules.version,
        opened_at=work.now,
        decide_by=_by(work, "judicial_aid"),
    )
    work.session.add(case)
    if data.get("held"):
        # by another queue than the event that says so, and maybe before it
        held = upsert(Held).values(petition=case.petition, released=[])
        work.session.execute(held.on_conflict_do_nothing())
    _event(work, case, "aid.opened.v1", situations=[Situation(s) for s in case.situations], decide_by=case.decide_by)
    fits = list(dict.fromkeys(rule.kind for rule in determination(work, case)))
    _event(work, case, "aid.determined.v1", fits=fits, rules=case.rules)


def petition_held(work: Work, message: Message) -> None:
    """From now on no lead leaves, nor is one offered again; to whom it was released before, neither."""
    statement = upsert(Held).values(petition=message.data["petition"], released=[])
    work.session.execute(statement.on_conflict_do_update(index_elements=["petition"], set_={"released": []}))


def petition_released(work: Work, message: Message) -> None:
    held = work.session.get_one(Held, message.data["petition"], with_for_update=True)
    held.released = sorted({*held.released, message.data["to"]})


def applicant_sealed(work: Work, message: Message) -> None:
    """Who is to be helped asked for secrecy: a lead nobody signed for is not offered once more."""
    its = select(Case).where(Case.petition == message.data["petition"]).order_by(Case.number)
    # under its lock: a lead that is offered at this moment is seen, or sees it sealed
    cases = work.session.scalars(its.with_for_update()).all()
    if not cases:
        raise NotYet("the request for aid has not come yet")
    for case in cases:
        case.sealed = True
        handed.stop_offering(work, [lead.number for lead in case.leads])


def petition_terminated(work: Work, message: Message) -> None:
    if message.data["reason"] is Termination.DIED:
        petition_died(work, message)


def petition_died(work: Work, message: Message) -> None:
    """Who was to be helped has died: a lead nobody signed for is not offered once more. The case is an officer's."""
    its = select(Lead.number).join(Case).where(Case.petition == message.data["petition"])
    handed.stop_offering(work, work.session.scalars(its).all())


def directory_told(work: Work, message: Message) -> None:
    """An agency that left can answer no more: what it was asked is open again."""
    directory.keep(work, Agency, message.data)
    agency = work.session.get(Agency, message.data["agency"], populate_existing=True)
    if agency is None or _has_queue(agency):
        return
    unanswered = select(Lead).where(Lead.agency == agency.code, Lead.state.in_([str(s) for s in domain.OPEN_LEADS]))
    for lead in work.session.scalars(unanswered.order_by(Lead.number).with_for_update()):
        lead.state = LeadState.UNDELIVERED
        handed.finished(work, lead.number)
        _lead_event(work, lead, "aid.lead_undelivered.v1")


def agency_said(work: Work, message: Message, data: Mapping[str, Any]) -> None:
    """The receipt of a lead and its answers; what is wrong goes back to the agency by name."""
    if message.envelope.type == RESYNC:
        return resync(work, message, withheld=_withheld())
    lead = work.session.get(Lead, data["lead"], with_for_update=True)
    if lead is None or lead.agency != message.sender:
        raise errors.NotYourLead()
    result = LeadResult(data["result"]) if "result" in data else None
    try:
        state = domain.check_lead_move(domain.lead_move(result), lead.now_in)
    except errors.IllegalLeadMove as fault:
        if isinstance(fault, errors.EarlyLead) and work.now - message.received_at < _tools(work).early_held:
            raise TooEarly("the receipt has not come yet") from None
        raise Reject(fault.field, fault.zh, str(fault), lead.state, domain.lead_allows(lead.now_in)) from None
    lead.state = state
    if result is None:
        handed.receipted(work, lead.number)
        return _lead_event(work, lead, "aid.lead_signed.v1")
    lead.result, lead.text = result, _seal(work, lead.case_number, f"lead|text|{lead.number}", data["text"])
    if state is LeadState.ANSWERED:
        handed.finished(work, lead.number)
    return _lead_event(work, lead, "aid.lead_answered.v1", result=result)


# -- what officers do ------------------------------------------------------------------------------------------------


def grant(work: Work, number: str, amount: str) -> Case:
    """Gives judicial aid, once per person and case, up to the lower cap."""
    # all cases of one person in one case, in one order: the second of two decisions at once sees the first's
    once = select(Case.once).where(Case.number == number).scalar_subquery()
    same = work.session.scalars(select(Case).where(Case.once == once).order_by(Case.number).with_for_update()).all()
    case = next((each for each in same if each.number == number), None)
    if case is None:
        raise errors.NoSuchCase()
    domain.check_decision(case.now_in)
    amount_fen = domain.check_amount(domain.fen(amount), _tools(work).caps)
    first = next((each.number for each in same if each.now_in is AidState.GRANTED), None)
    if first is not None:
        raise errors.GivenBefore(first)
    _decide(work, case, AidState.GRANTED)
    case.amount_fen = amount_fen
    _event(work, case, "aid.granted.v1", amount_fen=amount_fen, rules=case.rules)
    return case


def refuse(work: Work, number: str, ground: AidRefusal) -> Case:
    """Refuses judicial aid; the way to social aid stays open."""
    case = _require(work, number)
    domain.check_decision(case.now_in)
    _decide(work, case, AidState.REFUSED)
    case.ground = ground
    _event(work, case, "aid.refused.v1", ground=ground)
    return case


def offer_lead(work: Work, number: str, to: str, kinds: Sequence[AidKind], wish: bool = False) -> Case:
    """Hands a lead to the agency that decides on these kinds; by its queue, or by hand where it has none.

    Of who asked for secrecy at that person's own `wish` alone.
    """
    case, tools = _require(work, number), _tools(work)
    agency = work.session.get(Agency, to, with_for_update={"read": True})
    if agency is None or not agency.active:
        raise errors.UnknownAgency()
    held = work.session.get(Held, case.petition, with_for_update={"read": True})
    if held is not None and to not in held.released:
        raise errors.HeldBack()
    if case.sealed and not wish:
        raise errors.WishMissing()
    wished = {"wish": True} if case.sealed else {}
    fitting = domain.check_lead(determination(work, case), AgencyKind(agency.kind), kinds)
    for lead in case.leads:
        if lead.agency == to and lead.now_in in domain.OPEN_LEADS:
            raise errors.LeadExists(lead.number)
    year = _today(work).year
    (serial,) = numbers.take(work, Serial, year, series="lead")
    lead = Lead(
        number=domain.lead_number(year, tools.jurisdiction, serial),
        case_number=case.number,
        agency=to,
        kinds=fitting,
        state=LeadState.OFFERED if _has_queue(agency) else LeadState.BY_HAND,
        offered_at=work.now,
        answer_by=_by(work, "aid_lead_out"),
    )
    case.leads.append(lead)
    work.session.flush()
    if lead.now_in is LeadState.BY_HAND:
        _lead_event(work, lead, "aid.lead_by_hand.v1", kinds=fitting, **wished)
        return case
    who = applicant(work, case)
    material = {name: who.get(name) for name in ("name", "resident_id", "phone", "address")}
    _lead_event(
        work,
        lead,
        "aid.lead_offered.v1",
        kinds=fitting,
        purpose=domain.PURPOSE,
        carries=sorted(material),
        digest=_vault(work).imprint(work.session, case.number, f"letter|{lead.number}", said(material)).hex(),
        answer_by=lead.answer_by,
        **wished,
    )
    handed.hand(
        work,
        to,
        "aid.lead_offered.v1",
        lead.number,
        {
            "lead": lead.number,
            "kinds": fitting,
            "situations": [Situation(each) for each in case.situations],
            "purpose": domain.PURPOSE,
            "basis": domain.BASIS,
            "answer_by": lead.answer_by,
            "retain_days": domain.RETAIN_DAYS,
            "material": material,
        },
        tools.offer_again_after,
    )
    return case


def said(material: Mapping[str, Any]) -> str:
    """What a lead said, as its digest has it."""
    return repr(sorted(material.items()))


def proves(work: Work, lead: Lead, material: Mapping[str, Any], digest: str) -> bool:
    """Whether a digest on the trail is of this material. Raises vault.Sealed when the case's key is destroyed."""
    purpose = f"letter|{lead.number}"
    return _vault(work).proves(work.session, lead.case_number, purpose, said(material), bytes.fromhex(digest))


# -- what time brings, what is asked -----------------------------------------------------------------------------------


def offer_again(work: Work) -> int:
    """Leads nobody signed for go out once more, with the same id."""
    return handed.offer_again(work, _tools(work).offer_again_after, withheld=_withheld())


def find(work: Work, number: str) -> Case:
    case = work.session.get(Case, number)
    if case is None:
        raise errors.NoSuchCase()
    return case


def of_petition(work: Work, petition: str) -> list[Case]:
    return list(work.session.scalars(select(Case).where(Case.petition == petition).order_by(Case.number)))


def in_state(work: Work, visible: ColumnElement[bool], state: AidState | None, limit: int) -> list[Case]:
    query = select(Case).where(visible).order_by(Case.decide_by, Case.number).limit(limit)
    return list(work.session.scalars(query if state is None else query.where(Case.state == state)))


def determination(work: Work, case: Case) -> list[Rule]:
    return _tools(work).rules.determine(Situation(each) for each in case.situations)


def applicant(work: Work, case: Case) -> dict[str, Any]:
    who: dict[str, Any] = json.loads(_unseal(work, case.number, "applicant", case.applicant))
    return who


def answer_text(work: Work, lead: Lead) -> str | None:
    return None if lead.text is None else _unseal(work, lead.case_number, f"lead|text|{lead.number}", lead.text)


def agencies(work: Work) -> list[Agency]:
    return directory.active(work, Agency)


# -- pieces ----------------------------------------------------------------------------------------------------------


def _tools(work: Work) -> Tools:
    tools: Tools = work.office.tools
    return tools


def _vault(work: Work) -> Vault:
    vault = work.office.cipher
    assert isinstance(vault, Vault)
    return vault


def _withheld() -> ColumnElement[bool]:
    of = select(Lead.number).join(Case, Case.number == Lead.case_number).join(Held, Held.petition == Case.petition)
    return of.where(Lead.number == handed.handed.c.subject, ~Held.released.has_key(Lead.agency)).exists()


def _require(work: Work, number: str) -> Case:
    case = work.session.get(Case, number, with_for_update=True)
    if case is None:
        raise errors.NoSuchCase()
    return case


def _decide(work: Work, case: Case, state: AidState) -> None:
    case.state, case.decided_at, case.decided_by = state, work.now, work.actor.officer


def _has_queue(agency: Agency) -> bool:
    return agency.active and Transport(agency.transport).queued


def _seal(work: Work, number: str, label: str, plain: str) -> bytes:
    return _vault(work).seal(work.session, number, f"aid_case|{label}|{number}", plain.encode())


def _unseal(work: Work, number: str, label: str, sealed: bytes) -> str:
    return _vault(work).open(work.session, number, f"aid_case|{label}|{number}", bytes(sealed)).decode()


def _event(work: Work, case: Case, type_: str, **facts: Any) -> None:
    work.event(type_, case.number, case=case.number, petition=case.petition, **facts)


def _lead_event(work: Work, lead: Lead, type_: str, **facts: Any) -> None:
    _event(work, find(work, lead.case_number), type_, lead=lead.number, agency=lead.agency, **facts)


def _today(work: Work) -> date:
    return work.now.astimezone(SHANGHAI).date()


def _by(work: Work, rule: str) -> date:
    law, today = _tools(work).law, _today(work)
    return law.due(law.packs.rule(rule, today), today).due


EVENTS: Mapping[str, Handler] = {
    "petition.held.v1": petition_held,
    "petition.released.v1": petition_released,
    "petition.terminated.v1": petition_terminated,
    "petition.died.v1": petition_died,
}
LETTERS: Mapping[str, Handler] = {
    "aid.requested.v1": aid_requested,
    "applicant.sealed.v1": applicant_sealed,
    "directory.entry.v1": directory_told,
}
