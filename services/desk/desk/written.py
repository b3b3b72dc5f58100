"""How a page writes a day, a moment, a telephone number."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from markupsafe import Markup

ZONE = timezone(timedelta(hours=8))  # the county's clock, all year
_MOBILE = re.compile(r"\+86(1\d\d)(\d{4})(\d{4})")
_WEEK = "一二三四五六日"


def phone(value: str | None) -> str:
    """A mobile's number as one reads it out: 199 0000 1208; any other as it is."""
    return _MOBILE.sub(r"\1 \2 \3", value or "")


def plain(value: str | date | None) -> str:
    """The same without what a machine reads, where a hundred rows have three days each."""
    if not value:
        return ""
    day = _day(value)
    year = "" if day.year == datetime.now(ZONE).year else f"{day.year}-"
    return f"{year}{day:%m-%d} 周{_WEEK[day.weekday()]}"


def day_of(value: str | date | None) -> Any:
    """11-26 周四, the year where it is another; what a machine reads beside it."""
    if not value:
        return ""
    day = _day(value)
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), plain(day))


def moment(value: str | None) -> Any:
    """The same with the minute, at our own clock; a day alone stays one."""
    if not value or len(value) <= 10:
        return day_of(value)
    at = local(value)
    year = "" if at.year == datetime.now(ZONE).year else f"{at.year}-"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="minutes"), f"{year}{at:%m-%d %H:%M}")


def _day(value: str | date) -> date:
    """Of a moment our own day: before eight in the morning it is still yesterday in UTC."""
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if len(value) <= 10 else local(value).date()


def local(value: str) -> datetime:
    """A moment by the county's clock."""
    at = datetime.fromisoformat(value)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZONE)


FILTERS = {"day": day_of, "plain": plain, "moment": moment, "phone": phone}
