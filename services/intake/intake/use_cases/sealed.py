"""Who asked for secrecy: kept in a safe, shown for a purpose another officer approved, to who asked, for a while."""

import uuid
from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, or_, select

from authorization.sight import View
from contracts.vocabulary import OpeningPurpose, OpeningState
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import Opening, Petition
from intake.tables.petitions import REPORT
from intake.use_cases import people, petitions, timeline
from intake.use_cases.tools import tools_of
from web.listing import Found, Page

SORTS = {"asked": (Opening.asked_at, Opening.id)}
DECIDE_REPORT = "sealed.decide-report"
_NO_REPORT = and_(Petition.post_number.is_(None), Petition.sub_line.is_distinct_from(REPORT))


def ask(work: UnitOfWork, number: str, purpose: OpeningPurpose, reason: str) -> Opening:
    """Asks to see who is in the safe; the reason is sealed, the timeline says for what. Raises NothingSealed."""
    petition = petitions.load(work, number)
    if not petition.sealed:
        raise errors.NothingSealed()
    opening = Opening(id=uuid.uuid4().hex, petition=number, purpose=purpose, state=OpeningState.ASKED)
    opening.asked_by, opening.asked_at = work.actor.officer, work.now
    opening.reason = people.seal(work, number, f"opening|reason|{opening.id}", reason)
    work.session.add(opening)
    timeline.record(work, petition, "sealed.asked.v1", opening=opening.id, purpose=purpose)
    return opening


def approve(work: UnitOfWork, petition: Petition, opening: Opening) -> Opening:
    """Raises Denied for the asker's own."""
    _decide(work, opening, OpeningState.APPROVED)
    opening.expires_at = work.now + tools_of(work).sealed_open
    timeline.record(work, petition, "sealed.approved.v1", opening=opening.id, expires_at=opening.expires_at)
    return opening


def refuse(work: UnitOfWork, petition: Petition, opening: Opening) -> Opening:
    """Raises Denied for the asker's own."""
    _decide(work, opening, OpeningState.REFUSED)
    timeline.record(work, petition, "sealed.refused.v1", opening=opening.id)
    return opening


def look(work: UnitOfWork, petition: Petition, opening: Opening) -> list[dict[str, str | None]]:
    """Who asked for secrecy, the first first; each look is on the trail.

    Raises Denied for another officer, a refusal or too late.
    """
    if opening.asked_by != work.actor.officer:
        raise errors.NotYourOpening()
    if opening.state == OpeningState.REFUSED:
        raise errors.OpeningRefused()
    if opening.expires_at is None:
        raise errors.OpeningWaits()
    if work.now >= opening.expires_at:
        raise errors.OpeningExpired()
    timeline.record(work, petition, "sealed.opened.v1", opening=opening.id, purpose=OpeningPurpose(opening.purpose))
    return people.concealed(work, petition)


def of_petition(work: UnitOfWork, petition: Petition) -> list[Opening]:
    """Every one there is or was, the first asked first; none of who never asked for secrecy."""
    if not petition.secrecy:
        return []
    query = select(Opening).where(Opening.petition == petition.number).order_by(Opening.asked_at, Opening.id)
    return list(work.session.scalars(query))


def is_open_to(work: UnitOfWork, opening: Opening) -> bool:
    """Whether who asks may look now."""
    approved = opening.state == OpeningState.APPROVED and opening.expires_at is not None
    return approved and opening.asked_by == work.actor.officer and work.now < (opening.expires_at or work.now)


def decides(view: Callable[[str], View], petition: Petition) -> bool:
    """Whether who may decide openings may decide this one's: who reported, the chief alone (2016 年规定 5(2))."""
    return not petition.is_report or view(DECIDE_REPORT).covers(petition.placement)


def listing(work: UnitOfWork, visible: ColumnElement[bool], reports: ColumnElement[bool], page: Page) -> Found:
    """A page of those of petitions in sight; of reports, of those for whose openings `reports` lets one decide."""
    rows = select(Opening).join(Petition, Petition.number == Opening.petition)
    return page.of(work.session, rows.where(visible, or_(_NO_REPORT, reports), Opening.state == page.filters["state"]))


def find(work: UnitOfWork, id_: str) -> Opening:
    """The opening. Raises NoSuchOpening."""
    opening = work.session.get(Opening, id_)
    if opening is None:
        raise errors.NoSuchOpening()
    return opening


def reason(work: UnitOfWork, opening: Opening) -> str:
    """Why it was asked for, in clear: for who decides it."""
    return people.unseal(work, opening.petition, f"opening|reason|{opening.id}", bytes(opening.reason))


def _decide(work: UnitOfWork, opening: Opening, state: OpeningState) -> None:
    # decided at the same moment by two: the petition's lock, which both take first, lets the second see the first's
    work.session.refresh(opening)
    if opening.asked_by == work.actor.officer:
        raise errors.OwnOpening()
    if opening.state != OpeningState.ASKED:
        raise errors.OpeningDecided(OpeningState(opening.state))
    opening.state, opening.decided_by, opening.decided_at = state, work.actor.officer, work.now
