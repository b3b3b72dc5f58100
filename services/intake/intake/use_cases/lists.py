"""Lists of petitions: what narrows one, what a row of it says. A row offers no actions: those are one petition's."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import load_only

from authorization.sight import Whose
from clock.tables import Clock, State
from contracts.vocabulary import Kind, Line, PetitionState, RiskColour
from courier.unit_of_work import UnitOfWork
from intake.domain import lines
from intake.domain.states import HANDLED, OPEN
from intake.tables import Petition, Risk
from intake.use_cases import commands, deadlines, walls
from intake.use_cases.tools import tools_of
from web.listing import Found, Page
from web.tokens import Officer

SORTS = {"number": (Petition.number,), "received": (Petition.received_on, Petition.number)}
BACKLOG_SORTS = {"owed": (Clock.due, Clock.petition)}
RISK_SORTS = {"weight": (Risk.score, Risk.petition)}

# what ends a period without its being kept: nobody is to be told any more, or it begins anew
_GONE = ("petition.withdrawn.v1", "petition.sent_back.v1", "petition.reopened.v1")
# what ends a period that was never owed, or another goes on in its place, which is counted: late or not, it is none
_WRONG = (
    "petition.receipt_corrected.v1",
    "petition.reclassified.v1",
    "petition.respondents_corrected.v1",
    "petition.act_undone.v1",
    "petition.voided.v1",
    "petition.merged.v1",
    "petition.merged_into.v1",
    "petition.parted.v1",
    "rule.corrected",
)

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
    rows = select(Petition).where(*_asked(work, officer, "petition.list", page.filters))
    return page.of(work.session, rows.options(ROW))


def backlog(work: UnitOfWork, officer: Officer, page: Page) -> Found:
    """积案: whose outcome should have been told by now and was not; each row with that day."""
    rows = select(Petition, Clock.due).join(Clock, Clock.petition == Petition.number)
    rows = rows.where(
        Clock.rule == deadlines.OUTCOME_RULE,
        Clock.state == State.MISSED,
        Clock.referral.is_(None),
        *_asked(work, officer, "petition.backlog", page.filters),
    )
    return page.of(work.session, rows.options(ROW))


def rates(work: UnitOfWork, officer: Officer, day_from: date, day_until: date, **filters: Any) -> list[dict[str, Any]]:
    """Of our own periods whose last day lies there: how many were due, and late; and how many may still be kept.

    Due is what was kept and what was missed, by rule; what was withdrawn before its day was neither. What was put right
    counts as what it is. In sight alone.
    """
    law, late = tools_of(work).law, Clock.missed_at.is_not(None)
    stopped, gone = Clock.state == State.STOPPED, Clock.stopped_by.in_(_GONE)
    rows = (
        select(
            Clock.rule,
            func.count().filter(or_(late, and_(stopped, ~func.coalesce(gone, false())))),
            func.count().filter(late),
            func.count().filter(~late, ~stopped),
        )
        .join(Petition, Petition.number == Clock.petition)
        .where(
            Clock.due.between(day_from, day_until),
            Clock.referral.is_(None),
            Clock.rule.not_in(sorted(law.packs.lapsing)),
            func.coalesce(Clock.stopped_by, "").not_in(_WRONG),
            *_asked(work, officer, "petition.backlog", filters),
        )
        .group_by(Clock.rule)
        .order_by(Clock.rule)
    )
    return [
        {"rule": rule, "rule_zh": law.packs.names.get(rule, rule), "due": due, "late": late_, "open": open_}
        for rule, due, late_, open_ in work.session.execute(rows)
    ]


def risks(work: UnitOfWork, officer: Officer, page: Page) -> Found:
    """Of one colour; each row with what it was scored from."""
    filters = dict(page.filters)
    rows = select(Petition, Risk).join(Risk, Risk.petition == Petition.number)
    rows = rows.where(Risk.colour == filters.pop("colour"), *_asked(work, officer, "petition.read-risk", filters))
    return page.of(work.session, rows.options(ROW))


def rows(work: UnitOfWork, officer: Officer, found: Sequence[Petition]) -> list[dict[str, Any]]:
    """Each as a list shows it; its colour only for who may read the risk of it."""
    ends, colours = deadlines.ends(work, found), _colours(work, officer, found)
    return [_row(each, *ends[each.number], colours.get(each.number)) for each in found]


def _asked(
    work: UnitOfWork, officer: Officer, action: str, filters: Mapping[str, Any]
) -> Iterator[ColumnElement[bool]]:
    """In sight for the action, and what the filters leave of it."""
    whose = Whose(filters.get("scope", Whose.OFFICE))
    # open or of one colour, they are few in any department
    searched = not (filters.get("open") or action == "petition.read-risk")
    yield walls.visible(walls.view(work, officer, action), whose, filters.get("department"), searched)
    for name in ("state", "kind", "line", "adoption", "department", "service_point"):
        if name in filters:
            yield getattr(Petition, name) == filters[name]
    if "received_from" in filters:
        yield Petition.received_on >= filters["received_from"]
    if "received_until" in filters:
        yield Petition.received_on <= filters["received_until"]
    if "open" in filters:
        is_open = Petition.state.in_(sorted(OPEN))
        yield is_open if filters["open"] else ~is_open
    if "unheld" in filters:
        nobody = and_(Petition.handler.is_(None), Petition.state.in_(sorted(HANDLED)))
        yield nobody if filters["unheld"] else ~nobody
    if "overdue" in filters:
        late = overdue(work)
        yield late if filters["overdue"] else ~late
    if "colour" in filters:
        # of whose colour one may not read, one may not learn it from being listed either
        yield exists().where(Risk.petition == Petition.number, Risk.colour == filters["colour"])
        yield walls.reached(walls.view(work, officer, "petition.read-risk"))


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
    readable = walls.reached(walls.view(work, officer, "petition.read-risk"))
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
