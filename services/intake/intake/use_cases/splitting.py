"""A letter with several claims becomes several petitions, all or none, each with its own kind, custodian and clocks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.problems import Problem
from contracts.vocabulary import Channel, ContactOutcome, Kind, Line, Party
from courier.unit_of_work import UnitOfWork
from intake.tables import Contact, Petition
from intake.use_cases import contacts, links
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RegisterInput, RespondentInput, register


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
    sub_line: str | None = None
    typed_anyway: bool = False


@dataclass(frozen=True, slots=True)
class PetitionersInput:
    """Who wrote the letter: the same in every part."""

    petitioner: PetitionerInput | None
    party: Party
    organisation: str | None
    others: tuple[PetitionerInput, ...]

    @property
    def names(self) -> list[str]:
        """Everybody's, the first first; none of an anonymous letter."""
        return [each.name for each in (self.petitioner, *self.others) if each]


def split(work: UnitOfWork, contact: Contact, who: PetitionersInput, parts: Sequence[PartInput]) -> list[Petition]:
    """Registers each part from the one contact, and links them. The caller holds the contact's lock.

    Secrecy of one part is secrecy of all: each names the same people, and the parts are shown beside each other.
    Returns the petitions, in the parts' order. Raises ContactDecided, and what `register` does, naming the part.
    """
    contacts.check_undecided(contact)
    secret = any(part.secrecy for part in parts)
    parts = [replace(part, secrecy=secret) for part in parts]
    contacts.decide(work, contact, ContactOutcome.SPLIT)
    petitions = [_register(work, contact, who, index, part) for index, part in enumerate(parts)]
    work.session.flush()
    contacts.conceal(work, petitions[0], contact, who.names)
    links.tie(work, petitions)
    return petitions


def _register(work: UnitOfWork, contact: Contact, who: PetitionersInput, index: int, part: PartInput) -> Petition:
    said: dict[str, Any] = {name: getattr(part, name) for name in PartInput.__slots__}
    people: dict[str, Any] = {name: getattr(who, name) for name in PetitionersInput.__slots__}
    command = RegisterInput(
        channel=Channel(contact.channel),
        service_point=contact.service_point,
        received_on=contact.received_on,
        received_reason=None,
        group_size=contact.group_size,
        **said,
        **people,
    )
    try:
        return register(work, command, contact, is_part=True)
    except Problem as fault:
        if fault.field and fault.field.partition(".")[0] not in PetitionersInput.__slots__:
            fault.field = f"parts.{index}.{fault.field}"
        raise
