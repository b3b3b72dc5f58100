"""One number of somebody in full: each look is on the trail, with who looked, when, and at which."""

from contracts.vocabulary import PersonalNumber
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import Contact, Petition
from intake.use_cases import contacts, people, timeline


def petitioner(work: UnitOfWork, petition: Petition, seq: int, field: PersonalNumber) -> str:
    """Of one who petitions in the open; the caller asked whether they are shown. Raises NothingToReveal."""
    number = people.one_of(work, petition, seq, field)
    if number is None:
        raise errors.NothingToReveal(field)
    timeline.record(work, petition, "petition.revealed.v1", field=field, seq=seq)
    return number


def contact(work: UnitOfWork, contact: Contact) -> str:
    """The phone that somebody left who wrote, called or came. Raises NothingToReveal."""
    phone = contacts.read(work, contact, PersonalNumber.PHONE)
    if phone is None:
        raise errors.NothingToReveal(PersonalNumber.PHONE)
    work.event("contact.revealed.v1", f"contact/{contact.id}", contact=contact.id, field=PersonalNumber.PHONE)
    return phone
