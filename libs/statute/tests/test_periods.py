"""Periods as the law counts them, against a second implementation that counts day by day."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statute import Calendar, Unit, due, ends_at

CALENDAR = Calendar.load()


@pytest.mark.parametrize(
    ("start", "length", "unit", "unmoved", "last", "target", "why"),
    [
        ("2026-09-28", 7, "calendar_days", "2026-10-05", "2026-10-08", "2026-09-30", "last day in National Day"),
        ("2026-09-28", 7, "working_days", "2026-10-13", "2026-10-13", "2026-10-13", "10-10 is a make-up workday"),
        ("2026-11-30", 3, "months", "2027-02-28", "2027-03-01", "2027-02-26", "no 30 February, then a Sunday"),
        ("2026-10-03", 7, "calendar_days", "2026-10-10", "2026-10-10", "2026-10-10", "a Saturday that is worked"),
        ("2024-01-31", 1, "months", "2024-02-29", "2024-02-29", "2024-02-29", "a leap year's February"),
        ("2023-01-31", 1, "months", "2023-02-28", "2023-02-28", "2023-02-28", "the month's last day"),
        ("2025-12-26", 7, "calendar_days", "2026-01-02", "2026-01-04", "2025-12-31", "New Year; Sunday 4 is worked"),
        ("2026-02-13", 1, "working_days", "2026-02-14", "2026-02-14", "2026-02-14", "a Saturday before the festival"),
        ("2026-02-14", 1, "working_days", "2026-02-24", "2026-02-24", "2026-02-24", "nine days of Spring Festival"),
        ("2026-05-01", 1, "calendar_days", "2026-05-02", "2026-05-06", "2026-04-30", "from a rest day to a rest day"),
    ],
)
def test_vectors(start: str, length: int, unit: str, unmoved: str, last: str, target: str, why: str) -> None:
    """Each counted by hand on the State Council's notice."""
    found = due(date.fromisoformat(start), length, Unit(unit), calendar=CALENDAR)
    assert (unmoved, last, target) == (found.unmoved.isoformat(), found.due.isoformat(), found.target.isoformat()), why


def by_hand(start: date, length: int, unit: Unit) -> date:
    """The same law, one day at a time and sharing no line with the product."""
    day = start
    if unit is Unit.MONTHS:
        month = start.year * 12 + start.month - 1 + length
        candidates = [date(start.year, 1, 1) + timedelta(days=n) for n in range(366 * (2 + length // 12) + 400)]
        of_month = [each for each in candidates if each.year * 12 + each.month - 1 == month]
        day = max(each for each in of_month if each.day <= start.day)
    else:
        left = length
        while left > 0:
            day = day + timedelta(days=1)
            left -= 1 if unit is Unit.CALENDAR_DAYS or not CALENDAR.is_rest_day(day) else 0
    while CALENDAR.is_rest_day(day):
        day = day + timedelta(days=1)
    return day


@settings(max_examples=400, deadline=None)
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 100), st.sampled_from(list(Unit)))
def test_two_implementations_agree(start: date, length: int, unit: Unit) -> None:
    """Whatever the start, the length and the unit; and the due day is always worked."""
    length = min(length, 24) if unit is Unit.MONTHS else length
    found = due(start, length, unit, calendar=CALENDAR)
    assert by_hand(start, length, unit) == found.due
    assert found.target <= found.unmoved <= found.due
    assert not CALENDAR.is_rest_day(found.due)
    assert not CALENDAR.is_rest_day(found.target)


def test_the_calendar_agrees_with_an_independent_one() -> None:
    """Every day of the published years; the library checks our table and does not feed it."""
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(1461)]
    assert [day for day in days if CALENDAR.is_rest_day(day) != chinese_calendar.is_holiday(day)] == []


def test_a_year_without_a_notice_is_provisional_and_does_not_crash() -> None:
    """The autumn complaint against calendar libraries: a date of next year is computed, and said to be provisional."""
    assert due(date(2026, 12, 1), 7, Unit.CALENDAR_DAYS, calendar=CALENDAR).provisional is False
    assert due(date(2027, 1, 4), 7, Unit.CALENDAR_DAYS, calendar=CALENDAR).provisional is True
    assert due(date(2026, 12, 29), 7, Unit.WORKING_DAYS, calendar=CALENDAR).provisional is True


def test_a_period_ends_at_midnight_in_shanghai() -> None:
    """24:00 of the last day."""
    assert ends_at(date(2026, 10, 8)).isoformat() == "2026-10-09T00:00:00+08:00"


def test_a_period_has_a_length() -> None:
    """Nothing ends before it begins."""
    with pytest.raises(ValueError, match="at least 1"):
        due(date(2026, 1, 1), 0, Unit.MONTHS, calendar=CALENDAR)
