"""Reception days: whoever books, moves or cancels at once, a place is given once, and by nobody who must keep away."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select, text

from authorization.sight import View
from contracts.problems import Problem
from contracts.vocabulary import BookingState, Kind, Role, TaskStanding, WallReason
from courier import tables as courier
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext, UnitOfWork
from intake.domain import errors
from intake.tables import Booking, ChiefLed, Reception, Step, Task, VisitorLook
from intake.use_cases import acts, leading, office, petitions, receptions, recusal, registration, timeline, walls
from intake.use_cases.receptions import Visitor
from statute import day_of
from vault.tables import data_key
from web.tokens import Officer

LEADERS = ("900000", "900002", "900003")
VISITOR = Visitor("独一无二的来访人", "19900001208", "反映独一无二的事")


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    context = build_context(engine, tmp_path)
    staff(context)
    return context


def staff(context: ServiceContext) -> None:
    """A chief, a leader in charge of D05, one in charge of D03, a handler."""
    with context.begin(OFFICER) as work:
        for code in ("D03", "D05"):
            office.add_department(work, code, code)
        for number, department, roles, leads in (
            ("900000", None, [Role.CHIEF], []),
            ("900002", "D05", [Role.LEADER], ["D05"]),
            ("900003", None, [Role.LEADER], ["D03"]),
            ("900105", "D05", [Role.HANDLER], []),
        ):
            since = day_of(work.now) - timedelta(days=30)
            office.enter(work, number, number, roles=roles, department=department, leads=leads, since=since)


def eyes(work: UnitOfWork) -> View:
    """Of who works on it: everything."""
    return walls.view(work, Officer(work.actor.agency, work.actor.officer, frozenset({Role.ALL})), "reception.list")


def registered(context: ServiceContext) -> str:
    with context.begin(OFFICER) as work:
        return registration.register(work, petition(Kind.CLAIM)).number


def planned(context: ServiceContext, days: int = 3, leader: str = "900002", places: int = 2) -> str:
    with context.begin(OFFICER) as work:
        day = day_of(work.now) + timedelta(days=days)
        return receptions.plan(work, day, leader, places, "09:00", "信访接待室").id


def booked(context: ServiceContext, day: str, number: str | None = None) -> str:
    with context.begin(OFFICER) as work:
        return receptions.book(work, eyes(work), day, number, None if number else VISITOR)[1].id


def states(context: ServiceContext, day: str) -> list[str]:
    with context.sessions() as session:
        return sorted(session.scalars(select(Booking.state).where(Booking.reception == day)))


def backdate(context: ServiceContext, day: str, days: int) -> None:
    with context.begin(OFFICER) as work:
        work.session.get_one(Reception, day).day = day_of(work.now) - timedelta(days=days)


def test_a_visitor_without_a_petition_has_a_place_and_is_forgotten(context: ServiceContext) -> None:
    """Sealed, not twice on one day, and gone with its key after its time: an old copy of the database opens nothing."""
    day = planned(context)
    booking = booked(context, day)
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.BookedAlready):
            receptions.book(work, eyes(work), day, None, Visitor("换个名字", "199-0000-1208", "另一事"))
        assert (
            VISITOR.matter
            == receptions.shown_visitor(work, receptions.booking_of(work, day, booking), "通知")["matter"]
        )
    with context.sessions() as session:
        rows = "".join(str(row) for row in session.execute(text("SELECT row::text FROM booking row")))
        said = "".join(str(each) for each in session.scalars(select(courier.events.c.body)))
        assert "独一无二" not in rows + said
        assert "19900001208" not in rows + said
        # each look is on the trail
        assert session.scalar(select(courier.events.c.type).where(courier.events.c.subject == f"reception/{day}"))
    backdate(context, day, 30)
    with context.begin(OFFICER) as work:
        assert 0 == receptions.forget(work)
    backdate(context, day, 31)
    with context.begin(OFFICER) as work:
        assert 1 == receptions.forget(work)
        assert 0 == receptions.forget(work)
        assert receptions.shown_visitor(work, receptions.booking_of(work, day, booking), "通知")["name"] is None
    with context.sessions() as session:
        assert session.scalar(select(data_key.c.subject).where(data_key.c.subject == f"booking/{booking}")) is None


def test_what_a_leader_decides_becomes_tasks(context: ServiceContext) -> None:
    """Of a petition at once; of a visitor once it is registered, and from then on they are known by it alone."""
    number, day = registered(context), planned(context)
    own, visitor = booked(context, day, number), booked(context, day)
    with context.begin(OFFICER) as work:
        decided = [{"text": "七日内答复", "due": day_of(work.now) + timedelta(days=7), "department": "D05",
                    "officer": None}]  # fmt: skip
        with pytest.raises(errors.ReceptionNotYet):
            receptions.decide(work, day, own, BookingState.MET, "当面听取", decided)
    backdate(context, day, 1)
    with context.begin(OFFICER) as work:
        receptions.decide(work, day, own, BookingState.MET, "当面听取", decided)
        with pytest.raises(errors.BookingEnded):
            receptions.decide(work, day, own, BookingState.ABSENT)
    with context.begin(OFFICER) as work, pytest.raises(errors.VisitorHasNone):
        receptions.decide(work, day, visitor, BookingState.MET, "先登记", decided)
    other = registered(context)
    with context.begin(OFFICER) as work:
        receptions.decide(work, day, visitor, BookingState.MET, "已登记", decided, other)
        row = work.session.get_one(Booking, visitor)
        assert (other, None, None) == (row.petition, row.name, row.visitor)
        found = work.session.scalars(select(Task).where(Task.kind == "reception")).all()
        assert {(number, "D05"), (other, "D05")} == {(each.petition, each.department) for each in found}
        assert {TaskStanding.OPEN} == {each.state for each in found}


def test_who_must_keep_away_receives_nobody_about_it(context: ServiceContext) -> None:
    """A wall frees the place; so does the day's going to such a leader, and nothing in the answer says why."""
    number, day = registered(context), planned(context)
    booked(context, day, number)
    with context.begin(OFFICER) as work:
        walls.put_up(work, number, "900002", None, WallReason.CONCERNED)
    assert ["cancelled"] == states(context, day)
    with context.begin(OFFICER) as work, pytest.raises(errors.NotReceivedThen):
        receptions.book(work, eyes(work), day, number)
    other = planned(context, days=5, leader="900003")
    booked(context, other, number)
    with context.begin(OFFICER) as work:
        receptions.change(work, eyes(work), other, leader="900002")
    assert ["cancelled"] == states(context, other)


def test_who_moves_behind_a_wall_receives_nobody_about_it_and_leads_it_no_more(context: ServiceContext) -> None:
    """The department that must keep away has a new colleague: as if the wall had gone up after they came."""
    number, other, day = registered(context), registered(context), planned(context, leader="900003")
    for each in (number, other):
        booked(context, day, each)
        with context.begin(OFFICER) as work:
            acts.lead(work, each, "900003", "分管")
    with context.begin(OFFICER) as work:
        walls.put_up(work, number, None, "D05", WallReason.RECUSED)
    assert ["booked", "booked"] == states(context, day)
    with context.begin(OFFICER) as work:
        office.change_officer(work, "900003", department="D05")
    assert ["booked", "cancelled"] == states(context, day)
    with context.sessions() as session:
        assert [None, "900003"] == [session.get_one(ChiefLed, each).leader for each in (number, other)]


def test_a_day_is_as_full_as_it_looks(context: ServiceContext) -> None:
    """What is behind a wall takes no place before who is kept away: none is refused them that they are shown as free.

    They neither find less places left, nor a day missing from those offered, nor a number that cannot be lowered.
    Others find the day full; nobody is booked twice.
    """
    day, other = planned(context, places=1), planned(context, days=5, places=2)
    hidden, theirs, late = registered(context), registered(context), registered(context)
    booked(context, day, hidden)
    booked(context, other, registered(context))
    kept, free = (Officer("A00", number, frozenset({Role.WINDOW})) for number in ("900105", "900100"))
    with context.begin(OFFICER) as work:
        walls.put_up(work, hidden, kept.id, None, WallReason.RECUSED)

    def offers(officer: Officer, number: str) -> list[str]:
        with context.begin(OFFICER) as work:
            its, view = petitions.load(work, number), walls.view(work, officer, "reception.list")
            return [each.id for each in receptions.open_to(work, view, its)]

    def book(officer: Officer, number: str) -> str:
        with context.begin(Actor("A00", officer.id, "window")) as work:
            view = walls.view(work, officer, "reception.list")
            try:
                receptions.book(work, view, day, number)
            except errors.ReceptionFull:
                return "full"
            except errors.BookedAlready:
                return "booked"
            shown = receptions.present(work, officer, receptions.find(work, day), False)
            return f"{shown['taken']} of {shown['places']}"

    assert ([day, other], [other]) == (offers(kept, theirs), offers(free, theirs))
    assert ("full", "1 of 1") == (book(free, theirs), book(kept, theirs))
    assert ("booked", "full", "full") == (book(kept, theirs), book(kept, late), book(free, late))
    with context.begin(OFFICER) as work:
        seqs = work.session.scalars(select(Booking.seq).where(Booking.reception == day).order_by(Booking.seq)).all()
        assert [1, 2] == seqs
        for who, places in ((kept, 1), (free, 2)):
            view = walls.view(work, who, "reception.list")
            assert places == receptions.change(work, view, day, places=places, room="三楼").places
        with pytest.raises(errors.PlacesTaken):
            receptions.change(work, walls.view(work, free, "reception.list"), day, places=1)


def test_who_leads_it_is_on_our_own_timeline_and_in_no_event(context: ServiceContext) -> None:
    """An officer's number leaves us in no event; who may not lead is refused in one sentence, whatever the reason."""
    number, walled = registered(context), registered(context)
    with context.begin(OFFICER) as work:
        acts.lead(work, number, "900002", "分管")
        office.enter(work, "900004", "900004", roles=[Role.LEADER], since=day_of(work.now) - timedelta(days=9))
        office.change_officer(work, "900004", until=day_of(work.now) - timedelta(days=1))
        walls.put_up(work, walled, "900003", None, WallReason.RECUSED)
        events = courier.events
        said = select(events.c.body).where(events.c.subject == number, events.c.type == "petition.chief_led.v1")
        assert "900002" not in str(work.session.scalars(said).all())
        step = work.session.scalar(select(Step).where(Step.petition == number, Step.type == "petition.chief_led.v1"))
        assert step is not None
        assert "院领导包案（900002）" == timeline.present(step, {}, False)["sentence"]
    refusals = set()
    for leader in ("900003", "900004", "900105"):
        with context.begin(OFFICER) as work, pytest.raises(errors.CannotLead) as refusal:
            acts.lead(work, walled, leader, "分管")
        refusals.add((refusal.value.zh, refusal.value.field, str(refusal.value.more)))
    assert 1 == len(refusals)


def test_who_looked_at_a_visitors_number_and_why_is_kept(context: ServiceContext) -> None:
    """Sealed as long as the visitor is known; gone with them."""
    day = planned(context)
    booking = booked(context, day)
    for reason in ("通知改期", "核对身份"):
        with context.begin(OFFICER) as work:
            shown = receptions.shown_visitor(work, receptions.booking_of(work, day, booking), reason)
    assert [("900001", "通知改期")] == [(each["officer"], each["reason"]) for each in shown["looks"]]
    with context.sessions() as session:
        assert "通知改期".encode() not in b"".join(session.scalars(select(VisitorLook.reason)))
    backdate(context, day, 31)
    with context.begin(OFFICER) as work:
        assert 1 == receptions.forget(work)
        assert [] == work.session.scalars(select(VisitorLook)).all()


def test_what_a_leader_decided_is_for_who_knows_what_it_is_about(context: ServiceContext) -> None:
    """Of an accusation another leader sees that there was a place, and not what was decided; its handler does."""
    with context.begin(OFFICER) as work:
        number = registration.register(work, petition(Kind.ACCUSATION)).number
    day = planned(context)
    booking = booked(context, day, number)
    backdate(context, day, 0)
    with context.begin(OFFICER) as work:
        receptions.decide(work, day, booking, BookingState.MET, "查某某的账")
        for who, reads, expected in (
            (Officer("A00", "900003", frozenset({Role.LEADER})), False, None),
            (Officer("A00", "900002", frozenset({Role.LEADER})), True, "查某某的账"),
            (Officer("A00", "900105", frozenset({Role.HANDLER}), "D05"), False, "查某某的账"),
        ):
            [shown] = receptions.present(work, who, receptions.find(work, day), reads)["bookings"]
            assert (number, expected) == (shown["petition"], shown["decision"])


def test_a_visitors_phone_has_stars_whatever_follows_it(context: ServiceContext) -> None:
    """As everywhere: an extension behind the number moves no star."""
    day, clerk = planned(context), Officer("A00", "900100", frozenset({Role.WINDOW}), "D05")
    with context.begin(OFFICER) as work:
        receptions.book(work, eyes(work), day, None, Visitor("来访人", "0571-87654321转801", "事由"))
        [shown] = receptions.present(work, clerk, receptions.find(work, day), True)["bookings"]
        assert "571****4321" == shown["visitor"]["phone"]


def test_a_day_is_moved_cancelled_and_planned_again(context: ServiceContext) -> None:
    """Whoever has a place keeps it; a cancelled day frees them all; the same day may be planned anew."""
    number, day, other = registered(context), planned(context), planned(context, days=9)
    booking = booked(context, day, number)
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.BookedAlready):
            receptions.book(work, eyes(work), other, number)
        receptions.move(work, eyes(work), day, booking, other, "信访人另有安排")
        receptions.change(work, eyes(work), other, day=day_of(work.now) + timedelta(days=12), room="二楼")
        with pytest.raises(errors.ReceptionPlanned):
            receptions.change(work, eyes(work), other, day=day_of(work.now) + timedelta(days=3))
    with context.begin(OFFICER) as work:
        receptions.cancel(work, other, "院领导外出")
    with context.begin(OFFICER) as work:
        with pytest.raises(errors.ReceptionCancelled):
            receptions.book(work, eyes(work), other, number)
        again = receptions.plan(work, day_of(work.now) + timedelta(days=12), "900002", 1)
        assert (other, 1, None) == (again.id, again.places, again.cancelled_at)
        receptions.book(work, eyes(work), other, number)
    events = courier.events
    with context.sessions() as session:
        types = session.scalars(select(events.c.type).where(events.c.subject == number).order_by(events.c.version))
        told = [each for each in types if "reception" in each]
    assert told == [f"petition.reception_{what}.v1" for what in ("booked", "moved", "moved", "cancelled", "booked")]


def test_who_leads_a_case_is_a_leader_in_charge_or_it_is_said_why_not(context: ServiceContext) -> None:
    """A handler leads none; another's leader, and another than before, only with the reason, which is kept."""
    number = registered(context)
    with context.begin(OFFICER) as work:
        petitions.accept(work, number, "D05")
        with pytest.raises(errors.CannotLead):
            acts.lead(work, number, "900105")
        with pytest.raises(errors.WhyThisLeader):
            acts.lead(work, number, "900003")
        acts.lead(work, number, "900002")
        with pytest.raises(errors.WhyThisLeader):
            acts.lead(work, number, "900000")
        acts.lead(work, number, "900003", "分管领导外出学习")
    with context.begin(OFFICER) as work:
        found = petitions.load(work, number)
        shown = leading.present(work, found, reads=True)
        assert shown is not None
        assert [("900002", None), ("900003", "分管领导外出学习")] == [
            (each["leader"], each["reason"]) for each in shown["leaders"]
        ]
        assert {None} == {each["reason"] for each in (leading.present(work, found, reads=False) or {})["leaders"]}
        walls.put_up(work, number, "900003", None, WallReason.RECUSED)
        assert (leading.present(work, found, reads=True) or {})["leader"] is None


# -- several at once -------------------------------------------------------------------------------------------------

ACTS = ("book", "book", "book", "visit", "move", "cancel", "change", "cancel day", "plan", "decide", "wall")
DONE = Counter[str]()


class Days(RuleBasedStateMachine):
    """Officers at one moment on three days: whatever comes of it, no place is given twice."""

    context: ServiceContext
    pool: ThreadPoolExecutor
    begun_ = 1

    @initialize(seed=st.integers(0, 2**32))
    def begun(self, seed: int) -> None:
        dice = random.Random(seed)
        # days of its own: a leader receives once on a day
        Days.begun_ += 1
        self.days = [planned(self.context, Days.begun_, leader, dice.randint(1, 2)) for leader in LEADERS]
        self.numbers = [registered(self.context) for _ in range(3)]

    @rule(seed=st.integers(0, 2**32))
    def several_act(self, seed: int) -> None:
        dice = random.Random(f"{seed} {sum(DONE.values())}")
        acts_ = [self._drawn(dice) for _ in range(dice.choice((1, 2, 3)))]
        together = Barrier(len(acts_))

        def run(name: str, act: Any) -> str:
            together.wait(30)
            try:
                with self.context.begin(OFFICER) as work:
                    act(work)
            except Problem as refusal:
                return type(refusal).__name__
            return name

        outcomes = [task.result(60) for task in [self.pool.submit(run, *each) for each in acts_]]
        DONE.update(outcomes)

    @invariant()
    def no_place_is_given_twice(self) -> None:
        if not hasattr(self, "days"):
            return
        with self.context.begin(OFFICER) as work:
            today = day_of(work.now)
            taken = Counter[str]()
            for day in self.days:
                row = work.session.get_one(Reception, day)
                its = work.session.scalars(select(Booking).where(Booking.reception == day)).all()
                seqs = [each.seq for each in its if each.seq is not None]
                assert len(set(seqs)) == len(seqs) <= row.places
                held = [each for each in its if each.state == BookingState.BOOKED]
                assert not (row.cancelled_at is not None and held)
                visitors = [bytes(each.visitor) for each in held if each.visitor is not None]
                assert len(set(visitors)) == len(visitors)
                taken.update(each.petition for each in held if each.petition and row.day >= today)
                for each in held:
                    if each.petition:
                        found = petitions.load(work, each.petition, lock=False)
                        assert not recusal.keeps_away(work, found, [row.leader])
            assert not taken or max(taken.values()) == 1, "one petition, two places"

    def _drawn(self, dice: random.Random) -> tuple[str, Any]:
        name, day, number = dice.choice(ACTS), dice.choice(self.days), dice.choice(self.numbers)
        booking, other = self._booking(dice, day), dice.choice(self.days)
        leader = dice.choice(LEADERS)
        visitor = Visitor("来访人", f"1990000120{dice.randrange(3)}", "事由")
        return name, {
            "book": lambda work: receptions.book(work, eyes(work), day, number),
            "visit": lambda work: receptions.book(work, eyes(work), day, None, visitor),
            "move": lambda work: receptions.move(work, eyes(work), day, booking, other, "改期"),
            "cancel": lambda work: receptions.cancel_booking(work, day, booking, "不来了"),
            "change": lambda work: receptions.change(work, eyes(work), day, places=dice.randint(1, 3), leader=leader),
            "cancel day": lambda work: receptions.cancel(work, day, "外出"),
            "plan": lambda work: self._again(work, day),
            "decide": lambda work: receptions.decide(work, day, booking, BookingState.ABSENT),
            "wall": lambda work: walls.put_up(work, number, leader, None, WallReason.RECUSED),
        }[name]

    def _again(self, work: Any, day: str) -> None:
        row = receptions.find(work, day)
        receptions.plan(work, row.day, row.leader, row.places)

    def _booking(self, dice: random.Random, day: str) -> str:
        with self.context.sessions() as session:
            ids = session.scalars(
                select(Booking.id).where(Booking.reception == day).order_by(Booking.recorded_at)
            ).all()
        return dice.choice(ids) if ids else "0" * 32


@pytest.mark.parametrize("examples", [3, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.timeout(1800)
def test_whoever_books_at_once_no_place_is_given_twice(engine: Engine, tmp_path: Path, examples: int) -> None:
    """Random officers on three days and three petitions, walls going up meanwhile; none of it deadlocks."""
    DONE.clear()
    with ThreadPoolExecutor(3) as pool:
        Days.context, Days.pool = build_context(engine, tmp_path), pool
        staff(Days.context)
        run_state_machine_as_test(
            Days,
            settings=settings(
                max_examples=examples,
                stateful_step_count=12,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert DONE["book"] + DONE["visit"] > examples, DONE
    assert {"move", "cancel"} <= set(DONE) or examples < 50, DONE
