"""What is asked of referral: referrals, their days, who holds what, the directory."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from clock import clocks
from clock.present import present
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, states
from referral.domain.states import Holding
from referral.tables import Agency, AgencyRevision, Custody, Referral
from referral.use_cases.steps import DUE_BY
from referral.use_cases.tools import tools_of


def find(work: UnitOfWork, number: str) -> Referral:
    """Not locked. Raises NoSuchReferral."""
    referral = work.session.get(Referral, number)
    if referral is None:
        raise errors.NoSuchReferral()
    return referral


def of_petition(work: UnitOfWork, petition: str) -> list[Referral]:
    """By number, those sent to us included."""
    return list(work.session.scalars(select(Referral).where(Referral.petition == petition).order_by(Referral.number)))


def sign_by(work: UnitOfWork, referrals: Sequence[Referral]) -> dict[str, date | None]:
    """number → the day it is to be signed for; None where it was never sent."""
    latest = clocks.latest_ends(work, sorted({each.petition for each in referrals}))
    return {each.number: latest.get((each.number, DUE_BY["sign_by"])) for each in referrals}


def ends(work: UnitOfWork, referrals: Sequence[Referral]) -> dict[str, dict[str, date | None]]:
    """number → {sign_by, answer_by}; of what is sent to us alone an answer is owed by a day of its own."""
    latest = clocks.latest_ends(work, sorted({each.petition for each in referrals}))
    return {
        each.number: {
            "sign_by": latest.get((each.number, DUE_BY["sign_by"])),
            "answer_by": latest.get((each.number, "answer_to_sender")),
        }
        for each in referrals
    }


def names(work: UnitOfWork) -> dict[str, str]:
    """Code → name of every agency there is or was."""
    return dict(work.session.execute(select(Agency.code, Agency.name)).all())


def clocks_of(work: UnitOfWork, petition: str) -> list[dict[str, Any]]:
    """The clocks as they are shown, the oldest first."""
    return [present(clock, tools_of(work).law) for clock in clocks.of_petition(work, petition)]


def custody(work: UnitOfWork, petition: str) -> list[Holding]:
    """Its holders, the first first; empty where its registration has not come."""
    rows = work.session.scalars(select(Custody).where(Custody.petition == petition).order_by(Custody.seq))
    return [Holding(row.seq, row.agency, row.since) for row in rows]


def holder(work: UnitOfWork, petition: str, at: datetime) -> Holding:
    """Who had it at that moment. Raises NoSuchCustody where nobody did."""
    held = states.holder_at(custody(work, petition), at)
    if held is None or held.agency is None:
        raise errors.NoSuchCustody()
    return held


def agencies(work: UnitOfWork) -> list[Agency]:
    """By code, those that left included."""
    return list(work.session.scalars(select(Agency).order_by(Agency.code)))


def revisions(work: UnitOfWork, code: str) -> list[AgencyRevision]:
    """Its entries, the oldest first. Raises NoSuchAgency."""
    query = select(AgencyRevision).where(AgencyRevision.agency == code).order_by(AgencyRevision.revision)
    found = list(work.session.scalars(query))
    if not found:
        raise errors.NoSuchAgency()
    return found
