"""Whatever is done with a petition, put right and undone, in whatever order: its periods are what its steps say.

On the real database. The steps are gone through once more after each move (`rule_changes`), which knows of no clock
that was stopped, begun again or moved: both must come to the same.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select

from clock.tables import Clock, State
from contracts.problems import Problem
from contracts.vocabulary import (
    ActKind,
    Kind,
    Line,
    Means,
    Pause,
    PetitionState,
    Proof,
    Reopening,
    ReplyKind,
    Result,
    Shift,
    TaskStanding,
)
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.tables import Act, Agency, Petition, Task
from intake.use_cases import (
    acts,
    corrections,
    deadlines,
    merging,
    petitions,
    registration,
    replies,
    rule_changes,
    task_acts,
    undoing,
)
from intake.use_cases.registration import RespondentInput
from statute import day_of

LINES = [
    (Line.COMPLAINT_APPEAL, "filing_supervision"),
    (Line.CRIMINAL_APPEAL, None),
    (Line.CIVIL_SUPERVISION, "judgment"),
    (Line.COMPLAINT_APPEAL, "procedure_complaint"),
    (Line.COMPLAINT_APPEAL, "state_compensation"),
    (Line.OTHER, None),
]
WHY, BY = "记错了", "900100"
TODAY = day_of(datetime.now(UTC))
OVER = (PetitionState.VOIDED, PetitionState.MERGED)
DONE = Counter[str]()
MOVES = {
    "act": 5,
    "undo_act": 4,
    "accept": 3,
    "lack": 1,
    "conclude": 1,
    "reply": 1,
    "suspend": 1,
    "withdraw": 1,
    "reopen": 2,
    "void": 1,
    "unvoid": 3,
    "merge": 2,
    "part": 2,
    "receipt": 2,
    "reclassify": 2,
    "respondents": 2,
    "task": 1,
    "prove": 2,
    "unprove": 2,
    "correct_reply": 1,
}
WAYS = [name for name, weight in MOVES.items() for _ in range(weight)]


class Corrected(RuleBasedStateMachine):
    """Two registrations of one person, each on its way."""

    context: ServiceContext

    @initialize(seed=st.integers(0, 2**32))
    def registered(self, seed: int) -> None:
        """Of one kind and line, so that they may go on as one."""
        self.dice = random.Random(seed)
        line, sub = self.dice.choice(LINES)
        self.pair = []
        for _ in range(2):
            day = TODAY - timedelta(days=self.dice.choice([0, 0, 2, 20]))
            asked = replace(petition(Kind.CLAIM, line=line), sub_line=sub, received_on=day, received_reason="补录")
            with self.context.begin(OFFICER) as work:
                self.pair.append(registration.register(work, asked).number)

    @rule(what=st.sampled_from(WAYS), second=st.booleans(), seed=st.integers(0, 2**32))
    def something_is_done(self, what: str, second: bool, seed: int) -> None:
        """Lawful or not: what is refused changes nothing."""
        self.dice, number = random.Random(seed), self.pair[second]
        try:
            getattr(self, what)(number)
        except Problem:
            return
        DONE[what] += 1

    def act(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            kinds = [each for each in acts.kinds(petitions.load(work, number)) if not each.of_hour]
            kind = self.dice.choice([*kinds, ActKind.DETAINED, ActKind.RELEASED])
            acts.record(work, number, kind, TODAY - timedelta(days=self.dice.choice([0, 1, 9])), ["900105"], "笔录")

    def undo_act(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            found = work.session.scalars(select(Act.id).where(Act.petition == number).order_by(Act.recorded_at)).all()
            undoing.undo_act(work, number, self.dice.choice([*found, "-"]), WHY)

    def accept(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            petitions.accept(work, number, self.dice.choice(["D03", "D05"]))

    def lack(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            if petitions.load(work, number).state == PetitionState.AWAITING_MATERIAL:
                petitions.complete(work, number)
            else:
                petitions.ask_material(work, number, ["合同"], Means.POST)

    def conclude(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            petitions.review_liability(work, number, False, False, False, False)
            petitions.conclude(work, number, self.dice.choice([Result.SUPPORTED, Result.NOT_SUPPORTED]))

    def reply(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            kind = self.dice.choice([ReplyKind.OUTCOME_REPLY, ReplyKind.PROGRESS_REPLY, ReplyKind.PROCEDURAL_REPLY])
            petitions.reply(work, number, kind, Means.POST, "答复")

    def prove(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            replies.prove(work, number, self._some_reply(work, number), Proof.POST_RECEIPT, None)

    def unprove(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            undoing.unprove(work, number, self._some_reply(work, number), WHY)

    def correct_reply(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            replies.correct(work, number, self._some_reply(work, number), Means.POST, "更正", WHY, BY)

    def suspend(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            if petitions.load(work, number).state == PetitionState.SUSPENDED:
                deadlines.resume(work, number)
            else:
                deadlines.suspend(work, number, Pause.APPRAISAL)

    def withdraw(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            petitions.withdraw(work, number)

    def reopen(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            petitions.reopen(work, number, Reopening.WRONG)

    def void(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            undoing.void(work, number, WHY, BY)

    def unvoid(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            undoing.unvoid(work, number, WHY, BY)

    def merge(self, number: str) -> None:
        (other,) = {*self.pair} - {number}
        with self.context.begin(OFFICER) as work:
            merging.merge(work, number, other, WHY, BY)

    def part(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            merging.part(work, number, WHY, BY)

    def receipt(self, number: str) -> None:
        shift = self.dice.choice(list(Shift))
        days = self.dice.choice([1, 5]) * (1 if shift is Shift.LATER else -1)
        with self.context.begin(OFFICER) as work:
            day = petitions.load(work, number).received_on + timedelta(days=days)
            corrections.correct_receipt(work, number, shift, day, day, WHY, BY)

    def reclassify(self, number: str) -> None:
        line, sub = self.dice.choice(LINES)
        with self.context.begin(OFFICER) as work:
            corrections.reclassify(work, number, Kind.CLAIM, line, sub, WHY, BY)

    def respondents(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            found = [each.seq for each in petitions.load(work, number).respondents]
            if found and self.dice.random() < 0.5:
                corrections.remove_respondent(work, number, self.dice.choice(found), WHY, BY)
            else:
                unit = self.dice.choice(["A00", "A00", "A09"])
                corrections.add_respondent(work, number, RespondentInput(unit, None), WHY)

    def task(self, number: str) -> None:
        with self.context.begin(OFFICER) as work:
            task_acts.add(work, petitions.load(work, number), "核实", TODAY)

    def _some_reply(self, work: UnitOfWork, number: str) -> int:
        return self.dice.randint(1, max(1, len(petitions.load(work, number).replies)))

    @invariant()
    def its_periods_are_what_its_steps_say(self) -> None:
        with self.context.begin(OFFICER) as work:
            for number in self.pair:
                its = petitions.load(work, number, lock=False)
                if its.state not in OVER:
                    assert [] == rule_changes.of_one(work, its), number

    @invariant()
    def who_is_held_is_whom_the_last_act_that_stands_says(self) -> None:
        with self.context.begin(OFFICER) as work:
            for number in self.pair:
                its, held = petitions.load(work, number, lock=False), acts.in_custody(work, number)
                owed = select(Clock.in_custody).where(Clock.petition == number, Clock.state != State.STOPPED)
                assert held == its.in_custody
                assert {held} >= set(work.session.scalars(owed))

    @invariant()
    def of_what_was_a_mistake_nothing_is_owed(self) -> None:
        """Neither a period nor a task; a task that is open is nowhere twice."""
        with self.context.sessions() as session:
            for number in self.pair:
                its = session.get_one(Petition, number)
                tasks = select(Task.id).where(Task.petition == number, Task.state == TaskStanding.OPEN)
                if its.state in OVER:
                    owed = select(Clock.id).where(Clock.petition == number, Clock.state != State.STOPPED)
                    assert ((), [], []) == (its.owed, *(session.scalars(each).all() for each in (owed, tasks)))


@pytest.mark.parametrize("examples", [5, pytest.param(400, marks=pytest.mark.long)])
@pytest.mark.timeout(3600)
def test_whatever_is_put_right_its_periods_are_what_its_steps_say(
    engine: Engine, tmp_path: Path, examples: int
) -> None:
    """Random work with random corrections between: nothing runs that should not, nothing ends on another day."""
    DONE.clear()
    Corrected.context = build_context(engine, tmp_path)
    with Corrected.context.begin(OFFICER) as work:
        ours = {"kind": "procuratorate", "transport": "none", "active": True}
        work.session.add(Agency(code="A00", revision=1, name="本院", **ours))
    run_state_machine_as_test(
        Corrected,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )
    assert examples < 100 or set(MOVES) == set(DONE), DONE
    assert DONE.total() > 4 * examples, DONE
