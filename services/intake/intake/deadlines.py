"""A petition's clocks: what is owed by when, and what officers decide of it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from clock import clocks
from clock.present import present
from clock.tables import Clock
from courier.work import Work
from intake import errors, petitions
from intake.tables import Petition
from intake.tools import tools_of

REPLY_RULES = ("procedural_reply", "anonymous_diversion")
OUTCOME_RULE = "outcome_promise"


def suspend_clock(work: Work, number: str, clock: str, reason: str) -> dict[str, Any]:
    """Days are not counted from today on; the rule lists the reasons that do so."""
    return _decide(work, number, clock, lambda found: clocks.suspend(work, tools_of(work).law, found, reason))


def resume_clock(work: Work, number: str, clock: str) -> dict[str, Any]:
    return _decide(work, number, clock, lambda found: clocks.resume(work, tools_of(work).law, found))


def extend_clock(work: Work, number: str, clock: str) -> dict[str, Any]:
    """Whoever asks approves: only who may is let in."""
    return _decide(work, number, clock, lambda found: clocks.extend(work, tools_of(work).law, found))


def _decide(work: Work, number: str, id_: str, move: Callable[[Clock], None]) -> dict[str, Any]:
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


def ends(work: Work, petitions: Sequence[Petition]) -> dict[str, tuple[date | None, date | None]]:
    """number → (the reply's last day, the outcome's), as the clocks have them; None where none was started."""
    numbers = [petition.number for petition in petitions]
    latest = clocks.latest_ends(work, numbers)
    return {
        each: (
            latest.get((each, REPLY_RULES[0])) or latest.get((each, REPLY_RULES[1])),
            latest.get((each, OUTCOME_RULE)),
        )
        for each in numbers
    }


def clocks_of(work: Work, number: str) -> list[dict[str, Any]]:
    petitions.load(work, number, lock=False)
    return [present(clock, tools_of(work).law) for clock in clocks.of_petition(work, number)]
