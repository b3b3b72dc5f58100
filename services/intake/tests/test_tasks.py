"""Tasks inside our office: opened once, always somebody's, never lost by what happens to the petition."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select, text

from authorization.colleagues import colleague
from contracts.problems import Problem
from contracts.vocabulary import Kind, Reopening, RiskColour, Role, TaskStanding, WallReason
from courier import tables as courier
from courier.envelope import Actor, Envelope
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.domain.scoring import Scheme
from intake.domain.tasks import ABOVE, Colleague, Duty, Owner, Seat, TaskKind, kinds, owner
from intake.tables import Agency, Department, Petition, Task
from intake.use_cases import handlers, holding, office, petitions, recusal, registration, risk, task_acts, tasks, walls
from statute import day_of
from web.tokens import Officer

BOXES = {"criminal": True, "civil": False, "administrative": True, "public_interest": False}
STAFF = {
    "900000": (None, [Role.CHIEF], []),
    "900002": ("D05", [Role.LEADER], ["D05", "D03"]),
    "900105": ("D05", [Role.HANDLER], []),
    "900103": ("D03", [Role.HANDLER], []),
    "900108": ("D05", [Role.DEPARTMENT_HEAD], []),
}
RED = ["threat_to_life"]
DUTIES = {"report_chief", "report_above", "report_party_government", "emergency_plan"}


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    context = build_context(engine, tmp_path)
    staff(context)
    return context


def staff(context: ServiceContext) -> None:
    """Two departments, a chief, a leader in charge of both, two handlers."""
    with context.begin(OFFICER) as work:
        for code in ("D03", "D05", "D06"):
            office.add_department(work, code, code)
        for number, (department, roles, leads) in STAFF.items():
            since = day_of(work.now) - timedelta(days=30)
            office.enter(work, number, number, roles=roles, department=department, leads=leads, since=since)


def registered(context: ServiceContext, accepted: str | None = None, **given: Any) -> str:
    with context.begin(OFFICER) as work:
        number = registration.register(work, petition(Kind.CLAIM, **given)).number
    if accepted:
        with context.begin(Actor("A00", "900105", "handler")) as work:
            petitions.accept(work, number, accepted)
    return number


def theirs(context: ServiceContext, number: str) -> dict[str, tuple[str | None, str | None, str]]:
    """Kind → department, officer and standing, of each task there ever was."""
    with context.begin(OFFICER) as work:
        return {each.kind: (each.department, each.officer, each.state) for each in task_acts.of_petition(work, number)}


def told(context: ServiceContext, number: str, type_: str) -> list[dict[str, Any]]:
    events = courier.events
    with context.sessions() as session:
        bodies = session.scalars(
            select(events.c.body).where(events.c.subject == number, events.c.type == type_).order_by(events.c.version)
        )
        return [json.loads(each)["data"] for each in bodies]


def at_risk(context: ServiceContext, number: str, facts: Sequence[str]) -> None:
    with context.begin(OFFICER) as work:
        risk.enter(work, number, list(facts))


def test_a_red_opens_its_duties_with_owner_and_day_and_they_outlive_it(context: ServiceContext) -> None:
    """Chief, level above, party and government, a plan; lowered or reassigned they stay, until each is ended."""
    number = registered(context, "D05")
    at_risk(context, number, RED)
    found = theirs(context, number)
    assert set(found) >= DUTIES
    assert (None, "900000", "open") == found["report_chief"]
    assert ("D05", None, "open") == found["report_above"]
    assert (None, "900002", "open") == found["emergency_plan"]
    with context.begin(OFFICER) as work:
        assert {day_of(work.now) < each.due for each in task_acts.of_petition(work, number)} == {True}
        risk.lower(work, number, RiskColour.NONE, "已当面沟通")
        petitions.assign(work, number, "D03")
    after = theirs(context, number)
    assert set(after) >= DUTIES
    # what is its department's follows it
    assert ("D03", None, "open") == after["report_above"]
    assert {"open"} == {state for _, _, state in after.values()}
    at_risk(context, number, [*RED, "media"])
    assert theirs(context, number) == after, "risen again, nothing is asked twice that is still open"
    assert len(told(context, number, "petition.task_opened.v1")) == len(after)


def test_what_is_done_is_asked_again_by_a_new_red(context: ServiceContext) -> None:
    """The old record stays; another rise is another reason to report."""
    number = registered(context, "D05")
    at_risk(context, number, RED)
    with context.begin(OFFICER) as work:
        found = petitions.load(work, number)
        chief = next(each for each in task_acts.of_petition(work, number) if each.kind == "report_chief")
        task_acts.end(work, found, chief, TaskStanding.DONE, "已报告")
        with pytest.raises(errors.TaskEnded):
            task_acts.end(work, found, chief, TaskStanding.IMPOSSIBLE, "再报")
        risk.lower(work, number, RiskColour.NONE, "已当面沟通")
    at_risk(context, number, [*RED, "media"])
    with context.begin(OFFICER) as work:
        reports = [each.state for each in task_acts.of_petition(work, number) if each.kind == "report_chief"]
    assert sorted(reports) == ["done", "open"]


def test_a_ticked_box_opens_one_lead(context: ServiceContext) -> None:
    """With its owner and day; a second review doubles none, also of what was done."""
    number = registered(context, "D05")
    for _ in range(2):
        with context.begin(OFFICER) as work:
            petitions.review_liability(work, number, **BOXES)
    assert {"liability_criminal", "liability_administrative"} == set(theirs(context, number))
    with context.begin(OFFICER) as work:
        lead = next(each for each in task_acts.of_petition(work, number) if each.kind == "liability_criminal")
        task_acts.end(work, petitions.load(work, number), lead, TaskStanding.DONE, "已移送")
    with context.begin(OFFICER) as work:
        petitions.review_liability(work, number, **BOXES)
        assert 2 == len(task_acts.of_petition(work, number))


def test_who_must_keep_away_has_none_and_who_left_neither(context: ServiceContext) -> None:
    """To the department, else the leader in charge, the chief; and at last it is for the level above, on paper."""
    number = registered(context, "D05")
    with context.begin(OFFICER) as work:
        found = petitions.load(work, number)
        named = Owner(officer="900105")
        tasks.open(work, found, "other", origin="x", owner=named, due=day_of(work.now), text="核实")
    assert (None, "900105", "open") == theirs(context, number)["other"]
    with context.begin(OFFICER) as work:
        office.change_officer(work, "900105", until=day_of(work.now) - timedelta(days=1))
    assert ("D05", None, "open") == theirs(context, number)["other"]
    for wall, whose in (
        ({"officer": None, "department": "D05"}, (None, "900000", "open")),
        ({"officer": "900000", "department": None}, (None, None, "open")),
    ):
        with context.begin(OFFICER) as work:
            walls.put_up(work, number, **wall, reason=WallReason.RECUSED)
        assert whose == theirs(context, number)["other"]


def test_who_cannot_be_given_a_task_is_refused_in_one_sentence(context: ServiceContext) -> None:
    """Who left and who must keep away alike: whoever asks learns of no wall."""
    number, refusals = registered(context, "D05"), set()
    with context.begin(OFFICER) as work:
        walls.put_up(work, number, "900103", None, WallReason.RECUSED)
        office.change_officer(work, "900108", until=day_of(work.now) - timedelta(days=1))
    for who in ("900103", "900108"):
        with context.begin(OFFICER) as work, pytest.raises(errors.CannotTakePart) as refusal:
            task_acts.add(work, petitions.load(work, number), "核实", day_of(work.now), officer=who)
        refusals.add((refusal.value.zh, refusal.value.en, refusal.value.field, str(refusal.value.more)))
    assert 1 == len(refusals)


def test_what_changed_behind_our_back_is_settled(context: ServiceContext) -> None:
    """A handover by whoever does not know of tasks, an officer's row from the county's file: within a minute."""
    number = registered(context, "D05")
    with context.begin(OFFICER) as work:
        risk.enter(work, number, ["injury", "minors"])
    assert (None, "900105", "open") == theirs(context, number)["hear_in_person"]
    with context.begin(OFFICER) as work:
        found = petitions.load(work, number)
        found.department, found.handler = "D03", "900103"
    for moved in (2, 0):
        with context.begin(OFFICER) as work:
            assert moved == tasks.settle_stray(work)
    assert (None, "900103", "open") == theirs(context, number)["hear_in_person"]
    assert ("D03", None, "open") == theirs(context, number)["head_attends"]


def test_what_falls_back_with_a_sweep_takes_its_tasks_along(context: ServiceContext) -> None:
    """Who moved to another department has none of them, also of more petitions than one transaction takes off."""
    numbers, whole = [registered(context, "D05") for _ in range(2)], holding.BATCH
    for number in numbers:
        with context.begin(OFFICER) as work:
            risk.enter(work, number, ["injury", "minors"])
        assert (None, "900105", "open") == theirs(context, number)["hear_in_person"]
    try:
        holding.BATCH = 1
        with context.begin(OFFICER) as work:
            office.change_officer(work, "900105", department="D06")
        for fell in (1, 0):
            with context.begin(OFFICER) as work:
                assert fell == holding.take_off_all(work)
    finally:
        holding.BATCH = whole
    assert [("D05", None, "open")] * 2 == [theirs(context, number)["hear_in_person"] for number in numbers]


def test_each_overdue_one_is_told_once(context: ServiceContext) -> None:
    """To whose it is; a new day by a reopening is told anew."""
    number = registered(context, "D05")
    at_risk(context, number, RED)
    with context.begin(OFFICER) as work:
        work.session.execute(text("UPDATE task SET due = due - 30 WHERE kind = 'report_chief'"))
    for expected in (1, 0):
        with context.begin(OFFICER) as work:
            assert expected == tasks.tell_overdue(work)
    assert 1 == len(told(context, number, "petition.task_overdue.v1"))
    reminders = [each for each in told(context, number, "officer.reminded.v1") if each["about"] == "task_overdue"]
    assert [True] == [each["officer"] is not None and each["urgent"] for each in reminders]
    with context.begin(OFFICER) as work:
        found = petitions.load(work, number)
        late = next(each for each in task_acts.of_petition(work, number) if each.kind == "report_chief")
        task_acts.end(work, found, late, TaskStanding.IMPOSSIBLE, "检察长外出")
        task_acts.reopen(work, found, late, day_of(work.now), "检察长已返回")
        assert ["impossible", "reopened"] == [each["what"] for each in task_acts.present(work, late, True)["records"]]
        work.session.execute(text("UPDATE task SET due = due - 30 WHERE kind = 'report_chief'"))
    with context.begin(OFFICER) as work:
        assert 1 == tasks.tell_overdue(work)


def test_nothing_of_a_person_is_in_what_is_told(context: ServiceContext) -> None:
    """Neither an officer's number nor what was written: events are read by every service, and stay."""
    number = registered(context, "D05")
    at_risk(context, number, RED)
    with context.begin(OFFICER) as work:
        found = petitions.load(work, number)
        task_acts.add(work, found, "独一无二的交办内容", day_of(work.now), officer="900105")
        (task,) = [each for each in task_acts.of_petition(work, number) if each.kind == "other"]
        task_acts.end(work, found, task, TaskStanding.DONE, "独一无二的办理记录")
    with context.sessions() as session:
        bodies = session.scalars(select(courier.events.c.body).where(courier.events.c.type.contains("task")))
        said = "".join(str(bytes(each) if not isinstance(each, str) else each) for each in bodies)
        said += "".join(str(each) for each in told(context, number, "officer.reminded.v1"))
        rows = session.scalars(text("SELECT row::text FROM task_record row UNION SELECT row::text FROM task row")).all()
    assert "900105" not in said
    assert "900000" not in said
    assert "独一无二" not in said + "".join(rows)


def test_nobody_to_ask_is_the_chiefs_to_decide(context: ServiceContext) -> None:
    """With a coordinator the department follows it up; without one it is said what to do, and whose it is."""
    number = registered(context, "D05")
    for to, referral in (("A05", "移2026-619926-000001"), (None, "移2026-619926-000002")):
        data = {"petition": number, "referral": referral, "reason": "unsigned", "to": to, "agencies": ["A09"],
                "days": [3]}  # fmt: skip
        envelope = Envelope("/619926/referral", "escalation.requested.v1", number, None, data)  # type: ignore[arg-type]
        with context.begin(Actor("-", "referral", "system")) as work:
            handlers.EVENTS["escalation.requested.v1"](work, Message(envelope, data, {}, "referral", work.now))
    found = theirs(context, number)
    assert ("D05", None, "open") == found["coordination"]
    assert (None, "900000", "open") == found["coordination_nobody"]
    assert 2 == [each["about"] for each in told(context, number, "officer.reminded.v1")].count("coordination")


def test_an_objection_reaches_who_rules_on_it(context: ServiceContext) -> None:
    """The department that has it: its five days run."""
    number = registered(context, "D05")
    data = {"petition": number, "referral": "移2026-619926-000001", "agency": "A09", "reason": "not_competent"}
    envelope = Envelope("/619926/referral", "referral.objected.v1", "移", None, data)  # type: ignore[arg-type]
    with context.begin(Actor("-", "referral", "system")) as work:
        handlers.EVENTS["referral.objected.v1"](work, Message(envelope, data, {}, "referral", work.now))
    assert [("objection", "D05")] == [
        (each["about"], each["department"]) for each in told(context, number, "officer.reminded.v1")
    ]


def test_what_concerns_us_and_nobody_knows_whom_is_no_departments(context: ServiceContext) -> None:
    """Whose department it will turn out to be is not known yet: no department and no handler has a task of it."""
    with context.begin(OFFICER) as work:
        ours = {"name": "本院", "kind": "procuratorate", "transport": "web"}
        work.session.add(Agency(code="A00", revision=1, active=True, **ours))
        work.session.flush()
        asked = replace(petition(Kind.CLAIM), respondents=(registration.RespondentInput(unit="A00", name=None),))
        number = registration.register(work, asked).number
    at_risk(context, number, RED)
    assert {(None, "900000")} == {each[:2] for each in theirs(context, number).values()}


def test_a_wall_taken_down_leaves_unknown_whom_it_had_named(context: ServiceContext) -> None:
    """One of two of ours was named, and the wall that named the other was a mistake: no department sees it any more,

    or has a task of it. What a wall says of the first stands, and says nothing of the other.
    """
    with context.begin(OFFICER) as work:
        ours = {"name": "本院", "kind": "procuratorate", "transport": "web"}
        work.session.add(Agency(code="A00", revision=1, active=True, **ours))
        work.session.flush()
        named = registration.RespondentInput(unit="A00", name="某甲", department="D06")
        asked = replace(petition(Kind.CLAIM), respondents=(named, registration.RespondentInput(unit="A00", name=None)))
        number = registration.register(work, asked).number
    at_risk(context, number, RED)

    def seen(officer: Officer) -> bool:
        with context.begin(OFFICER) as work:
            return walls.view(work, officer, "petition.list").covers(petitions.load(work, number).placement)

    handler = Officer("A00", "900103", frozenset({Role.HANDLER}), "D03")
    assert not seen(handler)
    with context.begin(OFFICER) as work:
        walls.put_up(work, number, "900002", None, WallReason.RECUSED)
    assert not seen(handler), "who keeps away for a reason of their own is not whom it concerns"
    with context.begin(OFFICER) as work:
        wall = walls.put_up(work, number, "900105", None, WallReason.CONCERNED).standing[-1].seq
        petitions.accept(work, number, "D03", handler="900103")
    assert seen(handler)
    with context.begin(OFFICER) as work:
        tasks.open(work, petitions.load(work, number), "other", origin="x", text="核实")
    assert ("D03", None, "open") == theirs(context, number)["other"]
    with context.begin(OFFICER) as work:
        walls.take_down(work, number, wall)
    assert not seen(handler)
    assert {None} == {department for department, _, _ in theirs(context, number).values()}


def test_a_closed_petition_says_that_something_is_open(context: ServiceContext) -> None:
    """Our own tasks hold nothing up that the petitioner is owed; they are said, and stay."""
    number = registered(context, "D05")
    at_risk(context, number, RED)
    with context.begin(OFFICER) as work:
        assert ["尚有 4 项任务未办结；归档后仍须办结"] == task_acts.warnings(work, petitions.load(work, number))


@pytest.mark.parametrize("hidden", [{"kind": Kind.ACCUSATION}, {"kind": Kind.CLAIM, "secrecy": True}])
def test_the_words_of_a_task_are_for_who_reads_the_matter_or_has_the_task(
    context: ServiceContext, hidden: dict[str, Any]
) -> None:
    """They may name whom an accusation hits, or who spoke in secrecy: who is not shown the title is not shown them."""
    with context.begin(OFFICER) as work:
        open_, shut = (
            registration.register(work, petition(**given)).number for given in ({"kind": Kind.CLAIM}, hidden)
        )
        for number in (open_, shut):
            owner_ = Owner(department="D03")
            tasks.open(work, petitions.load(work, number), "other", origin="x", owner=owner_, text="找石大川核实")

    def reads(number: str, role: Role, department: str | None) -> bool:
        with context.begin(OFFICER) as work:
            [task] = task_acts.of_petition(work, number)
            officer = Officer("A00", "987654", frozenset({role}), department)
            return task_acts.reads(work, officer, petitions.load(work, number), task)

    for role, department, expected in (
        (Role.WINDOW, "D06", False),
        (Role.WINDOW, "D03", True),
        (Role.HANDLER, "D05", True),
        (Role.LEADER, None, True),
        (Role.CHIEF, None, True),
    ):
        assert reads(open_, role, department)
        assert reads(shut, role, department) is expected, role


def test_a_list_of_tasks_shows_what_one_may_look_at(context: ServiceContext) -> None:
    """Random petitions, walls, owners and officers: the list and the door say the same, and over no wall anything."""
    dice, numbers = random.Random(20261127), [registered(context) for _ in range(12)]
    officers = [
        Officer("A00", number, frozenset({role}), department)
        for number, department in (
            *((each, row[0]) for each, row in STAFF.items()),
            ("987654", None),
            ("900100", "D06"),
        )
        for role in (Role.HANDLER, Role.DEPARTMENT_HEAD, Role.LEADER, Role.WINDOW, Role.STATION)
    ]
    with context.begin(OFFICER) as work:
        for number in numbers:
            found = petitions.load(work, number)
            found.department = dice.choice([None, "D03", "D05"])
            found.handler = dice.choice([None, *STAFF])
            found.concerns_us = dice.random() < 0.2
            for _ in range(dice.choice((0, 0, 1))):
                who = dice.choice([(dice.choice(list(STAFF)), None), (None, dice.choice(["D03", "D05"]))])
                walls.add(work, found, *who, WallReason.RECUSED)
            for n in range(3):
                owner_ = dice.choice(
                    [{"department": dice.choice(["D03", "D05"])}, {"officer": dice.choice(list(STAFF))}, {}]
                )
                work.session.add(
                    Task(id=f"{number}/{n}", petition=number, kind="other", zh="x", origin=f"x/{n}", duty="named",
                         due=day_of(work.now), state="open", opened_at=work.now, opened_by="x", **owner_)
                )  # fmt: skip
    shown = 0
    with context.begin(OFFICER) as work:
        every = work.session.execute(select(Petition, Task).join(Task, Task.petition == Petition.number)).all()
        for officer in officers:
            view = walls.view(work, officer, "task.list")
            rows = select(Task.id).join(Petition, Petition.number == Task.petition).where(task_acts.visible(view))
            listed = set(work.session.scalars(rows))
            assert listed == {task.id for found, task in every if task_acts.covers(view, found, task)}, officer
            for found, task in every:
                if task.id in listed:
                    assert not recusal.keeps_away(work, found, [officer.id]), officer
            shown += len(listed)
    assert 0 < shown < len(every) * len(officers)


# -- the rule itself ------------------------------------------------------------------------------------------------

NUMBERS, CODES = ("1", "2", "3", "4"), ("D1", "D2", "D3")
people = st.builds(
    Colleague,
    number=st.sampled_from(NUMBERS),
    department=st.sampled_from([None, *CODES]),
    leads=st.frozensets(st.sampled_from(CODES)),
    is_leader=st.booleans(),
    is_chief=st.booleans(),
)
seats = st.builds(
    Seat,
    department=st.sampled_from([None, *CODES]),
    handler=st.sampled_from([None, *NUMBERS]),
    colleagues=st.lists(people, max_size=4).map(lambda all_: {each.number: each for each in all_}),
    departments=st.frozensets(st.sampled_from(CODES)),
    unnamed=st.booleans(),
)
owners = st.one_of(
    st.builds(lambda code: Owner(department=code), st.sampled_from(CODES)),
    st.builds(lambda number: Owner(officer=number), st.sampled_from(NUMBERS)),
    st.just(ABOVE),
)


@given(st.sampled_from(Duty), seats, owners, st.lists(st.sampled_from([None, *CODES]), max_size=2))
def test_whose_it_is_is_always_somebody_who_can(duty: Duty, seat: Seat, now: Owner, beside: list[str | None]) -> None:
    """Who is here and not kept away; the level above only where no chief of ours can; and asked again, the same."""
    found = owner(duty, seat, now, beside)
    assert found.officer is None or found.officer in seat.colleagues
    assert found.department is None or (found.department in seat.departments and not seat.unnamed)
    if found == ABOVE:
        assert not any(each.is_chief for each in seat.colleagues.values())
    assert found == owner(duty, seat, found, beside)
    if duty is Duty.CHIEF and any(each.is_chief for each in seat.colleagues.values()):
        assert found.officer is not None
        assert seat.colleagues[found.officer].is_chief


def test_a_countys_file_of_before_has_words_and_opens_nothing(tmp_path: Path) -> None:
    """Older files list sentences: they are read, shown, and are no tasks."""
    file = tmp_path / "risk.yaml"
    file.write_text(
        "colours: {blue: 20, yellow: 40, red: 80}\nentered: []\nseen: []\nduties:\n  red:\n    - 立即报告\n",
        encoding="utf-8",
    )
    scheme = Scheme.load(file)
    assert ("立即报告",) == scheme.duties[RiskColour.RED]
    assert () == scheme.tasks[RiskColour.RED]


def test_a_countys_file_without_a_kind_we_open_is_refused(tmp_path: Path) -> None:
    """It would be found out when a lead had to be opened, by an officer."""
    file = tmp_path / "tasks.yaml"
    file.write_text("- {id: other, zh: 交办, owner: D05, working_days: 1}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="liability_civil"):
        kinds(file)
    for wrong in ({"owner": "department"}, {"owner": "department", "working_days": 0}):
        with pytest.raises((ValueError, KeyError)):
            TaskKind.of({"id": "x", "zh": "x", **wrong})


# -- on the real database -------------------------------------------------------------------------------------------

ACTS = ("red", "lower", "review", "assign", "wall officer", "wall department", "leave", "come", "move",
        "close department", "end", "reopen", "give", "accept", "withdraw", "reopen petition", "overdue")  # fmt: skip


class Tasks(RuleBasedStateMachine):
    """A petition in a changing office: whatever happens, each open task is somebody's who is here and may have it."""

    context: ServiceContext
    opened: int
    seen: set[str]

    @initialize()
    def begun(self) -> None:
        self.number = registered(self.context)
        self.wanted: set[str] = set()

    @rule(act=st.sampled_from(ACTS), pick=st.integers(0, 20))
    def happens(self, act: str, pick: int) -> None:
        officer, department = sorted(STAFF)[pick % len(STAFF)], ("D03", "D05", "D06")[pick % 3]
        before = self._open()
        try:
            with self.context.begin(Actor("A00", "900001", "all")) as work:
                found = petitions.load(work, self.number)
                all_ = task_acts.of_petition(work, self.number)
                task = all_[pick % len(all_)] if all_ else None
                match act:
                    case "red":
                        risk.enter(work, self.number, ["threat_to_life", *(["media"] * (pick % 2))])
                    case "lower":
                        risk.lower(work, self.number, RiskColour.NONE, "沟通")
                    case "review":
                        petitions.review_liability(work, self.number, *(bool(pick >> n & 1) for n in range(4)))
                    case "assign":
                        petitions.assign(work, self.number, department)
                    case "accept":
                        petitions.accept(work, self.number, department)
                    case "withdraw":
                        petitions.withdraw(work, self.number)
                    case "reopen petition":
                        petitions.reopen(work, self.number, Reopening.WRONG)
                    case "wall officer":
                        walls.put_up(work, self.number, officer, None, WallReason.RECUSED)
                    case "wall department":
                        walls.put_up(work, self.number, None, department, WallReason.RECUSED)
                    case "leave":
                        office.change_officer(work, officer, until=day_of(work.now) - timedelta(days=1))
                    case "come":
                        office.change_officer(work, officer, until=None)
                    case "move":
                        office.change_officer(work, officer, department=("D03", "D05", "D06", None)[pick % 4])
                    case "close department":
                        office.change_department(work, department, active=bool(pick % 2))
                    case "overdue":
                        tasks.tell_overdue(work)
                    case "end" if task:
                        task_acts.end(work, found, task, TaskStanding.DONE, "办了")
                        before -= {task.id}
                    case "reopen" if task:
                        task_acts.reopen(work, found, task, day_of(work.now), "再办")
                    case "give" if task:
                        task_acts.give(work, found, task, "换人", officer=officer)
            type(self).seen.add(act)
        except Problem:
            pass
        assert before <= self._open(), f"{act} lost a task"

    @invariant()
    def each_open_task_is_somebodys_who_can(self) -> None:
        if not hasattr(self, "number"):
            return
        with self.context.begin(OFFICER) as work:
            found = petitions.load(work, self.number, lock=False)
            here = set(work.session.scalars(select(colleague.c.officer).where(colleague.c.active)))
            there = set(work.session.scalars(select(Department.code).where(Department.active)))
            chiefs = [each for each in ("900000",) if each in here and not recusal.keeps_away(work, found, [each])]
            open_ = list(work.session.scalars(select(Task).where(Task.petition == self.number, Task.state == "open")))
            for task in open_:
                if task.officer is not None:
                    assert task.officer in here, task.kind
                    assert not recusal.keeps_away(work, found, [task.officer]), task.kind
                elif task.department is not None:
                    assert task.department in there - found.placement.walled_departments, task.kind
                else:
                    assert not chiefs, f"{task.kind} is nobody's"
            assert len({each.origin for each in open_}) == len(open_), "one of an origin is open"
            type(self).opened += len(open_)

    def teardown(self) -> None:
        """Everybody is back for the next petition."""
        with self.context.begin(Actor("A00", "900001", "all")) as work:
            for number in STAFF:
                office.change_officer(work, number, until=None)
            for code in ("D03", "D05", "D06"):
                office.change_department(work, code, active=True)

    def _open(self) -> set[str]:
        with self.context.sessions() as session:
            return set(session.scalars(select(Task.id).where(Task.petition == self.number, Task.state == "open")))


@pytest.mark.parametrize("examples", [4, pytest.param(150, marks=pytest.mark.long)])
@pytest.mark.timeout(1800)
def test_an_open_task_always_has_a_living_owner_who_may_have_it(engine: Engine, tmp_path: Path, examples: int) -> None:
    """Officers leave and come, walls go up, departments close, the petition moves: no task is lost."""
    Tasks.context, Tasks.opened, Tasks.seen = build_context(engine, tmp_path), 0, set()
    staff(Tasks.context)
    run_state_machine_as_test(
        Tasks,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Tasks.opened > 10 * examples
    assert len(Tasks.seen) > 10, Tasks.seen
