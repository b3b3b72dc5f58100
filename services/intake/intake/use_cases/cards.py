"""Who petitions and what it is called, as each officer is shown it: on a card of a list, and on the petition itself.

Worklists of every service name petitions by number alone; the names come from here, a page at a time.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased, load_only

from contracts import masked
from contracts.vocabulary import Kind, Line, Party, PartyRole, PetitionState, Reach, RiskColour
from courier.unit_of_work import UnitOfWork
from intake.domain.showing import NOT_SHOWN, Showing
from intake.tables import Contact, Person, Petition, Risk
from intake.use_cases import commands, people, walls
from service_kit.vaults import vault_of
from statute import day_of
from web.tokens import Officer

CARD = "petition.read-card"
REVEAL = "petition.reveal"
_READS = "petition.read-material"
_COLOUR = "petition.read-risk"
# of whatever petition; who only grants aid is shown those for which it was asked
_ANY = "petition.read-any-card"
WEIGHT = 300  # of a card, in bytes: a hundred of them are a page, whatever was typed in
LONGEST = 40  # characters of a title that are shown where there is room
NAME = 12  # of a petitioner's name
Told = aliased(Person)  # where that is another than the first
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
    Petition.reach,
    Petition.told,
    Petition.department,
    Petition.handler,
    Petition.submitted_by,
    Petition.registered_at,
    Petition.pending,
    Petition.aid_wish,
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
            Person.seq,
            Person.name,
            Person.phone,
            Told.phone.label("told"),
            case((coloured, func.coalesce(Risk.colour, RiskColour.NONE))).label("colour"),
        )
        .options(load_only(*_OF_PETITION, raiseload=True))
        .outerjoin(Contact, Contact.id == Petition.contact)
        .outerjoin(Person, Person.ref == Petition.person)
        .outerjoin(Told, and_(Told.petition == Petition.number, Told.seq == Petition.told))
        .outerjoin(Risk, Risk.petition == Petition.number)
        .where(
            Petition.number.in_(numbers),
            walls.visible(walls.view(work, officer, CARD)),
            or_(Petition.aid_wish, walls.visible(walls.view(work, officer, _ANY))),
        )
    )
    found = {row.Petition.number: row for row in work.session.execute(query)}
    vault_of(work.context).fetch_keys(work.session, list(found))
    return [_card(work, officer, found[number]) for number in dict.fromkeys(numbers) if number in found]


def read(work: UnitOfWork, officer: Officer, petition: Petition) -> dict[str, Any]:
    """{title, petitioner, organisation, others, told}: of one petition, which is in sight."""
    showing = showing_of(work, officer, petition)
    shown: dict[str, Any] = {
        "title": title(work, petition, showing),
        "petitioner": None,
        "organisation": None,
        "others": [],
        "told": None,
    }
    if not showing.names:
        return shown
    may_reveal = walls.view(work, officer, REVEAL).covers(petition.placement)
    persons = [_person(each, showing, may_reveal) for each in people.all_of(work, petition)]
    organisation = people.disclose(work, petition, "organisation")
    first = next(iter(persons), None)
    told = petition.told or (1 if first else None)
    return shown | {"petitioner": first, "organisation": organisation, "others": persons[1:], "told": told}


def showing_of(work: UnitOfWork, officer: Officer, petition: Petition) -> Showing:
    """How much of one petition, which is in sight, the officer is shown."""
    reads = walls.view(work, officer, _READS).covers(petition.placement)
    registered_by = petition.origin.decided_by if petition.origin else None
    return _showing(work, officer, petition, reads, registered_by)


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
        name = name or people.first(work, petition.number, row.seq, "name", row.name)
        if petition.reach != Reach.SAFE:  # somebody else may answer there
            seq, phone = (row.seq, row.phone) if petition.told is None else (petition.told, row.told)
            contact = showing.phone(people.first(work, petition.number, seq, "phone", phone))
    state, state_zh = PetitionState(petition.state), commands.state_zh(petition)
    card = {
        "number": petition.number,
        "title": "",
        "petitioner": "",
        "contact": contact,
        "kind": Kind(petition.kind),
        "line": Line(petition.line),
        "state": state,
        # else every client has the word
        **({} if state_zh == state.zh else {"state_zh": state_zh}),
        "colour": row.colour,
        "department": petition.department,
        "handler": petition.handler,
    }
    room = WEIGHT - _weight(card) - len(",")
    # of a title something is left, however long the name
    card["petitioner"] = _cut(name or NOT_SHOWN, NAME, room // 2)
    card["title"] = _cut(title(work, petition, showing), LONGEST, WEIGHT - _weight(card) - len(","))
    return card


def _person(person: Mapping[str, str | None], showing: Showing, may_reveal: bool) -> dict[str, Any]:
    """`reveals`: which of the numbers can be asked for in full."""
    resident_id = person["resident_id"]
    others = person["other_phones"]
    shown = {
        "resident_id": resident_id and masked.resident_id(resident_id),
        "phone": showing.phone(person["phone"]),
        "other_phones": others and (masked.phones(others) if showing.phone(others) != others else others),
        "safe_contact": person["safe_contact"] if showing.reads else None,
    }
    behind = [field for field, value in shown.items() if may_reveal and value != person[field]]
    address = {"address": person["address"]} if showing.reads else {}
    role = PartyRole(person["role"] or PartyRole.PETITIONER)
    return {"name": person["name"], "role": role, "role_zh": role.zh, **shown, **address, "reveals": behind}


def _weight(said: Mapping[str, Any] | str) -> int:
    """Of its JSON, in bytes."""
    return len(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def _cut(text: str, longest: int, room: int) -> str:
    """To so many characters, and to what fills so many bytes between its quotes."""
    room += len('""')
    if len(text) <= longest and _weight(text) <= room:
        return text
    kept = text[: longest - 1].encode()[: max(0, room)].decode(errors="ignore")
    while kept and _weight(f"{kept}…") > room:
        kept = kept[:-1]
    return f"{kept}…"
