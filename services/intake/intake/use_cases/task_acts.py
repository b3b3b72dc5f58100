"""What officers do with tasks: look at them, set one, end one with its record, give one to another, open one again."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true

from authorization.placements import one_of
from authorization.sight import View
from authorization.table import Scope
from contracts.vocabulary import ListScope, TaskStanding
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.domain.tasks import Duty, Owner
from intake.tables import Petition, Task, TaskRecord
from intake.use_cases import cards, office, people, recusal, tasks, timeline, walls
from intake.use_cases.tools import tools_of
from statute import day_of
from web.listing import Found, Page
from web.tokens import Officer


def find(work: UnitOfWork, id_: str, *, lock: bool = False) -> Task:
    """The task, under its lock where asked; its petition's is taken before. Raises NoSuchTask."""
    task = work.session.get(Task, id_, with_for_update=lock, populate_existing=lock)
    if task is None:
        raise errors.NoSuchTask()
    return task


def covers(view: View, petition: Petition, task: Task) -> bool:
    """Whether it may be seen: by who sees the petition, by whose it is, and by nobody who is kept away."""
    its = petition.placement
    if view.covers(its):
        return True
    in_department = Scope.DEPARTMENT in view.scopes and task.department is not None
    own = task.officer in view.hands or (in_department and task.department == view.department)
    # as if no department had it yet: what is left to ask are the walls
    return own and not its.unnamed and view.covers(replace(its, department=None))


@lru_cache(256)
def visible(view: View) -> ColumnElement[bool]:
    """What `covers` says, for a list of tasks joined to their petitions."""
    if not view.scopes:
        return false()
    own = one_of(Task.officer, view.numbers)
    if Scope.DEPARTMENT in view.scopes and view.department is not None:
        own = or_(own, Task.department == view.department)
    return or_(walls.visible(view), and_(own, ~walls.walled(view), ~walls.unnamed()))


def whose(view: View, scope: ListScope) -> ColumnElement[bool]:
    """Of those in sight: one's own, and one's department's of what one handles; the department's; all."""
    match scope:
        case ListScope.MINE:
            handled = and_(Task.department == view.department, one_of(Petition.handler, view.numbers))
            return or_(one_of(Task.officer, view.numbers), handled)
        case ListScope.DEPARTMENT:
            return false() if view.department is None else Task.department == view.department
    return true()


SORTS = {"due": (Task.due, Task.id), "opened": (Task.opened_at, Task.id)}


def listing(work: UnitOfWork, view: View, page: Page) -> Found:
    """A page of tasks in sight; `mine`: one's own, and one's department's of what one handles."""
    filters = dict(page.filters)
    rows = select(Task).join(Petition, Petition.number == Task.petition)
    rows = rows.where(visible(view), whose(view, filters.pop("scope", ListScope.OFFICE)))
    if filters.pop("overdue", False):
        rows = rows.where(Task.due < day_of(work.now), Task.state == TaskStanding.OPEN)
    for name, value in filters.items():
        rows = rows.where(getattr(Task, name) == value)
    return page.of(work.session, rows)


def check_theirs(view: View, task: Task) -> None:
    """Raises NotYourTask for who neither has it, nor sits in the department that has it, nor sees the whole office."""
    if not _is_theirs(view, task):
        raise errors.NotYourTask()


def _is_theirs(view: View, task: Task) -> bool:
    own = task.department is not None and view.covers_department(task.department)
    return own or task.officer in view.hands or Scope.OFFICE in view.scopes


def _has_twin(work: UnitOfWork, task: Task) -> bool:
    """Whether another of the same origin is open, which stands in its place."""
    twin = exists().where(Task.petition == task.petition, Task.origin == task.origin, Task.state == TaskStanding.OPEN)
    return bool(work.session.scalar(select(twin)))


def allowed(work: UnitOfWork, view: Callable[[str], View], petition: Petition, task: Task) -> Iterator[str]:
    """What can be done with it now by who sees so far."""
    if task.state != TaskStanding.OPEN:
        if covers(view("task.reopen"), petition, task) and not _has_twin(work, task):
            yield "reopen"
        return
    if covers(view("task.end"), petition, task) and _is_theirs(view("task.end"), task):
        yield from ("done", "impossible")
    if covers(view("task.give"), petition, task):
        yield "give"


def add(
    work: UnitOfWork,
    petition: Petition,
    text: str,
    due: date,
    department: str | None = None,
    officer: str | None = None,
    kind: str = "other",
) -> Task:
    """One an officer sets by hand; its words are kept sealed. With nobody named it is whose such tasks are by rule.

    Raises TwoOwners, Invalid for who cannot have it.
    """
    named = _named(work, petition, department, officer)
    owner = None if named == Owner() else named
    _check_day(work, due)
    task = tasks.open(work, petition, kind, origin=f"{kind}/{uuid.uuid4().hex}", owner=owner, due=due, text=text)
    assert task is not None
    return task


def end(work: UnitOfWork, petition: Petition, task: Task, standing: TaskStanding, record: str) -> Task:
    """Done, or it cannot be; either with its record. Raises TaskEnded for one that ended before."""
    if task.state != TaskStanding.OPEN:
        raise errors.TaskEnded(TaskStanding(task.state))
    task.state = standing
    _record(work, task, standing, record)
    timeline.record(work, petition, "petition.task_ended.v1", **tasks.said(task), outcome=standing)
    return task


def reopen(work: UnitOfWork, petition: Petition, task: Task, due: date, reason: str) -> Task:
    """It is to be done after all, until a day of its own, by whoever has it now; the record before stays."""
    if task.state == TaskStanding.OPEN or _has_twin(work, task):
        raise errors.TaskStillOpen()
    _check_day(work, due)
    return _open_again(work, petition, task, due, reason)


def end_all(work: UnitOfWork, petition: Petition, record: str) -> list[Task]:
    """Nothing is to be done of it any more: those that were open, each with this record. The caller has its lock."""
    query = select(Task).where(Task.petition == petition.number, Task.state == TaskStanding.OPEN)
    found = list(work.session.scalars(query.order_by(Task.opened_at, Task.id).with_for_update()))
    for each in found:
        end(work, petition, each, TaskStanding.IMPOSSIBLE, record)
    return found


def hand_on(work: UnitOfWork, petition: Petition, into: Petition, record: str) -> dict[str, str | None]:
    """It goes on in another, and what is open of it goes on there; where that has the same open, in that.

    Each that ended here with the one that began there, None where that has the same.
    """
    made: dict[str, str | None] = {}
    for each in end_all(work, petition, record):
        known = each.kind in tools_of(work).tasks
        words = people.unseal(work, petition.number, f"task|text|{each.id}", bytes(each.text)) if each.text else None
        owner = Owner(each.department, each.officer) if each.duty == Duty.NAMED else None
        opened = tasks.open(
            work,
            into,
            each.kind if known else "other",  # the county has no such kind any more
            origin=each.origin,
            owner=owner,
            due=each.due,
            text=words if known else words or each.zh,
        )
        made[each.id] = opened.id if opened else None
    return made


def take_back(
    work: UnitOfWork, petition: Petition, target: Petition, handed: Mapping[str, str | None], record: str
) -> None:
    """They are two matters after all: what is still open there of what was handed on is open here again."""
    for own, other in handed.items():
        task, twin = find(work, own, lock=True), find(work, other, lock=True) if other else None
        if twin and twin.state != TaskStanding.OPEN:
            continue  # it was done meanwhile
        if twin:
            end(work, target, twin, TaskStanding.IMPOSSIBLE, record)
        go_on(work, petition, [task], record)


def go_on(work: UnitOfWork, petition: Petition, ended: Sequence[Task], record: str) -> None:
    """They ended by mistake: each is to be done by the day it had, by whoever has it now."""
    for task in ended:
        if task.state != TaskStanding.OPEN and not _has_twin(work, task):
            _open_again(work, petition, task, task.due, record)


def give(
    work: UnitOfWork, petition: Petition, task: Task, reason: str, department: str | None = None,
    officer: str | None = None,
) -> Task:  # fmt: skip
    """To another department or officer, with the reason; from then on it is theirs, whoever gets the petition.

    With nobody named it is back with the department that has the petition.
    """
    if task.state != TaskStanding.OPEN:
        raise errors.TaskEnded(TaskStanding(task.state))
    owner = _named(work, petition, department, officer)
    task.duty = Duty.DEPARTMENT if owner == Owner() else Duty.NAMED
    _record(work, task, "given", reason)
    tasks.move(work, petition, task, owner)
    return task


def of_petition(work: UnitOfWork, number: str) -> list[Task]:
    """All there ever were, the open ones first, each in the order of their days."""
    query = select(Task).where(Task.petition == number)
    return list(work.session.scalars(query.order_by(Task.state != TaskStanding.OPEN, Task.due, Task.id)))


def warnings(work: UnitOfWork, petition: Petition) -> list[str]:
    """Said to who closes it, or looks at what is closed: nothing is held up by it, and nothing of it goes away."""
    query = select(func.count()).where(Task.petition == petition.number, Task.state == TaskStanding.OPEN)
    count = work.session.scalar(query) or 0
    return [f"尚有 {count} 项任务未办结；归档后仍须办结"] if count else []


def row(work: UnitOfWork, task: Task) -> dict[str, Any]:
    """What a list shows of it."""
    standing, today = TaskStanding(task.state), day_of(work.now)
    return {
        "task": task.id,
        "petition": task.petition,
        "kind": task.kind,
        "title": task.zh,
        "department": task.department,
        "officer": task.officer,
        "above": task.department is None and task.officer is None,
        "due": task.due.isoformat(),
        "overdue": standing is TaskStanding.OPEN and task.due < today,
        "state": standing,
        "state_zh": standing.zh,
        "opened_at": task.opened_at.isoformat(),
    }


def reads(work: UnitOfWork, officer: Officer, petition: Petition, task: Task) -> bool:
    """Whether who sees the task is shown its words: whose it is, who sets tasks, and who is shown what it is about.

    They may say whom an accusation hits, or who spoke in secrecy.
    """
    view = walls.view(work, officer, "task.list")
    theirs = task.officer in view.hands or (task.department is not None and task.department == view.department)
    sets = walls.view(work, officer, "petition.add-task").covers(petition.placement)
    return theirs or sets or cards.showing_of(work, officer, petition).titles


def present(work: UnitOfWork, task: Task, with_words: bool) -> dict[str, Any]:
    """The task, with its words and those that were recorded of it for who reads them."""
    records: Sequence[TaskRecord] = work.session.scalars(
        select(TaskRecord).where(TaskRecord.task == task.id).order_by(TaskRecord.seq)
    ).all()

    def words(label: str, sealed: bytes | None) -> str | None:
        return people.unseal(work, task.petition, label, bytes(sealed)) if sealed and with_words else None

    return row(work, task) | {
        "text": words(f"task|text|{task.id}", task.text),
        "records": [
            {
                "what": each.what,
                "what_zh": _WHAT_ZH[each.what],
                "text": words(_label(task.id, each.seq), each.text),
                "at": each.recorded_at.isoformat(),
                "officer": each.officer,
            }
            for each in records
        ],
    }


_WHAT_ZH = {
    "done": TaskStanding.DONE.zh,
    "impossible": TaskStanding.IMPOSSIBLE.zh,
    "reopened": "重新开启",
    "given": "转由他人办理",
}


def _open_again(work: UnitOfWork, petition: Petition, task: Task, due: date, reason: str) -> Task:
    task.state, task.due, task.overdue_told = TaskStanding.OPEN, due, None
    _record(work, task, "reopened", reason)
    timeline.record(work, petition, "petition.task_reopened.v1", **tasks.said(task), due=due)
    if not tasks.move(work, petition, task, Owner(task.department, task.officer)):
        tasks.tell(work, petition, task)
    return task


def _named(work: UnitOfWork, petition: Petition, department: str | None, officer: str | None) -> Owner:
    if department is not None and officer is not None:
        raise errors.TwoOwners()
    if department is not None:
        office.check_department(work, department)
        if department in petition.placement.walled_departments:
            raise errors.WalledDepartment()
    if officer is not None:
        office.check_officer(work, officer, "officer")
        gone = not office.works_here(work, officer, day_of(work.now))
        if gone or recusal.keeps_away(work, petition, [officer]):
            raise errors.CannotTakePart("officer")
    return Owner(department, officer)


def _check_day(work: UnitOfWork, due: date) -> None:
    if due < day_of(work.now):
        raise errors.WrongField("due", "不能早于今天", "it lies in the past")


def _record(work: UnitOfWork, task: Task, what: str, text: str) -> None:
    known = select(func.count()).select_from(TaskRecord).where(TaskRecord.task == task.id)
    seq = (work.session.scalar(known) or 0) + 1
    work.session.add(
        TaskRecord(
            task=task.id,
            seq=seq,
            what=what,
            text=people.seal(work, task.petition, _label(task.id, seq), text),
            recorded_at=work.now,
            officer=work.actor.officer,
        )
    )
    work.session.flush()


def _label(task: str, seq: int) -> str:
    return f"task_record|text|{task}|{seq}"
