"""A day as a person types it: 1126, 11-26, 2026-11-26, 昨天, 上周五."""

import re
from datetime import date, timedelta

_NEAR = {"今天": 0, "昨天": -1, "前天": -2, "明天": 1, "后天": 2, "大后天": 3}
_WEEK = re.compile(r"(上上|上|本|这|下|)(?:周|星期|礼拜)([一二三四五六日天])")
_WEEKS = {"上上": -2, "上": -1, "本": 0, "这": 0, "": 0, "下": 1}
_FORMS = (
    re.compile(r"(?P<year>\d{4})[-/.年]?(?P<month>\d{1,2})[-/.月]?(?P<day>\d{1,2})日?"),
    re.compile(r"(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"),
    re.compile(r"(?P<month>\d{2})(?P<day>\d{2})"),
)
_HALF_A_YEAR = timedelta(days=183)


def read(typed: str, today: date) -> date | None:
    """The day; without a year the one that lies nearest to today. None for what is no day."""
    text = typed.strip()
    if text in _NEAR:
        return today + timedelta(days=_NEAR[text])
    if (week := _WEEK.fullmatch(text)) is not None:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_WEEKS[week[1]])
        return monday + timedelta(days="一二三四五六日".index(week[2].replace("天", "日")))
    for form in _FORMS:
        if (found := form.fullmatch(text)) is not None:
            parts = {name: int(value) for name, value in found.groupdict().items()}
            return _day(**parts) if "year" in parts else _nearest(today, **parts)
    return None


def _nearest(today: date, month: int, day: int) -> date | None:
    days = [found for year in (today.year - 1, today.year, today.year + 1) if (found := _day(year, month, day))]
    near = [each for each in days if abs(each - today) <= _HALF_A_YEAR]
    return near[0] if near else (min(days, key=lambda each: abs(each - today)) if days else None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
