"""What a meeting resolved: whose it is, until when; late, urged, done or impossible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from contracts.vocabulary import PartRole, ProceedingState, TaskResult, TaskStanding
from courier.envelope import Actor
from courier.partners import partner_outbox
from courier.unit_of_work import ServiceContext, UnitOfWork
from referral.domain import errors
from referral.tables import Agency, Proceeding, Task
from referral.use_cases import guard, invitations, minutes
from referral.use_cases.proceedings import load, make, require
from referral.use_cases.tools import tools_of
from statute import day_of


@dataclass(frozen=True, slots=True)
class TaskInput:
    """What is to be done, by whom, until which day."""

    agency: str
    due: date
    text: str


def resolve(work: UnitOfWork, number: str, tasks: Sequence[TaskInput]) -> Proceeding:
    """Gives the tasks on which a meeting resolved, each to us or to an agency that was there, through the ban.

    Raises NoSuchAgency for one that was not there, BarredReceiver, WrongDate for a day that has passed.
    """
    proceeding = load(work, number)
    require(work, proceeding, "resolve")
    ours = tools_of(work).our_agency
    here = {part.agency for part in invitations.parts(work, number) if part.of_role is PartRole.AGENCY} | {ours}
    for item, each in enumerate(tasks, 1):
        if each.agency not in here:
            raise errors.NoSuchAgency()
        if each.due < day_of(work.now):
            raise errors.WrongDate("落实期限已过", "due")
        if each.agency != ours:
            guard.check(work, proceeding.petition, each.agency)
        _give(work, proceeding, item, each)
    return make(work, proceeding, "resolve", tasks=len(tasks))


def urge(work: UnitOfWork, number: str, item: str) -> Proceeding:
    """催办: whose it is is asked to do it. Raises NoSuchTask, IllegalStep for one that has ended."""
    proceeding = load(work, number)
    task = _open(work, proceeding, item)
    _urge(work, proceeding, task)
    return proceeding


def end(work: UnitOfWork, number: str, item: str, result: TaskResult, text: str) -> Proceeding:
    """Our own is done, or an officer writes down what an agency without a queue said. Raises NotByHand."""
    proceeding = load(work, number)
    task = _open(work, proceeding, item)
    if task.agency != tools_of(work).our_agency and work.session.get_one(Agency, task.agency).has_queue:
        raise errors.NotByHand()
    answered(work, proceeding, task, result, text, None)
    return proceeding


def answered(
    work: UnitOfWork, proceeding: Proceeding, task: Task, result: TaskResult, text: str, theirs: str | None
) -> None:
    """It is done or cannot be; the last one to end ends the resolution. `theirs`: the agency's officer."""
    if task.now_in is not TaskStanding.OPEN:
        raise errors.IllegalStep("task", proceeding.now_in, [], f"办理已经办结的第{task.item}项任务")
    done = result is TaskResult.DONE
    task.state, task.ended_at = (TaskStanding.DONE if done else TaskStanding.IMPOSSIBLE), work.now
    partner_outbox.finished(work, subject(task))
    minutes.keep(work, proceeding, "task", text, agency=task.agency, theirs=theirs)
    facts = {"late": day_of(work.now) > task.due} if done else {}
    _tell(work, proceeding, task, f"task.{'done' if done else 'impossible'}.v1", **facts)
    work.session.flush()
    states = {each.now_in for each in of_proceeding(work, proceeding.number)}
    if TaskStanding.OPEN not in states:
        make(work, proceeding, "fulfil" if states == {TaskStanding.DONE} else "unfulfil")


def find(work: UnitOfWork, proceeding: Proceeding, item: int) -> Task:
    """Under its proceeding's lock. Raises NoSuchTask."""
    task = work.session.get(Task, (proceeding.number, item))
    if task is None:
        raise errors.NoSuchTask()
    return task


def of_proceeding(work: UnitOfWork, number: str) -> Sequence[Task]:
    """By item."""
    return work.session.scalars(select(Task).where(Task.proceeding == number).order_by(Task.item)).all()


def what(work: UnitOfWork, task: Task) -> str:
    """What is to be done."""
    text: str = minutes.opened(work, task.petition, _label(task), task.words)["text"]
    return text


def pursue(context: ServiceContext, actor: Actor, limit: int = 50) -> int:
    """Tasks whose day has passed: told once as missed, and urged. Returns how many."""
    with context.begin(actor) as work:
        query = select(Task.proceeding, Task.item).where(
            Task.state == TaskStanding.OPEN, Task.missed_at.is_(None), Task.due < day_of(work.now)
        )
        found = work.session.execute(query.order_by(Task.due, Task.proceeding, Task.item).limit(limit)).all()
    for number, item in found:
        with context.begin(actor) as work:
            proceeding = load(work, number)
            task = find(work, proceeding, item)
            if task.now_in is TaskStanding.OPEN and task.missed_at is None:
                task.missed_at = work.now
                _tell(work, proceeding, task, "task.missed.v1", due=task.due)
                _urge(work, proceeding, task)
    return len(found)


def subject(task: Task) -> str:
    """Whose receipt is asked for."""
    return f"{task.proceeding}/{task.item}"


def _give(work: UnitOfWork, proceeding: Proceeding, item: int, given: TaskInput) -> None:
    task = Task(
        proceeding=proceeding.number,
        item=item,
        petition=proceeding.petition,
        agency=given.agency,
        due=given.due,
        state=TaskStanding.OPEN,
        urged=0,
        words=b"",
    )
    task.words = minutes.seal(work, proceeding.petition, _label(task), {"text": given.text})
    work.session.add(task)
    work.session.flush()
    _tell(work, proceeding, task, "task.set.v1", due=given.due)
    if given.agency != tools_of(work).our_agency and work.session.get_one(Agency, given.agency).has_queue:
        said = {"proceeding": proceeding.number, "item": item, "text": given.text, "due": given.due}
        again = tools_of(work).offer_again_after
        partner_outbox.send_until_acknowledged(work, given.agency, "task.offered.v1", subject(task), said, again)


def _urge(work: UnitOfWork, proceeding: Proceeding, task: Task) -> None:
    task.urged += 1
    _tell(work, proceeding, task, "task.urged.v1", times=task.urged)
    if task.agency == tools_of(work).our_agency:
        return
    of = guard.matter(work, proceeding.petition)
    if work.session.get_one(Agency, task.agency).has_queue and guard.refusal(work, of, task.agency) is None:
        said = {"proceeding": proceeding.number, "item": task.item, "times": task.urged}
        work.to_agency(task.agency, "task.urged.v1", subject(task), said)


def _open(work: UnitOfWork, proceeding: Proceeding, item: str) -> Task:
    if not item.isascii() or not item.isdecimal() or len(item) > 3:
        raise errors.NoSuchTask()
    task = find(work, proceeding, int(item))
    if proceeding.now_in is not ProceedingState.RESOLVED or task.now_in is not TaskStanding.OPEN:
        raise errors.IllegalStep("task", proceeding.now_in, [], f"办理已经办结的第{item}项任务")
    return task


def _tell(work: UnitOfWork, proceeding: Proceeding, task: Task, type_: str, **facts: Any) -> None:
    invitations.tell(work, proceeding, type_, item=task.item, agency=task.agency, **facts)


def _label(task: Task) -> str:
    return f"task|words|{task.proceeding}/{task.item}"
