"""Who holds what, whoever comes, goes, moves, is walled off or on leave: on the real database, the rules read again.

After every step each period that is owed has a holder who is here, nobody behind a wall has it in hand, and who had it
first, and who had it when it was missed, stays known.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select, text

from authorization.sight import OUT_OF_SIGHT, Whose
from authorization.table import may
from clock.sweep import Sweeper
from clock.tables import Clock, State
from contracts.office_file import read
from contracts.problems import Problem
from contracts.vocabulary import (
    HANDOVERS,
    HandlerChange,
    Kind,
    Means,
    OpeningState,
    Reopening,
    ReplyKind,
    Result,
    Role,
    WallReason,
)
from courier import tables as courier
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors, states
from intake.domain.service_points import ServicePoints
from intake.domain.states import MOVES, S
from intake.tables import Agency, Department, OfficerRow, Petition, Step
from intake.use_cases import assignments, holding, office, office_file, petitions, registration, walls
from intake.use_cases.assignments import Asker
from statute import day_of
from web.tokens import Officer

COUNTY = Path(__file__).parents[3] / "examples" / "county" / "office.yaml"
POINTS = ServicePoints.load(COUNTY.with_name("service_points.yaml"))
DEPARTMENTS = ("D03", "D05", "D06")
HANDLERS = ("900103", "900104", "900105", "900106")
PEOPLE = (*HANDLERS, "900108", "900109")  # the last two are heads
CHIEF = "900000"
OWED = (State.RUNNING, State.SUSPENDED, State.MISSED)
DONE = Counter[str]()

# where the county's file has them
HOMES = {
    "900103": ("D03", Role.HANDLER),
    "900104": ("D03", Role.HANDLER),
    "900105": ("D05", Role.HANDLER),
    "900106": ("D05", Role.HANDLER),
    "900108": ("D05", Role.DEPARTMENT_HEAD),
    "900109": ("D03", Role.DEPARTMENT_HEAD),
}
WEIGHTS = {
    "register": 2,
    "accept": 7,
    "assign": 3,
    "set_handler": 6,
    "hand_over": 4,
    "leave": 4,
    "depart_or_return": 3,
    "move": 2,
    "another_role": 1,
    "department_closes_or_opens": 1,
    "wall": 1,
    "go_on": 3,
    "time_passes": 2,
    "the_sweep_comes_by": 1,
}


def build(engine: Engine, folder: Path) -> ServiceContext:
    context = build_context(engine, folder)
    with context.begin(OFFICER) as work:
        office_file.load(work, read(COUNTY), POINTS)
        ours = {"kind": "procuratorate", "transport": "none", "active": True}
        work.session.add(Agency(code="A00", revision=1, name="本院", **ours))
    return context


def token(work: UnitOfWork, number: str) -> Officer:
    """As it would be issued: by what the office's list says."""
    row = work.session.get_one(OfficerRow, number)
    return Officer("A00", number, frozenset(row.roles), row.department)


def asker(work: UnitOfWork, officer: Officer) -> Asker:
    return assignments.asker(lambda action: walls.view(work, officer, action))


def acts(
    context: ServiceContext, by: str, number: str, action: str, use_case: Callable[[UnitOfWork, Officer], Any]
) -> Any:
    """One transaction of one officer, as a route does it; a refusal as itself."""
    try:
        with context.begin(Actor("A00", by, "-")) as work:
            officer, found = token(work, by), petitions.load(work, number)
            allowed = may(officer, f"petition.{action}", "A00") is None
            if not allowed or not walls.view(work, officer, f"petition.{action}").covers(found.placement):
                return "denied"
            return use_case(work, officer)
    except Problem as refusal:
        return refusal


def registered(context: ServiceContext, against_us: bool = False, days_ago: int = 0) -> str:
    ours = (registration.RespondentInput("A00", "吴某", "900199", None),) if against_us else ()
    with context.begin(OFFICER) as work:
        if against_us and work.session.get(OfficerRow, "900199") is None:
            office.enter(work, "900199", "吴某", roles=[], since=day_of(work.now))
        asked = replace(
            petition(Kind.PROPOSAL),
            respondents=ours,
            received_on=day_of(work.now) - timedelta(days=days_ago),
            received_reason="补录",
        )
        return registration.register(work, asked).number


def accepted(context: ServiceContext, handler: str = "900105", **how: Any) -> str:
    """In D05, accepted by who handles it."""
    number = registered(context, **how)
    with context.begin(Actor("A00", handler, "handler")) as work:
        petitions.accept(work, number, "D05")
    return number


def look(context: ServiceContext, number: str) -> Petition:
    with context.sessions() as session:
        found = session.get_one(Petition, number)
        session.expunge(found)
        return found


def owed(context: ServiceContext, number: str) -> dict[str, tuple[str, str | None]]:
    with context.sessions() as session:
        rows = session.scalars(select(Clock).where(Clock.petition == number, Clock.state.in_(OWED)))
        return {each.rule: (each.holder, each.officer) for each in rows}


def changed(context: ServiceContext, number: str) -> list[tuple[str, str | None]]:
    """Every change of hands on its timeline, and who handles it from then on."""
    with context.sessions() as session:
        its = select(Step).where(Step.petition == number, Step.type == "petition.handler_changed.v1").order_by(Step.id)
        return [(each.data["change"], each.data.get("handler")) for each in session.scalars(its)]


def change(context: ServiceContext, by: str, number: str, handler: str | None) -> Any:
    return acts(
        context, by, number, "set-handler",
        lambda work, officer: assignments.change(work, asker(work, officer), number, handler),
    )  # fmt: skip


def hand_over(
    context: ServiceContext, by: str, handler: str, to: str | None, numbers: list[str] | None = None, **how: Any
) -> Any:
    how = {"reason": HandlerChange.ROTATION, "whole": False, "dry": False} | how
    try:
        with context.begin(Actor("A00", by, "-")) as work:
            officer = token(work, by)
            if may(officer, "petition.hand-over", "A00") is not None:
                return "denied"
            how |= {"petitions": numbers, "denied": lambda number, sentence: None}
            return assignments.hand_over(work, asker(work, officer), handler, to, **how)
    except Problem as refusal:
        return refusal


# -- the machine -------------------------------------------------------------------------------------------------------


class Office(RuleBasedStateMachine):
    """A few petitions, a few people, and all that happens to both."""

    context: ServiceContext

    @initialize(seed=st.integers(0, 2**32))
    def a_morning(self, seed: int) -> None:
        """Everybody is here, where the county's file says, and three petitions wait."""
        self.mine: list[str] = []
        self.walled: dict[str, set[str]] = {}  # who, or which department, is kept away
        self.first: dict[str, tuple[str, str | None]] = {}
        self.missed: dict[str, tuple[str, str | None]] = {}  # clock → who held it when it was missed
        self.held: dict[str, tuple[str, str | None]] = {}  # clock → who held it before this step
        self.steps = 0
        with self.context.begin(OFFICER) as work:
            for department in DEPARTMENTS:
                office.change_department(work, department, active=True)
            for number, (home, role) in HOMES.items():
                row = office.change_officer(work, number, department=home, until=None)
                row.roles, row.leaves, row.since = [role], [], date(2026, 1, 5)
                office._changed(work, row)
        dice = random.Random(seed)
        for _ in range(3):
            self.register(dice)

    @rule(seed=st.integers(0, 2**32))
    def something_happens(self, seed: int) -> None:
        self.steps += 1
        dice = random.Random(f"{seed} {self.steps}")
        names, weights = zip(*WEIGHTS.items(), strict=True)
        getattr(self, dice.choices(names, weights)[0])(dice)

    def register(self, dice: random.Random) -> None:
        against_us = dice.random() < 0.4
        number = registered(self.context, against_us, dice.choice([0, 0, 20, 120]))
        self.mine.append(number)
        self.walled[number] = {"900199"} if against_us else set()

    def accept(self, dice: random.Random) -> None:
        number, by = self._one(dice, S.REGISTERED), dice.choice(PEOPLE)
        department = HOMES[by][0] if dice.random() < 0.8 else dice.choice(DEPARTMENTS)
        handler = self._somebody(dice, department)
        self._do("accept", by, number, lambda work, _: petitions.accept(work, number, department, None, handler))

    def assign(self, dice: random.Random) -> None:
        number, department = self._one(dice, *states.HANDLED), dice.choice(DEPARTMENTS)
        by, handler = dice.choice(["900108", CHIEF, CHIEF]), self._somebody(dice, department)
        self._do("assign", by, number, lambda work, _: petitions.assign(work, number, department, handler))

    def set_handler(self, dice: random.Random) -> None:
        number, by = self._one(dice, *states.HANDLED), dice.choice([*PEOPLE, CHIEF, CHIEF, CHIEF])
        found = look(self.context, number)
        before, handler = found.handler, self._somebody(dice, found.department)
        handler = by if by in HANDLERS and dice.random() < 0.5 else handler
        self._do(
            "set-handler",
            by,
            number,
            lambda work, officer: assignments.change(work, asker(work, officer), number, handler),
        )
        after = look(self.context, number).handler
        if after != before and by in HANDLERS:
            assert after in (None, by), "a handler names nobody but themselves"

    def hand_over(self, dice: random.Random) -> None:
        held = [each for each in (look(self.context, number).handler for number in self.mine) if each]
        by, handler = dice.choice([*PEOPLE, *[CHIEF] * 6]), dice.choice(held if held else PEOPLE)
        to, whole = self._somebody(dice, HOMES[handler][0]), dice.random() < 0.3
        reason = dice.choice(HANDOVERS)
        numbers = None if dice.random() < 0.5 else self.mine
        asked = {"by": by, "handler": handler, "to": to, "numbers": numbers, "reason": reason}
        seen = hand_over(self.context, **asked, dry=True)
        before = {number: look(self.context, number).handler for number in self.mine}
        came = hand_over(self.context, **asked, whole=whole)
        after = {number: look(self.context, number).handler for number in self.mine}
        if not isinstance(came, dict):
            assert before == after
            return
        assert seen == came, "as it was previewed"
        for each in came["results"]:
            number = each["petition"]
            if number in after:
                assert after[number] == (to if each["moved"] else before[number]), each
            assert each["moved"] == (each["why"] is None)
        assert not whole or came["not_moved"] == 0
        DONE["handed over"] += sum(before[number] != after[number] for number in self.mine)
        DONE["stayed"] += came["not_moved"]
        again = hand_over(self.context, **asked)
        assert after == {number: look(self.context, number).handler for number in self.mine}, "twice is once"
        assert numbers is None or again["moved"] == came["moved"]

    def leave(self, dice: random.Random) -> None:
        officer, deputy = dice.choice(PEOPLE), dice.choice([None, *PEOPLE])
        since = self._today() + timedelta(days=dice.choice([-1, 0, 0, 0, 1]))
        until = None if dice.random() < 0.2 else since + timedelta(days=dice.randint(0, 3))
        how = {"department": None, "deputy": deputy}
        self._office("leave", lambda work: office.arrange_leave(work, officer, since, until, **how))

    def depart_or_return(self, dice: random.Random) -> None:
        officer, stays = dice.choice(PEOPLE), dice.random() < 0.6
        until = None if stays else self._today() - timedelta(days=1)
        self._office(
            "returned" if stays else "departed", lambda work: office.change_officer(work, officer, until=until)
        )

    def move(self, dice: random.Random) -> None:
        officer, department = dice.choice(PEOPLE), dice.choice([None, *DEPARTMENTS])
        department = HOMES[officer][0] if dice.random() < 0.5 else department
        self._office("moved", lambda work: office.change_officer(work, officer, department=department))

    def another_role(self, dice: random.Random) -> None:
        officer, roles = dice.choice(HANDLERS), [Role.HANDLER if dice.random() < 0.6 else Role.WINDOW]
        id_ = self._office("role", lambda work: office.ask_roles(work, officer, roles).id)
        if id_:
            with self.context.begin(Actor("A00", CHIEF, "chief")) as work:
                office.decide_roles(work, id_, OpeningState.APPROVED)

    def department_closes_or_opens(self, dice: random.Random) -> None:
        department, active = dice.choice(DEPARTMENTS), dice.random() < 0.7
        self._office(
            "opened" if active else "closed", lambda work: office.change_department(work, department, active=active)
        )

    def wall(self, dice: random.Random) -> None:
        number, department = dice.choice(self.mine), dice.choice([None, None, None, *DEPARTMENTS])
        officer = dice.choice([None, look(self.context, number).handler, *PEOPLE])
        if officer is None and department is None:
            return
        with self.context.begin(Actor("A00", CHIEF, "chief")) as work:
            walls.put_up(work, number, officer, department, WallReason.RECUSED)
        self.walled[number] |= {each for each in (officer, department) if each}
        DONE["walled"] += 1

    def go_on(self, dice: random.Random) -> None:
        uses: dict[str, Callable[[UnitOfWork, str], Any]] = {
            "conclude": lambda work, number: petitions.conclude(work, number, Result.SUPPORTED),
            "reply": lambda work, number: petitions.reply(work, number, ReplyKind.OUTCOME_REPLY, Means.POST, "答复"),
            "withdraw": petitions.withdraw,
            "reopen": lambda work, number: petitions.reopen(work, number, Reopening.WRONG),
        }
        what = dice.choice(["conclude", "conclude", "reply", "reply", "withdraw", "reopen"])
        number, by = self._one(dice, *MOVES[what][0]), dice.choice(PEOPLE)
        self._do(what, by, number, lambda work, _: uses[what](work, number))

    # what is asked for and approved before it is so (不予受理, 终结, 延长, 解除回避) has its steps here, and in WEIGHTS

    def time_passes(self, _: random.Random) -> None:
        while Sweeper(self.context).sweep():
            pass

    def the_sweep_comes_by(self, _: random.Random) -> None:
        with self.context.begin(OFFICER) as work:
            assert 0 == holding.take_off_all(work), "all of it fell back with what made it so"

    # -- what must hold after every step -------------------------------------------------------------------------------

    @invariant()
    def what_is_owed_has_a_holder_who_is_here(self) -> None:
        with self.context.sessions() as session:
            query = select(Clock, Petition).join(Petition, Petition.number == Clock.petition)
            for clock, its in session.execute(query.where(Clock.state.in_(OWED), Clock.petition.in_(self.mine))):
                if clock.duty != "department" or its.department is None:
                    assert (clock.holder, clock.officer) == ("A00", None)
                    continue
                assert (clock.holder, clock.officer) == (its.department, its.handler)
                assert session.get_one(Department, clock.holder).active
                DONE["held"] += clock.officer is not None

    @invariant()
    def who_handles_it_is_here_and_not_behind_a_wall(self) -> None:
        with self.context.begin(OFFICER) as work:
            for its in self._of(work):
                assert its.department not in self.walled[its.number]
                if its.handler is None or its.state in states.ENDED:
                    continue
                who = work.session.get_one(OfficerRow, its.handler)
                assert (who.active, who.department) == (True, its.department)
                assert {Role.HANDLER, Role.DEPARTMENT_HEAD} & set(who.roles)
                assert not {its.handler, who.department} & self.walled[its.number]

    @invariant()
    def nobody_behind_a_wall_has_it_in_hand(self) -> None:
        """Neither as its handler nor as the deputy of one; the list says what the rule says."""
        with self.context.begin(OFFICER) as work:
            found = self._of(work)
            for officer in (token(work, each) for each in PEOPLE):
                view = walls.view(work, officer, "petition.list")
                mine = {each.number for each in found if view.covers(each.placement, Whose.MINE)}
                listed = select(Petition.number).where(walls.visible(view, Whose.MINE), Petition.number.in_(self.mine))
                assert mine == set(work.session.scalars(listed))
                for number in mine:
                    assert not {officer.id, officer.department} & self.walled[number]
                    handler = look(self.context, number).handler
                    assert handler is not None
                    if handler != officer.id:
                        today = day_of(work.now).isoformat()
                        leaves = work.session.get_one(OfficerRow, handler).leaves
                        assert officer.id in [
                            each["deputy"] for each in leaves if each["since"] <= today <= each["until"]
                        ]
                        DONE["stood in"] += 1

    @invariant()
    def who_had_it_first_stays_known(self) -> None:
        for number in self.mine:
            its = look(self.context, number)
            known = self.first.get(number)
            if its.first_department is None:
                assert known is None
                continue
            now = its.first_department, its.first_handler
            # whoever is named first in that department, and nobody after
            assert known in (None, now) or known == (now[0], None), (known, now)
            self.first[number] = now

    @invariant()
    def who_missed_it_stays_known(self) -> None:
        """Who held it before the step in which it was missed, also where that step gave it to another."""
        with self.context.sessions() as session:
            for clock in session.scalars(select(Clock).where(Clock.petition.in_(self.mine))):
                if clock.missed_at is not None and clock.id not in self.missed:
                    self.missed[clock.id] = self.held.get(clock.id, (clock.holder, clock.officer))
                    DONE["missed"] += 1
                assert self.missed.get(clock.id) == clock.missed_by
                self.held[clock.id] = clock.holder, clock.officer

    @invariant()
    def a_first_one_against_us_is_nobodys_only_where_nobody_decided_so(self) -> None:
        for number in self.mine:
            its = look(self.context, number)
            if its.one_to_one and its.handler is None and its.state in states.HANDLED and its.department:
                with self.context.sessions() as session:
                    steps = select(Step.type).where(Step.petition == number).order_by(Step.id.desc())
                    assert {"petition.handler_changed.v1", "petition.walled.v1"} & set(session.scalars(steps))
                assert changed(self.context, number)[-1:] != [("given_back", None)]

    @invariant()
    def the_others_were_told(self) -> None:
        """The tag of who handles it, and of nobody else; no event says an officer's number."""
        events, tags = courier.events, self.context.tools.tags
        with self.context.sessions() as session:
            for number in self.mine:
                query = select(events.c.body).where(events.c.subject == number).order_by(events.c.version.desc())
                bodies = [json.loads(each) for each in session.scalars(query)]
                placed = next(each["data"] for each in bodies if each["type"] == "petition.placed.v1")
                its = session.get_one(Petition, number)
                assert (its.handler and tags.of(number, its.handler).hex()) == placed["handler"]
                for each in bodies:
                    assert "9001" not in json.dumps(each["data"]).replace(number, ""), each

    # -- pieces --------------------------------------------------------------------------------------------------------

    def _do(self, action: str, by: str, number: str, use_case: Callable[[UnitOfWork, Officer], Any]) -> None:
        came = acts(self.context, by, number, action, use_case)
        DONE[action if isinstance(came, Petition) else f"{action} refused"] += 1

    def _one(self, dice: random.Random, *wanted: str) -> str:
        """Mostly one that stands where it can be done."""
        there = [number for number in self.mine if look(self.context, number).state in wanted]
        return dice.choice(there if there and dice.random() < 0.9 else self.mine)

    def _somebody(self, dice: random.Random, department: str | None) -> str | None:
        """Mostly who sits there; else nobody, or anybody."""
        with self.context.sessions() as session:
            there = [each for each in PEOPLE if session.get_one(OfficerRow, each).department == department]
        return dice.choice(there if there and dice.random() < 0.7 else [None, *PEOPLE])

    def _today(self) -> date:
        with self.context.begin(OFFICER) as work:
            return day_of(work.now)

    def _office(self, what: str, use_case: Callable[[UnitOfWork], Any]) -> Any:
        try:
            with self.context.begin(Actor("A00", "900007", "operations")) as work:
                came = use_case(work)
                DONE[what] += 1
                return came if isinstance(came, str) else None
        except Problem:
            DONE[f"{what} refused"] += 1

    def _of(self, work: UnitOfWork) -> list[Petition]:
        return list(work.session.scalars(select(Petition).where(Petition.number.in_(self.mine))))


@pytest.mark.parametrize("examples", [5, pytest.param(80, marks=pytest.mark.long)])
@pytest.mark.timeout(1800)
def test_whoever_comes_and_goes_all_that_is_owed_is_held(engine: Engine, tmp_path: Path, examples: int) -> None:
    """Acceptances, assignments, handovers, leaves, departures, moves, closed departments and walls in any order."""
    DONE.clear()
    Office.context = build(engine, tmp_path)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Office,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    wanted = ("accept", "assign", "set-handler", "handed over", "stayed", "leave", "departed", "moved", "walled")
    assert all(DONE[each] for each in (*wanted, "missed", "held", "stood in")), DONE
    assert examples < 50 or all(DONE[each] for each in ("closed", "role", "conclude", "reply", "reopen")), DONE


# -- one by one --------------------------------------------------------------------------------------------------------


def test_who_is_named_handles_it_and_who_may_not_is_refused_in_one_sentence(engine: Engine, tmp_path: Path) -> None:
    """Of another department, without the role, behind a wall: what is said tells none of them from another."""
    context = build(engine, tmp_path)
    number = accepted(context)
    with context.begin(Actor("A00", CHIEF, "chief")) as work:
        walls.put_up(work, number, "900106", None, WallReason.RECUSED)
    wrong = [change(context, "900108", number, handler) for handler in ("900103", "900101", "900106")]
    assert [(errors.CannotHandle, "handler")] * 3 == [(type(each), each.field) for each in wrong]
    assert 1 == len({(each.zh, each.en, str(each.more)) for each in wrong})
    unknown = change(context, "900108", number, "999999")
    assert isinstance(unknown, errors.UnknownOfficer)
    assert "900105" == look(context, number).handler
    assert isinstance(change(context, "900108", number, "900108"), Petition)
    assert ("D05", "900108") == owed(context, number)["outcome_promise"]
    assert [("taken_over", "900108")] == changed(context, number)
    assert {"department": "D05", "handler": "900105"} == first(context, number)


def first(context: ServiceContext, number: str) -> Any:
    with context.begin(OFFICER) as work:
        return holding.first(work, petitions.load(work, number, lock=False))


def test_a_handler_takes_what_nobody_has_and_gives_back_their_own(engine: Engine, tmp_path: Path) -> None:
    """Neither takes what another has nor names another; the head does both."""
    context = build(engine, tmp_path)
    number = accepted(context)
    for by, handler in (("900106", "900106"), ("900106", None), ("900105", "900106")):
        assert isinstance(change(context, by, number, handler), errors.HandledByAnother), (by, handler)
    for by, handler in (("900105", None), ("900106", "900106"), ("900108", "900105")):
        assert isinstance(change(context, by, number, handler), Petition), (by, handler)
        assert isinstance(change(context, "900108", number, handler), errors.SameHandler)
    said = [("given_back", None), ("taken_over", "900106"), ("assigned", "900105")]
    assert said == changed(context, number)


def test_the_deputy_acts_in_their_stead_and_no_day_longer(engine: Engine, tmp_path: Path) -> None:
    """In another department than their own, for as long as the leave lasts; one who is walled off never."""
    context = build(engine, tmp_path)
    number, walled = accepted(context), accepted(context)
    with context.begin(Actor("A00", CHIEF, "chief")) as work:
        walls.put_up(work, walled, "900103", None, WallReason.RECUSED)
        today = day_of(work.now)

    def in_hand() -> list[str]:
        with context.begin(OFFICER) as work:
            view = walls.view(work, token(work, "900103"), "petition.conclude")
            listed = select(Petition.number).where(walls.visible(view, Whose.MINE)).order_by(Petition.number)
            return list(work.session.scalars(listed))

    def leave(since: int, until: int | None) -> None:
        with context.begin(OFFICER) as work:
            days = today + timedelta(since), None if until is None else today + timedelta(until)
            office.arrange_leave(work, "900105", *days, department="D05", deputy="900103")

    assert [] == in_hand()
    leave(1, 2)
    assert [] == in_hand()
    leave(0, 0)
    assert [number] == in_hand()
    assert isinstance(change(context, "900103", number, None), Petition)
    leave(0, None)
    assert [] == in_hand()
    assert "denied" == change(context, "900103", number, "900103"), "of another department's they see nothing now"


def test_a_leave_leaves_nobody_alone(engine: Engine, tmp_path: Path) -> None:
    """The deputy is here then; who stands in for somebody cannot be away then; nobody enters their own."""
    context = build(engine, tmp_path)
    with context.begin(OFFICER) as work:
        today = day_of(work.now)

    def leave(officer: str, since: int, until: int, by: str = "900007", **how: Any) -> Any:
        try:
            with context.begin(Actor("A00", by, "-")) as work:
                how = {"department": None} | how
                office.arrange_leave(work, officer, today + timedelta(since), today + timedelta(until), **how)
        except Problem as refusal:
            return type(refusal), refusal.field
        return None

    assert leave("900105", 1, 5) is None
    with context.begin(OFFICER) as work:
        assert "900106" == work.session.get_one(OfficerRow, "900105").leaves[0]["deputy"], "whom the list names"
    assert (errors.StandsInThen, None) == leave("900106", 5, 9)
    assert (errors.LeaveOverlaps, None) == leave("900105", 4, 4)
    assert (errors.WrongField, "deputy") == leave("900103", 1, 1, deputy="900105")
    assert (errors.WrongField, "deputy") == leave("900103", 1, 1, deputy="900103")
    assert (errors.UnknownOfficer, "deputy") == leave("900103", 1, 1, deputy="999999")
    assert (errors.WrongField, "until") == leave("900103", -3, -1)
    assert (errors.OwnLeave, None) == leave("900103", 1, 1, by="900103")
    assert (errors.NotYourPeople, None) == leave("900103", 1, 1, department="D05")
    assert leave("900106", 6, 9, deputy=None) is None


def test_nobody_makes_themselves_the_deputy_of_who_decides_more(engine: Engine, tmp_path: Path) -> None:
    """It would give them what the other sees, or decides. A head stands in for their own people, not for who leads."""
    context = build(engine, tmp_path)
    with context.begin(OFFICER) as work:
        today = day_of(work.now)
        office.enter(work, "900555", "某人", roles=["leader"], department="D05", leads=["D05"], since=today)

    def leave(officer: str, by: str, department: str | None, deputy: str | None = None) -> type | None:
        try:
            with context.begin(Actor("A00", by, "-")) as work:
                office.arrange_leave(work, officer, today, today, department=department, deputy=deputy or by)
        except Problem as refusal:
            return type(refusal)
        return None

    assert errors.OwnDeputy is leave("900105", "900103", None), "who may enter anybody's"
    assert errors.NotYourPeople is leave("900555", "900108", "D05")
    assert errors.NotYourPeople is leave("900555", "900108", "D05", deputy="900105")
    assert leave("900105", "900108", "D05") is None


def test_who_leaves_leaves_nothing_unheld(engine: Engine, tmp_path: Path) -> None:
    """What they handled falls back in the same transaction; what another was changing then, with the next sweep."""
    context = build(engine, tmp_path)
    numbers = [accepted(context) for _ in range(3)]
    with context.begin(Actor("A00", "900105", "handler")) as busy:
        petitions.load(busy, numbers[0])
        with context.begin(Actor("A00", "900007", "operations")) as work:
            office.change_officer(work, "900105", department="D06")
        assert [None, None] == [look(context, each).handler for each in numbers[1:]]
    assert "900105" == look(context, numbers[0]).handler
    with context.begin(OFFICER) as work:
        assert 1 == holding.take_off_all(work)
    assert [("left", None)] == changed(context, numbers[0])
    assert {("D05", None)} == {owed(context, each)["outcome_promise"] for each in numbers}
    with context.begin(Actor("A00", "900007", "operations")) as work:
        office.change_department(work, "D05", active=False)
    assert {("A00", None)} == {owed(context, each)["outcome_promise"] for each in numbers}
    assert [("left", None), ("department_closed", None)] == changed(context, numbers[0])


def test_the_first_one_against_us_is_handled_by_a_person(engine: Engine, tmp_path: Path) -> None:
    """By who is named, or who accepts it and may handle it; never given back to nobody; a repeat needs no person."""
    context = build(engine, tmp_path)
    number = registered(context, against_us=True)

    def accept(by: str, department: str, handler: str | None) -> Any:
        return acts(
            context, by, number, "accept",
            lambda work, _: petitions.accept(work, number, department, None, handler),
        )  # fmt: skip

    assert isinstance(accept("900105", "D03", None), errors.PersonMissing)
    assert isinstance(accept("900105", "D03", "900104"), Petition)
    assert (True, "900104") == (look(context, number).one_to_one, look(context, number).handler)
    assert isinstance(change(context, "900109", number, None), errors.PersonMissing)
    given = hand_over(context, CHIEF, "900104", None)
    assert [(False, "person-missing")] == [(each["moved"], each["why"]) for each in given["results"]]
    assert isinstance(
        acts(context, CHIEF, number, "assign", lambda work, _: petitions.assign(work, number, "D05")),
        errors.PersonMissing,
    )


def test_of_many_each_is_told(engine: Engine, tmp_path: Path) -> None:
    """Moved, or why not: walled, another's by now, out of sight, unknown; all or nothing where that was asked."""
    context = build(engine, tmp_path)
    numbers = [accepted(context) for _ in range(3)]
    with context.begin(Actor("A00", CHIEF, "chief")) as work:
        walls.put_up(work, numbers[1], "900106", None, WallReason.RECUSED)
    anothers, elsewhere = accepted(context, handler="900108"), registered(context)
    with context.begin(Actor("A00", "900103", "handler")) as work:
        petitions.accept(work, elsewhere, "D03")
    asked = [*numbers, anothers, elsewhere, "信2026-619926-999999"]
    why = [None, "cannot-handle", None, "handles-no-more", "denied", "denied"]
    whole = hand_over(context, "900108", "900105", "900106", asked, whole=True)
    assert isinstance(whole, errors.HandoverIncomplete)
    assert why == [each["why"] for each in whole.more["results"]]
    assert ["900105"] * 3 == [look(context, each).handler for each in numbers]
    for _ in range(2):
        came = hand_over(context, "900108", "900105", "900106", asked)
        assert why == [each["why"] for each in came["results"]]
        assert ["900106", "900105", "900106"] == [look(context, each).handler for each in numbers]
        assert OUT_OF_SIGHT == came["results"][-1]["why_zh"] == came["results"][-2]["why_zh"]
    assert [("rotation", "900106")] == changed(context, numbers[0])
    # of those of a handler who asks, the ones in sight; they hand back their own and name nobody
    assert {"denied"} == {each["why"] for each in hand_over(context, "900106", "900106", "900105")["results"]}
    back = hand_over(context, "900106", "900106", None)
    assert (2, 0) == (back["moved"], back["not_moved"])
    assert [("D05", None)] == [owed(context, numbers[0])["outcome_promise"]]


def test_of_older_acceptances_the_timeline_says_who_was_first(engine: Engine, tmp_path: Path) -> None:
    """Before the column there was only the step: who accepted it handled it."""
    context = build(engine, tmp_path)
    number = accepted(context)
    with engine.begin() as connection:
        connection.execute(text("UPDATE petition SET first_department = NULL, first_handler = NULL"))
    assert {"department": "D05", "handler": "900105"} == first(context, number)
