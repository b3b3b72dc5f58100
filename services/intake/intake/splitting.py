"""A letter with several claims becomes several petitions, all or none, each with its own kind, custodian and clocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.vocabulary import Channel, ContactOutcome, Kind, Line
from courier.work import Work
from gate.problems import Problem
from intake import contacts, links
from intake.people import PetitionerInput
from intake.registration import RegisterInput, RespondentInput, register
from intake.tables import Contact, Petition


@dataclass(frozen=True, slots=True)
class PartInput:
    """One of the claims; who speaks, when, where and how it came is the letter's."""

    kind: Kind
    line: Line
    title: str | None
    statement: str | None
    post_number: str | None
    post_digest: str | None
    place: str | None
    secrecy: bool
    respondents: tuple[RespondentInput, ...]


def split(work: Work, id_: str, petitioner: PetitionerInput | None, parts: Sequence[PartInput]) -> list[Petition]:
    """Registers each part from the one contact, and links them."""
    contact = contacts.undecided(work, id_)
    contacts.decide(work, contact, ContactOutcome.SPLIT)
    petitions = [_register(work, contact, petitioner, index, part) for index, part in enumerate(parts)]
    work.session.flush()
    links.tie(work, petitions)
    return petitions


def _register(
    work: Work, contact: Contact, petitioner: PetitionerInput | None, index: int, part: PartInput
) -> Petition:
    command = RegisterInput(
        channel=Channel(contact.channel),
        service_point=contact.service_point,
        received_on=contact.received_on,
        received_reason=None,
        kind=part.kind,
        line=part.line,
        title=part.title,
        statement=part.statement,
        post_number=part.post_number,
        post_digest=part.post_digest,
        place=part.place,
        group_size=contact.group_size,
        secrecy=part.secrecy,
        petitioner=petitioner,
        respondents=part.respondents,
        parts_of=contact.id,
    )
    try:
        return register(work, command)
    except Problem as fault:
        if fault.field and not fault.field.startswith("petitioner"):
            fault.field = f"parts.{index}.{fault.field}"
        raise
