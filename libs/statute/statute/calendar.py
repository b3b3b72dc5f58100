"""Which days are worked: the State Council's yearly notices as data, never a library's guess."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from statute.page import Section, pages, read

SHANGHAI = ZoneInfo("Asia/Shanghai")  # where the law's days begin and end, wherever a server stands
_SHIPPED = Path(__file__).parent / "calendars"
_FESTIVALS = Path(__file__).parent / "festivals.yaml"
# 全国年节及纪念日放假办法 2: the days the sun fixes
_FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节", **{(10, day): "国庆节" for day in (1, 2, 3)}}
_WEEKDAYS = "一二三四五六日"


def day_of(moment: datetime) -> date:
    """The day in China of a moment that knows its offset; of now, today. In UTC it is yesterday until eight."""
    return moment.astimezone(SHANGHAI).date()


class Status(StrEnum):
    """Whether the State Council's notice for a year is known."""

    PUBLISHED = "published"
    PREDICTED = "predicted"


class Calendar:
    """Rest days by name, and make-up workdays.

    A year without a notice is predicted: weekends and the days the law itself names, no make-up workdays.
    """

    def __init__(
        self,
        rest: Mapping[date, str],
        work: frozenset[date],
        published: Mapping[int, str],
        festivals: Mapping[date, str],
    ):
        self.rest, self.work, self.published, self.festivals = rest, work, published, festivals

    @classmethod
    def load(cls, extra: Path | None = None) -> "Calendar":
        """The shipped years, and those of another folder over them. Raises PageError."""
        return cls.of(pages(_SHIPPED, extra))

    @classmethod
    def of(cls, files: Iterable[Path]) -> "Calendar":
        """The years in these files; the others are predicted. Raises PageError."""
        rest: dict[date, str] = {}
        work: set[date] = set()
        published: dict[int, str] = {}
        for file in files:
            page = read(file)
            year, status, notice = page.number("year"), page.word("status", Status), page.text("notice")
            for entry in page.sections("rest", least=1):
                rest |= dict.fromkeys(_span(entry, year), entry.text("name"))
                entry.done()
            for day in page.days("work"):
                if day in rest:
                    raise page.wrong("work", f"{day} 不能既放假又上班")
                if day.weekday() < 5:
                    raise page.wrong("work", f"{day} 不是周末，无需调休上班")
                work.add(day)
            page.done()
            if status is Status.PUBLISHED:
                published[year] = notice
        return cls(rest, frozenset(work), published, _festivals())

    def is_rest_day(self, day: date) -> bool:
        """Whether the day is not worked: a weekend that is not made up for, or a holiday."""
        if day in self.work:
            return False
        return day.weekday() >= 5 or self.holiday(day) is not None

    def holiday(self, day: date) -> str | None:
        """The holiday's name; None on a weekend that is nothing else."""
        if day in self.rest:
            return self.rest[day]
        if day.year in self.published:
            return None
        return self.festivals.get(day) or _FIXED.get((day.month, day.day))

    def status(self, year: int) -> Status:
        """Whether the State Council's notice of the year is here."""
        return Status.PUBLISHED if year in self.published else Status.PREDICTED

    def facts(self, day: date) -> str:
        """What the calendar says of a day, in Chinese: 星期一 · 星期六，调休上班 · 国庆节假期 · 星期日."""
        weekday = f"星期{_WEEKDAYS[day.weekday()]}"
        name = self.holiday(day)
        if day in self.work:
            return f"{weekday}，调休上班"
        return f"{name}假期" if name else weekday

    def rest_around(self, day: date) -> tuple[date, date]:
        """The first and the last of the rest days that a rest day lies among."""
        first = last = day
        while self.is_rest_day(first - timedelta(days=1)):
            first -= timedelta(days=1)
        while self.is_rest_day(last + timedelta(days=1)):
            last += timedelta(days=1)
        return first, last


def _span(entry: Section, year: int) -> list[date]:
    first, last = entry.day("from"), entry.day("to")
    if not 0 <= (last - first).days <= 15:
        raise entry.wrong("to", "应在 from 之后 15 日以内")
    if year not in (first.year, last.year):
        raise entry.wrong("from", f"不在 {year} 年")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _festivals() -> dict[date, str]:
    """The days the moon and the solar terms fix, for years that have no notice yet."""
    found: dict[date, str] = {}
    for row in read(_FESTIVALS).sections("years", least=1):
        spring = row.day("spring")
        # 除夕 and the first three days, since 2025
        found |= {spring + timedelta(days=n): "春节" for n in range(-1, 3)}
        found |= {row.day("qingming"): "清明节", row.day("duanwu"): "端午节", row.day("zhongqiu"): "中秋节"}
    return found
