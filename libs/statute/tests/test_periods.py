"""Periods as the law counts them: golden vectors, a second implementation, and the faults of other systems by name."""

import random
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from second import Second

from statute import SHANGHAI, Calendar, Packs, Suspension, Unit, day_of, due, due_before, due_in_hours, ends_at, vectors

CALENDAR = Calendar.load()
FIRST, LAST = date(2020, 1, 1), date(2035, 12, 31)
SECOND = Second(CALENDAR.is_rest_day, date(2019, 1, 1), date(2041, 12, 31))
LENGTHS = {Unit.CALENDAR_DAYS: 90, Unit.WORKING_DAYS: 60, Unit.MONTHS: 24}
DAY = timedelta(days=1)

starts = st.dates(FIRST, LAST)
pauses = st.lists(st.tuples(st.integers(-20, 200), st.integers(0, 40)), max_size=4)


def spans(start: date, offsets: list[tuple[int, int]]) -> list[Suspension]:
    return [Suspension(start + n * DAY, start + (n + more) * DAY) for n, more in offsets]


def days_of(suspensions: list[Suspension]) -> set[date]:
    return {each.first + n * DAY for each in suspensions for n in range((each.last - each.first).days + 1)}


@pytest.mark.parametrize("vector", list(vectors.load()), ids=lambda v: f"{v.start}+{v.length}{v.unit}")
def test_golden(vector: vectors.Vector) -> None:
    """Each was counted apart from this library, and says what the calendar has on the way."""
    assert vector.disagrees(CALENDAR) is None


def test_the_golden_file_is_worth_its_name() -> None:
    """At least 500 vectors, 200 of them edges, none twice, and a wrong one is told."""
    golden = list(vectors.load())
    assert len(golden) >= 500
    assert sum(each.edge for each in golden) >= 200
    asked = {replace(each, why="", rule="", edge=False) for each in golden}
    assert len(asked) == len(golden)
    assert due(date(2026, 9, 28), 8, Unit.CALENDAR_DAYS, calendar=CALENDAR).target == date(2026, 9, 30)
    wrong = vectors.Vector(date(2026, 9, 28), 7, Unit.CALENDAR_DAYS, (), *[date(2026, 10, 5)] * 2, False, False, "x")
    assert "2026-10-08" in str(wrong.disagrees(CALENDAR))


def test_every_rule_that_is_counted_has_vectors_of_its_own() -> None:
    """Each row that was corrected or added: its length, its unit, the way it is counted, and an edge among them."""
    mine = [row for row in Packs.load().in_force(date(2026, 11, 27)).rows if row.unit is not Unit.NAMED_DAY]
    golden: dict[str, list[vectors.Vector]] = {}
    for each in vectors.load():
        golden.setdefault(each.rule, []).append(each)
    for row in mine:
        found = golden.get(f"{row.id}.{row.variant}" if row.variant else row.id, [])
        assert len(found) >= 3, row
        assert any(each.edge for each in found), row
        assert {(row.length, row.unit, row.before)} == {(each.length, each.unit, each.before) for each in found}
        assert bool(row.extension) <= any(each.extension == row.extension for each in found), row
        assert bool(row.suspends) <= any(each.suspensions for each in found), row


@settings(max_examples=600)
@given(starts, st.integers(1, 90), st.sampled_from(list(LENGTHS)), pauses, st.booleans())
def test_two_implementations_agree(
    start: date, length: int, unit: Unit, offsets: list[tuple[int, int]], in_custody: bool
) -> None:
    """Whatever the start in 2020-2035, the length, the unit and the suspensions; and the due day is always worked.

    But of who is held: there it is the period's own last day.
    """
    length = min(length, LENGTHS[unit])
    suspensions = spans(start, offsets)
    found = due(start, length, unit, calendar=CALENDAR, suspensions=suspensions, in_custody=in_custody)
    expected = SECOND.ends(start, length, unit, days_of(suspensions), in_custody=in_custody)
    assert expected == (found.unmoved, found.due, found.target)
    assert found.target <= found.unmoved <= found.due
    assert found.due == found.unmoved if in_custody else not CALENDAR.is_rest_day(found.due)
    assert found.due not in days_of(suspensions)


@settings(max_examples=300)
@given(starts, st.times(), st.integers(24, 400), st.booleans())
def test_both_agree_on_hours(start: date, at: time, length: int, hour_counts: bool) -> None:
    """To the minute, on a rest day too; by criminal procedure the hour they begin in is not counted."""
    begins = datetime.combine(start, at, SHANGHAI)
    found = due_in_hours(begins, length, calendar=CALENDAR, hour_counts=hour_counts)
    assert found.at == SECOND.hours(begins, length, hour_counts=hour_counts)
    assert found.due == found.at.date() > found.start
    assert found.start <= found.target <= found.due


@settings(max_examples=300)
@given(starts, st.integers(1, 60), st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS]))
def test_both_agree_on_what_is_counted_back(event: date, length: int, unit: Unit) -> None:
    """What must precede an event: a rest day moves it earlier, never nearer to the event."""
    found = due_before(event, length, unit, calendar=CALENDAR)
    assert (found.unmoved, found.due, found.target) == SECOND.before(event, length, unit)


def test_the_second_reckons_every_vector_and_each_unit_has_some() -> None:
    """What was counted by hand is what both say, of whatever unit; the ends of months and hours are among them."""
    golden = list(vectors.load())
    for each in golden:
        if each.at is not None:
            begins = datetime.combine(each.start, each.at, SHANGHAI)
            assert each.ends_at == SECOND.hours(begins, each.length, hour_counts=each.hour_counts), each.why
            continue
        if each.before:
            _, *ends = SECOND.before(each.start, each.length, each.unit)
        else:
            days = days_of(list(each.suspensions))
            length = each.length + each.extension
            _, *ends = SECOND.ends(each.start, length, each.unit, days, in_custody=each.in_custody)
        assert [each.due, each.target] == ends, each.why
    many = Counter(each.unit for each in golden)
    assert {*LENGTHS, Unit.HOURS} == set(many)
    assert all(count >= 5 for count in many.values()), many
    short = [each for each in golden if each.unit is Unit.MONTHS and each.start.day > 28]
    assert len(short) >= 10


def test_both_agree_on_the_ends_of_months_and_years() -> None:
    """From 28, 29, 30 and 31 of every month of six years with two leap days: one month to two years."""
    days = [date(2023, 1, 1) + n * DAY for n in range(6 * 365 + 2)]
    for start in (day for day in days if day.day >= 28):
        for length in (1, 2, 3, 6, 12, 24):
            found = due(start, length, Unit.MONTHS, calendar=CALENDAR)
            expected = SECOND.ends(start, length, Unit.MONTHS, set())
            assert (found.unmoved, found.due, found.target) == expected, (start, length)
    leap = due(date(2024, 2, 29), 12, Unit.MONTHS, calendar=CALENDAR)
    assert date(2025, 2, 28) == leap.unmoved


def test_hours_are_a_day_at_least_and_no_days() -> None:
    """Fewer could end on the day they begin; and a period of days does not begin at a moment."""
    with pytest.raises(ValueError, match="at least 24"):
        due_in_hours(datetime(2026, 10, 1, 9, tzinfo=SHANGHAI), 23, calendar=CALENDAR)
    with pytest.raises(ValueError, match="at least 1"):
        due(date(2026, 10, 1), 24, Unit.HOURS, calendar=CALENDAR)


def test_both_agree_from_every_start(capsys: pytest.CaptureFixture[str]) -> None:
    """Every day of 2020-2035 as the start, each unit, hours too, a length drawn with a fixed seed; it says how many."""
    draw, compared = random.Random(2035), 0
    for n in range((LAST - FIRST).days + 1):
        start = FIRST + n * DAY
        for unit in LENGTHS:
            length = draw.randint(1, LENGTHS[unit] if unit is not Unit.MONTHS else 12)
            found = due(start, length, unit, calendar=CALENDAR)
            assert (found.unmoved, found.due, found.target) == SECOND.ends(start, length, unit, set()), (start, length)
            compared += 1
        begins = datetime.combine(start, time(draw.randint(0, 23), draw.randint(0, 59)), SHANGHAI)
        length, counts = draw.randint(24, 96), draw.random() < 0.5
        ends = due_in_hours(begins, length, calendar=CALENDAR, hour_counts=counts)
        assert ends.at == SECOND.hours(begins, length, hour_counts=counts), (begins, length)
        compared += 1
    with capsys.disabled():
        sys.stdout.write(f"\nboth agreed over {compared} periods from {compared // 4} days of 2020-2035\n")
    assert 5844 * 4 == compared


def test_the_calendar_agrees_with_an_independent_one() -> None:
    """Every day of the published years; the library checks our table and does not feed it."""
    days = [date(2022, 1, 1) + timedelta(days=n) for n in range(1826)]
    assert [day for day in days if CALENDAR.is_rest_day(day) != chinese_calendar.is_holiday(day)] == []


def test_a_year_without_a_notice_is_provisional_and_does_not_crash() -> None:
    """The autumn complaint against calendar libraries: a date of next year is computed, and said to be provisional."""
    assert due(date(2026, 12, 1), 7, Unit.CALENDAR_DAYS, calendar=CALENDAR).provisional is False
    assert due(date(2027, 1, 4), 7, Unit.CALENDAR_DAYS, calendar=CALENDAR).provisional is True
    assert due(date(2026, 12, 29), 7, Unit.WORKING_DAYS, calendar=CALENDAR).provisional is True


def test_a_predicted_year_rests_on_the_days_the_law_names() -> None:
    """2027-02-05 to 08 is 除夕 and the first three days of the year; no make-up workday is guessed."""
    rest = [date(2027, 2, day) for day in range(1, 13) if CALENDAR.is_rest_day(date(2027, 2, day))]
    assert [date(2027, 2, day) for day in (5, 6, 7, 8)] == rest
    assert (date(2027, 6, 9), "端午节") == (date(2027, 6, 9), CALENDAR.holiday(date(2027, 6, 9)))


def test_a_period_ends_at_midnight_in_shanghai() -> None:
    """24:00 of the last day."""
    assert ends_at(date(2026, 10, 8)).isoformat() == "2026-10-09T00:00:00+08:00"


@given(starts, st.timedeltas(timedelta(0), DAY - timedelta(microseconds=1)))
def test_a_day_is_the_day_in_shanghai(day: date, since: timedelta) -> None:
    """From midnight there to the next, whatever offset the moment is written in: in UTC it begins the day before."""
    begins = datetime.combine(day, time(), UTC) - timedelta(hours=8)
    assert day == day_of(begins + since) == day_of((begins + since).astimezone(ends_at(day).tzinfo))
    assert day - DAY == day_of(begins - timedelta(microseconds=1))
    assert ends_at(day) == begins + DAY


def test_the_zone_has_one_home() -> None:
    """A second place that names the zone would be forgotten by whoever changes the first."""
    folders = [each for each in Path(__file__).parents[3].iterdir() if each.is_dir() and each.name[0] != "."]
    files = [path for each in folders for path in each.rglob("*.py") if path != Path(__file__)]
    assert ["calendar.py"] == [path.name for path in files if "ZoneInfo" in path.read_text("utf-8")]


def test_a_period_has_a_length() -> None:
    """Nothing ends before it begins."""
    with pytest.raises(ValueError, match="at least 1"):
        due(date(2026, 1, 1), 0, Unit.MONTHS, calendar=CALENDAR)
    with pytest.raises(ValueError, match="ends before"):
        Suspension(date(2026, 1, 2), date(2026, 1, 1))


def test_an_extension_counts_from_the_start() -> None:
    """Three months and one: four months from the start, not one from a moved end."""
    found = due(date(2026, 10, 31), 3, Unit.MONTHS, calendar=CALENDAR, extension=1)
    assert date(2027, 2, 28) == found.unmoved


@given(starts, st.integers(1, 90))
def test_a_named_day_is_not_moved(start: date, length: int) -> None:
    """Who names the last day names it; only the working target looks at the calendar."""
    found = due(start, length, Unit.NAMED_DAY, calendar=CALENDAR)
    assert start + length * DAY == found.due == found.unmoved
    assert found.target <= found.due
    assert not CALENDAR.is_rest_day(found.target)


def test_what_must_precede_an_event_moves_earlier() -> None:
    """Three days before a hearing on 10-09 is 10-06, in National Day: 09-30, never after the event drew near."""
    found = due_before(date(2026, 10, 9), 3, Unit.CALENDAR_DAYS, calendar=CALENDAR)
    assert (date(2026, 10, 6), date(2026, 9, 30)) == (found.unmoved, found.due)
    # 10-10 is a Saturday that is worked
    assert date(2026, 10, 8) == due_before(date(2026, 10, 12), 3, Unit.WORKING_DAYS, calendar=CALENDAR).due


# -- what peers get wrong (domain: 12) -------------------------------------------------------------------------------


def test_peer_fault_day_one_is_counted() -> None:
    """ArkCase counts the day of receipt. One day from a Monday ends on Tuesday."""
    assert date(2026, 3, 3) == due(date(2026, 3, 2), 1, Unit.CALENDAR_DAYS, calendar=CALENDAR).due
    assert date(2026, 3, 3) == due(date(2026, 3, 2), 1, Unit.WORKING_DAYS, calendar=CALENDAR).due


@settings(max_examples=300)
@given(starts, st.integers(1, 60))
def test_peer_fault_excluding_weekends_makes_it_earlier(start: date, length: int) -> None:
    """django-helpdesk escalates earlier when weekends are excluded. Working days never end before calendar days do."""
    working = due(start, length, Unit.WORKING_DAYS, calendar=CALENDAR)
    calendar = due(start, length, Unit.CALENDAR_DAYS, calendar=CALENDAR)
    assert working.unmoved >= calendar.unmoved


@settings(max_examples=300)
@given(starts, st.integers(1, 40), st.sampled_from(list(LENGTHS)), pauses)
def test_peer_fault_a_pause_with_a_calendar_counts_twice(
    start: date, length: int, unit: Unit, offsets: list[tuple[int, int]]
) -> None:
    """GLPI and osTicket add a pause's weekend to the pause and again to the period. Said twice it counts once."""
    length = min(length, LENGTHS[unit])
    once = spans(start, offsets)
    found = due(start, length, unit, calendar=CALENDAR, suspensions=once)
    assert found == due(start, length, unit, calendar=CALENDAR, suspensions=once + once[::-1])


def test_peer_fault_a_weekend_inside_a_pause_costs_nothing() -> None:
    """Suspended from Saturday to Sunday, a period of working days ends where it would have ended."""
    weekend = [Suspension(date(2026, 3, 7), date(2026, 3, 8))]
    plain = due(date(2026, 3, 2), 7, Unit.WORKING_DAYS, calendar=CALENDAR)
    assert plain.due == due(date(2026, 3, 2), 7, Unit.WORKING_DAYS, calendar=CALENDAR, suspensions=weekend).due
