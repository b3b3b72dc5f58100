"""Clocks move by typed events alone: a rule's pack names the events that start, stop and renew it.

An edit or a note is no such event, so nothing can reset a deadline in passing.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, event, select
from sqlalchemy.orm import Session, selectinload

from clock import levels
from clock.tables import Clock, Holding, Level, State
from courier.unit_of_work import UnitOfWork
from statute import Due, Law, Rule, Unit, day_of

_BEGUN = "clock.begun"
IN_CUSTODY = "in_custody"  # a fact of whoever the matter is about
OPEN = (State.RUNNING, State.SUSPENDED, State.MISSED)
_OF_PETITION = select(Clock).where(Clock.petition == bindparam("number")).order_by(Clock.started_at, Clock.rule)
_WHOLE = _OF_PETITION.options(selectinload(Clock.levels), selectinload(Clock.past))


class ClockError(ValueError):
    """A move the clock's state or rule does not allow. `zh`: the sentence for a person."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.zh = zh


@dataclass(frozen=True, slots=True)
class ClockSubject:
    """What a clock runs for, and who holds each duty (by code); a duty nobody is named for is the office's.

    `officers`: of those who hold a duty, the person, by number.
    """

    petition: str
    referral: str | None
    office: str
    holders: Mapping[str, str]
    officers: Mapping[str, str] = field(default_factory=dict)

    def of(self, duty: str) -> tuple[str, str | None]:
        """Who holds this duty, and the person there."""
        return self.holders.get(duty) or self.office, self.officers.get(duty)


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
    if new:
        _begin(work, matter.petition)
    for clock in () if new else _open_of(work, matter):
        rule = rule_of(law, clock)
        renewing = next((each for each in rule.renews if each.fits(event, facts)), None)
        if renewing or any(each.fits(event, facts) for each in rule.stops):
            stop(work, clock, event)
        else:
            still.add(clock.rule)
        if renewing:
            begins = facts[renewing.day] if renewing.day else day
            started.append(_start(work, law, matter, rule, event, begins, in_custody=clock.in_custody))
            still.add(clock.rule)
    for rule, begins in () if heard else starting(law, event, facts, day, still):
        started.append(_start(work, law, matter, rule, event, begins, in_custody=bool(facts.get(IN_CUSTODY))))
    return started


def starting(
    law: Law, event: str, facts: Mapping[str, Any], day: date, still: Collection[str] = ()
) -> Iterator[tuple[Rule, date]]:
    """The rules whose periods an event of a day starts, each with the day, of hours the moment, it counts from.

    `still`: those whose period runs already. Of a rule's rows the first that fits is meant, as it was on that day.
    """
    taken = set(still)
    for row in law.packs.in_force(day).started.get(event, ()):
        trigger = next((each for each in row.starts if each.fits(event, facts)), None)
        if trigger is None or row.id in taken:
            continue
        begins = facts[trigger.day] if trigger.day else day
        found = _of_day(law, row, begun := _day(begins))
        taken.add(row.id)
        yield replace(found, length=(facts[trigger.until] - begun).days) if trigger.until else found, begins


def _day(begins: date) -> date:
    return day_of(begins) if isinstance(begins, datetime) else begins


def _of_day(law: Law, rule: Rule, day: date) -> Rule:
    """As it was in force that day; of a matter older than every pack there is, as it is by now."""
    try:
        return law.packs.in_force(day).row(rule.id, day, rule.variant) or rule
    except LookupError:
        return rule


def hand_over(work: UnitOfWork, matter: ClockSubject) -> None:
    """Who holds the matter now holds what is still owed of it; who held it until now stays known.

    What was to fire until now fires first: who let it run out is who held it then, also when the sweeper was late.
    """
    for clock in _open_of(work, matter):
        holder, officer = matter.of(clock.duty)
        if (holder, officer) == (clock.holder, clock.officer):
            continue
        fire(work, clock, work.now)
        was = clock.holder
        clock.past.append(Holding(seq=len(clock.past) + 1, until=work.now, holder=was, officer=clock.officer))
        clock.holder, clock.officer = holder, officer
        if holder != was:
            tell(work, clock, "handed_over", was=was)


def stop(work: UnitOfWork, clock: Clock, event: str) -> None:
    """What was to fire until now fires first: who is late is late, also when the sweeper was."""
    fire(work, clock, work.now)
    late = clock.now_in is State.MISSED
    clock.state, clock.suspended_since, clock.suspended_for = State.STOPPED, None, None
    clock.stopped_at, clock.stopped_by, clock.next_at = work.now, event, None
    _forget_unfired(work, clock)
    tell(work, clock, "stopped", by=event, late=late)


def restart(work: UnitOfWork, law: Law, matter: ClockSubject, clock: Clock, start: date, event: str) -> Clock:
    """The day it counts from was wrong: it is stopped by the event, and one that counts from the right day goes on.

    What it was extended by and what it stood still for hold for that, too. Returns the new one.
    """
    pause = clock.suspended_since, clock.suspended_for
    stop(work, clock, event)
    kept: dict[str, Any] = {
        "extension": clock.extension,
        "extended_by": clock.extended_by,
        "suspensions": clock.suspensions,
        "in_custody": clock.in_custody,
    }
    if pause[0] is not None:
        kept |= {"state": State.SUSPENDED, "suspended_since": pause[0], "suspended_for": pause[1]}
    return _start(work, law, matter, rule_of(law, clock), clock.started_by, start, **kept)


def end_all(work: UnitOfWork, matter: ClockSubject, event: str) -> None:
    """Every period of the matter that is owed ends with the event: of what was a mistake nothing is owed."""
    for clock in _open_of(work, matter):
        stop(work, clock, event)


def revive(work: UnitOfWork, law: Law, matter: ClockSubject, ended_by: str, since: datetime) -> list[Clock]:
    """What this event ended from a moment on is owed after all: a clock of the same start goes on for each."""
    its = select(Clock).where(Clock.petition == matter.petition, Clock.referral.is_(None), Clock.stopped_by == ended_by)
    found = work.session.scalars(its.where(Clock.stopped_at >= since).order_by(Clock.id)).all()
    return [
        _start(
            work,
            law,
            matter,
            rule_of(law, each),
            each.started_by,
            each.begins_at or each.start,
            in_custody=each.in_custody,
            extension=each.extension,
            extended_by=each.extended_by,
            suspensions=each.suspensions,
        )
        for each in found
    ]


def counts_from(law: Law, clock: Clock, fact: str) -> bool:
    """Whether it began on the day that this fact of its event names."""
    return any(each.event == clock.started_by and each.day == fact for each in rule_of(law, clock).starts)


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


def correct(
    work: UnitOfWork,
    law: Law,
    matter: ClockSubject,
    clock: Clock | None,
    should: tuple[Rule, date, str] | None,
    by: str = "rule.corrected",
    *,
    in_custody: bool = False,
) -> None:
    """A clock as the law has it by now: begun where there is none, ended where none should run, else moved.

    `should`: its row, where it begins, and the event that started it; `by`: what one that should not run is ended by.
    What was to fire until now fires first; of what was missed, by the row it had, only the holder is put right. What
    begins in the place of the same that was ended keeps what that was extended by and stood still for.
    """
    if clock is None:
        if should is not None:
            rule, begins, started_by = should
            before = _before(work, matter, rule, _day(begins), started_by)
            _start(work, law, matter, rule, started_by, begins, in_custody=in_custody, **before)
        return
    if should is None:
        stop(work, clock, by)
        return
    fire(work, clock, work.now)
    rule, begins, was, had = should[0], should[1], clock.due, clock.holder
    clock.duty = rule.duty
    clock.holder, clock.officer = matter.of(rule.duty)
    if clock.now_in is not State.MISSED:
        clock.pack, clock.variant, clock.length, clock.unit = rule.pack, rule.variant or None, rule.length, rule.unit
        clock.start, clock.begins_at = _day(begins), begins if isinstance(begins, datetime) else None
        compute(law, clock)
        tell(work, clock, "recomputed", was=was, **ends(clock))
    if clock.holder != had:
        tell(work, clock, "handed_over", was=had)


def _before(work: UnitOfWork, matter: ClockSubject, rule: Rule, start: date, started_by: str) -> dict[str, Any]:
    """Of the last one ended that began by the same event on the same day: what had been decided of it."""
    its = select(Clock).where(Clock.petition == matter.petition, Clock.rule == rule.id, Clock.start == start)
    its = its.where(Clock.referral.is_(None), Clock.started_by == started_by, Clock.state == State.STOPPED)
    was = work.session.scalars(its.order_by(Clock.stopped_at.desc()).limit(1)).first()
    if was is None:
        return {}
    return {"extension": was.extension, "extended_by": was.extended_by, "suspensions": was.suspensions}


def hold(work: UnitOfWork, law: Law, matter: ClockSubject, in_custody: bool) -> None:
    """Whom the matter is about is held from today on, or no more: what runs by criminal procedure ends accordingly.

    刑事诉讼法 105(4). What has run out has run out; what ends on another day now says so.
    """
    for clock in _open_of(work, matter):
        if clock.in_custody == in_custody:
            continue
        fire(work, clock, work.now)
        clock.in_custody, was = in_custody, clock.due
        if clock.now_in is not State.RUNNING:
            continue
        compute(law, clock)
        if clock.due != was:
            tell(work, clock, "recomputed", was=was, **ends(clock))


@dataclass(frozen=True, slots=True)
class Can:
    """What an officer may decide of a clock now. `suspend`: the reasons for which it may stand still."""

    suspend: tuple[str, ...]
    resume: bool
    extend: bool


def can(law: Law, clock: Clock, now: datetime) -> Can:
    """As `suspend`, `resume` and `extend` would have it; what is due by now has run out, whether it fired or not."""
    rule = rule_of(law, clock)
    # mostly nothing is due, and its levels are not asked for
    runs = clock.now_in is State.RUNNING and not ((clock.next_at or now) <= now and _has_run_out(clock, now))
    return Can(
        suspend=tuple(rule.suspends) if runs else (),
        resume=clock.now_in is State.SUSPENDED,
        extend=runs and bool(rule.extension) and not clock.extension,
    )


def _has_run_out(clock: Clock, now: datetime) -> bool:
    return any(each.level == levels.MISSED and each.fired_at is None and each.at <= now for each in clock.levels)


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


def due_of(law: Law, clock: Clock, rule: Rule, start: date | None = None) -> Due:
    """When it ends under a rule, with its pauses, its extension and whoever is held.

    `start`: from where it would begin; None: from where it began.
    """
    begins = start or clock.begins_at or clock.start
    return law.due(rule, begins, clock.pauses, clock.extension, clock.in_custody)


def why_of(law: Law, clock: Clock, rule: Rule) -> str:
    """The same as a sentence."""
    return law.why(rule, clock.begins_at or clock.start, clock.pauses, clock.extension, clock.in_custody)


def _write_ends(law: Law, clock: Clock, rule: Rule) -> None:
    due = due_of(law, clock, rule)
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
    asked = clock.rule, clock.start, clock.variant or ""
    try:
        rule = law.packs.of_version(clock.pack, *asked)
    except LookupError:
        # a region's file may be gone or renamed: its length is on the row, the rest is the pack's
        rule = law.packs.of_version(clock.pack.rpartition("/")[0], *asked)
    return replace(rule, length=clock.length, unit=Unit(clock.unit))


def of_petition(work: UnitOfWork, petition: str, *, whole: bool = False) -> list[Clock]:
    """Every clock there is or was, the oldest first; `whole`: with its levels and who held it before."""
    if (begun := _begun(work, petition)) is not None:
        return sorted(begun, key=lambda each: each.rule)
    return list(work.session.scalars(_WHOLE if whole else _OF_PETITION, {"number": petition}))


def latest_ends(work: UnitOfWork, petitions: Sequence[str]) -> dict[tuple[str, str], date]:
    """(petition or referral, rule) → the last day of its latest clock."""
    begun = {each: _begun(work, each) for each in petitions}
    rows: list[Any] = [clock for its in begun.values() for clock in its or ()]
    if asked := [each for each, its in begun.items() if its is None]:
        rows += work.session.execute(
            select(Clock.petition, Clock.referral, Clock.rule, Clock.due)
            .where(Clock.petition.in_(asked))
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
        _lane(clock),
        clock=clock.id,
        petition=clock.petition,
        referral=clock.referral,
        rule=clock.rule,
        duty=clock.duty,
        holder=clock.holder,
        **facts,
    )


def _start(
    work: UnitOfWork, law: Law, matter: ClockSubject, rule: Rule, event: str, begins: date, **kept: Any
) -> Clock:
    holder, officer = matter.of(rule.duty)
    clock = Clock(
        id=uuid.uuid4().hex,
        petition=matter.petition,
        referral=matter.referral,
        rule=rule.id,
        pack=rule.pack,
        length=rule.length,
        unit=rule.unit,
        duty=rule.duty,
        holder=holder,
        officer=officer,
        start=_day(begins),
        begins_at=begins if isinstance(begins, datetime) else None,
        variant=rule.variant or None,
        started_at=work.now,
        started_by=event,
        **({"state": State.RUNNING, "extension": 0, "suspensions": []} | kept),
    )
    _write_ends(law, clock, rule)
    work.session.add(clock)
    work.begins(_lane(clock))
    if (begun := _begun(work, matter.petition)) is not None:
        begun.append(clock)
    tell(work, clock, "started", pack=rule.pack, start=clock.start, **ends(clock))
    return clock


def _lane(clock: Clock) -> str:
    return f"clock/{clock.id}"


def _begin(work: UnitOfWork, petition: str) -> None:
    """All its clocks begin in this transaction: nobody else has started or stopped any."""
    # a list and no mapping: what stands for a number becomes another
    work.session.info.setdefault(_BEGUN, []).append((petition, []))


def _begun(work: UnitOfWork, petition: str) -> list[Clock] | None:
    """All clocks of one that began in this transaction; None of another."""
    put, its = work.late.put, work.late.put(petition)
    return next((begun for each, begun in work.session.info.get(_BEGUN, ()) if put(each) == its), None)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _: object) -> None:
    # a savepoint that is rolled back takes the clocks away that began behind it
    session.info.pop(_BEGUN, None)


def _open_of(work: UnitOfWork, matter: ClockSubject) -> list[Clock]:
    query = select(Clock).where(Clock.petition == matter.petition, Clock.state.in_([str(state) for state in OPEN]))
    query = query.where(Clock.referral == matter.referral) if matter.referral else query.where(Clock.referral.is_(None))
    return list(work.session.scalars(query.order_by(Clock.id).with_for_update()))


def _forget_unfired(work: UnitOfWork, clock: Clock) -> None:
    work.session.flush()
    work.session.execute(delete(Level).where(Level.clock == clock.id, Level.fired_at.is_(None)))
    work.session.expire(clock, ["levels"])
