"""What a case of judicial aid brings the petitioner: that there is a decision, and that an agency has answered."""

from contracts.vocabulary import LeadResult, Notice
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from notify.use_cases import directory, notices


def decided(work: UnitOfWork, message: Message) -> None:
    """That there is a decision, never which: the phone may be in another's hand."""
    notices.owe(work, message, Notice.AID_DECIDED, {}, message.data["case"])


def lead_answered(work: UnitOfWork, message: Message) -> None:
    """Owes the petitioner that an agency has answered; not while it is still looking into it."""
    if message.data["result"] is not LeadResult.PENDING:
        facts = {"agency": directory.name_of(work, message.data["agency"])}
        notices.owe(work, message, Notice.AID_ANSWERED, facts, message.data["lead"])
