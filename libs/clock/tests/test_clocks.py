"""Clocks move by events alone, fire each level once and in order, and stand still when time cannot be trusted."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_service import ACTOR, Open
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from clock import clocks, levels, recompute, watch
from clock import tables as clock_tables
from clock.clocks import ClockError, ClockSubject, follow
from clock.present import present
from clock.sweep import Sweeper
from clock.tables import Clock, State
from clock.watch import Watch
from contracts.vocabulary import ClockTrusted
from courier import tables
from courier.unit_of_work import ServiceContext
from statute import SHANGHAI, Law, Suspension, Unit, day_of, due

LAW = Law.load()
NUMBER = "信2026-619926-000004"
MATTER = ClockSubject(NUMBER, None, "A00", {"department": "D05"})
TODAY = day_of(datetime.now(UTC))
DAY = timedelta(days=1)


@pytest.fixture
def context(engine: Engine) -> ServiceContext:
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        clock_tables.Base.metadata.create_all(connection)
    return ServiceContext("intake", "619926", sessionmaker(engine), language, Open())


def happen(context: ServiceContext, event: str, law: Law = LAW, **facts: Any) -> None:
    with context.begin(ACTOR) as work:
        follow(work, law, MATTER, event, {"received_on": TODAY, **facts})


def said(context: ServiceContext) -> list[tuple[str, str | None]]:
    """(event, level) of every clock event, in the order of each lane."""
    with context.begin(ACTOR) as work:
        rows = work.session.execute(select(tables.events.c.body).order_by(tables.events.c.subject, "version"))
        bodies = [json.loads(bytes(row.body)) for row in rows]
    return [(body["type"].split(".")[1], body["data"].get("level")) for body in bodies]


def the_clock(context: ServiceContext) -> dict[str, Any]:
    with context.begin(ACTOR) as work:
        return present(clocks.of_petition(work, NUMBER)[0], LAW)


def move(context: ServiceContext, how: Callable[..., None], *arguments: Any) -> None:
    with context.begin(ACTOR) as work:
        clock = clocks.find(work, clocks.of_petition(work, NUMBER)[0].id, NUMBER)
        how(work, LAW, clock, *arguments)


def backdate(context: ServiceContext, days: int) -> None:
    """Everything of the clock happened some days earlier."""
    with context.begin(ACTOR) as work:
        work.session.execute(
            text("UPDATE clock SET suspended_since = suspended_since - :days, start = start - :days"), {"days": days}
        )


def test_clocks_that_were_undone_are_not_told(context: ServiceContext) -> None:
    """What began behind a savepoint that was rolled back is nobody's, though its transaction goes on."""
    with context.begin(ACTOR) as work:
        with suppress(ValueError), work.attempt():
            follow(work, LAW, MATTER, "petition.registered.v1", {"received_on": TODAY, "anonymous": False}, new=True)
            assert clocks.of_petition(work, NUMBER)
            raise ValueError
        assert not clocks.of_petition(work, NUMBER)


def test_matter_four_starts_its_clock_and_says_why(context: ServiceContext) -> None:
    """Received on 09-28: due 2026-10-08, target 09-30, with law, article and the days that moved it."""
    happen(context, "petition.registered.v1", anonymous=False, received_on=date(2026, 9, 28))
    shown = the_clock(context)
    assert ("2026-10-08", "2026-09-30", "procedural_reply", "A00") == tuple(
        shown[key] for key in ("due", "target", "rule", "holder")
    )
    assert "国庆节假期" in shown["sentence"]
    assert "第一百六十三条" in shown["sentence"]


def test_peer_fault_only_the_first_level_fires(context: ServiceContext) -> None:
    """GLPI and osTicket. Whatever was due while nobody swept fires in its order, each once, then the miss."""
    happen(context, "petition.accepted.v1", received_on=TODAY - 200 * DAY)
    sweeper = Sweeper(context)
    while sweeper.sweep():
        pass
    each = [("started", None), *[("warned", level) for level in ("50", "80", "target", "last_day")], ("missed", None)]
    assert each + each == said(context), "two rules of three months, each with all of its levels"
    assert 0 == sweeper.sweep()
    assert 12 == len(said(context))


def test_a_level_cannot_be_fired_twice_by_anybody(context: ServiceContext) -> None:
    """The database refuses it, whoever writes."""
    happen(context, "petition.registered.v1", anonymous=False, received_on=TODAY - 60 * DAY)
    while Sweeper(context).sweep():
        pass
    for statement in ("UPDATE clock_level SET fired_at = now()", "DELETE FROM clock_level"):
        with pytest.raises(DBAPIError), context.begin(ACTOR) as work:
            work.session.execute(text(statement))


MOVING = {
    trigger.event
    for rule in LAW.packs.in_force(TODAY).rules.values()
    for trigger in (*rule.starts, *rule.stops, *rule.renews)
} - {"petition.registered.v1"}


def test_peer_fault_an_edit_resets_the_deadline(context: ServiceContext) -> None:
    """DIGIT measures from last-modified. What no rule names, and a second start, change nothing."""
    happen(context, "petition.registered.v1", anonymous=False, received_on=TODAY - DAY)
    before = the_clock(context)
    for contract in language.CONTRACTS:
        if contract.category == "event" and contract.name not in MOVING:
            happen(context, contract.name, anonymous=False)
    assert before == the_clock(context)
    with context.begin(ACTOR) as work:
        assert ["procedural_reply"] == [each.rule for each in clocks.of_petition(work, NUMBER)]


def test_who_is_late_is_late_also_when_the_sweeper_was(context: ServiceContext) -> None:
    """A reply after the end, before any sweep: warned, missed, and only then stopped, late."""
    happen(context, "petition.registered.v1", anonymous=False, received_on=TODAY - 60 * DAY)
    happen(context, "petition.replied.v1", reply="procedural_reply", issued_on=TODAY)
    assert ["started", "warned", "warned", "warned", "missed", "stopped"] == [what for what, _ in said(context)]
    assert (True, "stopped") == (the_clock(context)["late"], the_clock(context)["state"])


def test_who_replies_in_time_is_never_warned_again(context: ServiceContext) -> None:
    """Stopped: what had not fired is forgotten."""
    happen(context, "petition.registered.v1", anonymous=False)
    happen(context, "petition.replied.v1", reply="progress_reply", issued_on=TODAY)
    assert "running" == the_clock(context)["state"], "progress is no procedural reply"
    happen(context, "petition.replied.v1", reply="procedural_reply", issued_on=TODAY)
    with context.begin(ACTOR) as work:
        work.session.execute(text("UPDATE clock_level SET at = now() - interval '1 day'"))
    assert 0 == Sweeper(context).sweep()
    assert ["started", "stopped"] == [what for what, _ in said(context)]


def test_who_holds_the_matter_holds_what_is_owed_of_it(context: ServiceContext) -> None:
    """Missed or not; who had it before stays known, and who missed it, also when the sweeper was late."""

    def given_to(department: str, officer: str | None) -> None:
        with context.begin(ACTOR) as work:
            clocks.hand_over(work, replace(MATTER, holders={"department": department}, officers=_of(officer)))

    def _of(officer: str | None) -> dict[str, str]:
        return {"department": officer} if officer else {}

    happen(context, "petition.registered.v1", anonymous=False)
    happen(context, "petition.accepted.v1", received_on=TODAY - 200 * DAY)
    given_to("D05", "900105")
    for _ in range(2):
        given_to("D06", None)
    given_to("D03", "900104")
    happen(context, "petition.withdrawn.v1")
    given_to("D05", None)
    with context.begin(ACTOR) as work:
        shown = {each.rule: present(each, LAW) for each in clocks.of_petition(work, NUMBER)}
    assert ("A00", []) == (shown["procedural_reply"]["holder"], shown["procedural_reply"]["held_before"])
    promise = shown["outcome_promise"]
    assert ("D03", "900104") == (promise["holder"], promise["officer"]), "who held it when it was stopped"
    before = [("D05", None), ("D05", "900105"), ("D06", None)]
    assert before == [(each["holder"], each["officer"]) for each in promise["held_before"]]
    assert {"holder": "D05", "officer": None} == promise["missed_by"]
    assert 4 == [what for what, _ in said(context)].count("handed_over"), (
        "of two clocks each; which person, no event says"
    )


def test_progress_starts_the_next_cycle_and_not_the_promise(context: ServiceContext) -> None:
    """163: a progress reply renews; the county's promise runs on from receipt."""
    happen(context, "petition.accepted.v1", received_on=TODAY - 10 * DAY)
    happen(context, "petition.replied.v1", reply="progress_reply", issued_on=TODAY)
    with context.begin(ACTOR) as work:
        found = [(each.rule, each.state, each.start) for each in clocks.of_petition(work, NUMBER)]
    assert [
        ("outcome_promise", "running", TODAY - 10 * DAY),
        ("progress_or_outcome", "running", TODAY),
        ("progress_or_outcome", "stopped", TODAY - 10 * DAY),
    ] == sorted(found)


def test_a_pause_is_not_counted_and_needs_the_rules_reason(context: ServiceContext) -> None:
    """Suspended for seven days: the end lies seven days later; a reason the rule does not know is refused."""
    happen(context, "petition.accepted.v1", received_on=TODAY)
    with pytest.raises(ClockError, match="no such reason"):
        move(context, clocks.suspend, "holiday")
    move(context, clocks.suspend, "appraisal")
    assert 0 == Sweeper(context).sweep()
    backdate(context, 7)
    move(context, clocks.resume)
    first, last = TODAY - 7 * DAY, TODAY - DAY
    shown = the_clock(context)
    assert [{"from": first.isoformat(), "to": last.isoformat(), "reason": "appraisal"}] == shown["suspensions"]
    plain, paused = (
        due(first, 3, Unit.MONTHS, calendar=LAW.calendar, suspensions=pauses)
        for pauses in ([], [Suspension(first, last)])
    )
    # the first suspended day is the start day, which is not counted anyway
    assert (plain.unmoved + 6 * DAY, paused.due.isoformat()) == (paused.unmoved, shown["due"])
    with pytest.raises(ClockError):
        move(context, clocks.resume)


def test_an_extension_is_once_and_names_who_approved(context: ServiceContext) -> None:
    """Only where the rule has one."""
    happen(context, "petition.accepted.v1", received_on=TODAY)
    with context.begin(ACTOR) as work:
        promise, progress = (
            next(each for each in clocks.of_petition(work, NUMBER) if each.rule == rule)
            for rule in ("outcome_promise", "progress_or_outcome")
        )
        clocks.extend(work, LAW, promise)
        assert (1, ACTOR.officer) == (promise.extension, promise.extended_by)
        for clock in (promise, progress):
            with pytest.raises(ClockError):
                clocks.extend(work, LAW, clock)


@given(st.dates(date(2024, 1, 1), date(2026, 11, 30)), st.sampled_from(sorted(LAW.packs.in_force(TODAY).rules)))
def test_peer_fault_reminders_at_midnight(start: date, id_: str) -> None:
    """Every warning comes at nine in the morning in Shanghai, never before the start, in order, before the miss."""
    rule = LAW.packs.in_force(TODAY).rules[id_]
    if rule.before or rule.unit is Unit.HOURS:
        return
    found = levels.moments(rule, LAW.due(rule, start), LAW.calendar)
    assert all(9 == at.astimezone(SHANGHAI).hour for _, at in found[:-1])
    assert sorted(at for _, at in found) == [at for _, at in found]
    assert day_of(found[0][1]) >= start
    assert levels.MISSED == found[-1][0]


# -- time that cannot be trusted -------------------------------------------------------------------------------------


def test_a_jump_of_time_halts_every_replica_until_a_person_resumes(context: ServiceContext) -> None:
    """The database's time went on by two hours in which the machine ran for none: nothing fires; one alarm."""
    happen(context, "petition.registered.v1", anonymous=False, received_on=TODAY - 60 * DAY)
    boot = 1_000_000.0
    first, second = Watch(context, lambda: boot), Watch(context)
    assert first.tick() is not None
    boot -= 7_200
    assert first.tick() is None
    for each in (first, second, Watch(context)):
        assert 0 == Sweeper(context, each).sweep()
    assert ["halted", "started"] == sorted(what for what, _ in said(context))
    with context.begin(ACTOR) as work:
        alarm = watch.halted(work.session)
        assert alarm is not None
        assert timedelta(hours=1) < abs(work.now - alarm.expected) < timedelta(hours=3)
        assert watch.resume(work, "900001", ClockTrusted.CORRECTED)
        assert not watch.resume(work, "900001", ClockTrusted.CORRECTED)
    assert 1 == Sweeper(context, first).sweep()
    assert "missed" in [what for what, _ in said(context)]


@pytest.mark.parametrize(
    ("ago", "halts"),
    [(timedelta(days=1), False), (timedelta(days=6), False), (timedelta(days=8), True), (-timedelta(hours=2), True)],
)
def test_downtime_is_no_jump(context: ServiceContext, ago: timedelta, halts: bool) -> None:
    """A process that just began: a day of silence is made up for; a week's, or a tick of the future, is looked at."""
    with context.begin(ACTOR) as work:
        work.session.execute(text("UPDATE clock_watch SET ticked_at = now() - :ago"), {"ago": ago})
    assert halts == (Watch(context, kept=lambda _: False).tick() is None)


def slept(context: ServiceContext, hours: float, seconds: float) -> Watch:
    """A process that begins after another's last tick: the database's time went on by one, the machine's by another."""
    assert Watch(context, lambda: 1_000.0, "this boot").tick() is not None
    ago = {"ago": timedelta(hours=hours)}
    with context.begin(ACTOR) as work:
        statement = "UPDATE clock_watch SET ticked_at = ticked_at - :ago, boot_at = boot_at - :ago"
        work.session.execute(text(statement), ago)
    return Watch(context, lambda: 1_000.0 + seconds, "this boot", kept=lambda _: False)


def test_a_service_that_was_down_for_long_on_a_machine_that_ran_goes_on(context: ServiceContext) -> None:
    """Three weeks by the database and by the machine alike: downtime, however long, and nobody need come."""
    assert slept(context, 21 * 24, 21 * 86_400).tick() is not None


@pytest.mark.parametrize(("hours", "seconds"), [(72, 60), (0, 7_200), (-2, 60)])
def test_a_jump_while_no_process_ran_is_known_by_the_next(
    context: ServiceContext, hours: float, seconds: float
) -> None:
    """Three days forwards, two hours back: within a week's silence too it is no downtime, for the machine ran on."""
    assert slept(context, hours, seconds).tick() is None


def test_after_a_long_outage_of_the_machine_ntp_may_vouch_for_the_time(context: ServiceContext) -> None:
    """A holiday of eight days with the power off, and nobody there: with NTP it goes on, without it a person looks."""
    slept(context, 8 * 24, 0)
    assert Watch(context, lambda: 5.0, "next boot", kept=lambda _: False).tick() is None
    with context.begin(ACTOR) as work:
        assert watch.resume(work, "900001", ClockTrusted.DOWNTIME)
    slept(context, 8 * 24, 0)
    assert Watch(context, lambda: 5.0, "next boot", kept=lambda _: True).tick() is not None


def test_while_halted_every_replica_can_say_so_and_how_far_time_was_off(context: ServiceContext) -> None:
    """Two hours back: the figures and the sentence for officers, also of a replica that did not see the jump itself."""
    assert slept(context, -2, 0).tick() is None
    other = Watch(context, lambda: 9.0, "another machine")
    assert other.tick() is None
    assert other.halt is not None
    assert "人工核算" in other.halt.zh
    with context.sessions() as session:
        assert (1, True) == (watch.is_halted(session), -7_300 < watch.jump(session) <= -7_190)
        assert watch.silence(session) < -7_000, "the last tick lies ahead"
    with context.begin(ACTOR) as work:
        watch.resume(work, "900001", ClockTrusted.CORRECTED)
    assert other.tick() is not None
    assert other.halt is None
    with context.sessions() as session:
        assert (0, 0) == (watch.is_halted(session), watch.jump(session))


def test_what_was_due_meanwhile_is_counted_before_and_rings_once_and_is_told_once(context: ServiceContext) -> None:
    """After a halt each clock that ran out has its miss, once, on the law's day; a warning that a later one overtook is
    on the trail and marked, so that a week's warnings are not told as today's."""
    happen(context, "petition.accepted.v1", received_on=TODAY - 60 * DAY)
    happen(context, "petition.registered.v1", anonymous=False, received_on=TODAY - 60 * DAY)
    slept(context, -2, 0).tick()
    assert 0 == Sweeper(context).sweep()
    with context.sessions() as session:
        found = watch.waiting(session)
    assert found.missed == 1
    assert found.first is not None
    assert found.first < found.last
    with context.begin(ACTOR) as work:
        assert watch.resume(work, "900001", ClockTrusted.CORRECTED)
    while Sweeper(context).sweep():
        pass
    with context.begin(ACTOR) as work:
        bodies = [json.loads(bytes(row.body)) for row in work.session.execute(select(tables.events.c.body))]
    resumed = next(body["data"] for body in bodies if body["type"] == "clock.resumed_sweep.v1")
    assert {"by": "900001", "why": "corrected", "warned": found.warned, "missed": 1} == resumed
    warned = [body["data"] for body in bodies if body["type"] == "clock.warned.v1"]
    missed = [body["data"] for body in bodies if body["type"] == "clock.missed.v1"]
    assert (found.warned, 1) == (len(warned), len(missed))
    assert missed[0]["due"] < TODAY.isoformat()
    told = [each for each in warned if not each.get("overtaken")]
    assert {each["clock"] for each in told} == {each["clock"] for each in warned} - {missed[0]["clock"]}
    assert len(told) == len({each["clock"] for each in told}), "one warning a clock"


def test_a_replica_that_was_stopped_for_long_is_no_jump(context: ServiceContext) -> None:
    """SIGSTOP, or a machine that slept: its own time since boot went on as the database's did."""
    boot = [0.0]
    sleeper = Watch(context, lambda: boot[0])
    assert sleeper.tick() is not None
    assert sleeper.last is not None
    sleeper.last = (sleeper.last[0], sleeper.last[1] - timedelta(hours=5), sleeper.last[2])
    boot[0] += 5 * 3600
    assert sleeper.tick() is not None


# -- when the notice comes -------------------------------------------------------------------------------------------


def arrived(folder: Path) -> Law:
    """A made-up notice: 2027's Spring Festival lasts to 02-12, and 12-28 to 12-31 of 2026 is as it was."""
    (folder / "calendars").mkdir()
    (folder / "packs").mkdir()
    (folder / "calendars" / "2027.yaml").write_text(
        "year: 2027\nstatus: published\nnotice: 测试\nrest:\n  - {name: 元旦, from: 2027-01-01, to: 2027-01-03}\n"
        "  - {name: 春节, from: 2027-02-05, to: 2027-02-15}\nwork: [2027-02-20]\n",
        encoding="utf-8",
    )
    return Law.load(folder)


def test_a_notice_changes_the_clocks_it_changes_with_an_event_each(context: ServiceContext, tmp_path: Path) -> None:
    """What-if shows and changes nothing; then each is changed once; the repeat finds nothing."""
    happen(context, "petition.accepted.v1", received_on=date(2026, 11, 10))
    law = arrived(tmp_path)
    shown = list(recompute.changes(context, law, ACTOR, what_if=True))
    assert {(date(2027, 2, 10), date(2027, 2, 16))} == {(each.was, each.now.due) for each in shown}
    assert [True] * 2 == [each.was_provisional and not each.now.provisional for each in shown]
    assert ["started"] * 2 == [what for what, _ in said(context)]
    assert 2 == len(list(recompute.changes(context, law, ACTOR, what_if=False)))
    assert ["started", "recomputed"] * 2 == [what for what, _ in said(context)]
    assert [] == list(recompute.changes(context, law, ACTOR, what_if=False))
    with context.begin(ACTOR) as work:
        for clock in work.session.scalars(select(Clock)):
            assert (date(2027, 2, 16), False, State.RUNNING) == (clock.due, clock.provisional, clock.now_in)
            assert datetime(2027, 2, 16, 16, tzinfo=UTC) == clock.levels[-1].at


def test_a_regions_new_length_leaves_a_running_clock_alone(context: ServiceContext, tmp_path: Path) -> None:
    """The pack in force when it starts stays with it, length and all, even when the region's file is gone."""
    region = tmp_path / "region.yaml"
    for length in (9, 12):
        region.write_text(
            "region: x\nrules:\n  - {id: procedural_reply, unit: calendar_days, source: 甲, verified: false, "
            f"length: {length}}}\n",
            encoding="utf-8",
        )
        if length == 9:
            happen(
                context, "petition.registered.v1", Law.load(tmp_path), anonymous=False, received_on=date(2026, 11, 9)
            )
    for law in (Law.load(tmp_path), LAW):
        assert [] == list(recompute.changes(context, law, ACTOR, what_if=True))
    assert "2026-11-18" == the_clock(context)["due"]


def test_a_day_that_was_wrong_is_another_clock(context: ServiceContext) -> None:
    """The one that ran stops; what it was extended by and stood still for goes on with one from the right day."""
    happen(context, "petition.accepted.v1", received_on=TODAY - 3 * DAY)
    with context.begin(ACTOR) as work:
        its = next(each for each in clocks.of_petition(work, NUMBER) if each.rule == "outcome_promise")
        clocks.extend(work, LAW, its)
        clocks.suspend(work, LAW, its, "appraisal")
        assert clocks.counts_from(LAW, its, "received_on")
        assert not clocks.counts_from(LAW, its, "issued_on")
        other = clocks.restart(work, LAW, MATTER, its, TODAY - 5 * DAY, "petition.receipt_corrected.v1")
        ids = its.id, other.id
    with context.begin(ACTOR) as work:
        was, now = (work.session.get_one(Clock, each) for each in ids)
        assert (State.STOPPED, "petition.receipt_corrected.v1") == (was.now_in, was.stopped_by)
        assert (State.SUSPENDED, "appraisal", 1) == (now.now_in, now.suspended_for, now.extension)
        assert (TODAY - 5 * DAY, was.started_by) == (now.start, now.started_by)
        assert now.due < was.due
    move_it_on = [("started", None), ("extended", None), ("suspended", None), ("stopped", None)]
    assert move_it_on[1:] == [each for each in said(context) if each[0] != "started"]
