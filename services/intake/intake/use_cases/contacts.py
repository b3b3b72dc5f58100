"""Contacts: recorded as they come, decided once: answered, joined to a petition, or a petition's beginning."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, or_, select, true
from sqlalchemy.orm import defer

from authorization.sight import Placement, View
from authorization.table import ACTIONS, Scope
from contracts.vocabulary import Channel, ContactOutcome, Corrected, Joining, Kind
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.domain.showing import Showing
from intake.tables import Contact, OfficerRow, Petition, table_of
from intake.use_cases import files, kept, people, petitions, risk, timeline, walls
from intake.use_cases.tools import tools_of
from statute import day_of
from web.listing import Found, Page
from web.tokens import Officer

_CONTACT = table_of(Contact)
REVEAL = "contact.reveal"
# what is sealed of a contact, by column
SEALED = ("name", "phone", "text", "received_reason", "answer")
_DECIDES = ACTIONS["contact.consult"]
SORTS = {"recorded": (Contact.recorded_at, Contact.id)}


@dataclass(frozen=True, slots=True)
class ContactInput:
    """What is recorded of a contact; without `received_on` it came today, an earlier day needs its reason."""

    channel: Channel
    service_point: str
    received_on: date | None
    received_reason: str | None
    name: str | None
    phone: str | None
    text: str
    group_size: int


def record(work: UnitOfWork, command: ContactInput, **by_door: Any) -> Contact:
    """One more contact (件次): no number and no clock before it is decided what it becomes.

    `by_door`: what is known of one that came by the petitioners' door alone: its code, kind, secrecy.
    """
    tools_of(work).service_points.check(command.service_point)
    received = states.received_on(command.received_on, day_of(work.now), command.received_reason)
    id_ = uuid.uuid4().hex
    sealed = {
        name: _seal(work, id_, id_, name, getattr(command, name))
        for name in ("name", "phone", "text", "received_reason")
    }
    contact = Contact(
        id=id_,
        channel=command.channel,
        service_point=command.service_point,
        received_on=received,
        recorded_at=work.now,
        officer=work.actor.officer,
        group_size=command.group_size,
        **sealed,
        **({"secrecy": False} | by_door),
    )
    work.session.add(contact)
    work.event(
        "contact.recorded.v1",
        f"contact/{id_}",
        contact=id_,
        channel=command.channel,
        service_point=command.service_point,
        received_on=received,
        group_size=command.group_size,
    )
    return contact


def triage(work: UnitOfWork) -> str | None:
    """Who alone reads what comes by the petitioners' door, as the office's file names them; None: nobody does now."""
    number = tools_of(work).card.triage
    officer = work.session.get(OfficerRow, number) if number else None
    if officer is None or officer.left_by(day_of(work.now)) or _DECIDES.isdisjoint(officer.roles):
        return None
    return number


def _triages(work: UnitOfWork, view: View) -> bool:
    # also who stands in for them during a leave
    return bool(view.scopes) and tools_of(work).card.triage in view.hands


def of_registration(work: UnitOfWork, petition: Petition, channel: Channel, reason: str | None) -> str:
    """The contact of a petition that was registered as it came; its registration tells of it. Returns its id."""
    id_ = uuid.uuid4().hex
    work.append(
        _CONTACT,
        id=id_,
        petition=petition.number,
        channel=channel,
        service_point=petition.service_point,
        received_on=petition.received_on,
        received_reason=_seal(work, petition.number, id_, "received_reason", reason),
        recorded_at=work.now,
        officer=work.actor.officer,
        group_size=1,  # the petition says of how many it is
        secrecy=False,  # and whether it is kept secret
        outcome=ContactOutcome.REGISTERED,
        decided_at=work.now,
        decided_by=work.actor.officer,
    )
    return id_


def consult(work: UnitOfWork, id_: str, answer: str) -> Contact:
    """Answered on the spot: no petition, no number, no clock."""
    contact = undecided(work, id_)
    contact.answer = _seal(work, id_, id_, "answer", answer)
    decide(work, contact, ContactOutcome.CONSULTATION)
    return contact


def join(work: UnitOfWork, id_: str, petition: str, joining: Joining) -> Contact:
    """Adds it to a petition. A group joins as a contact: the petition's people stay who they were."""
    joined = petitions.load(work, petition)
    states.check_join(joined.snapshot)
    contact = undecided(work, id_)
    if contact.secrecy and not joined.secrecy:
        raise errors.SecretJoinsNoOpen()
    text = read(work, contact, "text") or ""
    decide(work, contact, ContactOutcome.JOINED, joined, joining)
    timeline.record(
        work,
        joined,
        "contact.joined.v1",
        contact=id_,
        joining=joining,
        channel=Channel(contact.channel),
        group_size=contact.group_size,
    )
    files.take_in(work, id_, joined)
    risk.score(work, joined)
    if joining is Joining.SUPPLEMENT and states.sends_on(joined.snapshot, joined.referred_to):
        work.letter("referral", "material.added.v1", petition, data={"petition": petition}, personal={"text": text})
    return contact


def reconsider(work: UnitOfWork, id_: str, reason: str) -> Contact:
    """What was answered or joined is undecided again: it was joined to the wrong one, or they complain after all.

    What had been sent on with it is out; the petition's corrections say to whom. Raises NotReconsidered, JoinsNoClosed.
    """
    contact = load(work, id_, lock=True)
    outcome = contact.outcome and ContactOutcome(contact.outcome)
    if outcome not in (ContactOutcome.CONSULTATION, ContactOutcome.JOINED):
        raise errors.NotReconsidered()
    if contact.petition is not None and contact.joining is not None:
        joined = petitions.load(work, contact.petition)
        states.check_join(joined.snapshot)
        sealed = {name: _seal(work, id_, id_, name, read(work, contact, name)) for name in SEALED}
        for name, value in sealed.items():
            setattr(contact, name, value)
        kept.keep(work, joined, [Corrected.JOINED], {"joining": Joining(contact.joining).zh}, reason)
        files.give_back(work, id_)
        timeline.record(work, joined, "contact.parted.v1", contact=id_)
        contact.petition = contact.joining = None
        contact.outcome = None
        risk.score(work, joined)
    contact.reconsidered = _seal(work, id_, id_, "reconsidered", reason)
    contact.outcome = contact.decided_at = contact.decided_by = None
    work.event("contact.reconsidered.v1", f"contact/{id_}", contact=id_, was=outcome)
    return contact


def decide(
    work: UnitOfWork,
    contact: Contact,
    outcome: ContactOutcome,
    petition: Petition | None = None,
    joining: Joining | None = None,
    known: Collection[str] = (),
) -> None:
    """Once. What came into a petition is sealed under its key from now on: erased with it.

    `known`: by name, who is known of the petition already.
    """
    if petition is not None:
        conceal(work, petition, contact, known)
        sealed = {name: _seal(work, petition.number, contact.id, name, read(work, contact, name)) for name in SEALED}
        for name, value in sealed.items():
            setattr(contact, name, value)
        contact.petition = petition.number
    contact.outcome, contact.joining = outcome, joining
    contact.decided_at, contact.decided_by = work.now, work.actor.officer
    work.event("contact.decided.v1", f"contact/{contact.id}", contact=contact.id, outcome=outcome)


def conceal(work: UnitOfWork, petition: Petition, contact: Contact, known: Collection[str]) -> None:
    """What came into a secret petition says no more from whom: the safe does, and nothing else."""
    person = {name: read(work, contact, name) for name in ("name", "phone")}
    if contact.secrecy and (sender := people.concealed_sender(work, contact.id)):
        person = {"name": sender.name, "phone": sender.phone}
        people.forget_sender(work, contact.id)
    if not petition.secrecy or not any(person.values()):
        return
    if person["name"] not in known:
        people.conceal(work, petition, person)
    contact.name = contact.phone = None


def of_petition(work: UnitOfWork, petition: Petition) -> Sequence[Contact]:
    """What it was registered from and what joined it; of a letter that was split, the letter."""
    its = or_(Contact.petition == petition.number, Contact.id == petition.contact)
    return work.session.scalars(select(Contact).where(its).order_by(Contact.recorded_at, Contact.id)).all()


def load(work: UnitOfWork, id_: str, *, lock: bool = False) -> Contact:
    """The contact, under its lock where asked. Raises NoSuchContact."""
    contact = work.session.get(Contact, id_, with_for_update=lock, populate_existing=lock)
    if contact is None:
        raise errors.NoSuchContact()
    return contact


def undecided(work: UnitOfWork, id_: str) -> Contact:
    """Under its lock: of two who decide, the second is told."""
    contact = load(work, id_, lock=True)
    check_undecided(contact)
    return contact


def check_undecided(contact: Contact) -> None:
    """Of one whose lock the caller holds. Raises ContactDecided."""
    if contact.outcome is not None:
        raise errors.ContactDecided(ContactOutcome(contact.outcome))


def covers(work: UnitOfWork, view: View, contact: Contact) -> bool:
    """Whoever may not see each petition that came of it may not read it: a letter that was split tells of all parts."""
    about = _about(work, contact)
    if not about and contact.code is not None:
        return _triages(work, view)  # whom it complains of, nobody has looked at yet
    if not about:
        return view.covers(Placement(None, contact.service_point))
    return all(view.covers(each.placement) for each in about)


def showing_of(work: UnitOfWork, officer: Officer, contact: Contact) -> Showing:
    """How much of who came, and of what they said, the officer is shown: of all that came of it the strictest."""
    about, reader = _about(work, contact), walls.view(work, officer, "petition.read-material")
    return Showing(
        kind=Kind.ACCUSATION if any(each.kind == Kind.ACCUSATION for each in about) else Kind.CLAIM,
        hidden=any(each.secrecy for each in about),
        reads=bool(about) and all(reader.covers(each.placement) for each in about),
        own=contact.officer == officer.id,
        fresh=day_of(contact.recorded_at) == day_of(work.now),
    )


def said(work: UnitOfWork, officer: Officer, contact: Contact) -> dict[str, Any]:
    """By whom, and what. Of a secret petition's nobody learns here by whom, and what only who reads it: they name.

    `reveals`: whether the phone can be asked for in full.
    """
    showing = showing_of(work, officer, contact)
    may_be_shown = {"name": showing.names, "phone": showing.names, "text": showing.titles, "answer": showing.titles}
    shown = {name: read(work, contact, name) if may else None for name, may in may_be_shown.items()}
    phone = showing.phone(shown["phone"])
    about = [each.placement for each in _about(work, contact)] or [Placement(None, contact.service_point)]
    may = all(walls.view(work, officer, REVEAL).covers(each) for each in about)
    return shown | {"phone": phone, "reveals": ["phone"] if may and phone != shown["phone"] else []}


def visible(work: UnitOfWork, view: View) -> ColumnElement[bool]:
    """What `covers` says, for a list of any length."""
    return _visible(view, _triages(work, view))


@lru_cache(256)
def _visible(view: View, triages: bool) -> ColumnElement[bool]:
    seen = walls.visible(view)
    # apart, each by one index: both at once are looked up many times as long. OFFSET: looked up for each contact of a
    # page, where the planner would first gather every petition in sight
    parts = select(Petition.number).where(Petition.contact == Contact.id).offset(0)
    its = select(Petition.number).where(seen)
    # a point's are few, and most that would be looked up are not among them: gathered once, where any is in a petition
    in_one: ColumnElement[bool] = and_(Contact.petition.is_not(None), Contact.petition.in_(its))
    alone: ColumnElement[bool] = Contact.service_point == view.service_point if view.scopes else false()
    if view.scopes - {Scope.SERVICE_POINT}:
        in_one, alone = its.where(Petition.number == Contact.petition).offset(0).exists(), true()
    by_door = Contact.code.is_not(None)
    alone = or_(by_door, alone) if triages else and_(~by_door, alone)
    own = or_(and_(Contact.petition.is_(None), or_(parts.exists(), alone)), in_one)
    # in this order: of a point's few the parts are looked up, and not of everybody's
    return case((own, ~parts.where(~seen).exists()), else_=false())


def listing(work: UnitOfWork, visible: ColumnElement[bool], page: Page) -> Found:
    """A page of those in sight; what is sealed of them is not read."""
    rows = select(Contact).where(visible)
    for name in ("channel", "service_point"):
        if name in page.filters:
            rows = rows.where(getattr(Contact, name) == page.filters[name])
    if "undecided" in page.filters:
        rows = rows.where(Contact.outcome.is_(None) == page.filters["undecided"])
    if "received_from" in page.filters:
        rows = rows.where(Contact.received_on >= page.filters["received_from"])
    if "received_until" in page.filters:
        rows = rows.where(Contact.received_on <= page.filters["received_until"])
    sealed = [defer(getattr(Contact, name), raiseload=True) for name in SEALED]
    return page.of(work.session, rows.options(*sealed))


def joined(work: UnitOfWork, petition: Petition) -> list[dict[str, Any]]:
    """What came later, with its text, for who handles the petition."""
    return [present(each) | {"text": read(work, each, "text")} for each in petition.joined]


def read(work: UnitOfWork, contact: Contact, name: str) -> str | None:
    """One sealed column (`SEALED`) in clear, under its petition's key once it has one; None where it is empty."""
    sealed = getattr(contact, name)
    if sealed is None:
        return None
    return people.unseal(work, contact.petition or contact.id, _label(contact.id, name), bytes(sealed))


def present(contact: Contact) -> dict[str, Any]:
    """What an officer is shown of it, without anything that is sealed."""
    channel, outcome = Channel(contact.channel), contact.outcome and ContactOutcome(contact.outcome)
    joining = contact.joining and Joining(contact.joining)
    return {
        "contact": contact.id,
        "channel": channel,
        "channel_zh": channel.zh,
        "service_point": contact.service_point,
        "received_on": contact.received_on.isoformat(),
        "recorded_at": contact.recorded_at.isoformat(),
        "officer": contact.officer,
        "group_size": contact.group_size,
        "outcome": outcome,
        "outcome_zh": outcome.zh if outcome else "待处理",
        "joining": joining,
        "joining_zh": joining and joining.zh,
        "petition": contact.petition,
        "kind": contact.kind,
        "kind_zh": contact.kind and Kind(contact.kind).zh,
        "secrecy": contact.secrecy,
    }


def _about(work: UnitOfWork, contact: Contact) -> Sequence[Petition]:
    return work.session.scalars(select(Petition).where(_its_petitions(contact.id, contact.petition))).all()


def _its_petitions(id_: Any, petition: Any) -> ColumnElement[bool]:
    return or_(Petition.contact == id_, Petition.number == petition)


def _seal(work: UnitOfWork, subject: str, id_: str, name: str, value: str | None) -> Any:
    return people.seal(work, subject, _label(id_, name), value)


def _label(id_: str, name: str) -> str:
    return f"contact|{name}|{id_}"
