"""Periods as the law counts them (民法典 200-204, 刑事诉讼法 105)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from statute.calendar import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Unit(StrEnum):
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Due:
    """`unmoved`: the period's own last day. `due`: that day, or the first working day after it. `target`: the last
    working day on or before it. `provisional`: a day of a year without a notice decided."""

    start: date
    unmoved: date
    due: date
    target: date
    provisional: bool


def due(start: date, length: int, unit: Unit, *, calendar: Calendar) -> Due:
    """The last day of a period. The start day is not counted; the period ends at 24:00 of `due`.

    Raises ValueError for a length below 1.
    """
    if length < 1:
        raise ValueError("a period is at least 1 long")
    unmoved = _unmoved(start, length, unit, calendar)
    last = unmoved
    while calendar.is_rest_day(last):
        last += timedelta(days=1)
    target = unmoved
    while calendar.is_rest_day(target):
        target -= timedelta(days=1)
    years = range(start.year, last.year + 1) if unit is Unit.WORKING_DAYS else {target.year, unmoved.year, last.year}
    provisional = any(year not in calendar.published for year in years)
    return Due(start, unmoved, last, target, provisional)


def ends_at(day: date) -> datetime:
    """The moment a period with this last day is over: 24:00 in Asia/Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def _unmoved(start: date, length: int, unit: Unit, calendar: Calendar) -> date:
    match unit:
        case Unit.CALENDAR_DAYS:
            return start + timedelta(days=length)
        case Unit.MONTHS:
            years, month = divmod(start.month - 1 + length, 12)
            year = start.year + years
            # the corresponding day, or the month's last where there is none
            return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
        case Unit.WORKING_DAYS:
            day = start
            while length:
                day += timedelta(days=1)
                length -= not calendar.is_rest_day(day)
            return day
