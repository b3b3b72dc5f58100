"""Who of our office holds a petition: a department, and the person there who handles it; what is owed goes with it.

A person is named only as long as they work in that department and may handle petitions: with the change by which they
no longer do, what they handle falls back to the department; of a department that is closed, to the office.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, select

from authorization.table import ACTIONS
from clock import clocks
from contracts.vocabulary import HandlerChange, LinkReason
from courier.unit_of_work import UnitOfWork
from intake.domain import states
from intake.tables import Department, Link, OfficerRow, Petition, Step
from intake.use_cases import tasks, timeline
from statute import day_of

BATCH = 100


def give(work: UnitOfWork, petition: Petition, department: str | None, handler: str | None) -> None:
    """From now on these hold it and every period that is still owed; the caller has checked them, and records why."""
    petition.department, petition.handler = department, handler
    if petition.first_handler is None and department is not None and department == petition.first_department:
        petition.first_handler = handler
    clocks.hand_over(work, timeline.subject(work, petition))


def is_first(work: UnitOfWork, petition: Petition) -> bool:
    """Whether it repeats no other."""
    repeats = select(Link).where(Link.petition == petition.number, Link.reason == LinkReason.REPEAT)
    repeats = repeats.where(Link.undone_at.is_(None))
    return work.session.scalar(repeats.limit(1)) is None


def first(petition: Petition, steps: Sequence[Step]) -> dict[str, str | None] | None:
    """{department, handler} of its first acceptance; None before it. Of one accepted by older code, who accepted it.

    `steps`: its timeline.
    """
    if petition.first_department is not None:
        return {"department": petition.first_department, "handler": petition.first_handler}
    step = next((each for each in steps if each.type == "petition.accepted.v1"), None)
    return None if step is None else {"department": step.data["department"], "handler": step.officer}


def handles(officer: OfficerRow, today: date) -> bool:
    """Whether they work here on that day, as somebody who handles petitions."""
    return not officer.left_by(today) and not ACTIONS["petition.accept"].isdisjoint(officer.roles)


# -- who is here no more ---------------------------------------------------------------------------------------------


def take_off(work: UnitOfWork, officer: OfficerRow) -> int:
    """What they may not handle any more falls back to its department. The caller holds the officer's lock.

    What somebody else is changing at this moment, and of more than BATCH the rest, is left for the next time, which is
    the sweep's within a minute: a whole office's worth would hold the transaction for minutes. Returns how many it was.
    """
    its = Petition.handler == officer.number
    if handles(officer, day_of(work.now)):
        its &= Petition.department.is_distinct_from(officer.department)
    fallen = _locked(work, its)
    for petition in fallen:
        _fall(work, petition, petition.department, HandlerChange.LEFT)
    if not _any(work, its):
        officer.cleared = officer.revision
    return len(fallen)


def take_off_department(work: UnitOfWork, department: Department) -> int:
    """What a closed department has falls back to the office. The caller holds its lock. As `take_off`."""
    if department.active:
        department.cleared = department.revision
        return 0
    its = Petition.department == department.code
    fallen = _locked(work, its)
    for petition in fallen:
        _fall(work, petition, None, HandlerChange.DEPARTMENT_CLOSED)
    if not _any(work, its):
        department.cleared = department.revision
    return len(fallen)


def take_off_all(work: UnitOfWork) -> int:
    """What was left for the next time, of one officer and one department. Returns how many petitions it was."""
    fallen = 0
    officers = select(OfficerRow).where(OfficerRow.cleared < OfficerRow.revision).order_by(OfficerRow.number)
    for officer in work.session.scalars(officers.limit(1).with_for_update(skip_locked=True)):
        fallen += take_off(work, officer)
    departments = select(Department).where(Department.cleared < Department.revision).order_by(Department.code)
    for department in work.session.scalars(departments.limit(1).with_for_update(skip_locked=True)):
        fallen += take_off_department(work, department)
    return fallen


def _fall(work: UnitOfWork, petition: Petition, department: str | None, change: HandlerChange) -> None:
    give(work, petition, department, None)
    timeline.record(work, petition, "petition.handler_changed.v1", change=change)
    # what was left for the next time fell after its officer's tasks were settled
    tasks.settle(work, petition)


def _locked(work: UnitOfWork, its: ColumnElement[bool]) -> Sequence[Petition]:
    query = select(Petition).where(its, _is_held()).order_by(Petition.number).limit(BATCH)
    return work.session.scalars(query.with_for_update(skip_locked=True)).all()


def _any(work: UnitOfWork, its: ColumnElement[bool]) -> bool:
    return work.session.scalar(select(Petition.number).where(its, _is_held()).limit(1)) is not None


def _is_held() -> ColumnElement[bool]:
    return Petition.state.not_in([str(state) for state in states.ENDED])
