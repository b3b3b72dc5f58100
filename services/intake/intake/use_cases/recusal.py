"""Who of our office may handle a petition, and who may have nothing to do with it (条例 28(3), 30(3))."""

from collections.abc import Iterable

from sqlalchemy import select

from authorization import colleagues
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import OfficerRow, Petition
from intake.use_cases import holding, office
from statute import day_of


def check(work: UnitOfWork, petition: Petition, department: str, handler: str) -> None:
    """Whether this colleague may handle it in the department.

    Raises UnknownOfficer for who does not work here, CannotHandle for every other reason alike.
    """
    office.check_officer(work, handler, "handler", day_of(work.now))
    if not may_handle(work, department, handler) or keeps_away(work, petition, [handler]) or petition.placement.unnamed:
        raise errors.CannotHandle()


def may_handle(work: UnitOfWork, department: str, officer: str, *, lock: bool = True) -> bool:
    """Whether they work there today and handle petitions; where nobody was loaded anybody does, as before.

    `lock`: their row stays as it is until the transaction ends, so that who leaves at this moment is seen to have what
    is given here.
    """
    found = work.session.get(OfficerRow, officer, with_for_update={"read": True} if lock else None)
    if found is None:
        return work.session.scalar(select(OfficerRow.number).limit(1)) is None
    return found.department == department and holding.handles(found, day_of(work.now))


def keeps_away(work: UnitOfWork, petition: Petition, officers: Iterable[str]) -> bool:
    """Whether one of these colleagues may have nothing to do with it, themselves or with their department."""
    its = petition.placement
    return any(colleagues.kept_away(work, its, each) for each in officers)
