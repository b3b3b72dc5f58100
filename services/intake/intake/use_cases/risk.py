"""A petition's risk: scored on each event that matters, explained, and never a reason to do less for it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, exists, func, select

from clock.tables import Clock, State
from contracts.vocabulary import ContactOutcome, Joining, Reminder, RiskColour
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, scoring, states
from intake.domain.tasks import Duty
from intake.tables import Contact, Petition, Risk
from intake.use_cases import people, petitions, reminders, tasks, timeline
from intake.use_cases.tools import tools_of

GROUP = 5
BATCH = 50


def enter(work: UnitOfWork, number: str, facts: Sequence[str]) -> Petition:
    """What an officer found, instead of what was entered before. It lowers no red. Raises UnknownFact."""
    petition = petitions.load(work, number)
    states.check("enter-risk", petition.snapshot)
    known = [factor.id for factor in tools_of(work).scheme.entered]
    for index, fact in enumerate(facts):
        if fact not in known:
            raise errors.UnknownFact(index, known)
    row = _row(work, petition)
    row.entered = sorted(set(facts))
    score(work, petition)
    return petition


def lower(work: UnitOfWork, number: str, colour: RiskColour, reason: str) -> Petition:
    """A person says that it is less; what is scored after rises only on something new. Raises NotLower."""
    petition = petitions.load(work, number)
    row = _row(work, petition)
    if not scoring.is_lower(colour, than=RiskColour(row.colour)):
        raise errors.NotLower(RiskColour(row.colour))
    row.lowered_at, row.lowered_by = row.score, work.actor.officer
    row.lowered_why = people.seal(work, number, "risk|why", reason)
    _change(work, petition, row, colour)
    return petition


def score(work: UnitOfWork, petition: Petition, *, new: bool = False) -> None:
    """The caller holds the petition's lock, or registers it: of a `new` one nothing came or ran late before."""
    scheme, row = tools_of(work).scheme, _row(work, petition)
    seen = _seen(petition, again=0 if new else _came_again(work, petition), late=not new and _late(work, petition))
    row.seen, row.overdue = seen, "overdue" in seen
    row.score = scheme.score([*row.entered, *seen])
    found = scheme.colour(row.score)
    _change(work, petition, row, scoring.settle(found, RiskColour(row.colour), row.score, row.lowered_at))


def score_overdue(work: UnitOfWork) -> int:
    """Those that ran late since they were scored; returns how many."""
    late = exists().where(Clock.petition == Petition.number, Clock.referral.is_(None), Clock.state == State.MISSED)
    scored = exists().where(Risk.petition == Petition.number, Risk.overdue)
    query = select(Petition).where(late, ~scored).order_by(Petition.number).limit(BATCH)
    found = list(work.session.scalars(query.with_for_update(skip_locked=True, of=Petition)))
    for petition in found:
        score(work, petition)
    return len(found)


def present(work: UnitOfWork, petition: Petition) -> dict[str, Any]:
    """The colour, why, and what it asks of us; the score is nobody's."""
    scheme, row = tools_of(work).scheme, petition.risk
    colour = RiskColour(row.colour) if row else RiskColour.NONE
    entered: list[Any] = row.entered if row else []
    return {
        "petition": petition.number,
        "colour": colour,
        "colour_zh": colour.zh,
        "reasons": scheme.reasons([*entered, *row.seen]) if row else [],
        "duties": list(scheme.duties.get(colour, ())),
        "facts": entered,
        "factors": [{"fact": factor.id, "fact_zh": factor.zh} for factor in scheme.entered],
    }


def why(work: UnitOfWork, row: Risk | Row[Any]) -> dict[str, Any]:
    """Its weightiest reasons, and what its colour asks of us; `row`: with `entered`, `seen` and `colour`."""
    scheme = tools_of(work).scheme
    return {
        "reasons": scheme.reasons([*row.entered, *row.seen]),
        "duties": list(scheme.duties.get(RiskColour(row.colour), ())),
    }


def _seen(petition: Petition, again: int, late: bool) -> list[str]:
    facts = {
        "group": petition.group_size >= GROUP,
        "concerns_us": petition.concerns_us,
        "came_again": again >= 2,
        "overdue": late,
    }
    return [fact for fact, so in facts.items() if so]


def _came_again(work: UnitOfWork, petition: Petition) -> int:
    again = select(func.count()).where(
        Contact.petition == petition.number,
        Contact.outcome == ContactOutcome.JOINED,
        Contact.joining.in_((Joining.CHASE, Joining.REPEAT)),
    )
    return work.session.scalar(again) or 0


def _late(work: UnitOfWork, petition: Petition) -> bool:
    late = exists().where(Clock.petition == petition.number, Clock.referral.is_(None), Clock.state == State.MISSED)
    return bool(work.session.scalar(select(late)))


def _row(work: UnitOfWork, petition: Petition) -> Risk:
    if petition.risk is None:
        petition.risk = Risk(
            petition=petition.number,
            colour=RiskColour.NONE,
            score=0,
            entered=[],
            seen=[],
            overdue=False,
            scored_at=work.now,
        )
    return petition.risk


def _change(work: UnitOfWork, petition: Petition, row: Risk, colour: RiskColour) -> None:
    was = RiskColour(row.colour)
    row.colour, row.scored_at = colour, work.now
    if colour is not was:
        timeline.record(work, petition, "petition.risk_changed.v1", was=was, colour=colour)
    if scoring.is_lower(was, than=colour):
        holder, is_red = tasks.whose(work, petition, Duty.DEPARTMENT), colour is RiskColour.RED
        reminders.remind(
            work, petition, Reminder.RISK, department=holder.department, officer=holder.officer, urgent=is_red
        )
        tasks.open_for_colour(work, petition, colour)
