"""Clocks move by typed events alone: a rule's pack names the events that start, stop and renew it.

An edit or a note is no such event, so nothing can reset a deadline in passing.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from clock import levels
from clock.tables import Clock, Level, State
from courier.unit_of_work import UnitOfWork
from statute import Law, Rule, Unit, day_of

OPEN = (State.RUNNING, State.SUSPENDED, State.MISSED)


class ClockError(ValueError):
    """A move the clock's state or rule does not allow. `zh`: the sentence for a person."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh = zh


@dataclass(frozen=True, slots=True)
class ClockSubject:
    """What a clock runs for, and who holds each duty (by code); a duty nobody is named for is the office's."""

    petition: str
    referral: str | None
    office: str
    holders: Mapping[str, str]


def follow(
    work: UnitOfWork,
    law: Law,
    matter: ClockSubject,
    event: str,
    facts: Mapping[str, Any],
    *,
    new: bool = False,
    heard: bool = False,
) -> list[Clock]:
    """Stops, renews and starts what the event stops, renews and starts. Returns the started ones.

    `new`: the matter begins with this event, so no clock of it is asked for. `heard`: the event is another service's,
    which has the clocks it starts.
    """
    if event not in law.packs.heard:
        # most steps move no clock: the open ones are not asked for
        return []
    day, started, still = day_of(work.now), [], set[str]()
    for clock in () if new else _open_of(work, matter):
        rule = rule_of(law, clock)
        renewing = next((each for each in rule.renews if each.fits(event, facts)), None)
        if renewing or any(each.fits(event, facts) for each in rule.stops):
            stop(work, clock, event)
        else:
            still.add(clock.rule)
        if renewing:
            started.append(_start(work, law, matter, rule, event, facts[renewing.day] if renewing.day else day))
            still.add(clock.rule)
    for rule in () if heard else law.packs.in_force(day).rules.values():
        trigger = next((each for each in rule.starts if each.fits(event, facts)), None)
        if trigger is None or rule.id in still:
            continue
        begins = facts[trigger.day] if trigger.day else day
        found = law.packs.rule(rule.id, begins)
        if trigger.until:
            found = replace(found, length=(facts[trigger.until] - begins).days)
        started.append(_start(work, law, matter, found, event, begins))
    return started


def stop(work: UnitOfWork, clock: Clock, event: str) -> None:
    """What was to fire until now fires first: who is late is late, also when the sweeper was."""
    fire(work, clock, work.now)
    late = clock.now_in is State.MISSED
    clock.state, clock.suspended_since, clock.suspended_for = State.STOPPED, None, None
    clock.stopped_at, clock.stopped_by, clock.next_at = work.now, event, None
    _forget_unfired(work, clock)
    tell(work, clock, "stopped", by=event, late=late)


def suspend(work: UnitOfWork, law: Law, clock: Clock, reason: str) -> None:
    """From today on no day is counted, until it is resumed. Raises ClockError."""
    rule = rule_of(law, clock)
    if reason not in rule.suspends:
        known = "、".join(rule.suspends) or "无"
        raise ClockError(f"{rule.zh}不能因此中止；可用的事由：{known}", "the rule knows no such reason to suspend")
    fire(work, clock, work.now)
    if clock.now_in is not State.RUNNING:
        raise ClockError(f"该时限{clock.now_in.zh}，不能中止", "only a running clock is suspended")
    clock.state, clock.suspended_since, clock.suspended_for = State.SUSPENDED, day_of(work.now), reason
    clock.next_at = None
    tell(work, clock, "suspended", reason=reason, since=clock.suspended_since)


def resume(work: UnitOfWork, law: Law, clock: Clock) -> None:
    """Today counts again. Raises ClockError."""
    if clock.now_in is not State.SUSPENDED or clock.suspended_since is None:
        raise ClockError(f"该时限{clock.now_in.zh}，无需恢复", "only a suspended clock is resumed")
    last = day_of(work.now) - timedelta(days=1)
    if last >= clock.suspended_since:
        pause = [clock.suspended_since.isoformat(), last.isoformat(), clock.suspended_for]
        clock.suspensions = [*clock.suspensions, pause]
    clock.state, clock.suspended_since, clock.suspended_for = State.RUNNING, None, None
    compute(law, clock)
    tell(work, clock, "resumed", **ends(clock))


def extend(work: UnitOfWork, law: Law, clock: Clock) -> None:
    """Once, by as much as the rule has; the approver is who asks. Raises ClockError."""
    rule = rule_of(law, clock)
    if not rule.extension:
        raise ClockError(f"{rule.zh}不能延长", "the rule has no extension")
    fire(work, clock, work.now)
    if clock.now_in is not State.RUNNING or clock.extension:
        said = "已延长过" if clock.extension else clock.now_in.zh
        raise ClockError(f"该时限{said}，不能延长", "only a running clock is extended, and once")
    clock.extension, clock.extended_by = rule.extension, work.actor.officer
    compute(law, clock)
    tell(work, clock, "extended", by=work.actor.officer, length=rule.extension, **ends(clock))


@dataclass(frozen=True, slots=True)
class Can:
    """What an officer may decide of a clock now. `suspend`: the reasons for which it may stand still."""

    suspend: tuple[str, ...]
    resume: bool
    extend: bool


def can(law: Law, clock: Clock, now: datetime) -> Can:
    """As `suspend`, `resume` and `extend` would have it; what is due by now has run out, whether it fired or not."""
    rule = rule_of(law, clock)
    late = any(each.level == levels.MISSED and each.fired_at is None and each.at <= now for each in clock.levels)
    runs = clock.now_in is State.RUNNING and not late
    return Can(
        suspend=tuple(rule.suspends) if runs else (),
        resume=clock.now_in is State.SUSPENDED,
        extend=runs and bool(rule.extension) and not clock.extension,
    )


def fire(work: UnitOfWork, clock: Clock, until: datetime) -> int:
    """Every level that is due fires, in order, with its event; the caller holds the row. Returns how many."""
    if clock.now_in is not State.RUNNING:
        return 0
    due = [level for level in clock.levels if level.fired_at is None and level.at <= until]
    for level in due:
        level.fired_at = work.now
        if level.level == levels.MISSED:
            clock.state, clock.missed_at, clock.next_at = State.MISSED, work.now, None
            tell(work, clock, "missed", due=clock.due)
        else:
            # after a halt or downtime several are due at once: the last of them says all that is true today
            facts = {"overtaken": True} if level is not due[-1] else {}
            tell(work, clock, "warned", level=level.level.rstrip("%"), due=clock.due, target=clock.target, **facts)
    left = [level.at for level in clock.levels if level.fired_at is None]
    clock.next_at = min(left) if left and clock.now_in is State.RUNNING else None
    return len(due)


def compute(law: Law, clock: Clock) -> None:
    """Writes when it ends and when it warns; what fired once stays fired and never fires again."""
    _write_ends(law, clock, rule_of(law, clock))


def _write_ends(law: Law, clock: Clock, rule: Rule) -> None:
    due = law.due(rule, clock.start, clock.pauses, clock.extension)
    clock.due, clock.target, clock.provisional = due.due, due.target, due.provisional
    known = {level.level: level for level in clock.levels}
    for seq, (name, at) in enumerate(levels.moments(rule, due, law.calendar)):
        if name not in known:
            clock.levels.append(Level(level=name, seq=seq, at=at))
        elif known[name].fired_at is None:
            known[name].at = at
    left = [level.at for level in clock.levels if level.fired_at is None]
    clock.next_at = min(left) if left and clock.now_in is State.RUNNING else None
    clock.levels.sort(key=lambda level: (level.at, level.seq))


def rule_of(law: Law, clock: Clock) -> Rule:
    """By the pack it started under, with the length it started with. Raises LookupError when that pack is gone."""
    try:
        rule = law.packs.of_version(clock.pack, clock.rule)
    except LookupError:
        # a region's file may be gone or renamed: its length is on the row, the rest is the pack's
        rule = law.packs.of_version(clock.pack.partition("/")[0], clock.rule)
    return replace(rule, length=clock.length, unit=Unit(clock.unit))


def of_petition(work: UnitOfWork, petition: str) -> list[Clock]:
    """Every clock there is or was, the oldest first."""
    query = select(Clock).where(Clock.petition == petition).options(selectinload(Clock.levels))
    return list(work.session.scalars(query.order_by(Clock.started_at, Clock.rule)))


def open_of(work: UnitOfWork, petition: str) -> list[Clock]:
    """Those that run or stand still, the oldest first."""
    query = select(Clock).where(Clock.petition == petition, Clock.state.in_([State.RUNNING, State.SUSPENDED]))
    return list(work.session.scalars(query.options(selectinload(Clock.levels)).order_by(Clock.started_at, Clock.rule)))


def latest_ends(work: UnitOfWork, petitions: Sequence[str]) -> dict[tuple[str, str], date]:
    """(petition or referral, rule) → the last day of its latest clock."""
    rows = work.session.execute(
        select(Clock.petition, Clock.referral, Clock.rule, Clock.due)
        .where(Clock.petition.in_(petitions))
        .order_by(Clock.started_at)
    )
    return {(row.referral or row.petition, row.rule): row.due for row in rows}


def find(work: UnitOfWork, id_: str, petition: str) -> Clock | None:
    """The petition's own clock, locked; None where the id is another's or nobody's."""
    clock = work.session.get(Clock, id_, with_for_update=True)
    return clock if clock is not None and clock.petition == petition else None


def ends(clock: Clock) -> dict[str, Any]:
    """What is told of its last day."""
    return {"due": clock.due, "target": clock.target, "provisional": clock.provisional}


def tell(work: UnitOfWork, clock: Clock, what: str, **facts: Any) -> None:
    """The clock's own event, on its own lane: whatever happens to the petition meanwhile, these stay in order."""
    work.event(
        f"clock.{what}.v1",
        f"clock/{clock.id}",
        clock=clock.id,
        petition=clock.petition,
        referral=clock.referral,
        rule=clock.rule,
        duty=clock.duty,
        holder=clock.holder,
        **facts,
    )


def _start(work: UnitOfWork, law: Law, matter: ClockSubject, rule: Rule, event: str, day: date) -> Clock:
    clock = Clock(
        id=uuid.uuid4().hex,
        petition=matter.petition,
        referral=matter.referral,
        rule=rule.id,
        pack=rule.pack,
        length=rule.length,
        unit=rule.unit,
        duty=rule.duty,
        holder=matter.holders.get(rule.duty) or matter.office,
        start=day,
        state=State.RUNNING,
        started_at=work.now,
        started_by=event,
        extension=0,
        suspensions=[],
    )
    _write_ends(law, clock, rule)
    work.session.add(clock)
    tell(work, clock, "started", pack=rule.pack, start=day, **ends(clock))
    return clock


def _open_of(work: UnitOfWork, matter: ClockSubject) -> list[Clock]:
    query = select(Clock).where(Clock.petition == matter.petition, Clock.state.in_([str(state) for state in OPEN]))
    query = query.where(Clock.referral == matter.referral) if matter.referral else query.where(Clock.referral.is_(None))
    return list(work.session.scalars(query.order_by(Clock.id).with_for_update()))


def _forget_unfired(work: UnitOfWork, clock: Clock) -> None:
    work.session.flush()
    work.session.execute(delete(Level).where(Level.clock == clock.id, Level.fired_at.is_(None)))
    work.session.expire(clock, ["levels"])
