"""Periods as the law counts them (民法典 200-204, 刑事诉讼法 105): by days, working days, months or hours."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from statute.calendar import SHANGHAI, Calendar

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Unit(StrEnum):
    """What a period is counted in."""

    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    HOURS = "hours"  # to the minute: no rest day moves its end, and no morning is waited for
    NAMED_DAY = "named_day"  # somebody named the last day: no rest day moves it

    def zh(self, length: int) -> str:
        """7日 · 7个工作日 · 3个月 · 24小时 · 指定日期"""
        if self is Unit.NAMED_DAY:
            return "指定日期"
        return f"{length}{_UNIT_ZH[self]}"


_UNIT_ZH = {
    Unit.CALENDAR_DAYS: "日",
    Unit.WORKING_DAYS: "个工作日",
    Unit.MONTHS: "个月",
    Unit.HOURS: "小时",
}


@dataclass(frozen=True, slots=True, order=True)
class Suspension:
    """Days that are not counted, both ends included. Overlapping ones are left out once, not twice."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a suspension ends before it begins")


@dataclass(frozen=True, slots=True)
class Due:
    """When a period ends.

    `unmoved`: the period's own last day. `due`: that day, or the first working day after it. `target`: the last
    working day on or before it. `provisional`: a day of a year without a notice decided. `suspended`: how many days
    on the way were not counted. `at`: of a period of hours the moment, else None: it ends with the day.
    """

    start: date
    unmoved: date
    due: date
    target: date
    provisional: bool
    suspended: int = 0
    at: datetime | None = None


def due(
    start: date,
    length: int,
    unit: Unit,
    *,
    calendar: Calendar,
    suspensions: Sequence[Suspension] = (),
    extension: int = 0,
    in_custody: bool = False,
) -> Due:
    """The last day of a period. The start day is not counted; the period ends at 24:00 of `due`.

    `extension`: what was approved beyond `length`, in the same unit. `in_custody`: of somebody who is held a period
    ends on its own last day, whatever day that is (刑事诉讼法 105(4)). Raises ValueError for a length below 1 and for
    hours, which do not begin with a day.
    """
    if length < 1 or extension < 0 or unit is Unit.HOURS:
        raise ValueError("a period of days is at least 1 long, an extension not negative")
    pauses = _merged(suspensions, start)
    unmoved = _unmoved(start, length + extension, unit, calendar, pauses)
    last = unmoved
    while unit is not Unit.NAMED_DAY and not in_custody and (calendar.is_rest_day(last) or _pauses_on(pauses, last)):
        last += DAY
    target = unmoved
    while calendar.is_rest_day(target):
        target -= DAY
    # every day on the way decided what is a working day; of other periods only the end did
    first = start + DAY if unit is Unit.WORKING_DAYS else min(target, unmoved)
    provisional = any(year not in calendar.published for year in range(first.year, last.year + 1))
    suspended = sum((min(each.last, last) - each.first).days + 1 for each in pauses if each.first <= last)
    return Due(start, unmoved, last, target, provisional, suspended)


def due_in_hours(start: datetime, length: int, *, calendar: Calendar, hour_counts: bool = True) -> Due:
    """When a period of hours ends that begins at a moment: to the minute, on a rest day too.

    `hour_counts`: it begins at the moment itself (民法典 201(2)); else with the next full hour (刑事诉讼法 105(2)).
    Raises ValueError below 24 hours, which could end on the day they begin.
    """
    if length < 24:
        raise ValueError("a period of hours is at least 24 long")
    begins = start.astimezone(SHANGHAI)
    if not hour_counts:
        begins = begins.replace(minute=0, second=0, microsecond=0) + HOUR
    at = begins + length * HOUR
    day, first = at.date(), start.astimezone(SHANGHAI).date()
    target = day
    while calendar.is_rest_day(target) and target > first:
        target -= DAY
    return Due(first, day, day, target, False, at=at)


def due_before(event: date, length: int, unit: Unit, *, calendar: Calendar) -> Due:
    """The last day on which something that must precede `event` by a period is in time; a rest day moves earlier."""
    if length < 1 or unit in (Unit.MONTHS, Unit.HOURS):
        raise ValueError("counted back are days, at least 1")
    day = event
    if unit is Unit.CALENDAR_DAYS:
        day -= length * DAY
    else:
        while length:
            day -= DAY
            length -= not calendar.is_rest_day(day)
    unmoved = day
    while calendar.is_rest_day(day):
        day -= DAY
    provisional = any(year not in calendar.published for year in range(day.year, unmoved.year + 1))
    return Due(event, unmoved, day, day, provisional)


def ends_at(day: date) -> datetime:
    """The moment a period with this last day is over: 24:00 in Asia/Shanghai.

    A named day that was let in before there was a bound may be the calendar's last: it ends when the calendar does.
    """
    return datetime.combine(min(day, date.max - DAY) + DAY, time(), SHANGHAI)


def _unmoved(start: date, length: int, unit: Unit, calendar: Calendar, pauses: Sequence[Suspension]) -> date:
    match unit:
        case Unit.WORKING_DAYS:
            day = start
            while length:
                day += DAY
                length -= not (calendar.is_rest_day(day) or _pauses_on(pauses, day))
            return day
        case Unit.CALENDAR_DAYS | Unit.NAMED_DAY:
            day = start + length * DAY
        case Unit.MONTHS:
            years, month = divmod(start.month - 1 + length, 12)
            year = start.year + years
            # the corresponding day, or the month's last where there is none
            day = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    for each in pauses:
        if each.first <= day:
            day += each.last - each.first + DAY
    return day


def _merged(suspensions: Sequence[Suspension], start: date) -> list[Suspension]:
    """In order, apart from each other, and only what lies after the start day: no day is left out twice."""
    merged: list[Suspension] = []
    for each in sorted(suspensions):
        if each.last <= start:
            continue
        each = Suspension(max(each.first, start + DAY), each.last)
        if merged and each.first <= merged[-1].last + DAY:
            merged[-1] = Suspension(merged[-1].first, max(merged[-1].last, each.last))
        else:
            merged.append(each)
    return merged


def _pauses_on(pauses: Sequence[Suspension], day: date) -> bool:
    return any(each.first <= day <= each.last for each in pauses)
