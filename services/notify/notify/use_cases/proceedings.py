"""What a hearing brings the petitioner: that it will be, and that it will not be on that day."""

from contracts.vocabulary import Notice, ProceedingKind
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from notify.use_cases import notices
from notify.use_cases.tools import tools_of


def notified(work: UnitOfWork, message: Message) -> None:
    """Owes on which day it is; what the day was before does not leave any more. The paper says time and place."""
    data = message.data
    if data["kind"] is not ProceedingKind.HEARING:
        return  # who petitions takes no part in a meeting of agencies
    off(work, message)
    facts = {"held_on": data["held_on"], "phone": tools_of(work).card.phone}
    notices.owe(work, message, Notice.HEARING, facts, f"{data['proceeding']} {data['held_on']}")


def off(work: UnitOfWork, message: Message) -> None:
    """It will not be on that day: what says so does not leave any more."""
    notices.overtake(work, message, {Notice.HEARING})
