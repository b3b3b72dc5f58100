"""Which days are worked: the State Council's yearly notices as data, never a library's guess."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import yaml

_SHIPPED = Path(__file__).parent / "calendars"
_FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}  # 全国年节及纪念日放假办法, the days the sun fixes


class CalendarError(ValueError):
    """A calendar file that cannot be used: the file and why."""


class Calendar:
    """Rest days and make-up workdays. A year without a notice: weekends and fixed days, results provisional."""

    def __init__(self, rest: dict[date, str], work: frozenset[date], published: frozenset[int]):
        self.rest, self.work, self.published = rest, work, published

    @classmethod
    def load(cls, extra: Path | None = None) -> "Calendar":
        """The shipped years, and those of another folder over them. Raises CalendarError."""
        files = {path.stem: path for folder in (_SHIPPED, extra) if folder for path in sorted(folder.glob("*.yaml"))}
        return cls.of(files.values())

    @classmethod
    def of(cls, files: Iterable[Path]) -> "Calendar":
        rest: dict[date, str] = {}
        work: set[date] = set()
        published: set[int] = set()
        for file in files:
            try:
                content = yaml.safe_load(file.read_text(encoding="utf-8"))
                for entry in content["rest"]:
                    day = entry["from"]
                    while day <= entry["to"]:
                        rest[day] = entry["name"]
                        day += timedelta(days=1)
                work.update(content["work"])
                if content["status"] == "published":
                    published.add(content["year"])
            except (KeyError, TypeError, yaml.YAMLError) as fault:
                raise CalendarError(f"{file.name}: {fault}") from None
        return cls(rest, frozenset(work), frozenset(published))

    def is_rest_day(self, day: date) -> bool:
        """Whether the day is not worked: a weekend that is not made up for, or a holiday."""
        if day in self.work:
            return False
        if day in self.rest or day.weekday() >= 5:
            return True
        return day.year not in self.published and (day.month, day.day) in _FIXED

    def is_published(self, day: date) -> bool:
        """Whether the State Council's notice for the day's year is known."""
        return day.year in self.published
