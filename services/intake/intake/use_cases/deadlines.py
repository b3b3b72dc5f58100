"""A petition's clocks: what is owed by when, and what officers decide of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from clock import clocks
from clock.present import present
from clock.tables import Clock, State
from contracts.vocabulary import Pause, Termination
from courier.unit_of_work import UnitOfWork
from intake.domain import errors
from intake.tables import Petition
from intake.use_cases import petitions, timeline
from intake.use_cases.tools import tools_of

REPLY_RULES = ("procedural_reply", "anonymous_diversion")
OUTCOME_RULE = "outcome_promise"


def suspend(work: UnitOfWork, number: str, reason: Pause) -> Petition:
    """The petition stands still, and with it the periods whose rules know the reason; the others run on."""
    petition = petitions.move(work, number, "suspend")
    timeline.record(work, petition, "petition.suspended.v1", reason=reason)
    law = tools_of(work).law
    for clock in _own(work, number, State.RUNNING):
        # what has run out is missed, though nobody has noticed yet
        if reason in clocks.can(law, clock, work.now).suspend:
            clocks.suspend(work, law, clock, reason)
    return petition


def resume(work: UnitOfWork, number: str) -> Petition:
    """Back to the state before; the periods that stood still with it run on, from today."""
    petition = petitions.move(work, number, "resume")
    timeline.record(work, petition, "petition.resumed.v1")
    _run_on(work, number)
    return petition


def terminate(work: UnitOfWork, number: str, reason: Termination) -> Petition:
    """That it ended is still owed: a period that stood still with the petition runs on, or nobody would be warned."""
    petition = petitions.terminate(work, number, reason)
    _run_on(work, number)
    return petition


def suspend_clock(work: UnitOfWork, number: str, clock: str, reason: str) -> dict[str, Any]:
    """Days are not counted from today on; the rule lists the reasons that do so."""
    return _decide(work, number, clock, lambda found: clocks.suspend(work, tools_of(work).law, found, reason))


def resume_clock(work: UnitOfWork, number: str, clock: str) -> dict[str, Any]:
    """Days count again from today. Raises NoSuchClock, ClockStays when it does not stand still."""
    return _decide(work, number, clock, lambda found: clocks.resume(work, tools_of(work).law, found))


def extend_clock(work: UnitOfWork, number: str, clock: str) -> dict[str, Any]:
    """Once, by as much as its rule has; who acts here approves it."""
    return _decide(work, number, clock, lambda found: clocks.extend(work, tools_of(work).law, found))


def decidable(work: UnitOfWork, its: Sequence[Clock]) -> list[tuple[str, str, clocks.Can]]:
    """Each that runs or stands still with what can be decided of it now: (id, the Chinese of its rule, what)."""
    law, stands = tools_of(work).law, (State.RUNNING, State.SUSPENDED)
    found = [(each, clocks.can(law, each, work.now)) for each in its if each.now_in in stands]
    return [(each.id, clocks.rule_of(law, each).zh, can) for each, can in found]


def _decide(work: UnitOfWork, number: str, id_: str, move: Callable[[Clock], None]) -> dict[str, Any]:
    # the petition first, as everywhere: an event of it may be moving the same clock
    petitions.load(work, number)
    clock = clocks.find(work, id_, number)
    if clock is None:
        raise errors.NoSuchClock()
    try:
        move(clock)
    except clocks.ClockError as fault:
        raise errors.ClockStays(fault.zh, str(fault)) from fault
    return present(clock, tools_of(work).law)


def ends(work: UnitOfWork, petitions: Sequence[Petition]) -> dict[str, tuple[date | None, date | None]]:
    """number → (the reply's last day, the outcome's), as the clocks have them; None where none was started."""
    latest: dict[str, dict[str, date]] = {petition.number: {} for petition in petitions}
    for (its, rule), due in clocks.latest_ends(work, list(latest)).items():
        if its in latest:
            latest[its][rule] = due
    return {number: _ends(by_rule) for number, by_rule in latest.items()}


def ends_of(its: Sequence[Clock]) -> tuple[date | None, date | None]:
    """The same of one petition, by its clocks, the oldest first."""
    return _ends({each.rule: each.due for each in its if each.referral is None})


def _ends(latest: Mapping[str, date]) -> tuple[date | None, date | None]:
    reply = latest.get(REPLY_RULES[0]) or latest.get(REPLY_RULES[1])
    return reply, latest.get(OUTCOME_RULE)


def clocks_of(work: UnitOfWork, number: str) -> list[dict[str, Any]]:
    """The clocks of it and of its referrals, each explained by its rule. Raises NoSuchPetition."""
    petitions.load(work, number, lock=False)
    return [present(clock, tools_of(work).law) for clock in clocks.of_petition(work, number, whole=True)]


def _run_on(work: UnitOfWork, number: str) -> None:
    for clock in _own(work, number, State.SUSPENDED):
        clocks.resume(work, tools_of(work).law, clock)


def _own(work: UnitOfWork, number: str, state: State) -> list[Clock]:
    found = select(Clock).where(Clock.petition == number, Clock.referral.is_(None), Clock.state == state)
    return list(work.session.scalars(found.order_by(Clock.id).with_for_update()))
