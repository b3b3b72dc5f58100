"""Which clocks a matter should have by the law as it is now: its steps gone through once more, on no database.

What-if of a correction asks this, and then what it would change: what would begin, end, or end on another day.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select

from clock.clocks import ClockSubject, correct, starting
from clock.tables import Clock, State
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from statute import Due, Law, Rule

BATCH = 500


@dataclass(frozen=True, slots=True)
class Past:
    """A step of a matter on its day. `heard`: another service's, which starts its own clocks."""

    day: date
    event: str
    facts: Mapping[str, Any]
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """A clock that should run: by which row, from when, and the event that started it."""

    rule: Rule
    begins: date
    by: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a correction would change: `clock` None: it would begin; `expected` None: it would end.

    `due`: when it would end; None where that has been missed, or where it should not run.
    """

    clock: Clock | None
    expected: Expected | None
    due: Due | None

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self.clock.rule if self.clock else self.expected.rule.id if self.expected else ""

    @property
    def should(self) -> tuple[Rule, date, str] | None:
        """What it should be, as `clocks.correct` takes it."""
        return None if self.expected is None else (self.expected.rule, self.expected.begins, self.expected.by)

    @property
    def days(self) -> int:
        """By how many days its end moves; 0 where it begins or ends."""
        return (self.due.due - self.clock.due).days if self.clock and self.due else 0


def replay(law: Law, steps: Iterable[Past]) -> dict[str, Expected]:
    """Rule → the clock that should be open after these steps, as `clocks.follow` moves them."""
    running: dict[str, Expected] = {}
    for step in steps:
        if step.event not in law.packs.heard:
            continue
        for id_, found in list(running.items()):
            renews = next((each for each in found.rule.renews if each.fits(step.event, step.facts)), None)
            if renews:
                begins = step.facts[renews.day] if renews.day else step.day
                running[id_] = Expected(found.rule, begins, step.event)
            elif any(each.fits(step.event, step.facts) for each in found.rule.stops):
                del running[id_]
        if not step.heard:
            for rule, begins in starting(law, step.event, step.facts, step.day, running):
                running[rule.id] = Expected(rule, begins, step.event)
    return running


def differences(
    law: Law, expected: Mapping[str, Expected], clocks: Sequence[Clock], in_custody: bool
) -> list[Difference]:
    """What is otherwise than it should be: another last day, row or duty, a clock too many, one too few.

    A clock of the same last day and duty stays as it is: it keeps the pack it began under. What was missed stays
    missed on the day that it was; only whose duty it is can be put right.
    """
    open_, found = {each.rule: each for each in clocks}, []
    for id_, should in expected.items():
        clock, begins = open_.pop(id_, None), should.begins
        pauses, extension = (clock.pauses, clock.extension) if clock else ([], 0)
        missed = clock is not None and clock.now_in is State.MISSED
        due = None if missed else law.due(should.rule, begins, pauses, extension, in_custody)
        same = clock is not None and clock.duty == should.rule.duty and (due is None or clock.due == due.due)
        if not same:
            found.append(Difference(clock, should, due))
    return [*found, *(Difference(clock, None, None) for clock in open_.values())]


@dataclass(frozen=True, slots=True)
class Correction:
    """One clock of a matter that is otherwise by the corrected rows. `about`: the petition, or its referral.

    `was` None: it would begin; `now` None: it would end. `days`: by how many its last day moves.
    """

    about: str
    petition: str
    rule: str
    was: date | None
    now: date | None
    days: int
    duty: str | None  # whose it would be, where that changes
    article: str


def told(about: str, petition: str, each: Difference) -> Correction:
    """A difference, for who decides whether it is made so."""
    clock, expected = each.clock, each.expected
    duty = expected.rule.duty if expected and (clock is None or clock.duty != expected.rule.duty) else None
    stays = clock.due if clock and expected else None
    return Correction(
        about=about,
        petition=petition,
        rule=each.rule,
        was=clock.due if clock else None,
        now=each.due.due if each.due else stays,
        days=each.days,
        duty=duty,
        article=expected.rule.source.zh if expected else "",
    )


def in_batches(
    context: ServiceContext,
    actor: Actor,
    entity: Any,
    is_open: ColumnElement[bool],
    corrections: Callable[[UnitOfWork, Sequence[Any]], Iterable[Correction]],
    *,
    apply: bool,
) -> Iterator[Correction]:
    """The `corrections` of all open ones of an entity that has a `number`, locked where they are applied.

    A transaction for every 500, so safe to repeat: what was corrected is no more found.
    """
    after = ""
    while True:
        with context.begin(actor) as work:
            query = select(entity).where(entity.number > after, is_open).order_by(entity.number).limit(BATCH)
            matters = work.session.scalars(query.with_for_update() if apply else query).all()
            found = list(corrections(work, matters)) if matters else []
            if matters:
                after = matters[-1].number
        yield from found
        if not matters:
            return


def put_right(
    work: UnitOfWork,
    law: Law,
    found: Iterable[Difference],
    about: str,
    matter: Callable[[], ClockSubject],
    rules: Collection[str],
    *,
    apply: bool,
    by: str = "rule.corrected",
    in_custody: bool = False,
) -> Iterator[Correction]:
    """Each difference of one matter as it is told, and made so with `apply`; of `rules` alone, where some are named.

    `by`: the event by which those end that should not run.
    """
    for each in found:
        if rules and each.rule not in rules:
            continue
        its = matter()
        yield told(about, its.petition, each)
        if apply:
            correct(work, law, its, each.clock, each.should, by, in_custody=in_custody)


def summary(found: Sequence[Correction], law: Law, today: date) -> Iterator[str]:
    """A line for each rule: how many begin, of these how many have run out by `today`, end, move, and by how much."""
    for rule in dict.fromkeys(each.rule for each in found):
        mine = [each for each in found if each.rule == rule]
        begin = [each.now for each in mine if each.was is None and each.now]
        over = sum(day < today for day in begin)
        end = sum(each.now is None for each in mine)
        moved = [each.days for each in mine if each.was and each.now]
        late = f"（其中已届满 {over}）" if over else ""
        by = f"（{min(moved):+} 至 {max(moved):+} 日）" if moved else ""
        yield f"{law.packs.names.get(rule, rule)}：开始 {len(begin)}{late}，停止 {end}，改期或改责任 {len(moved)}{by}"
