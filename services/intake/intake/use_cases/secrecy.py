"""要求保密 at any time: a petition that was open is sealed, and so are the other parts of its letter, for good."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from contracts.vocabulary import Kind, Reach
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import states
from intake.tables import Contact, Petition
from intake.use_cases import (
    contacts,
    corrections,
    indexes,
    links,
    matches,
    people,
    petitions,
    registration,
    respondents,
    timeline,
)

BATCH = 100


def ask(work: UnitOfWork, number: str) -> Petition:
    """The petitioner asked for it; in whatever state it is. What was merged with it tells who it is as well.

    Raises NotNow for nobody, and for who asked before.
    """
    petition = petitions.load(work, number)
    states.check("ask-secrecy", petition.snapshot)
    for each in _whole(work, petition):
        if not each.secrecy:
            _seal(work, each)
    # what belongs to it by a link is held from now on
    links.hold_if_needed(work, petition)
    return petition


def _whole(work: UnitOfWork, petition: Petition) -> Sequence[Petition]:
    """Every part of its letter, what is one matter with any of them, the parts of that one's letter, and so on."""
    found = {petition.number: petition}
    while True:
        near = [other for each in found.values() for other in (*letter(work, each), *links.one_with(work, each))]
        before = len(found)
        found |= {each.number: each for each in near}
        if len(found) == before:
            return list(found.values())


def letter(work: UnitOfWork, petition: Petition) -> Sequence[Petition]:
    """Every part of the letter it came in, itself among them, each under its lock."""
    its = Petition.number == petition.number
    if petition.contact is not None:
        its = or_(its, Petition.contact == petition.contact)
    return work.session.scalars(select(Petition).where(its).order_by(Petition.number).with_for_update()).all()


def move(context: ServiceContext, actor: Actor) -> int:
    """Puts into the safe whom older code left outside of it; what it left open beside a secret part is sealed.

    Returns how many petitions.
    """
    moved = 0
    while True:
        with context.begin(actor) as work:
            query = select(Petition).where(or_(_outside(), _beside_a_secret())).limit(BATCH).with_for_update()
            found = work.session.scalars(query).all()
            for petition in found:
                if petition.secrecy:
                    _take_in(work, petition)
                else:
                    _seal(work, petition)
                    links.hold_if_needed(work, petition)
        moved += len(found)
        if len(found) < BATCH:
            return moved


def seal_officials(context: ServiceContext, actor: Actor) -> int:
    """Puts into the safe who petitions where what belongs in an envelope was typed in; for good. Returns how many.

    What was said stays where it is read by few; by whom, nobody reads any more.
    """
    sealed, after = 0, ""
    while True:
        with context.begin(actor) as work:
            query = select(Petition).where(
                Petition.kind == Kind.ACCUSATION, ~Petition.secrecy, ~Petition.anonymous, Petition.number > after
            )
            found = work.session.scalars(query.order_by(Petition.number).limit(BATCH).with_for_update()).all()
            for petition in found:
                after = petition.number
                said = (people.disclose(work, petition, name) for name in ("title", "statement"))
                about = respondents.opened(work, petition)
                if not petition.secrecy and registration.belongs_in_envelope(Kind.ACCUSATION, about, *said):
                    ask(work, petition.number)
                    sealed += 1
        if len(found) < BATCH:
            return sealed


def _seal(work: UnitOfWork, petition: Petition) -> None:
    reach, number = Reach(petition.reach), petition.number
    petition.secrecy, petition.reach = True, Reach.SEALED
    _take_in(work, petition)
    indexes.conceal(work, petition)
    matches.forget(work, number)
    timeline.record(work, petition, "petition.sealed.v1")
    if reach in (Reach.SMS, Reach.CALL):
        work.letter("notify", "contact.withdrawn.v1", number, data={"petition": number})
    if petition.aid_wish:
        work.letter("aid", "applicant.sealed.v1", number, data={"petition": number})


def _take_in(work: UnitOfWork, petition: Petition) -> None:
    """Everybody who is known of it, by petitioning or by a contact."""
    known = people.move(work, petition)
    corrections.take_in(work, petition)
    for contact in contacts.of_petition(work, petition):
        contacts.conceal(work, petition, contact, known)


def _outside() -> ColumnElement[bool]:
    its = or_(Contact.petition == Petition.number, Contact.id == Petition.contact)
    named = exists().where(its, or_(Contact.name.is_not(None), Contact.phone.is_not(None)))
    return and_(Petition.secrecy, or_(Petition.person.is_not(None), named))


def _beside_a_secret() -> ColumnElement[bool]:
    other = aliased(Petition)
    beside = exists().where(other.contact == Petition.contact, other.secrecy)
    return and_(~Petition.secrecy, ~Petition.anonymous, beside)
