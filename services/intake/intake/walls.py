"""Walls inside the office: a colleague who is complained of, and their department, neither see nor handle it."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from contracts.vocabulary import WallReason
from courier.work import Work
from gate.tokens import Officer
from intake import access, domain, errors, office, people, timeline
from intake.access import Scope, View
from intake.petitions import load
from intake.tables import Petition, Wall


def view(work: Work, officer: Officer, action: str) -> View:
    return View(_index(work, officer.id), officer.department, officer.service_point, access.scopes(officer, action))


def visible(view: View) -> ColumnElement[bool]:
    """What `View.covers` says, for a list of any length."""
    its = Wall.petition == Petition.number
    behind = [Wall.officer == view.officer]
    if view.department is not None:
        behind.append(Wall.department == view.department)
    named = or_(~Petition.concerns_us, exists().where(its))
    own = Petition.department.is_(None) | (Petition.department == view.department)
    within = {
        Scope.OFFICE: true(),
        Scope.DEPARTMENT: and_(named, own),
        Scope.SERVICE_POINT: Petition.service_point == view.service_point,
    }
    return and_(~exists().where(its, or_(*behind)), or_(false(), *(within[scope] for scope in sorted(view.scopes))))


def put_up(work: Work, number: str, officer: str | None, department: str | None, reason: WallReason) -> Petition:
    """Keeps a colleague, a department or both away, from now on; a department that held it holds it no longer."""
    petition = load(work, number)
    domain.check("wall", petition.standing)
    if (reason is WallReason.NOBODY_NAMED) != (officer is None and department is None):
        raise errors.WhoIsWalled()
    if officer is not None:
        office.check_officer(work, officer, "officer")
    if department is not None:
        office.check_department(work, department, closed=True)
    add(work, petition, officer, department, reason)
    if department is not None and petition.department == department:
        petition.department, petition.handler = None, None
    timeline.record(work, petition, "petition.walled.v1", reason=reason, department=department)
    return petition


def add(work: Work, petition: Petition, officer: str | None, department: str | None, reason: WallReason) -> None:
    petition.walls.append(
        Wall(
            seq=len(petition.walls) + 1,
            officer=officer and _index(work, officer),
            department=department,
            reason=reason,
            recorded_at=work.now,
        )
    )


def keeps_away(work: Work, petition: Petition, officers: Iterable[str]) -> bool:
    """Whether one of these colleagues may have nothing to do with it."""
    return any(_index(work, each) in petition.held.walled_officers for each in officers)


def _index(work: Work, officer: str) -> bytes:
    # who is complained of must not be read in the database either
    return people.vault_of(work).fingerprint("officer", officer)
