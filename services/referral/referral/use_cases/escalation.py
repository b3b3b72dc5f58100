"""提请协调: when nobody takes a matter the joint conference is asked, and how long each agency had it is counted."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, select

from authorization import ban
from contracts.vocabulary import Barred, EscalationReason, ReferralState
from courier import tables
from courier.unit_of_work import UnitOfWork
from referral.domain import states
from referral.tables import Agency, Custody, Escalation, Guarded, Referral
from referral.use_cases import guard
from referral.use_cases.tools import tools_of
from statute import day_of


def bounced(work: UnitOfWork, referral: Referral) -> None:
    """After a second agency gave the matter back."""
    returned = select(func.count()).where(
        Referral.petition == referral.petition, Referral.state == ReferralState.RETURNED, ~Referral.inbound
    )
    work.session.flush()
    if (work.session.scalar(returned) or 0) >= states.BOUNCES:
        request(work, referral, EscalationReason.BOUNCED)


def request(work: UnitOfWork, referral: Referral, reason: EscalationReason) -> Escalation:
    """Asks for coordination and tells it, with how long each had the matter; of nobody where the ban leaves nobody.

    Who is asked hears it on their own queue, where the directory gives them one.
    """
    days = held_for(work, referral.petition)
    asked = Escalation(
        id=uuid.uuid4().hex,
        petition=referral.petition,
        referral=referral.number,
        reason=reason,
        agency=ban.coordinator(
            guard.agency_graph(work),
            guard.matter(work, referral.petition),
            states.COORDINATORS,
            tools_of(work).our_agency,
        ),
        days=[list(each) for each in days],
        requested_at=work.now,
    )
    work.session.add(asked)
    _tell(work, asked)
    work.event(
        "escalation.requested.v1",
        referral.petition,
        petition=referral.petition,
        referral=referral.number,
        reason=reason,
        to=asked.agency,
        agencies=[agency for agency, _ in days],
        days=[count for _, count in days],
    )
    return asked


def _tell(work: UnitOfWork, asked: Escalation) -> None:
    """Into the own queue of who is asked, where they have one; to the others an officer carries the sentence.

    The ban chose who is asked, and what goes says nothing of the matter itself.
    """
    agency = work.session.get(Agency, asked.agency) if asked.agency else None
    if agency is not None and agency.has_queue:
        said = {
            "petition": asked.petition,
            "reason": EscalationReason(asked.reason),
            "requested_on": day_of(asked.requested_at),
            "held_by": [{"agency": code, "days": count} for code, count in asked.days],
        }
        work.to_agency(agency.code, "coordination.requested.v1", asked.petition, said)


def of_petition(work: UnitOfWork, petition: str) -> list[Escalation]:
    """The oldest first."""
    query = select(Escalation).where(Escalation.petition == petition)
    return list(work.session.scalars(query.order_by(Escalation.requested_at, Escalation.id)))


def stands() -> ColumnElement[bool]:
    """Whether one is still to be followed up: nobody has taken the matter on, and it has not ended.

    What was closed stays so for it when it is taken up again: who refuses it then is asked about anew.
    """
    its, since = Referral.petition == Escalation.petition, Custody.since > Escalation.requested_at
    taken = exists().where(its, ~Referral.inbound, Referral.state.in_(sorted(states.TAKEN_ON)))
    closed = exists().where(Custody.petition == Escalation.petition, Custody.agency.is_(None), since)
    ended = exists().where(Guarded.petition == Escalation.petition, Guarded.ended)
    return ~taken & ~closed & ~ended


def held_for(work: UnitOfWork, petition: str) -> list[tuple[str, int]]:
    """(agency, calendar days from the offer to its end or until now), in the order of the referrals; days add up."""
    events, days = tables.events, dict[str, int]()
    work.session.flush()
    referrals = work.session.scalars(
        select(Referral).where(Referral.petition == petition, ~Referral.inbound).order_by(Referral.number)
    ).all()
    for referral in referrals:
        moments = work.session.scalars(
            select(events.c.recorded_at).where(events.c.subject == referral.number).order_by(events.c.version)
        ).all()
        end = moments[-1] if referral.now_in in states.ENDED else work.now
        days[referral.agency] = days.get(referral.agency, 0) + _days(moments[0], end)
    return list(days.items())


def sentence(asked: Escalation | Row[Any], names: Mapping[str, str], is_held: bool) -> str:
    """What the officer carries to who is asked; of what is held, nothing."""
    if is_held and not asked.agency:
        return Barred.HELD.zh
    held = "、".join(f"{names.get(agency, agency)}{count}日" for agency, count in asked.days)
    to = f"提请{names.get(asked.agency, asked.agency)}协调" if asked.agency else "依法没有可以提请的单位，报检察长决定"
    return f"{asked.petition}{EscalationReason(asked.reason).zh}，{to}。各单位经手：{held}。"


def _days(first: datetime, last: datetime) -> int:
    return (day_of(last) - day_of(first)).days
