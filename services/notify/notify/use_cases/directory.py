"""The county's agencies as referral tells them: what a notice calls them."""

from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from notify.tables import Agency
from service_kit import directory


def directory_told(work: UnitOfWork, message: Message) -> None:
    """Keeps an agency as the letter tells it, unless a later revision came first."""
    directory.keep(work, Agency, message.data)


def name_of(work: UnitOfWork, code: str) -> str:
    """What a notice calls it. Raises NotYet before its entry has come."""
    agency = work.session.get(Agency, code)
    if agency is None:
        raise NotYet("the directory's entry has not come yet")
    return agency.name
