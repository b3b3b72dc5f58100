"""Aid's boxes of the worklist: what is to be decided, what agencies answered, what they have not."""

from collections.abc import Iterator, Sequence
from typing import Any

from aid.domain import states
from aid.tables import Case, Lead
from aid.use_cases import cases, directory
from authorization.placements import placement
from contracts.vocabulary import AidState, LeadResult, LeadState, WorkBox
from service_kit.worklist import Asking, Box, owed, placed, placed_item, placed_step
from statute import day_of
from web.listing import Rows

READ = "aid.read"


def _to_decide(asking: Asking) -> Rows:
    rows = placed(asking, Case.number, Case.decide_by, Case.opened_at, Case.situations, beside=Case)
    return rows.join(Case, Case.petition == placement.c.petition).where(Case.state == AidState.OPENED)


def _show_to_decide(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    today = day_of(asking.work.now)
    for row in rows:
        # on what was found so far nothing may be given: then that is what can be decided
        gives = states.grounds(cases.determination(asking.work, row.situations))
        step = ("aid.grant", "决定给予司法救助") if gives else ("aid.refuse", "决定不予司法救助")
        yield placed_item(
            row,
            case=row.number,
            sentence=owed("司法救助决定", row.decide_by, row.decide_by, today),
            target=row.decide_by.isoformat(),
            due=row.decide_by.isoformat(),
            since=row.opened_at.isoformat(),
            action=placed_step(asking, row, *step, number=row.number),
        )


def _leads(asking: Asking) -> Rows:
    lead = (Lead.number, Lead.case_number, Lead.agency, Lead.answer_by, Lead.offered_at, Lead.result)
    rows = placed(asking, *lead, beside=Case).join(Case, Case.petition == placement.c.petition)
    return rows.join(Lead, Lead.case_number == Case.number)


def _leads_in(asking: Asking) -> Rows:
    # read when the case is decided, and in that order: after that an answer asks for nothing
    return _leads(asking).where(Case.state == AidState.OPENED, Lead.state == LeadState.ANSWERED)


def _leads_overdue(asking: Asking) -> Rows:
    late = Lead.answer_by < day_of(asking.work.now)
    return _leads(asking).where(Lead.state.in_(sorted(states.OPEN_LEADS)), late)


def _show_leads(asking: Asking, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names, today = asking.names(directory.names), day_of(asking.work.now)
    for row in rows:
        answered = row.result and f"救助线索已反馈：{LeadResult(row.result).zh}"
        yield placed_item(
            row,
            case=row.case_number,
            lead=row.number,
            sentence=answered or owed("救助线索反馈", row.answer_by, row.answer_by, today),
            target=row.answer_by.isoformat(),
            due=row.answer_by.isoformat(),
            partner=row.agency,
            partner_zh=names.get(row.agency, row.agency),
            since=row.offered_at.isoformat(),
        )


BOXES = (
    Box(WorkBox.TO_DECIDE, READ, (Case.decide_by, Case.number), _to_decide, _show_to_decide),
    Box(WorkBox.LEADS_IN, READ, (Case.decide_by, Case.number, Lead.number), _leads_in, _show_leads),
    Box(WorkBox.LEADS_OVERDUE, READ, (Lead.answer_by, Lead.number), _leads_overdue, _show_leads),
)
