"""What follows when an agency lets its time run out: urged, then others asked to coordinate; silence is consent."""

from sqlalchemy import Select, and_, exists, or_, select

from clock.tables import Clock, State
from contracts.problems import Problem
from contracts.vocabulary import EscalationReason, ReferralState
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from referral.tables import Escalation, Referral
from referral.use_cases import escalation, inbound, officers
from referral.use_cases.steps import load, make, say

SIGN, URGED = "referral_sign", "signature_after_urge"
OBJECT = ("receiver_objects", "objection_to_sender")


def pursue(context: ServiceContext, actor: Actor, limit: int = 50) -> int:
    """Each referral whose next step is due, in a transaction of its own. Returns how many."""
    with context.begin(actor) as work:
        found = work.session.execute(_due().limit(limit)).all()
    for row in found:
        with context.begin(actor) as work:
            _pursue(work, row.number, row.rule)
    return len(found)


def _pursue(work: UnitOfWork, number: str, rule: str) -> None:
    referral = load(work, number)
    if referral is None or not work.session.scalar(select(_due().where(Referral.number == number).exists())):
        return  # it answered meanwhile
    if rule in OBJECT:
        make(work, referral, "deem")
        if referral.inbound:
            say(work, referral, inbound.SAID["accept"])
    elif rule == SIGN:
        try:
            officers.urge(work, number)
        except Problem:
            # since it was sent the directory learnt that it may not have it: nothing more goes there
            escalation.request(work, referral, EscalationReason.UNSIGNED)
    else:
        escalation.request(work, referral, EscalationReason.UNSIGNED)


def _due() -> Select[str, str]:
    asked = exists().where(Escalation.referral == Referral.number, Escalation.reason == EscalationReason.UNSIGNED)
    unsigned = and_(Referral.state == ReferralState.SENT, ~Referral.inbound, ~asked)
    signed = and_(Referral.state == ReferralState.SIGNED, ~Referral.statutory)
    return (
        select(Referral.number, Clock.rule)
        .join(Clock, and_(Clock.petition == Referral.petition, Clock.referral == Referral.number))
        .where(
            Clock.state == State.MISSED,
            Referral.state.in_([ReferralState.SENT, ReferralState.SIGNED]),
            or_(
                and_(unsigned, Clock.rule == SIGN, Referral.urged == 0),
                and_(unsigned, Clock.rule == URGED),
                and_(signed, Clock.rule.in_(OBJECT)),
            ),
        )
        .order_by(Referral.number)
    )
