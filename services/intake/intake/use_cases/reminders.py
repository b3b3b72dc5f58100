"""Who of our own office is to look at something: said to notify, which tells them by day, and each thing once."""

from datetime import date

from contracts.vocabulary import Reminder
from courier.unit_of_work import UnitOfWork
from intake.tables import Petition
from intake.use_cases import placing


def remind(
    work: UnitOfWork,
    petition: Petition,
    about: Reminder,
    *,
    department: str | None = None,
    officer: str | None = None,
    due: date | None = None,
    urgent: bool = True,
) -> None:
    """Tells a colleague (`officer`: a number), a department, or, with neither, the office. Nothing on the timeline.

    `urgent`: at once, never at night; else in the next morning's digest. Who is kept away from the petition by the time
    it is read reads nothing. The caller holds the petition's lock.
    """
    tag = placing.tag(work, petition.number, officer).hex() if officer else None
    work.event(
        "officer.reminded.v1",
        petition.number,
        petition=petition.number,
        about=about,
        department=None if officer else department,
        officer=tag,
        urgent=urgent,
        due=due,
    )
