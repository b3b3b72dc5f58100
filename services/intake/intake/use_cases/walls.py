"""Walls inside the office: a colleague who is complained of, and their department, neither see nor handle it."""

from sqlalchemy import ColumnElement, and_, exists, or_

from authorization import colleagues
from authorization.placements import among, one_of, within
from authorization.sight import View, Whose
from contracts.vocabulary import WallReason
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import ChiefLed, Petition, Wall
from intake.use_cases import bookings, holding, office, recusal, tasks, timeline
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of
from web.tokens import Officer


def view(work: UnitOfWork, officer: Officer, action: str) -> View:
    """How far the officer sees for the action, by the office's list where it knows them."""
    return colleagues.view(work, officer, action)


def visible(view: View, whose: Whose = Whose.OFFICE) -> ColumnElement[bool]:
    """What `View.covers` says, for a list of any length."""
    mine = one_of(Petition.handler, view.numbers)
    return and_(~walled(view), reached(view), among(view, whose, Petition.department, mine))


def reached(view: View) -> ColumnElement[bool]:
    """How far the view reaches, whatever the walls."""
    mine = one_of(Petition.handler, view.numbers)
    return within(view, Petition.department, Petition.service_point, unnamed(), mine)


def unnamed() -> ColumnElement[bool]:
    """Whether it concerns us and nobody has said whom; what a placement says, for a list."""
    nobody = ~exists().where(Wall.petition == Petition.number, Wall.lifted_at.is_(None))
    return and_(Petition.concerns_us, or_(Petition.unidentified, nobody))


def walled(view: View) -> ColumnElement[bool]:
    """Whether the officer is kept away from a petition, however far they see."""
    seats = Wall.department.is_not(None) if view.seats is None else Wall.department.in_(sorted(view.seats))
    its = and_(Wall.petition == Petition.number, Wall.lifted_at.is_(None))
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
    add(work, petition, officer, department, reason)
    petition.walls[-1].identified, petition.unidentified = petition.unidentified, False
    if department is not None and petition.department == department:
        holding.give(work, petition, None, None)
    elif petition.handler is not None and recusal.keeps_away(work, petition, [petition.handler]):
        holding.give(work, petition, petition.department, None)
    led = work.session.get(ChiefLed, number)
    if led is not None and led.leader is not None and recusal.keeps_away(work, petition, [led.leader]):
        led.leader = None
    timeline.record(work, petition, "petition.walled.v1", reason=reason, department=department)
    tasks.settle(work, petition)
    bookings.wall_up(work, petition)
    return petition


def take_down(work: UnitOfWork, number: str, seq: int) -> Petition:
    """Keeps nobody away any more by this one wall, which stays in the history; who had it then gets nothing back.

    Where it alone had said whom of us it concerns, nobody has said so again. Raises NoSuchWall.
    """
    petition = load(work, number)
    wall = next((each for each in petition.standing if each.seq == seq), None)
    if wall is None:
        raise errors.NoSuchWall()
    wall.lifted_at = work.now
    petition.unidentified |= wall.identified
    facts = {"reason": WallReason(wall.reason), "department": wall.department}
    timeline.record(work, petition, "petition.unwalled.v1", **facts)
    tasks.settle(work, petition)
    return petition


def add(work: UnitOfWork, petition: Petition, officer: str | None, department: str | None, reason: WallReason) -> None:
    """Adds the row and no more: of the officer the keyed hash, and the tag by which the other services are told."""
    petition.walls.append(
        Wall(
            seq=len(petition.walls) + 1,
            officer=officer and colleagues.fingerprint(work, officer),
            tag=officer and tools_of(work).tags.of(petition.number, officer),
            department=department,
            reason=reason,
            recorded_at=work.now,
        )
    )
