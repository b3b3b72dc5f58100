"""What a referral brings the petitioner: who will be in touch, and that nobody will any more."""

from contracts.vocabulary import Notice, ReferralKind
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from notify.use_cases import directory, notices


def signed(work: UnitOfWork, message: Message) -> None:
    """Owes who has it and will be in touch; nothing where the agency only helps or hears of it."""
    data = message.data
    if data.get("kind") in (ReferralKind.ASSIST, ReferralKind.NOTIFY_LEAD):
        return  # who only helps or hears of it does not turn to the petitioner
    facts = {
        "signed_on": data["signed_on"],
        "contact_by": data["contact_by"],
        "agency": directory.name_of(work, data["agency"]),
    }
    notices.owe(work, message, Notice.TRANSFERRED, facts, data["referral"])


def ended(work: UnitOfWork, message: Message) -> None:
    """Nobody there will get in touch any more."""
    notices.overtake(work, message, {Notice.TRANSFERRED}, message.data["referral"])
