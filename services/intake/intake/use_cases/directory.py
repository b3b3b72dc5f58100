"""The county's agencies as referral tells them, for choosing whom a matter goes to or is about."""

from sqlalchemy import select

from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import Agency
from intake.use_cases.tools import tools_of
from service_kit import directory

_NAMES = select(Agency.code, Agency.name).order_by(Agency.code)


def agency(work: UnitOfWork, code: str, field: str = "to") -> Agency:
    """The agency, when it is there today. Raises UnknownAgency for `field`, with the codes it could be."""
    found = work.session.get(Agency, code)
    if found is None or not found.active:
        known = work.session.scalars(select(Agency.code).where(Agency.active).order_by(Agency.code))
        raise errors.UnknownAgency(field, list(known))
    return found


def agencies(work: UnitOfWork) -> list[Agency]:
    """Those a matter can go to or be about today."""
    return directory.active(work, Agency)


def agency_names(work: UnitOfWork) -> dict[str, str]:
    """Of those that left too: what happened with them is still told."""
    return {row.code: row.name for row in work.session.execute(_NAMES)}


def names(work: UnitOfWork) -> dict[str, str]:
    """What the timeline's codes are called: agencies, rules, what a leader does, tasks."""
    tools = tools_of(work)
    codes = tools.law.packs.names | dict(tools.checklist) | {each.id: each.zh for each in tools.tasks.values()}
    return agency_names(work) | codes


def directory_told(work: UnitOfWork, message: Message) -> None:
    """referral's letter of one agency (`directory.entry.v1`); an older revision changes nothing."""
    directory.keep(work, Agency, message.data)
