"""Lists of petitions: what narrows one, what a row of it says. A row offers no actions: those are one petition's."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, false, select
from sqlalchemy.orm import load_only

from authorization.sight import View
from clock.tables import Clock, State
from contracts.vocabulary import Kind, Line, ListScope, PetitionState, RiskColour
from courier.unit_of_work import UnitOfWork
from intake.domain import lines
from intake.domain.states import OPEN
from intake.tables import Petition, Risk
from intake.use_cases import commands, deadlines, walls
from intake.use_cases.tools import tools_of
from web.listing import Found, Page
from web.tokens import Officer

SORTS = {"number": (Petition.number,), "received": (Petition.received_on, Petition.number)}
BACKLOG_SORTS = {"owed": (Clock.due, Clock.petition)}
RISK_SORTS = {"weight": (Risk.score, Risk.petition)}

# what a row says: never what is sealed, of which one statement is longer than a page of rows
ROW = load_only(
    Petition.number,
    Petition.state,
    Petition.pending,
    Petition.kind,
    Petition.line,
    Petition.sub_line,
    Petition.received_on,
    Petition.registered_at,
    Petition.department,
    Petition.service_point,
    Petition.secrecy,
    Petition.referred_to,
    Petition.result,
    Petition.submitted_by,
    Petition.submission,
    raiseload=True,
)


def petitions(work: UnitOfWork, officer: Officer, page: Page) -> Found:
    """A page of petitions in the officer's sight."""
    view = walls.view(work, officer, "petition.list")
    rows = select(Petition).where(walls.visible(view), *_narrowed(work, officer, view, page.filters))
    return page.of(work.session, rows.options(ROW))


def backlog(work: UnitOfWork, officer: Officer, page: Page) -> Found:
    """积案: whose outcome should have been told by now and was not; each row with that day."""
    view = walls.view(work, officer, "petition.backlog")
    rows = select(Petition, Clock.due).join(Clock, Clock.petition == Petition.number)
    rows = rows.where(
        walls.visible(view),
        Clock.rule == deadlines.OUTCOME_RULE,
        Clock.state == State.MISSED,
        Clock.referral.is_(None),
        *_narrowed(work, officer, view, page.filters),
    )
    return page.of(work.session, rows.options(ROW))


def risks(work: UnitOfWork, officer: Officer, page: Page) -> Found:
    """Of one colour; each row with what it was scored from."""
    view, filters = walls.view(work, officer, "petition.read-risk"), dict(page.filters)
    rows = select(Petition, Risk).join(Risk, Risk.petition == Petition.number)
    rows = rows.where(walls.visible(view), Risk.colour == filters.pop("colour"))
    return page.of(work.session, rows.where(*_narrowed(work, officer, view, filters)).options(ROW))


def whose(officer: Officer, view: View, scope: ListScope | None) -> Iterator[ColumnElement[bool]]:
    """Whose petitions, of those in sight."""
    match scope:
        case ListScope.DEPARTMENT:
            yield false() if view.department is None else Petition.department == view.department
        case ListScope.MINE:
            yield Petition.handler == officer.id


def rows(work: UnitOfWork, officer: Officer, found: Sequence[Petition]) -> list[dict[str, Any]]:
    """Each as a list shows it; its colour only for who may read the risk of it."""
    ends, colours = deadlines.ends(work, found), _colours(work, officer, found)
    return [_row(each, *ends[each.number], colours.get(each.number)) for each in found]


def _narrowed(
    work: UnitOfWork, officer: Officer, view: View, filters: Mapping[str, Any]
) -> Iterator[ColumnElement[bool]]:
    for name in ("state", "kind", "line", "department", "service_point"):
        if name in filters:
            yield getattr(Petition, name) == filters[name]
    if "received_from" in filters:
        yield Petition.received_on >= filters["received_from"]
    if "received_until" in filters:
        yield Petition.received_on <= filters["received_until"]
    if "open" in filters:
        is_open = Petition.state.in_(sorted(OPEN))
        yield is_open if filters["open"] else ~is_open
    if "overdue" in filters:
        late = overdue(work)
        yield late if filters["overdue"] else ~late
    if "colour" in filters:
        # of whose colour one may not read, one may not learn it from being listed either
        yield exists().where(Risk.petition == Petition.number, Risk.colour == filters["colour"])
        yield walls.visible(walls.view(work, officer, "petition.read-risk"))
    yield from whose(officer, view, filters.get("scope"))


def overdue(work: UnitOfWork) -> ColumnElement[bool]:
    """Whether a period of the petition's own ran out and is still owed; not a right that ended by silence."""
    lapsing = sorted(tools_of(work).law.packs.lapsing)
    return exists().where(
        Clock.petition == Petition.number,
        Clock.referral.is_(None),
        Clock.state == State.MISSED,
        Clock.rule.not_in(lapsing),
    )


def _colours(work: UnitOfWork, officer: Officer, found: Sequence[Petition]) -> dict[str, RiskColour]:
    readable = walls.visible(walls.view(work, officer, "petition.read-risk"))
    query = select(Risk.petition, Risk.colour).join(Petition, Petition.number == Risk.petition)
    query = query.where(Risk.petition.in_([each.number for each in found]), readable)
    return {number: RiskColour(colour) for number, colour in work.session.execute(query)}


def _row(
    petition: Petition, reply_by: date | None, outcome_by: date | None, colour: RiskColour | None
) -> dict[str, Any]:
    kind, line = Kind(petition.kind), Line(petition.line)
    return {
        "number": petition.number,
        "state": PetitionState(petition.state),
        "state_zh": commands.state_zh(petition),
        "kind": kind,
        "kind_zh": kind.zh,
        "line": line,
        "line_zh": line.zh,
        "sub_line": petition.sub_line,
        "sub_line_zh": petition.sub_line and lines.shipped().sheet(line, petition.sub_line).zh,
        "colour": colour,
        "colour_zh": colour and colour.zh,
        "received_on": petition.received_on.isoformat(),
        "registered_at": petition.registered_at.isoformat(),
        "reply_by": reply_by and reply_by.isoformat(),
        "outcome_by": outcome_by and outcome_by.isoformat(),
        "department": petition.department,
        "service_point": petition.service_point,
        "secrecy": petition.secrecy,
        "referred_to": petition.referred_to,
        "result": petition.result,
        "sender": petition.submitted_by and {"agency": petition.submitted_by, "number": petition.submission},
    }
