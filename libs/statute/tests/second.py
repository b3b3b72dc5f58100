"""The second implementation of a period, written apart: where the product goes in one step it goes day by day, and
where the product goes day by day it looks into a sorted list. It shares no line with the product."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, datetime, timedelta

Days = set[date]


class Second:
    """`rest`: whether a day is not worked, over `first`..`last`."""

    def __init__(self, rest: Callable[[date], bool], first: date, last: date):
        self.days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self.worked = [day for day in self.days if not rest(day)]

    def ends(
        self, start: date, length: int, unit: str, out: Days, *, in_custody: bool = False
    ) -> tuple[date, date, date]:
        """(unmoved, due, target). `out`: the suspended days, one by one."""
        open_days = [day for day in self.worked if day not in out]
        if unit == "working_days":
            unmoved = open_days[bisect_right(open_days, start) + length - 1]
        else:
            left = length if unit == "calendar_days" else self._days_to(start, length)
            unmoved = start
            while left > 0:
                unmoved += timedelta(days=1)
                left -= unmoved not in out
        if in_custody:
            return unmoved, unmoved, self.worked[bisect_right(self.worked, unmoved) - 1]
        due = next(day for day in open_days[bisect_right(open_days, unmoved) - 1 :] if day >= unmoved)
        return unmoved, due, self.worked[bisect_right(self.worked, unmoved) - 1]

    def before(self, event: date, length: int, unit: str) -> tuple[date, date, date]:
        """(unmoved, due, target) of what must precede an event."""
        worked = bisect_left(self.worked, event)
        unmoved = self.worked[worked - length] if unit == "working_days" else self.days[self.days.index(event) - length]
        due = self.worked[bisect_right(self.worked, unmoved) - 1]
        return unmoved, due, due

    def hours(self, start: datetime, length: int, *, hour_counts: bool) -> datetime:
        """When hours end that begin at a moment, or with the hour after it: minute by minute, hour by hour."""
        end = start
        while not hour_counts and (end == start or end.minute or end.second or end.microsecond):
            end = end.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for _ in range(length):
            end += timedelta(minutes=60)
        return end

    def _days_to(self, start: date, months: int) -> int:
        wanted = start.year * 12 + start.month - 1 + months
        of_month = [day for day in self.days if day.year * 12 + day.month - 1 == wanted and day.day <= start.day]
        return (of_month[-1] - start).days
