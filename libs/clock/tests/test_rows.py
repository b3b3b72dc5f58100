"""Rows of one rule: which a clock takes, that it keeps it, and what a correction would change of what runs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_service import ACTOR, Open
from sqlalchemy import Engine, select
from sqlalchemy.orm import sessionmaker

import contracts.registry as language
from clock import clocks, levels, replay
from clock import tables as clock_tables
from clock.clocks import ClockSubject, follow
from clock.present import present
from clock.replay import Past
from clock.tables import Clock, State
from courier import tables
from courier.unit_of_work import ServiceContext, UnitOfWork
from statute import SHANGHAI, Duty, Law, Packs, day_of

LAW = Law.load()
NUMBER = "信2026-619926-000004"
MATTER = ClockSubject(NUMBER, None, "A00", {"department": "D05", "receiver": "A09"})
TODAY = day_of(datetime.now(UTC))
DAY = timedelta(days=1)
CIVIL = {"line": "civil_supervision", "sub_line": "judgment"}


@pytest.fixture
def context(engine: Engine) -> ServiceContext:
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        clock_tables.Base.metadata.create_all(connection)
    return ServiceContext("intake", "619926", sessionmaker(engine), language, Open())


def happen(context: ServiceContext, event: str, **facts: Any) -> None:
    with context.begin(ACTOR) as work:
        follow(work, LAW, MATTER, event, {"received_on": TODAY, **facts})


def shown(context: ServiceContext) -> dict[str, dict[str, Any]]:
    with context.begin(ACTOR) as work:
        return {each.rule: present(each, LAW) for each in clocks.of_petition(work, NUMBER)}


def _open(work: UnitOfWork) -> list[Clock]:
    return [each for each in clocks.of_petition(work, NUMBER) if each.now_in in (State.RUNNING, State.SUSPENDED)]


def test_the_row_is_the_channels_and_says_how_sure_it_is(context: ServiceContext) -> None:
    """规则 163 speaks of letters: a letter's clock is A, a visit's says 未核验, and both are the procedural reply."""
    for channel, verified in (("letter", True), ("visit", False)):
        happen(context, "petition.registered.v1", anonymous=False, channel=channel, line="other")
        clock = shown(context)["procedural_reply"]
        assert (verified, not verified) == (clock["verified"], "未核验" in clock["sentence"])
        happen(context, "petition.withdrawn.v1")


def test_23_3_binds_only_some_senders(context: ServiceContext) -> None:
    """A petition office or a procuratorate: 条例 23(3), A; a governance centre: the agreement, L. Both five days."""
    for kind, source in (
        ("petition_office", "《信访工作条例》第二十三条第三款"),
        ("governance_centre", "移送协作协议"),
    ):
        happen(context, "submission.sent.v1", statutory=False, agency_kind=kind)
        clock = shown(context)["objection_to_sender"]
        assert (source, "office") == (clock["source"], clock["duty"])
        happen(context, "submission.accepted.v1")


def test_what_is_not_counted_is_the_rules_own(context: ServiceContext) -> None:
    """民事监督规则 52: an audit is not counted; waiting for another case is 中止审查, which has its own word (72)."""
    happen(context, "petition.accepted.v1", **CIVIL)
    with context.begin(ACTOR) as work:
        clock = next(each for each in _open(work) if each.rule == "civil_supervision")
        with pytest.raises(clocks.ClockError, match="no such reason"):
            clocks.suspend(work, LAW, clock, "other_procedure")
        clocks.suspend(work, LAW, clock, "audit")
        clocks.resume(work, LAW, clock)
        clocks.suspend(work, LAW, clock, "review_suspended")
        assert State.SUSPENDED == clock.now_in


def test_reasons_that_were_asked_stop_the_first_limb_and_their_receipt_starts_the_second(
    context: ServiceContext,
) -> None:
    """规则 556(2): fifteen days from the receipt of the reasons, not from acceptance."""
    about: dict[str, Any] = {"line": "complaint_appeal", "sub_line": "procedure_complaint", "concerns_us": False}
    happen(context, "petition.accepted.v1", **about)
    assert "running" == shown(context)["procedure_violation"]["state"]
    happen(context, "petition.act_recorded.v1", act="organ_reasons_asked", done_on=TODAY, **about)
    happen(context, "petition.act_recorded.v1", act="organ_reasons_received", done_on=TODAY - DAY, **about)
    with context.begin(ACTOR) as work:
        mine = [each for each in clocks.of_petition(work, NUMBER) if each.rule == "procedure_violation"]
        found = {each.variant: (each.state, each.start) for each in mine}
    assert {None: ("stopped", TODAY), "after_reasons": ("running", TODAY - DAY)} == found


def test_a_detainees_request_warns_and_is_missed_to_the_minute(context: ServiceContext) -> None:
    """24 hours (法律援助法 39): at half, at four fifths, and missed at the minute, whatever the hour."""
    asked = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    happen(context, "petition.act_recorded.v1", act="legal_aid_asked", done_on=day_of(asked), done_at=asked)
    with context.begin(ACTOR) as work:
        (clock,) = clocks.of_petition(work, NUMBER)
        ats = {level.level: level.at for level in clock.levels}
    hours = {level: (at - asked).total_seconds() / 3600 for level, at in ats.items()}
    assert {"50%": 12, "80%": pytest.approx(19.2), levels.MISSED: 24} == hours
    clock_shown = shown(context)["legal_aid_transfer"]
    local = asked.astimezone(SHANGHAI)
    assert f"{local.hour}时{local.minute}分起" in clock_shown["sentence"]


@given(st.dates(date(2024, 1, 1), date(2026, 11, 30)))
def test_who_is_held_is_owed_it_on_the_day_itself(start: date) -> None:
    """刑诉法 105(4): never later than for who is free, and never on a day that was moved."""
    rule = LAW.packs.rule("police_reasons", start)
    free, held = (LAW.due(rule, start, in_custody=each) for each in (False, True))
    assert held.due == held.unmoved == free.unmoved <= free.due


def test_custody_moves_what_runs_by_criminal_procedure(context: ServiceContext) -> None:
    """Held: the end is the day itself, with an event; released: moved again; a civil period stays."""
    start = next(day for day in (TODAY + n * DAY for n in range(-6, 1)) if LAW.calendar.is_rest_day(day + 7 * DAY))
    happen(context, "petition.act_recorded.v1", act="reasons_asked", done_on=start)
    moved = date.fromisoformat(shown(context)["police_reasons"]["due"])
    for held, due in ((True, start + 7 * DAY), (False, moved)):
        with context.begin(ACTOR) as work:
            clocks.hold(work, LAW, MATTER, held)
        assert due.isoformat() == shown(context)["police_reasons"]["due"]


# -- what a correction would change ----------------------------------------------------------------------------------


def steps(*said: tuple[str, dict[str, Any]]) -> Iterator[Past]:
    for event, facts in said:
        yield Past(TODAY, event, {"received_on": TODAY, **facts})


LAWYER = {"line": "complaint_appeal", "sub_line": "lawyer_obstructed", "channel": "visit"}


def test_a_lawyers_complaint_that_ran_three_months_should_run_ten_days(context: ServiceContext) -> None:
    """Replayed by today's rows: one clock would begin, one would end; corrected, nothing is left to change."""
    old = Law(type(LAW.packs)(LAW.packs.packs[:1]), LAW.calendar)
    said = [("petition.registered.v1", {"anonymous": False, **LAWYER}), ("petition.accepted.v1", LAWYER)]
    with context.begin(ACTOR) as work:
        for event, facts in said:
            follow(work, old, MATTER, event, {"received_on": TODAY, **facts})
    expected = replay.replay(LAW, steps(*said))
    assert {"procedural_reply", "outcome_promise", "lawyer_complaint"} == set(expected)
    with context.begin(ACTOR) as work:
        found = replay.differences(LAW, expected, _open(work), in_custody=False)
        told = {each.rule: (each.clock is None, each.expected is None) for each in found}
        assert {"lawyer_complaint": (True, False), "progress_or_outcome": (False, True)} == told
        for each in found:
            clocks.correct(work, LAW, MATTER, each.clock, each.should)
    with context.begin(ACTOR) as work:
        assert [] == replay.differences(LAW, expected, _open(work), in_custody=False)
        kept = {each.rule: each.pack for each in _open(work)}
    assert ("2022-05-01", "2022-05-01/2026-11-27") == (kept["procedural_reply"], kept["lawyer_complaint"])


def test_what_was_missed_stays_missed_and_only_whose_duty_it_was_is_put_right(context: ServiceContext) -> None:
    """Another length would have ended later: the miss stands on its day. Corrected once, with an event, and no more."""
    received = TODAY - 30 * DAY
    said = [("petition.registered.v1", {"anonymous": False, **LAWYER, "received_on": received})]
    happen(context, *said[0][:1], **said[0][1])
    changed = [
        replace(row, length=60, duty=Duty.DEPARTMENT) if row.id == "procedural_reply" else row
        for row in LAW.packs.packs[-1].rows
    ]
    law = Law(Packs([*LAW.packs.packs[:-1], replace(LAW.packs.packs[-1], rows=tuple(changed))]), LAW.calendar)
    expected = replay.replay(law, steps(*said))
    with context.begin(ACTOR) as work:
        (clock,) = clocks.of_petition(work, NUMBER)
        clocks.fire(work, clock, work.now)
        was = clock.due
        (found,) = replay.differences(law, expected, [clock], in_custody=False)
        assert (None, 0, was) == (found.due, found.days, replay.told(NUMBER, NUMBER, found).now)
        clocks.correct(work, law, MATTER, found.clock, found.should)
        assert (State.MISSED, was, "D05") == (clock.now_in, clock.due, clock.holder)
        assert [] == replay.differences(law, expected, [clock], in_custody=False)
    with context.sessions() as session:
        told = session.scalars(select(tables.events.c.type).where(tables.events.c.type.like("clock.%"))).all()
    assert 1 == told.count("clock.handed_over.v1")
    assert "clock.recomputed.v1" not in told


ACTS = ("reasons_asked", "reasons_received", "filing_ordered", "police_filed", "opinion_given", "recusal_asked")
EVENTS = st.one_of(
    st.sampled_from(
        [("petition.registered.v1", {"anonymous": False}), ("petition.accepted.v1", {}), ("petition.reopened.v1", {}),
         ("petition.replied.v1", {"reply": "progress_reply", "issued_on": TODAY}),
         ("petition.replied.v1", {"reply": "outcome_reply", "issued_on": TODAY}),
         ("petition.concluded.v1", {"result": "not_supported"}), ("petition.withdrawn.v1", {})]
    ),
    st.sampled_from(ACTS).map(lambda act: ("petition.act_recorded.v1", {"act": act, "done_on": TODAY})),
)  # fmt: skip


@given(st.lists(EVENTS, max_size=8), st.sampled_from([LAWYER, CIVIL, {"line": "public_interest", "sub_line": None}]))
def test_what_is_replayed_is_what_was_followed(said: list[tuple[str, dict[str, Any]]], about: dict[str, Any]) -> None:
    """Whatever happened, on the same law there is nothing to correct: the two ways to move a clock are one."""
    open_: dict[str, date] = {}
    steps_ = [Past(TODAY, event, {"received_on": TODAY, **about, **facts}) for event, facts in said]
    for step in steps_:
        rules = {row.id: row for row in LAW.packs.packs[-1].rows}
        for id_ in list(open_):
            if any(each.fits(step.event, step.facts) for each in rules[id_].renews):
                open_[id_] = step.facts["issued_on"]
            elif any(each.fits(step.event, step.facts) for row in _rows(id_) for each in row.stops):
                del open_[id_]
        for row in LAW.packs.packs[-1].rows:
            if row.id not in open_ and row.covers(TODAY) and any(t.fits(step.event, step.facts) for t in row.starts):
                open_[row.id] = TODAY
    assert set(open_) == set(replay.replay(LAW, steps_))


def _rows(id_: str) -> list[Any]:
    return [row for row in LAW.packs.packs[-1].rows if row.id == id_]
