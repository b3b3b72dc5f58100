"""What agencies say of what they are invited to: whether they come, how a mediation goes, what they did of a task."""

from collections.abc import Mapping
from typing import Any

from contracts.vocabulary import AgreementForm, InvitationAnswer, MediationStep, PartRole, TaskResult
from courier.faults import Reject, TooEarly
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, proceedings
from referral.tables import Part, Proceeding, Task
from referral.use_cases import invitations, mediations, meeting_tasks
from referral.use_cases.tools import tools_of
from service_kit.partners import Taken

REPLY, REPORT, TASK = "proceeding.reply.v1", "mediation.reported.v1", "task.answered.v1"


def replied(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> Taken:
    """`proceeding.reply`: to an invitation of the sender's own; how it stands after it."""
    proceeding, part = _invited(work, message, data)
    said = InvitationAnswer(data["answer"])
    try:
        mediations.answered(work, proceeding, part, said, data["text"], data["officer"])
    except errors.IllegalStep as fault:
        raise _turned_back(proceeding, part, fault) from None
    return Taken(proceeding.number, proceeding.state, allowed(proceeding, part))


def reported(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> Taken:
    """`mediation.reported`: by the organ that took it on."""
    proceeding, part = _invited(work, message, data)
    if part.of_role is not PartRole.MEDIATOR:
        raise errors.NotInvited()
    step, agreement = MediationStep(data["step"]), data["agreement"] and AgreementForm(data["agreement"])
    try:
        mediations.report(work, proceeding, step, data["on"], data["text"], agreement, data["officer"])
    except errors.IllegalStep as fault:
        name = proceedings.REPORTS[step]
        early = proceedings.awaits(proceeding.of_kind, proceeding.now_in, name)
        if early and work.now - message.received_at < tools_of(work).early_held:
            raise TooEarly("the step before it has not come yet") from None
        raise _turned_back(proceeding, part, fault) from None
    return Taken(proceeding.number, proceeding.state, allowed(proceeding, part))


def task_answered(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> Taken:
    """`task.answered`: of a task of the sender's own."""
    proceeding = work.session.get(Proceeding, data["proceeding"], with_for_update=True)
    task = work.session.get(Task, (proceeding.number, data["item"])) if proceeding else None
    if proceeding is None or task is None or task.agency != message.sender:
        raise errors.NotYourTask()
    try:
        meeting_tasks.answered(work, proceeding, task, TaskResult(data["result"]), data["text"], data["officer"])
    except errors.IllegalStep as fault:
        raise Reject("item", fault.zh, str(fault), task.state, []) from None
    return Taken(proceeding.number, task.state)


def allowed(proceeding: Proceeding, part: Part) -> list[str]:
    """The messages that the agency may say of it next, each once."""
    moves = proceedings.MOVES[proceeding.of_kind].values()
    lawful = [each for each in moves if proceedings.lawful(each, proceeding.of_form, proceeding.now_in)]
    if part.of_role is PartRole.MEDIATOR:
        return list(dict.fromkeys(each.message for each in lawful if each.message))
    return [REPLY] if proceeding.now_in is proceedings.S.NOTIFIED else []


def _invited(work: UnitOfWork, message: Message, data: Mapping[str, Any]) -> tuple[Proceeding, Part]:
    proceeding = work.session.get(Proceeding, data["proceeding"], with_for_update=True)
    part = invitations.of_agency(work, proceeding.number, message.sender) if proceeding else None
    if proceeding is None or part is None or part.told_on is None:
        raise errors.NotInvited()
    organ = invitations.mediator(work, proceeding)
    if part.of_role is PartRole.MEDIATOR and organ is not None and organ.id != part.id:
        # it turned it down, and another was asked since
        raise errors.NotInvited()
    return proceeding, part


def _turned_back(proceeding: Proceeding, part: Part, fault: errors.IllegalStep) -> Reject:
    return Reject("type", fault.zh, str(fault), proceeding.state, allowed(proceeding, part))
