"""Tasks inside our office: opened once by what asks for them, always somebody's who is here and not kept away.

A task is of a petition and outlives what opened it: a colour that is lowered, a handover, a reopening, the closing.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, or_, select

import statute
from authorization import colleagues
from authorization.colleagues import colleague
from contracts.vocabulary import Reminder, RiskColour, Role, TaskStanding
from courier.unit_of_work import UnitOfWork
from intake.domain import tasks as rules
from intake.domain.tasks import LEAD, Colleague, Duty, Owner, Seat, TaskKind
from intake.tables import Department, Petition, Task
from intake.use_cases import people, reminders, timeline
from intake.use_cases.tools import tools_of
from statute import day_of

BATCH = 50


def open(
    work: UnitOfWork,
    petition: Petition,
    kind: str,
    *,
    origin: str,
    owner: Owner | None = None,
    due: date | None = None,
    text: str | None = None,
) -> Task | None:
    """A task of a kind of the county's data, told to whose it is; None while one of the same origin is open.

    `origin`: what asks for it (`liability/criminal/0`), so that asking twice opens one. `owner`: somebody named, in
    place of the kind's. `due`: in place of the kind's days. `text`: an officer's words, kept sealed. The caller holds
    the petition's lock. Raises KeyError for a kind that no data names.
    """
    found = tools_of(work).tasks[kind]
    work.session.flush()
    if work.session.scalar(select(exists().where(_open(Task.petition == petition.number, Task.origin == origin)))):
        return None
    named = owner or Owner(department=found.department)
    duty = found.duty if owner is None else Duty.NAMED
    id_, opener = uuid.uuid4().hex, colleagues.seat(work, work.actor.officer)
    task = Task(
        id=id_,
        petition=petition.number,
        kind=kind,
        zh=found.zh,
        origin=origin,
        duty=duty,
        due=due or _last_day(work, found),
        state=TaskStanding.OPEN,
        text=people.seal(work, petition.number, f"task|text|{id_}", text),
        opened_at=work.now,
        opened_by=work.actor.officer,
    )
    _give(task, _owner(work, petition, task, named, opener))
    work.session.add(task)
    timeline.record(work, petition, "petition.task_opened.v1", **said(task), due=task.due)
    tell(work, petition, task, urgent=found.urgent)
    return task


def open_for_colour(work: UnitOfWork, petition: Petition, colour: RiskColour) -> None:
    """What a colour asks of the office; what of it is still open from before is not asked again."""
    for kind in tools_of(work).scheme.tasks.get(colour, ()):
        open(work, petition, kind.id, origin=f"risk/{kind.id}")


def open_leads(work: UnitOfWork, petition: Petition, boxes: Mapping[str, bool]) -> None:
    """A lead for each ticked box of the liability review, once in a round: a second review does not double it."""
    for box in (name for name, ticked in boxes.items() if ticked):
        origin = f"liability/{box}/{petition.round}"
        known = select(exists().where(Task.petition == petition.number, Task.origin == origin))
        if not work.session.scalar(known):
            open(work, petition, f"{LEAD}{box}", origin=origin)


def settle(work: UnitOfWork, petition: Petition) -> int:
    """After a wall, a handover, or who left: each open task is with whom it should be, who is told. How many moved.

    The caller holds the petition's lock.
    """
    work.session.flush()
    query = select(Task).where(_open(Task.petition == petition.number)).order_by(Task.opened_at, Task.id)
    found = work.session.scalars(query.with_for_update()).all()
    return sum(move(work, petition, task, Owner(task.department, task.officer)) for task in found)


def move(work: UnitOfWork, petition: Petition, task: Task, named: Owner) -> bool:
    """To whom it is to be with, `named` before others. Whether that is somebody else, which is then said."""
    now = Owner(task.department, task.officer)
    found = _owner(work, petition, task, named, None)
    if found == now:
        return False
    _give(task, found)
    timeline.record(work, petition, "petition.task_given.v1", **said(task))
    tell(work, petition, task)
    return True


def settle_officer(work: UnitOfWork, number: str) -> None:
    """After an officer left, moved or came: what was theirs, and what nobody of us could have, is looked at anew."""
    _settle_all(work, or_(Task.officer == number, _nobodys()))


def settle_department(work: UnitOfWork, code: str) -> None:
    """After a department was closed."""
    _settle_all(work, Task.department == code)


def settle_stray(work: UnitOfWork) -> int:
    """Whose officer or department is no more, or has the petition no more, however that came. Returns how many moved.

    What changes it settles at once; this is for what cannot, as the loading of the office's file.
    """
    works = select(colleague.c.officer).where(colleague.c.active)
    there = select(Department.code).where(Department.active)
    gone = and_(Task.officer.is_not(None), works.exists(), Task.officer.not_in(works))
    closed = and_(Task.department.is_not(None), there.exists(), Task.department.not_in(there))
    # of what concerns us the rule decides alone: no department may have it while nobody is named
    handed = and_(
        Task.duty == Duty.HANDLER, Petition.handler.in_(works), Task.officer.is_distinct_from(Petition.handler)
    )
    assigned = and_(
        Task.duty == Duty.DEPARTMENT,
        Petition.department.in_(there),
        Task.department.is_distinct_from(Petition.department),
    )
    moved = and_(~Petition.concerns_us, or_(handed, assigned))
    return _settle_all(work, or_(gone, closed, moved, and_(_nobodys(), works.exists())))


def tell_overdue(work: UnitOfWork) -> int:
    """Each once: those whose day has passed, to whose they are. Returns of how many petitions."""
    late = _open(Task.due < day_of(work.now), Task.overdue_told.is_(None))
    query = select(Petition).where(exists().where(Task.petition == Petition.number, late)).order_by(Petition.number)
    found = work.session.scalars(query.limit(BATCH).with_for_update(skip_locked=True)).all()
    for petition in found:
        for task in work.session.scalars(select(Task).where(Task.petition == petition.number, late)):
            task.overdue_told = work.now
            timeline.record(work, petition, "petition.task_overdue.v1", **said(task), due=task.due)
            tell(work, petition, task, about=Reminder.TASK_OVERDUE)
    return len(found)


def tell(
    work: UnitOfWork, petition: Petition, task: Task, *, about: Reminder = Reminder.TASK, urgent: bool = True
) -> None:
    """Whose it is hears of it."""
    reminders.remind(
        work, petition, about, department=task.department, officer=task.officer, due=task.due, urgent=urgent
    )


def whose(work: UnitOfWork, petition: Petition, duty: Duty) -> Owner:
    """Who would have a task of this duty now: whom to tell of what is none."""
    return rules.owner(duty, _seat(work, petition, None), Owner(), [colleagues.seat(work, work.actor.officer)])


def _owner(work: UnitOfWork, petition: Petition, task: Task, named: Owner, opener: str | None) -> Owner:
    theirs = colleagues.seat(work, named.officer) if named.officer else None
    return rules.owner(Duty(task.duty), _seat(work, petition, named.department), named, [theirs, opener])


def _seat(work: UnitOfWork, petition: Petition, named: str | None) -> Seat:
    """Who of ours can have something of this petition."""
    its = petition.placement
    people_: dict[str, Colleague] = {}
    for row in work.session.execute(select(colleague).where(colleague.c.active)):
        if not colleagues.kept_away(work, its, row.officer):
            roles = frozenset(row.roles)
            leads = frozenset(row.leads)
            people_[row.officer] = Colleague(
                row.officer, row.department, leads, Role.LEADER in roles, Role.CHIEF in roles
            )
    known = set(work.session.scalars(select(Department.code).where(Department.active)))
    if not known:
        # an office that loaded none takes any code
        known = {each for each in (petition.department, named) if each}
    return Seat(petition.department, petition.handler, people_, frozenset(known - its.walled_departments), its.unnamed)


def _give(task: Task, found: Owner) -> None:
    task.department, task.officer = found.department, found.officer


def _settle_all(work: UnitOfWork, which: Any) -> int:
    if work.context.tools is None:
        return 0  # what settles strays has them
    work.session.flush()
    of = exists().where(Task.petition == Petition.number, _open(which))
    found = work.session.scalars(select(Petition).where(of).order_by(Petition.number).with_for_update()).all()
    return sum(settle(work, petition) for petition in found)


def _nobodys() -> Any:
    return and_(Task.officer.is_(None), Task.department.is_(None))


def said(task: Task) -> dict[str, Any]:
    """What events tell of it: of an officer, nothing."""
    return {"task": task.id, "kind": task.kind, "department": task.department}


def _open(*which: Any) -> Any:
    return and_(Task.state == TaskStanding.OPEN, *which)


def _last_day(work: UnitOfWork, kind: TaskKind) -> date:
    """A rest day is no last day; today is not counted (民法典 201, 203)."""
    return statute.due(day_of(work.now), kind.length, kind.unit, calendar=tools_of(work).law.calendar).due
