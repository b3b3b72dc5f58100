"""Who petitions and what it is called, as each officer is shown it: on a card of a list, and on the petition itself.

Worklists of every service name petitions by number alone; the names come from here, a page at a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import load_only

from contracts import masked
from contracts.vocabulary import Kind, Line, Party, PetitionState, RiskColour
from courier.unit_of_work import UnitOfWork
from intake.domain.showing import NOT_SHOWN, Showing
from intake.tables import Contact, OfficerRow, Person, Petition, Risk
from intake.use_cases import commands, office, people, walls
from service_kit.vaults import vault_of
from statute import day_of
from web.tokens import Officer

CARD = "petition.read-card"
REVEAL = "petition.reveal"
_READS = "petition.read-material"
_COLOUR = "petition.read-risk"
LONGEST = 40  # of a title or a name on a card: a page of them stays small
_OF_PETITION = (
    Petition.number,
    Petition.state,
    Petition.kind,
    Petition.line,
    Petition.title,
    Petition.party,
    Petition.organisation,
    Petition.anonymous,
    Petition.secrecy,
    Petition.department,
    Petition.handler,
    Petition.submitted_by,
    Petition.registered_at,
    Petition.pending,
)


def page(work: UnitOfWork, officer: Officer, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """A card for each that is in sight, in the order asked for; the same few statements however many they are.

    What is out of sight is absent, and so is what there is not.
    """
    reads, coloured = (walls.visible(walls.view(work, officer, action)) for action in (_READS, _COLOUR))
    query = (
        select(
            Petition,
            reads.label("reads"),
            Contact.decided_by,
            Person.name,
            Person.phone,
            case((coloured, func.coalesce(Risk.colour, RiskColour.NONE))).label("colour"),
            OfficerRow.name.label("handler"),
        )
        .options(load_only(*_OF_PETITION, raiseload=True))
        .outerjoin(Contact, Contact.id == Petition.contact)
        .outerjoin(Person, Person.ref == Petition.person)
        .outerjoin(Risk, Risk.petition == Petition.number)
        .outerjoin(OfficerRow, OfficerRow.number == Petition.handler)
        .where(Petition.number.in_(numbers), walls.visible(walls.view(work, officer, CARD)))
    )
    found = {row.Petition.number: row for row in work.session.execute(query)}
    handlers = {row.Petition.handler for row in found.values() if row.handler is not None}
    vault_of(work.context).fetch_keys(work.session, [*found, *map(office.subject_of, sorted(handlers))])
    return [_card(work, officer, found[number]) for number in dict.fromkeys(numbers) if number in found]


def read(work: UnitOfWork, officer: Officer, petition: Petition) -> dict[str, Any]:
    """{title, petitioner, organisation, others}: of one petition, which is in sight."""
    showing = showing_of(work, officer, petition)
    shown: dict[str, Any] = {
        "title": title(work, petition, showing),
        "petitioner": None,
        "organisation": None,
        "others": [],
    }
    if not showing.names:
        return shown
    may_reveal = walls.view(work, officer, REVEAL).covers(petition.placement)
    persons = [_person(each, showing, may_reveal) for each in people.all_of(work, petition)]
    organisation = people.disclose(work, petition, "organisation")
    return shown | {"petitioner": next(iter(persons), None), "organisation": organisation, "others": persons[1:]}


def showing_of(work: UnitOfWork, officer: Officer, petition: Petition) -> Showing:
    """How much of one petition, which is in sight, the officer is shown."""
    reads = walls.view(work, officer, _READS).covers(petition.placement)
    contact = work.session.get(Contact, petition.contact) if petition.contact else None
    return _showing(work, officer, petition, reads, contact.decided_by if contact else None)


def title(work: UnitOfWork, petition: Petition, showing: Showing) -> str:
    """What it is called, or the word of its kind for who is not shown that, and where nothing was typed in."""
    own = people.disclose(work, petition, "title") if showing.titles else None
    return own or Kind(petition.kind).zh


def _showing(work: UnitOfWork, officer: Officer, petition: Petition, reads: bool, registered_by: str | None) -> Showing:
    return Showing(
        kind=Kind(petition.kind),
        hidden=petition.anonymous or petition.secrecy,
        reads=reads,
        # what another agency sent was registered by its officer, whose number may be anything
        own=petition.submitted_by is None and registered_by == officer.id,
        fresh=day_of(petition.registered_at) == day_of(work.now),
    )


def _card(work: UnitOfWork, officer: Officer, row: Any) -> dict[str, Any]:
    petition: Petition = row.Petition
    showing = _showing(work, officer, petition, row.reads, row.decided_by)
    name = contact = None
    if showing.names and row.name is not None:
        name = people.disclose(work, petition, "organisation") if petition.party == Party.ORGANISATION else None
        name = name or people.first(work, petition.number, "name", row.name)
        contact = showing.phone(people.first(work, petition.number, "phone", row.phone))
    handler = None if row.handler is None else office.opened(work, petition.handler or "", row.handler)
    return {
        "number": petition.number,
        "title": _cut(title(work, petition, showing)),
        "petitioner": _cut(name or NOT_SHOWN),
        "contact": contact,
        "kind": Kind(petition.kind),
        "line": Line(petition.line),
        "state": PetitionState(petition.state),
        "state_zh": commands.state_zh(petition),
        "colour": row.colour,
        "department": petition.department,
        "handler_name": handler,
    }


def _person(person: Mapping[str, str | None], showing: Showing, may_reveal: bool) -> dict[str, Any]:
    """`reveals`: which of the numbers can be asked for in full."""
    resident_id = person["resident_id"]
    shown = {
        "resident_id": resident_id and masked.resident_id(resident_id),
        "phone": showing.phone(person["phone"]),
    }
    behind = [field for field, value in shown.items() if may_reveal and value != person[field]]
    address = {"address": person["address"]} if showing.reads else {}
    return {"name": person["name"], **shown, **address, "reveals": behind}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
