"""Walls inside the office: a colleague who is complained of, and their department, neither see nor handle it."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_

from authorization import colleagues
from authorization.placements import among, one_of, within
from authorization.sight import View, Whose
from contracts.vocabulary import WallReason
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import Petition, Wall
from intake.use_cases import holding, leading, links, office, placing, recusal, tasks, timeline
from intake.use_cases.petitions import load
from web.tokens import Officer


def view(work: UnitOfWork, officer: Officer, action: str) -> View:
    """How far the officer sees for the action, by the office's list where it knows them."""
    return colleagues.view(work, officer, action)


# the same for every page of an officer, and each of its boxes: made anew, they take longer than many a page's rows
@lru_cache(256)
def visible(
    view: View, whose: Whose = Whose.OFFICE, only: str | None = None, searched: bool = True
) -> ColumnElement[bool]:
    """What `View.covers` says, for a list of any length; `only` and `searched` as of `within`."""
    mine = one_of(Petition.handler, view.numbers)
    only = view.department if whose is Whose.DEPARTMENT else only
    return and_(~walled(view), reached(view, only, searched), among(view, whose, Petition.department, mine))


@lru_cache(256)
def reached(view: View, only: str | None = None, searched: bool = True) -> ColumnElement[bool]:
    """How far the view reaches, whatever the walls."""
    mine = one_of(Petition.handler, view.numbers)
    return within(view, Petition.department, Petition.service_point, unnamed(), mine, only, searched)


@cache
def unnamed() -> ColumnElement[bool]:
    """Whether it concerns us and nobody has said whom; what a placement says, for a list."""
    says_whom = and_(Wall.lifted_at.is_(None), Wall.reason != WallReason.RECUSED)
    nobody = ~exists().where(Wall.petition == Petition.number, says_whom)
    return and_(Petition.concerns_us, or_(Petition.unidentified, nobody))


def walled(view: View, number: Any = Petition.number) -> ColumnElement[bool]:
    """Whether the officer is kept away from a petition, however far they see; `number`: the column that names it."""
    seats = Wall.department.is_not(None) if view.seats is None else Wall.department.in_(sorted(view.seats))
    its = and_(Wall.petition == number, Wall.lifted_at.is_(None))
    return exists().where(its, or_(Wall.officer == view.officer, seats))


def put_up(work: UnitOfWork, number: str, officer: str | None, department: str | None, reason: WallReason) -> Petition:
    """Keeps a colleague, a department or both away, from now on: what they had of it is taken off them.

    Raises WhoIsWalled, UnknownOfficer, UnknownDepartment.
    """
    petition = load(work, number)
    states.check("wall", petition.snapshot)
    if (reason is WallReason.NOBODY_NAMED) != (officer is None and department is None):
        raise errors.WhoIsWalled()
    if officer is not None:
        office.check_officer(work, officer, "officer")
    if department is not None:
        office.check_department(work, department, closed=True)
    keep_away(work, petition, officer, department, reason)
    return petition


def keep_away(
    work: UnitOfWork,
    petition: Petition,
    officer: str | None,
    department: str | None,
    reason: WallReason,
    *,
    identifies: bool = True,
) -> None:
    """From now on they see neither it nor what is one with it. `identifies`: whether it says whom of us it concerns."""
    for each in links.one_with(work, petition):
        wall = add(work, each, officer, department, reason)
        if identifies and reason is not WallReason.RECUSED and each.unidentified:
            wall.identified, each.unidentified = True, False
        take_off(work, each, department, reason)


def take_off(work: UnitOfWork, petition: Petition, department: str | None, reason: WallReason) -> None:
    """What whoever is kept away by the newest wall had of it until now; and that it stands, is said."""
    if department is not None and petition.department == department:
        holding.give(work, petition, None, None)
    elif petition.handler is not None and recusal.keeps_away(work, petition, [petition.handler]):
        holding.give(work, petition, petition.department, None)
    timeline.record(work, petition, "petition.walled.v1", reason=reason, department=department)
    tasks.settle(work, petition)
    leading.keep_away(work, petition)


def take_down(work: UnitOfWork, number: str, seq: int) -> Petition:
    """Keeps nobody away any more by this one wall, which stays in the history; who had it then gets nothing back.

    Where it alone had said whom of us it concerns, nobody has said so again: nobody handles it until then.
    Raises NoSuchWall.
    """
    petition = load(work, number)
    wall = next((each for each in petition.standing if each.seq == seq), None)
    if wall is None:
        raise errors.NoSuchWall()
    _lift(work, petition, wall)
    # put up at one moment before all that is one matter, it is one wall
    for each in links.one_with(work, petition):
        for its in each.standing if each is not petition else ():
            if _who(its) == _who(wall) and its.recorded_at == wall.recorded_at:
                _lift(work, each, its)
    return petition


def _lift(work: UnitOfWork, petition: Petition, wall: Wall) -> None:
    wall.lifted_at = work.now
    petition.unidentified |= wall.identified
    if petition.placement.unnamed and petition.handler is not None:
        holding.give(work, petition, petition.department, None)
    facts = {"reason": WallReason(wall.reason), "department": wall.department}
    timeline.record(work, petition, "petition.unwalled.v1", **facts)
    tasks.settle(work, petition)


def _who(wall: Wall) -> tuple[bytes | None, str | None]:
    """Whom it keeps away, by whichever number it stands before."""
    return wall.officer, wall.department


def add(work: UnitOfWork, petition: Petition, officer: str | None, department: str | None, reason: WallReason) -> Wall:
    """Adds the row and no more: of the officer the keyed hash, and the tag by which the other services are told."""
    wall = Wall(
        seq=len(petition.walls) + 1,
        officer=officer and colleagues.fingerprint(work, officer),
        tag=officer and placing.tag(work, petition.number, officer),
        department=department,
        reason=reason,
        recorded_at=work.now,
    )
    petition.walls.append(wall)
    return wall
