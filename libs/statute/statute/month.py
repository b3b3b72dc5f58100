"""The months a period runs through, drawn in text with what each day is."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from statute.calendar import Calendar
from statute.periods import DAY, Due, Suspension

LEGEND = "始 起算日（不计）  休 放假或周末  班 调休上班  停 中止  标 办理目标  满 期间末日  止 最后一日"


def draw(due: Due, calendar: Calendar, suspensions: Sequence[Suspension] = ()) -> str:
    """One block a month from the first to the last day concerned; a column is a weekday, Monday first."""
    first, last = min(due.start, due.target, due.due), max(due.start, due.due)
    blocks, day = [], first.replace(day=1)
    while day <= last:
        blocks.append(_month(day, due, calendar, suspensions))
        day = (day.replace(day=28) + 4 * DAY).replace(day=1)
    return "\n\n".join([*blocks, LEGEND])


def _month(first: date, due: Due, calendar: Calendar, suspensions: Sequence[Suspension]) -> str:
    lines = [f"{first.year}年{first.month}月（{'已公布' if first.year in calendar.published else '预测'}）"]
    lines.append("".join(f"  {name}  " for name in "一二三四五六日").rstrip())
    cells = ["      "] * first.weekday()
    for number in range(1, monthrange(first.year, first.month)[1] + 1):
        day = first.replace(day=number)
        # a Chinese character is as wide as two columns
        cells.append(f"{number:>2}{_mark(day, due, calendar, suspensions)}  ")
    lines += ["".join(cells[week : week + 7]).rstrip() for week in range(0, len(cells), 7)]
    return "\n".join(lines)


def _mark(day: date, due: Due, calendar: Calendar, suspensions: Sequence[Suspension]) -> str:
    for other, mark in ((due.due, "止"), (due.start, "始"), (due.unmoved, "满"), (due.target, "标")):
        if day == other:
            return mark
    if any(each.first <= day <= each.last for each in suspensions):
        return "停"
    if day in calendar.work:
        return "班"
    return "休" if calendar.is_rest_day(day) else "  "
