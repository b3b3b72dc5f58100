"""Lists of aid cases and of leads across petitions: codes and days, nothing of who is helped."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import defer

from aid.domain import states
from aid.tables import Case, Lead
from aid.use_cases import directory
from contracts.vocabulary import AidKind, AidRefusal, LeadResult, LeadState, Situation
from courier.unit_of_work import UnitOfWork
from statute import day_of
from web.listing import Found, Page

CASE_SORTS = {"decide_by": (Case.decide_by, Case.number), "number": (Case.number,)}
LEAD_SORTS = {"answer_by": (Lead.answer_by, Lead.number), "number": (Lead.number,)}


def cases(work: UnitOfWork, visible: ColumnElement[bool], page: Page) -> Found:
    """A page of the cases whose petitions are in sight."""
    rows = select(Case).where(visible)
    if "state" in page.filters:
        rows = rows.where(Case.state == page.filters["state"])
    return page.of(work.session, rows.options(defer(Case.applicant, raiseload=True)))


def leads(work: UnitOfWork, visible: ColumnElement[bool], page: Page) -> Found:
    """A page of the leads whose petitions are in sight, each with its case."""
    rows = select(Lead, Case.petition).join(Case, Case.number == Lead.case_number).where(visible)
    for name in ("state", "agency"):
        if name in page.filters:
            rows = rows.where(getattr(Lead, name) == page.filters[name])
    if "overdue" in page.filters:
        late = Lead.state.in_(sorted(states.OPEN_LEADS)) & (Lead.answer_by < day_of(work.now))
        rows = rows.where(late if page.filters["overdue"] else ~late)
    return page.of(work.session, rows.options(defer(Lead.text, raiseload=True)))


def case_row(case: Case) -> dict[str, Any]:
    """A case as a list shows it."""
    return {
        "number": case.number,
        "petition": case.petition,
        "secrecy": case.sealed,
        "state": case.now_in,
        "state_zh": case.now_in.zh,
        "situations": case.situations,
        "situations_zh": [Situation(each).zh for each in case.situations],
        "opened_at": case.opened_at.isoformat(),
        "decide_by": case.decide_by.isoformat(),
        "amount": None if case.amount_fen is None else states.yuan(case.amount_fen),
        "ground": case.ground,
        "ground_zh": AidRefusal(case.ground).zh if case.ground else None,
    }


def lead_rows(work: UnitOfWork, found: Sequence[Any]) -> list[dict[str, Any]]:
    """Each as a list shows it."""
    names = directory.names(work)
    return [
        {
            "number": lead.number,
            "case": lead.case_number,
            "petition": petition,
            "agency": lead.agency,
            "agency_zh": names.get(lead.agency, lead.agency),
            "kinds": lead.kinds,
            "kinds_zh": [AidKind(each).zh for each in lead.kinds],
            "state": LeadState(lead.state),
            "state_zh": lead.now_in.zh,
            "offered_at": lead.offered_at.isoformat(),
            "answer_by": lead.answer_by.isoformat(),
            "result": lead.result,
            "result_zh": LeadResult(lead.result).zh if lead.result else None,
        }
        for lead, petition in ((each.Lead, each.petition) for each in found)
    ]
