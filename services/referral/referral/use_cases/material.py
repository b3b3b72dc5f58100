"""What came to a petition after it was handed over."""

from sqlalchemy import select

from authorization import ban
from contracts.vocabulary import ReferralKind
from courier.faults import NotYet
from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from referral.domain import states
from referral.tables import Agency, Referral
from referral.use_cases import guard
from referral.use_cases.steps import add_material, holding


def added(work: UnitOfWork, message: Message) -> None:
    """What came late goes on to whoever has the petition now; where nobody may or can have it, intake keeps it."""
    number = message.data["petition"]
    holding(work, number)  # not before its registration
    referral = _holding(work, number)
    if referral is None or not work.session.get_one(Agency, referral.agency).has_queue:
        return
    of = guard.matter(work, number)
    if ban.withheld(of, referral.agency):
        # intake wrote it before it was held: kept until it is released
        raise NotYet("it is held")
    if guard.refusal(work, of, referral.agency) is None:
        add_material(work, referral, message.personal["text"])


def _holding(work: UnitOfWork, petition: str) -> Referral | None:
    """The newest transfer for handling that still runs, under its lock."""
    query = select(Referral).where(
        Referral.petition == petition,
        Referral.kind == ReferralKind.TRANSFER,
        ~Referral.inbound,
        Referral.purpose == states.HANDLING,
        Referral.state.in_(states.MOVES["add_material"].sources),
    )
    return work.session.scalar(query.order_by(Referral.number.desc()).limit(1).with_for_update())
