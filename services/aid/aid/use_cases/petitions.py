"""What becomes of a petition's aid when the petition is held, sealed or over."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from aid.tables import Case, Held, Lead
from contracts.vocabulary import Termination
from courier.faults import NotYet
from courier.inbox import Message
from courier.partners import partner_outbox
from courier.unit_of_work import UnitOfWork


def held(work: UnitOfWork, message: Message) -> None:
    """From now on no lead leaves, nor is one offered again; to whom it was released before, neither."""
    statement = upsert(Held).values(petition=message.data["petition"], released=[])
    work.session.execute(statement.on_conflict_do_update(index_elements=["petition"], set_={"released": []}))


def released(work: UnitOfWork, message: Message) -> None:
    """What is held may go to the agency that intake names."""
    held = work.session.get_one(Held, message.data["petition"], with_for_update=True)
    held.released = sorted({*held.released, message.data["to"]})


def sealed(work: UnitOfWork, message: Message) -> None:
    """Who is to be helped asked for secrecy: a lead nobody signed for is not offered once more."""
    its = select(Case).where(Case.petition == message.data["petition"]).order_by(Case.number)
    # under its lock: a lead that is offered at this moment is seen, or sees it sealed
    cases = work.session.scalars(its.with_for_update()).all()
    if not cases:
        raise NotYet("the request for aid has not come yet")
    for case in cases:
        case.sealed = True
        partner_outbox.stop_offering(work, [lead.number for lead in case.leads])


def terminated(work: UnitOfWork, message: Message) -> None:
    """Of a petitioner who has died, what `died` says; any other end leaves the case to its officer."""
    if message.data["reason"] is Termination.DIED:
        died(work, message)


def died(work: UnitOfWork, message: Message) -> None:
    """Who was to be helped has died: a lead nobody signed for is not offered once more. The case is an officer's."""
    its = select(Lead.number).join(Case).where(Case.petition == message.data["petition"])
    partner_outbox.stop_offering(work, work.session.scalars(its).all())
