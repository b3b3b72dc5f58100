"""Cases of judicial aid: opened at intake's word, determined by the rules, decided by a person."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from aid.domain import errors, states
from aid.domain.states import Rule, Tables
from aid.tables import Case, Held, Serial
from aid.use_cases.tools import due, rules_of, tools_of
from contracts import masked
from contracts.vocabulary import AidRefusal, AidState, PersonalNumber, Situation
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from service_kit import numbers
from service_kit.vaults import vault_of
from statute import day_of


def requested(work: UnitOfWork, message: Message) -> None:
    """intake asks for a petitioner who wishes to be helped: a case is opened, and what may fit is determined."""
    data, who, tools = message.data, dict(message.personal), tools_of(work)
    year = day_of(work.now).year
    (serial,) = numbers.take(work, Serial, year, series="case")
    number = states.case_number(year, tools.jurisdiction, serial)
    case = Case(
        number=number,
        petition=data["petition"],
        state=AidState.OPENED,
        situations=sorted(data["situations"]),
        applicant=seal(work, number, "applicant", json.dumps(who, ensure_ascii=False)),
        once=_once(work, data["petition"], who),
        requested_by=message.envelope.id,
        rules=rules_of(work).version,
        opened_at=work.now,
        decide_by=due(work, "judicial_aid"),
    )
    work.session.add(case)
    if data.get("held"):
        # by another queue than the event that says so, and maybe before it
        held = upsert(Held).values(petition=case.petition, released=[])
        work.session.execute(held.on_conflict_do_nothing())
    record(work, case, "aid.opened.v1", situations=[Situation(s) for s in case.situations], decide_by=case.decide_by)
    fits = list(dict.fromkeys(rule.kind for rule in determination(work, case.situations)))
    record(work, case, "aid.determined.v1", fits=fits, rules=case.rules)


def corrected(work: UnitOfWork, message: Message) -> None:
    """Who is to be helped was written down wrongly. What was decided stands as it was decided, on what was known."""
    query = select(Case).where(Case.petition == message.data["petition"]).order_by(Case.number).with_for_update()
    cases = work.session.scalars(query).all()
    if not cases:
        raise NotYet("the request for aid has not come yet")
    for case in cases:
        if case.now_in is AidState.OPENED:
            who = dict(message.personal) | {"case_number": applicant(work, case).get("case_number")}
            case.applicant = seal(work, case.number, "applicant", json.dumps(who, ensure_ascii=False))
            case.once = _once(work, case.petition, who)


def _once(work: UnitOfWork, petition: str, who: Mapping[str, Any]) -> bytes:
    # without an ID or a case number two requests cannot be known for one: then the petition stands for both
    identity = f"{who.get('resident_id') or petition}|{who.get('case_number') or petition}"
    return vault_of(work.context).fingerprint("aid once", identity)


def grant(work: UnitOfWork, number: str, amount: str, ground: str, opinion: str) -> Case:
    """Gives judicial aid, once per person and case, up to the lower cap, by a row that fits and with an opinion.

    Raises NoGround, WrongAmount, TooMuch, GivenBefore.
    """
    # all cases of one person in one case, in one order: the second of two decisions at once sees the first's
    once = select(Case.once).where(Case.number == number).scalar_subquery()
    same = work.session.scalars(select(Case).where(Case.once == once).order_by(Case.number).with_for_update()).all()
    case = next((each for each in same if each.number == number), None)
    if case is None:
        raise errors.NoSuchCase()
    states.check_decision(case.now_in)
    amount_fen = states.check_amount(states.fen(amount), tools_of(work).caps)
    basis = states.check_ground(determination(work, case.situations), ground)
    first = next((each.number for each in same if each.now_in is AidState.GRANTED), None)
    if first is not None:
        raise errors.GivenBefore(first)
    _decide(work, case, AidState.GRANTED)
    case.amount_fen, case.basis, case.rules = amount_fen, basis, rules_of(work).version
    case.opinion = seal(work, number, "opinion", opinion)
    record(work, case, "aid.granted.v1", amount_fen=amount_fen, rules=case.rules, ground=basis)
    return case


def given_before(work: UnitOfWork, case: Case) -> str | None:
    """The case in which this person was given aid for the same before."""
    given = select(Case.number).where(Case.once == case.once, Case.state == AidState.GRANTED).order_by(Case.number)
    return work.session.scalar(given.limit(1))


def refuse(work: UnitOfWork, number: str, ground: AidRefusal, opinion: str | None = None) -> Case:
    """Refuses judicial aid; the way to social aid stays open. Raises OpinionMissing where the ground needs not bind."""
    case = load(work, number)
    states.check_decision(case.now_in)
    if ground.discretionary and opinion is None:
        raise errors.OpinionMissing()
    _decide(work, case, AidState.REFUSED)
    case.ground = ground
    case.opinion = None if opinion is None else seal(work, number, "opinion", opinion)
    record(work, case, "aid.refused.v1", ground=ground)
    return case


def find(work: UnitOfWork, number: str) -> Case:
    """Not locked. Raises NoSuchCase."""
    case = work.session.get(Case, number)
    if case is None:
        raise errors.NoSuchCase()
    return case


def load(work: UnitOfWork, number: str) -> Case:
    """Under its lock. Raises NoSuchCase."""
    case = work.session.get(Case, number, with_for_update=True)
    if case is None:
        raise errors.NoSuchCase()
    return case


def of_petition(work: UnitOfWork, petition: str) -> list[Case]:
    """By number."""
    return list(work.session.scalars(select(Case).where(Case.petition == petition).order_by(Case.number)))


def determination(work: UnitOfWork, situations: Iterable[str]) -> list[Rule]:
    """The rows of today's rules that fit what was found; advice to the officer."""
    return rules_of(work).determine(map(Situation, situations))


def depending(session: Session, tables: Tables, today: date) -> Counter[tuple[str, str]]:
    """(table, row) → how many cases that wait for a decision it fits."""
    table = tables.in_force(today)
    waiting = session.scalars(select(Case.situations).where(Case.state == AidState.OPENED))
    return Counter((table.version, rule.id) for found in waiting for rule in table.determine(map(Situation, found)))


def applicant(work: UnitOfWork, case: Case) -> dict[str, Any]:
    """Who it is for, as intake's letter told. Raises vault.Sealed when the case's key is destroyed."""
    who: dict[str, Any] = json.loads(unseal(work, case.number, "applicant", case.applicant))
    return who


def shown(who: Mapping[str, Any], may_reveal: bool) -> dict[str, Any]:
    """The applicant with stars; `reveals`: which of the numbers can be asked for in full."""
    masks = {PersonalNumber.RESIDENT_ID: masked.resident_id, PersonalNumber.PHONE: masked.phone}
    there = {field.value: mask(who[field]) for field, mask in masks.items() if who.get(field)}
    return {**who, **there, "reveals": list(there) if may_reveal else []}


def reveal(work: UnitOfWork, number: str, field: PersonalNumber) -> str:
    """One of the applicant's numbers in full; each look is on the trail. Raises NothingToReveal."""
    case = load(work, number)
    value: str | None = applicant(work, case).get(field)
    if not value:
        raise errors.NothingToReveal(field)
    record(work, case, "aid.revealed.v1", field=field)
    return value


def opinion(work: UnitOfWork, case: Case) -> str | None:
    """Why who decided it decided so. Raises vault.Sealed when the case's key is destroyed."""
    return None if case.opinion is None else unseal(work, case.number, "opinion", case.opinion)


def record(work: UnitOfWork, case: Case, type_: str, **facts: Any) -> None:
    """Says the event on the case's lane; `facts`: its fields beside case and petition."""
    work.event(type_, case.number, case=case.number, petition=case.petition, **facts)


def seal(work: UnitOfWork, number: str, label: str, plain: str) -> bytes:
    """Under the case's own key; `label` keeps what is sealed from standing in another's place."""
    return vault_of(work.context).seal(work.session, number, f"aid_case|{label}|{number}", plain.encode())


def unseal(work: UnitOfWork, number: str, label: str, sealed: bytes) -> str:
    """What `seal` was given under this label. Raises vault.Sealed when the case's key is destroyed."""
    return vault_of(work.context).open(work.session, number, f"aid_case|{label}|{number}", bytes(sealed)).decode()


def _decide(work: UnitOfWork, case: Case, state: AidState) -> None:
    case.state, case.decided_at, case.decided_by = state, work.now, work.actor.officer
