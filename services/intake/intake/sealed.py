"""Who asked for secrecy: kept in a safe, shown for a purpose another officer approved, to who asked, for a while."""

import json
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from contracts.vocabulary import OpeningPurpose, OpeningState
from courier.envelope import Actor
from courier.work import Office, Work
from intake import errors, people, petitions, timeline
from intake.tables import Opening, Person, Petition, SealedPerson
from intake.tools import tools_of

BATCH = 100


def keep(work: Work, number: str, person: people.PetitionerInput, known: people.Known) -> None:
    """Writes the petitioner as one box: not even which of the fields are known can be read."""
    _keep(work, number, people.given(person, known))


def ask(work: Work, number: str, purpose: OpeningPurpose, reason: str) -> Opening:
    petition = petitions.load(work, number)
    if work.session.get(SealedPerson, number) is None:
        raise errors.NothingSealed()
    opening = Opening(id=uuid.uuid4().hex, petition=number, purpose=purpose, state=OpeningState.ASKED)
    opening.asked_by, opening.asked_at = work.actor.officer, work.now
    opening.reason = people.seal(work, number, f"opening|reason|{opening.id}", reason)
    work.session.add(opening)
    timeline.record(work, petition, "sealed.asked.v1", opening=opening.id, purpose=purpose)
    return opening


def approve(work: Work, petition: Petition, opening: Opening) -> Opening:
    """Raises Denied for the asker's own."""
    _decide(work, opening, OpeningState.APPROVED)
    opening.expires_at = work.now + tools_of(work).sealed_open
    timeline.record(work, petition, "sealed.approved.v1", opening=opening.id, expires_at=opening.expires_at)
    return opening


def refuse(work: Work, petition: Petition, opening: Opening) -> Opening:
    """Raises Denied for the asker's own."""
    _decide(work, opening, OpeningState.REFUSED)
    timeline.record(work, petition, "sealed.refused.v1", opening=opening.id)
    return opening


def look(work: Work, petition: Petition, opening: Opening) -> dict[str, str | None]:
    """Who asked for secrecy; each look is on the trail. Raises Denied for another officer, a refusal or too late."""
    if opening.asked_by != work.actor.officer:
        raise errors.NotYourOpening()
    if opening.state == OpeningState.REFUSED:
        raise errors.OpeningRefused()
    if opening.expires_at is None:
        raise errors.OpeningWaits()
    if work.now >= opening.expires_at:
        raise errors.OpeningExpired()
    timeline.record(work, petition, "sealed.opened.v1", opening=opening.id, purpose=OpeningPurpose(opening.purpose))
    kept = work.session.get_one(SealedPerson, petition.number)
    person: dict[str, str | None] = json.loads(
        tools_of(work).safe.open(_label(petition.number), kept.key_id, bytes(kept.person))
    )
    return person


def waiting(work: Work, visible: ColumnElement[bool], limit: int) -> list[Opening]:
    """Those nobody has decided yet, the oldest first."""
    query = select(Opening).join(Petition, Petition.number == Opening.petition)
    query = query.where(visible, Opening.state == OpeningState.ASKED).order_by(Opening.asked_at).limit(limit)
    return list(work.session.scalars(query))


def find(work: Work, id_: str) -> Opening:
    opening = work.session.get(Opening, id_)
    if opening is None:
        raise errors.NoSuchOpening()
    return opening


def reason(work: Work, opening: Opening) -> str:
    return people.unseal(work, opening.petition, f"opening|reason|{opening.id}", bytes(opening.reason))


def move(office: Office, actor: Actor) -> int:
    """Takes who had asked for secrecy before there was a safe out of `person`. Returns how many."""
    moved = 0
    while True:
        with office.begin(actor) as work:
            old = select(Petition).where(Petition.secrecy, Petition.person.is_not(None))
            found: Sequence[Petition] = work.session.scalars(old.limit(BATCH).with_for_update()).all()
            for petition in found:
                _keep(work, petition.number, {name: people.disclose(work, petition, name) for name in people.PERSONAL})
                person = work.session.get_one(Person, petition.person)
                petition.person = None
                work.session.flush()
                work.session.delete(person)
        moved += len(found)
        if len(found) < BATCH:
            return moved


def _keep(work: Work, number: str, person: dict[str, str | None]) -> None:
    key_id, closed = tools_of(work).safe.close(_label(number), json.dumps(person, ensure_ascii=False).encode())
    work.session.add(SealedPerson(petition=number, key_id=key_id, person=closed, kept_at=work.now))


def _decide(work: Work, opening: Opening, state: OpeningState) -> None:
    # decided at the same moment by two: the petition's lock, which both take first, lets the second see the first's
    work.session.refresh(opening)
    if opening.asked_by == work.actor.officer:
        raise errors.OwnOpening()
    if opening.state != OpeningState.ASKED:
        raise errors.OpeningDecided(OpeningState(opening.state))
    opening.state, opening.decided_by, opening.decided_at = state, work.actor.officer, work.now


def _label(number: str) -> str:
    return f"sealed_person|person|{number}"
