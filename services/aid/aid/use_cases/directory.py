"""The county's agencies as referral tells them: whom a lead can go to."""

from sqlalchemy import select

from aid.domain import states
from aid.tables import Agency, Lead
from aid.use_cases import leads
from contracts.vocabulary import LeadState
from courier.inbox import Message
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork
from service_kit import directory


def directory_told(work: UnitOfWork, message: Message) -> None:
    """An agency that left can answer no more: what it was asked is open again."""
    directory.keep(work, Agency, message.data)
    agency = work.session.get(Agency, message.data["agency"], populate_existing=True)
    if agency is None or leads.has_queue(agency):
        return
    unanswered = select(Lead).where(Lead.agency == agency.code, Lead.state.in_([str(s) for s in states.OPEN_LEADS]))
    for lead in work.session.scalars(unanswered.order_by(Lead.number).with_for_update()):
        lead.state = LeadState.UNDELIVERED
        partner_outbox.finished(work, lead.number)
        leads.record(work, lead, "aid.lead_undelivered.v1")


def names(work: UnitOfWork) -> dict[str, str]:
    """Code → name of those in the directory today."""
    return {agency.code: agency.name for agency in agencies(work)}


def agencies(work: UnitOfWork) -> list[Agency]:
    """Those in the directory today, by code."""
    return directory.active(work, Agency)
