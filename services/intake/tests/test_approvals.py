"""What one drafts another approves: on the real database, officers who ask, decide, leave and are kept away at random.

Whatever they do: nobody decides their own, nobody decides who is kept away or left, nothing takes effect before it is
approved nor twice, and everything that was asked for comes to an end.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select

from authorization.table import ACTIONS, may
from clock.tables import Clock, State
from contracts.problems import Denied, Problem
from contracts.vocabulary import (
    Adoption,
    ApprovalState,
    ApproverLevel,
    Kind,
    Line,
    Means,
    Pause,
    Reopening,
    ReplyKind,
    Result,
    Role,
    WallReason,
)
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import approvals as rules
from intake.domain import states
from intake.tables import Approval, Petition, Step
from intake.use_cases import approvals, corrections, deadlines, office, petitions, registration, walls
from statute import day_of
from web.tokens import Officer

# number → roles, department, what is led
PEOPLE: dict[str, tuple[set[str], str | None, set[str]]] = {
    "900000": ({"chief"}, None, set()),
    "900002": ({"deputy", "leader", "handler"}, "D05", {"D05", "D06"}),
    "900003": ({"leader"}, None, {"D01", "D02"}),
    "900100": ({"window"}, "D05", set()),
    "900105": ({"handler"}, "D05", set()),
    "900106": ({"handler"}, "D05", set()),
    "900108": ({"department_head"}, "D05", set()),
    "900109": ({"department_head"}, "D03", set()),
    # somebody who is everything
    "900001": (
        {"window", "handler", "department_head", "leader", "chief", "station", "aid", "operations", "deputy"},
        "D05",
        {"D05"},
    ),
}
LEVELS = ("department_head", "leader", "chief")
FIRST = {"not-accept": 0, "conclude": 1, "reply": 1, "terminate": 2, "extend-clock": 2, "wall": 2, "unwall": 2}
DRAFTS = {
    "not-accept": {"handler", "department_head"},
    "conclude": {"handler"},
    "reply": {"window", "handler"},
    "terminate": {"handler", "department_head", "chief"},
    "extend-clock": {"handler", "department_head", "chief"},
    "wall": {"window", "handler", "department_head", "chief"},
    "unwall": {"handler", "department_head", "chief"},
}
EFFECTS = {
    "not-accept": "petition.not_accepted.v1",
    "conclude": "petition.concluded.v1",
    "terminate": "petition.terminated.v1",
}
OPERATIONS = Actor("A00", "900007", "operations")
OPEN = {ApprovalState.WAITING, ApprovalState.SIGNED}
DONE = Counter[str]()
Walls = dict[int, tuple[str | None, str | None]]  # by its number: who, and which department, is kept away


def officer(number: str) -> Officer:
    roles, department, _ = PEOPLE[number]
    return Officer("A00", number, frozenset(map(Role, roles)), department)


class Approvals(RuleBasedStateMachine):
    """One petition at a time, and an office whose people come and go."""

    context: ServiceContext
    pool: ThreadPoolExecutor
    ways: Iterator[str]

    @initialize()
    def registered(self) -> None:
        """One after another as it comes, accepted, and concluded: a random walk would hardly come that far."""
        self.left = set[str]()
        self.walled: Walls = {}
        for each in PEOPLE:
            self._until(each, None)
        come = next(self.ways)
        with self.context.begin(Actor("A00", "900105", "handler")) as work:
            self.number, self.steps = registration.register(work, petition(Kind.CLAIM)).number, 0
            if come != "registered":
                petitions.accept(work, self.number, "D05")
                petitions.review_liability(work, self.number, False, True, False, False)
            if come == "concluded":
                asked = approvals.ask(work, officer("900105"), self.number, "conclude", {"result": "supported"})
                assert asked is not None
                its = petitions.load(work, self.number)
                approvals.approve(work, officer("900002"), its, asked)

    # -- what officers do

    @rule(seed=st.integers(0, 2**32))
    def somebody_acts(self, seed: int) -> None:
        self.steps += 1
        # with the step in it: of the same small numbers, which hypothesis likes, come other acts each time
        dice = random.Random(f"{seed} {self.number} {self.steps}")
        acts = {
            self._asks: 6,
            self._decides: 5,
            self._is_decided_on_paper: 1,
            self._withdraws: 1,
            self._issues: 2,
            self._goes_on_otherwise: 2,
            self._somebody_leaves_or_comes_back: 1,
        }
        dice.choices([*acts], [*acts.values()])[0](dice)

    def _asks(self, dice: random.Random) -> None:
        """Nothing of it takes effect, but that a wall stands."""
        action, who = dice.choice(self._lawful() if dice.random() < 0.8 else sorted(FIRST)), dice.choice(sorted(PEOPLE))
        if dice.random() < 0.7:
            who = dice.choice([each for each in sorted(PEOPLE) if PEOPLE[each][0] & DRAFTS[action]])
        before, given = self._effects(), self._given(dice, action)
        if given is None:
            return
        outcome = self._try(
            who, f"petition.{action}" if action != "extend-clock" else "clock.extend", _ask(action, given, self.number)
        )
        after = self._effects()
        if outcome == "done":
            assert PEOPLE[who][0] & DRAFTS[action]
            if action == "wall":
                self.walled[self._last_wall()] = given["officer"], given["department"]
                after["walls"], after["department"] = before["walls"], before["department"]
        assert before == after, (action, who, outcome)
        DONE[f"ask {action} {outcome}"] += 1

    def _decides(self, dice: random.Random) -> None:
        """Of all who try at one moment one decides, and it is one of those whose desk it lies on."""
        open_ = [each for each in self._approvals() if each.now_in in OPEN]
        if not open_:
            return
        its = dice.choice(open_)
        level, may_decide = self._deciders(its)
        trying = dice.sample(sorted(PEOPLE), 2)
        if dice.random() < 0.6:
            trying += sorted(may_decide - self.left)[:2]
        yes = dice.random() < 0.7
        use: Callable[..., Any] = approvals.approve if yes else partial(approvals.refuse, reason="理由不足")
        outcomes = self._at_once([lambda who=who: self._decide(who, its.id, use) for who in trying])  # type: ignore[misc]
        decided = [who for who, outcome in zip(trying, outcomes, strict=True) if outcome == "done"]
        if its.now_in is not ApprovalState.WAITING:
            assert not decided
            return
        assert len(decided) == (1 if may_decide & set(trying) - self.left else 0), (its.action, trying, outcomes, level)
        for who in decided:
            assert who in may_decide, (its.action, who, level, may_decide)
            assert who not in its.own
            assert not self._kept_away(who)
            now = self._approval(its.id)
            assert (now.level, now.decided_by) == (level, who) or now.now_in is ApprovalState.VOID
            if not yes and its.action == "wall":
                self.walled.pop(int(its.subject))
            if yes and its.action == "unwall" and now.now_in is ApprovalState.APPROVED:
                self.walled.pop(int(its.subject))
            DONE[f"{'approve' if yes else 'refuse'} {its.action} {now.state}"] += 1

    def _is_decided_on_paper(self, dice: random.Random) -> None:
        """Only where nobody here may decide, and never by who asked."""
        waiting = [each for each in self._approvals() if each.now_in is ApprovalState.WAITING]
        if waiting:
            its, who, yes = dice.choice(waiting), dice.choice(sorted(PEOPLE)), dice.random() < 0.5
            level, _ = self._deciders(its)
            outcome = self._paper(who, its.id, yes)
            if outcome == "done":
                assert level == "paper"
                assert who not in its.own
                self._lifted(its, yes)
            DONE[f"paper {outcome}"] += 1

    def _withdraws(self, dice: random.Random) -> None:
        """By who asked, and of who left by who could have asked; no wall."""
        if found := self._approvals():
            its = dice.choice(found)
            who = its.asked_by if dice.random() < 0.6 else dice.choice(sorted(PEOPLE))
            outcome = self._decide(who, its.id, approvals.withdraw, "approval.withdraw")
            if outcome == "done":
                could = its.asked_by in self.left and PEOPLE[who][0] & DRAFTS[its.action]
                assert who == its.asked_by or could, (its.action, its.asked_by, who)
                assert its.now_in in OPEN
                assert its.action != "wall"
            DONE[f"withdraw {outcome}"] += 1

    def _issues(self, dice: random.Random) -> None:
        """What was signed, once; with that, and not before, the outcome's clock stops."""
        signed = [each for each in self._approvals() if each.now_in is ApprovalState.SIGNED]
        use = lambda work, who: approvals.issue(work, self.number, dice.choice([None, Means.IN_PERSON]))  # noqa: E731
        outcome = self._try(dice.choice(["900100", "900105", "900001"]), "petition.issue", use)
        assert outcome != "done" or len(signed) == 1
        DONE[f"issue {outcome}"] += 1

    def _goes_on_otherwise(self, dice: random.Random) -> None:
        """What an officer does meanwhile, with nobody's approval."""
        moves: list[Callable[[UnitOfWork], Any]] = [
            lambda work: petitions.accept(work, self.number, dice.choice(["D05", "D03", "D02"])),
            lambda work: petitions.review_liability(work, self.number, False, True, False, False),
            lambda work: petitions.withdraw(work, self.number),
            lambda work: deadlines.suspend(work, self.number, Pause.APPRAISAL),
            lambda work: deadlines.resume(work, self.number),
            lambda work: petitions.refer(work, self.number, "A09", "regulation_31", True),
            lambda work: petitions.assign(work, self.number, dice.choice(["D05", "D02"])),
            lambda work: petitions.reopen(work, self.number, Reopening.WRONG),
        ]
        move = moves[dice.choices(range(len(moves)), [6, 6, 1, 1, 3, 1, 1, 3])[0]]
        try:
            with self.context.begin(Actor("A00", dice.choice(["900105", "900106", "900108"]), "handler")) as work:
                move(work)
        except Problem:
            pass

    def _somebody_leaves_or_comes_back(self, dice: random.Random) -> None:
        who = dice.choice(sorted(PEOPLE))
        if who in self.left:
            self.left.remove(who)
            self._until(who, None)
        elif len(self.left) < 4:
            self.left.add(who)
            self._until(who, -1)

    # -- what must hold after every step

    @invariant()
    def what_must_hold(self) -> None:
        """All of it in one look: a transaction each would be most of the test."""
        with self.context.begin(OFFICER) as work:
            its = petitions.load(work, self.number, lock=False)
            steps = Counter(work.session.scalars(select(Step.type).where(Step.petition == self.number)))
            clocks = work.session.scalars(select(Clock).where(Clock.petition == self.number)).all()
            self._nobody_decided_their_own(its)
            self._what_took_effect_was_approved_and_once(its, steps, clocks)
            self._what_waits_can_still_be_done(its)
            self._a_wall_stands_until_another_approved_that_it_does_not(work, its)
            self._a_clock_stops_by_what_was_issued_alone(its, clocks)

    def _nobody_decided_their_own(self, its: Petition) -> None:
        for each in its.approvals:
            assert each.decided_by not in each.own

    def _what_took_effect_was_approved_and_once(
        self, its: Petition, steps: Counter[str], clocks: Sequence[Clock]
    ) -> None:
        found = Counter((each.action, each.now_in) for each in its.approvals)
        for action, type_ in EFFECTS.items():
            assert found[action, ApprovalState.APPROVED] == steps[type_], action
        assert found["extend-clock", ApprovalState.APPROVED] == sum(each.extension > 0 for each in clocks)
        assert found["reply", ApprovalState.ISSUED] == steps["petition.replied.v1"]
        down = found["unwall", ApprovalState.APPROVED] + found["wall", ApprovalState.REFUSED]
        assert down == steps["petition.unwalled.v1"]
        assert found.total() == steps["petition.approval_asked.v1"]
        ends = {
            ApprovalState.REFUSED: "petition.approval_refused.v1",
            ApprovalState.WITHDRAWN: "petition.approval_withdrawn.v1",
            ApprovalState.VOID: "petition.approval_voided.v1",
        }
        for state, type_ in ends.items():
            assert sum(found[action, state] for action in FIRST) == steps[type_], state

    def _what_waits_can_still_be_done(self, its: Petition) -> None:
        assert len({(each.action, each.subject) for each in its.asked}) == len(its.asked)
        for each in its.asked:
            assert each.now_in is not ApprovalState.SIGNED or "issue" in states.allowed(its.snapshot)

    def _a_wall_stands_until_another_approved_that_it_does_not(self, work: UnitOfWork, its: Petition) -> None:
        assert self.walled.keys() == {wall.seq for wall in its.standing}
        for who in PEOPLE.keys() - self.left:
            view = walls.view(work, officer(who), "petition.list")
            seen = select(Petition.number).where(walls.visible(view), Petition.number == self.number)
            listed = work.session.scalar(seen) is not None
            assert listed == view.covers(its.placement)
            assert not (listed and self._kept_away(who))

    def _a_clock_stops_by_what_was_issued_alone(self, its: Petition, clocks: Sequence[Clock]) -> None:
        """While the outcome is drafted or signed it runs on."""
        promised = [each for each in clocks if each.rule == "outcome_promise" and each.now_in is not State.STOPPED]
        if its.accepted and any(each.action == "reply" for each in its.asked):
            assert promised
        assert not promised or its.state != "replied"

    def teardown(self) -> None:
        """Everything that was asked for comes to an end, whoever is here."""
        if not hasattr(self, "number"):
            return
        for its in self._approvals():
            if self._approval(its.id).now_in not in OPEN:
                continue
            signed = its.now_in is ApprovalState.SIGNED
            ended = [self._decide(who, its.id, approvals.approve) for who in sorted(PEOPLE)]
            ended += [self._paper(who, its.id, True) for who in sorted(PEOPLE)]
            if "done" in ended:
                self._lifted(its, True)
            ended.append(self._decide(its.asked_by, its.id, approvals.withdraw, "approval.withdraw"))
            if signed:
                issue = lambda work, who: approvals.issue(work, self.number)  # noqa: E731
                ended += [self._try(who, "petition.issue", issue) for who in sorted(PEOPLE)]
            # while everybody is away or kept away it waits for who comes
            needed = {"window", "handler"} if signed else {"window", "handler", "department_head", "leader", "chief"}
            here = {who for who in PEOPLE.keys() - self.left if PEOPLE[who][0] & needed}
            here = {who for who in here if self._sees(who, {"window"} if signed else {"window", "leader", "chief"})}
            left_open = self._approval(its.id).now_in in OPEN
            assert not left_open or not here - (set() if signed else its.own), (its.action, here, str(ended))

    # -- pieces

    def _given(self, dice: random.Random, action: str) -> dict[str, Any] | None:
        match action:
            case "not-accept":
                return {"reason": "not_ours"}
            case "conclude":
                return {"result": "supported"}
            case "reply":
                return {"kind": ReplyKind.OUTCOME_REPLY, "means": dice.choice([Means.POST, Means.SMS]), "text": "答复"}
            case "terminate":
                return {"reason": "settled"}
            case "extend-clock":
                with self.context.sessions() as session:
                    found = session.execute(select(Clock.rule, Clock.id).where(Clock.petition == self.number)).all()
                    promised = [clock for rule, clock in found if rule == "outcome_promise"]
                    return {"clock": dice.choice(promised or [clock for _, clock in found])}
            case "wall":
                if dice.random() < 0.5:
                    return None
                who = dice.choice(["900108", "900002", "900000", "900105", "900001"])
                return {"officer": who, "department": dice.choice([None, None, "D05"]), "reason": WallReason.RECUSED}
            case _:
                return {"wall": dice.choice([*self.walled, 9]), "reason": "已查清"}

    def _lawful(self) -> list[str]:
        with self.context.sessions() as session:
            its = session.get_one(Petition, self.number)
            return [each for each in states.allowed(its.snapshot) if each in FIRST] + ["extend-clock"]

    def _last_wall(self) -> int:
        with self.context.sessions() as session:
            return session.get_one(Petition, self.number).walls[-1].seq

    def _deciders(self, its: Approval) -> tuple[str, set[str]]:
        """The rule read a second time; who drafts and walls off who decides has who confirms that wall decide."""
        unconfirmed = [each for each in self._approvals() if each.action == "wall" and each.now_in in OPEN]
        own = {int(each.subject) for each in unconfirmed if each.asked_by in its.own and its.action != "wall"}
        first = FIRST[its.action]
        _, found = self._from(first, its, {seq: wall for seq, wall in self.walled.items() if seq not in own})
        return self._from(FIRST["wall"] if any(map(self._kept_away, found)) else first, its, self.walled)

    def _from(self, first: int, its: Approval, walls_: Walls) -> tuple[str, set[str]]:
        """The lowest level from there on that somebody decides who is here and not behind these walls."""
        with self.context.sessions() as session:
            now = session.get_one(Petition, self.number).department
        department = now or its.department

        def sits(who: str, level: str) -> bool:
            roles, own, leads = PEOPLE[who]
            if level not in roles:
                return False
            return {"department_head": own == department, "leader": department in leads, "chief": True}[level]

        for level in LEVELS[first:]:
            found = {
                who
                for who in PEOPLE
                if who not in self.left | its.own and sits(who, level) and self._sees(who, {"leader", "chief"}, walls_)
            }
            if found:
                return level, found
        return "paper", set()

    def _sees(self, who: str, far: set[str], walls_: Walls | None = None) -> bool:
        with self.context.sessions() as session:
            now = session.get_one(Petition, self.number).department
        return not self._kept_away(who, walls_) and bool(far & PEOPLE[who][0] or now in (None, PEOPLE[who][1]))

    def _kept_away(self, who: str, walls_: Walls | None = None) -> bool:
        return any(who == number or (department and PEOPLE[who][1] == department)
                   for number, department in (self.walled if walls_ is None else walls_).values())  # fmt: skip

    def _lifted(self, its: Approval, yes: bool) -> None:
        state = self._approval(its.id).now_in
        if (its.action == "wall" and not yes) or (its.action == "unwall" and state is ApprovalState.APPROVED):
            self.walled.pop(int(its.subject), None)

    def _effects(self) -> dict[str, Any]:
        with self.context.sessions() as session:
            its = session.get_one(Petition, self.number)
            clocks = session.execute(
                select(Clock.rule, Clock.state, Clock.extension, Clock.due)
                .where(Clock.petition == self.number)
                .order_by(Clock.id)
            ).all()
            return {
                "state": its.state,
                "result": its.result,
                "department": its.department,
                "replies": len(its.replies),
                "walls": len(its.standing),
                "clocks": clocks,
            }

    def _approvals(self) -> list[Approval]:
        with self.context.sessions() as session:
            found = session.scalars(
                select(Approval).where(Approval.petition == self.number).order_by(Approval.id)
            ).all()
            session.expunge_all()
            return list(found)

    def _approval(self, id_: str) -> Approval:
        return next(each for each in self._approvals() if each.id == id_)

    def _decide(self, who: str, id_: str, use: Callable[..., Any], action: str = approvals.DECIDE) -> str:
        def decide(work: UnitOfWork, who: Officer) -> None:
            found = approvals.find(work, id_)
            use(work, who, petitions.load(work, self.number), found)

        return self._try(who, action, decide)

    def _paper(self, who: str, id_: str, yes: bool) -> str:
        def record(work: UnitOfWork, who: Officer, its: Petition, found: Approval) -> None:
            approvals.on_paper(work, who, its, found, yes, "枫检批〔2026〕1号", "市院", day_of(work.now))

        return self._decide(who, id_, record, "approval.record-paper")

    def _try(self, number: str, action: str, use: Callable[[UnitOfWork, Officer], Any]) -> str:
        """One transaction of one officer, as a route does it."""
        who = officer(number)
        if number in self.left or may(who, action, "A00") is not None:
            return "denied"
        try:
            with self.context.begin(Actor("A00", number, "-")) as work:
                its = petitions.load(work, self.number)
                if not walls.view(work, who, action).covers(its.placement):
                    return "denied"
                use(work, who)
        except Problem as refusal:
            return type(refusal).__name__
        return "done"

    def _at_once(self, acts: list[Callable[[], str]]) -> list[str]:
        together = Barrier(len(acts))

        def begin(act: Callable[[], str]) -> str:
            together.wait(30)
            return act()

        return [task.result(60) for task in [self.pool.submit(begin, act) for act in acts]]

    def _until(self, number: str, days: int | None) -> None:
        with self.context.begin(OPERATIONS) as work:
            office.change_officer(work, number, until=days and day_of(work.now) + timedelta(days=days))


def _ask(action: str, given: dict[str, Any], number: str) -> Callable[[UnitOfWork, Officer], Any]:
    match action:
        case "wall":
            return lambda work, who: approvals.wall(work, who, number, **given)
        case "unwall":
            return lambda work, who: approvals.unwall(work, who, number, **given)
        case _:
            return lambda work, who: approvals.ask(work, who, number, action, given, given.get("clock", ""))


def build_office(context: ServiceContext) -> None:
    """The people above, here for a month, and nobody else."""
    with context.begin(OPERATIONS) as work:
        since = day_of(work.now) - timedelta(days=30)
        for code in ("D02", "D03", "D05", "D06"):
            office.add_department(work, code, code)
        for number, (roles, department, leads) in PEOPLE.items():
            entry = {"roles": sorted(roles), "department": department, "leads": sorted(leads), "since": since}
            office.enter(work, number, "某人", **entry)


@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.timeout(1800)
def test_nothing_is_done_that_another_did_not_approve(engine: Engine, tmp_path: Path, examples: int) -> None:
    """Every step of some petitions, by everybody, in any order; see the invariants."""
    DONE.clear()
    with ThreadPoolExecutor(4) as pool:
        Approvals.context, Approvals.pool = build_context(engine, tmp_path), pool
        Approvals.ways = cycle(["registered", "accepted", "concluded"])
        build_office(Approvals.context)
        run_state_machine_as_test(
            Approvals,
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                phases=[Phase.generate],  # who wins differs from run to run: nothing to shrink
                suppress_health_check=list(HealthCheck),
            ),
        )
    done = {each.rpartition(" ")[0] for each in DONE if each.endswith((" done", " approved", " signed"))}
    expected = {f"{what} {action}" for what in ("ask", "approve") for action in FIRST} | {"paper", "withdraw", "issue"}
    # one walk passes here and one there: which of it all were seen, and all of it in the long run
    assert len(done & expected) > 8, DONE
    assert expected <= done or examples < 100, (expected - done, DONE)


def test_a_rule_that_is_none_is_refused(tmp_path: Path) -> None:
    """A misspelt action would ask nobody; what is asked for can be done, by whom the table lets ask."""
    assert rules.ACTIONS == rules.load(None).keys() == approvals.DOES.keys()
    for action, rule_ in rules.load(None).items():
        name = {"extend-clock": "clock.extend"}.get(action, f"petition.{action}")
        assert rule_.drafts <= ACTIONS[name], action
    file = tmp_path / "approvals.yaml"
    for wrong in (
        "{action: concude, drafts: [handler], approves: leader}",
        "{action: accept, drafts: [handler], approves: leader}",
        "{action: conclude, drafts: [], approves: leader}",
        "{action: conclude, drafts: [king], approves: leader}",
        "{action: conclude, drafts: [handler], approves: paper}",
        "{action: conclude, approves: leader}",
        "{action: conclude, drafts: [handler], approves: leader}\n" * 2,
    ):
        file.write_text("".join(f"- {each}\n" for each in wrong.splitlines()))
        with pytest.raises(ValueError, match=r".+"):
            rules.load(file)
    file.write_text("- {action: conclude, drafts: [handler], approves: chief}\n")
    found = {name: each.approves for name, each in rules.load(file).items() if name not in rules.ALWAYS}
    assert {"conclude": ApproverLevel.CHIEF} == found


def asked_by(context: ServiceContext, number: str, action: str = "not-accept") -> tuple[str, str]:
    """A new petition, and the approval that the officer asks for."""
    given = {"not-accept": {"reason": "not_ours"}, "terminate": {"reason": "settled"}}[action]
    with context.begin(OFFICER) as work:
        its = registration.register(work, petition(Kind.CLAIM)).number
        asked = approvals.ask(work, officer(number), its, action, given)
        assert asked is not None
        return its, asked.id


def desk(context: ServiceContext, number: str, id_: str) -> approvals.Desk:
    with context.begin(OFFICER) as work:
        return approvals.Desks(work).of(petitions.load(work, number), approvals.find(work, id_))


def test_during_a_leave_the_deputy_decides_but_not_their_own(engine: Engine, tmp_path: Path) -> None:
    """Of a leave without a deputy, and of a deputy who is on leave too, nobody sits there."""
    context = build_context(engine, tmp_path)
    build_office(context)
    today = day_of(datetime.now(UTC))
    leave = {"since": today.isoformat(), "until": today.isoformat()}

    def away(number: str, deputy: str | None) -> None:
        with context.begin(OPERATIONS) as work:
            office.find(work, number).leaves = [leave | {"deputy": deputy}]

    by_handler, by_deputy = asked_by(context, "900106"), asked_by(context, "900105")
    assert {"900108", "900001"} == desk(context, *by_handler).officers
    away("900108", "900105")
    assert {"900105", "900001"} == desk(context, *by_handler).officers
    assert {"900001"} == desk(context, *by_deputy).officers
    away("900105", "900106")
    assert {"900001"} == desk(context, *by_handler).officers
    away("900001", None)
    assert (ApproverLevel.LEADER, {"900002"}) == (desk(context, *by_handler).level, desk(context, *by_handler).officers)


def test_without_a_list_of_officers_the_role_decides(engine: Engine, tmp_path: Path) -> None:
    """As everywhere in an office that loaded none; never one's own."""
    context = build_context(engine, tmp_path)
    number, id_ = asked_by(context, "900105")
    assert approvals.Desk(ApproverLevel.DEPARTMENT_HEAD, None) == desk(context, number, id_)
    with context.begin(OFFICER) as work:
        its, found = petitions.load(work, number), approvals.find(work, id_)
        for who in ("900105", "900106"):
            with pytest.raises(Denied):
                approvals.approve(work, officer(who), its, found)
        assert approvals.approve(work, officer("900108"), its, found).now_in is ApprovalState.APPROVED
        assert its.state == "not_accepted"


def walled(context: ServiceContext, by: str, number: str, away: str) -> str:
    """The approval that confirms the wall, which stands meanwhile."""
    with context.begin(Actor("A00", by, "handler")) as work:
        given = {"officer": away, "department": None, "reason": WallReason.RECUSED}
        _, asked = approvals.wall(work, officer(by), number, **given)
        assert asked is not None
        return asked.id


@pytest.mark.parametrize("wall_first", [False, True])
def test_who_drafts_does_not_choose_who_decides(engine: Engine, tmp_path: Path, wall_first: bool) -> None:
    """Until a wall of their own around who would decide is confirmed, whoever confirms it decides of the draft, too.

    Refused, it is as it was before; a wall that another put up takes the draft to who is left.
    """
    context = build_context(engine, tmp_path)
    build_office(context)

    def drafted() -> tuple[str, str, str]:
        with context.begin(Actor("A00", "900105", "handler")) as work:
            number = registration.register(work, petition(Kind.CLAIM)).number
        if wall_first:
            wall = walled(context, "900105", number, "900108")
            return number, wall, ask(number)
        asked = ask(number)
        return number, walled(context, "900105", number, "900108"), asked

    def ask(number: str) -> str:
        with context.begin(Actor("A00", "900105", "handler")) as work:
            asked = approvals.ask(work, officer("900105"), number, "not-accept", {"reason": "not_ours"})
            assert asked is not None
            return asked.id

    for confirmed, after in ((True, {"900001"}), (False, {"900108", "900001"})):
        number, wall, asked = drafted()
        assert approvals.Desk(ApproverLevel.CHIEF, frozenset({"900000", "900001"})) == desk(context, number, asked)
        with context.begin(Actor("A00", "900000", "chief")) as work:
            its, found = petitions.load(work, number), approvals.find(work, wall)
            if confirmed:
                approvals.approve(work, officer("900000"), its, found)
            else:
                approvals.refuse(work, officer("900000"), its, found, "无须回避")
        assert approvals.Desk(ApproverLevel.DEPARTMENT_HEAD, frozenset(after)) == desk(context, number, asked)
    with context.begin(OFFICER) as work:
        number = registration.register(work, petition(Kind.CLAIM)).number
    asked = ask(number)
    walled(context, "900106", number, "900108")
    assert approvals.Desk(ApproverLevel.DEPARTMENT_HEAD, frozenset({"900001"})) == desk(context, number, asked)
    # around who would not have decided it changes nothing
    walled(context, "900105", number, "900109")
    assert approvals.Desk(ApproverLevel.DEPARTMENT_HEAD, frozenset({"900001"})) == desk(context, number, asked)


def test_what_who_left_asked_for_is_taken_back_by_who_could_have(engine: Engine, tmp_path: Path) -> None:
    """Also a reply that is signed: it may be issued, or not. While they are here, by them alone."""
    context = build_context(engine, tmp_path)
    build_office(context)
    with context.begin(Actor("A00", "900105", "handler")) as work:
        number = registration.register(work, petition(Kind.PROPOSAL)).number
        petitions.accept(work, number, "D05")
        its = petitions.conclude(work, number, Result.SUPPORTED, Adoption.ADOPTED)
        given = {"kind": ReplyKind.OUTCOME_REPLY, "means": Means.POST, "text": "答复"}
        asked = approvals.ask(work, officer("900106"), number, "reply", given)
        assert asked is not None
        approvals.approve(work, officer("900002"), its, asked)
        id_ = asked.id

    def tries(number_: str) -> tuple[bool, bool]:
        """Whether it is offered, and done; nothing of it stays."""
        with context.begin(Actor("A00", number_, "-")) as work:
            found, its = approvals.find(work, id_), petitions.load(work, number)
            offered = "withdraw" in approvals.able(approvals.Desks(work), officer(number_), its, found)
            try:
                with approvals._trial(work):
                    approvals.withdraw(work, officer(number_), its, found)
            except Denied:
                return offered, False
        return offered, True

    assert [(False, False), (True, True), (False, False)] == [tries(each) for each in ("900105", "900106", "900100")]
    with context.begin(OPERATIONS) as work:
        office.change_officer(work, "900106", until=day_of(work.now) - timedelta(days=1))
    assert [(True, True), (True, True), (False, False)] == [tries(each) for each in ("900105", "900100", "900003")]


def test_who_moves_into_a_walled_department_has_no_part_in_it_from_then_on(engine: Engine, tmp_path: Path) -> None:
    """What they asked for or signed is void in the transaction that moves them."""
    context = build_context(engine, tmp_path)
    build_office(context)
    number, id_ = asked_by(context, "900105")
    with context.begin(Actor("A00", "900000", "chief")) as work:
        walls.put_up(work, number, None, "D06", WallReason.RECUSED)
    other, waits = asked_by(context, "900105")
    with context.begin(OPERATIONS) as work:
        office.change_officer(work, "900105", department="D06")
    with context.begin(OFFICER) as work:
        assert ApprovalState.VOID is approvals.find(work, id_).now_in
        assert ApprovalState.WAITING is approvals.find(work, waits).now_in
        assert 0 == petitions.load(work, number).asks < petitions.load(work, other).asks


def test_a_conclusion_that_no_longer_fits_its_kind_waits_for_nobody(engine: Engine, tmp_path: Path) -> None:
    """条例 29: what was drafted of a claim does not say whether a proposal is adopted; of another line it holds."""
    context = build_context(engine, tmp_path)
    build_office(context)
    for kind, stands in ((Kind.PROPOSAL, ApprovalState.VOID), (Kind.CLAIM, ApprovalState.WAITING)):
        with context.begin(Actor("A00", "900105", "handler")) as work:
            number = registration.register(work, petition(Kind.CLAIM)).number
            petitions.accept(work, number, "D05")
            petitions.review_liability(work, number, False, True, False, False)
            asked = approvals.ask(work, officer("900105"), number, "conclude", {"result": "supported"})
            assert asked is not None
            corrections.reclassify(work, number, kind, Line.CRIMINAL_APPEAL, None, "登错", "900105")
            assert stands is asked.now_in


def test_what_somebody_drafted_who_must_keep_away_is_not_done(engine: Engine, tmp_path: Path) -> None:
    """Who is complained of has not the last word on it: asked for or signed, it is void once the wall stands.

    The wall itself waits on: also of who says that they must keep away themselves.
    """
    context = build_context(engine, tmp_path)
    build_office(context)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("conclude", {"result": "supported"}),
        ("reply", {"kind": ReplyKind.OUTCOME_REPLY, "means": Means.POST, "text": "答复"}),
    ]
    for signs in (False, True):
        with context.begin(Actor("A00", "900105", "handler")) as work:
            number = registration.register(work, petition(Kind.CLAIM)).number
            petitions.accept(work, number, "D05")
            its = petitions.review_liability(work, number, False, True, False, False)
            for action, given in steps[: 2 if signs else 1]:
                asked = approvals.ask(work, officer("900105"), number, action, given)
                assert asked is not None
                if signs:
                    approvals.approve(work, officer("900002"), its, asked)
                id_ = asked.id
        with context.begin(Actor("A00", "900105", "handler")) as work:
            given = {"officer": "900105", "department": None, "reason": WallReason.RECUSED}
            _, wall = approvals.wall(work, officer("900105"), number, **given)
            assert wall is not None
            open_ = petitions.load(work, number).asked
            assert {wall.id: ApprovalState.WAITING} == {each.id: each.now_in for each in open_}
            assert ApprovalState.VOID is approvals.find(work, id_).now_in
