"""A day as a person types it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import written
from desk.office import days

TODAY = date(2026, 11, 27)  # a Friday


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1126", date(2026, 11, 26)),
        ("11-26", date(2026, 11, 26)),
        ("2026-11-26", date(2026, 11, 26)),
        ("20261126", date(2026, 11, 26)),
        ("11月26日", date(2026, 11, 26)),
        ("2026年1月2日", date(2026, 1, 2)),
        ("0105", date(2027, 1, 5)),
        ("昨天", date(2026, 11, 26)),
        ("上周五", date(2026, 11, 20)),
        ("本周一", date(2026, 11, 23)),
        ("下周日", date(2026, 12, 6)),
        (" 今天 ", TODAY),
        ("0231", None),
        ("2026-13-01", None),
        ("前年", None),
        ("", None),
    ],
)
def test_what_is_typed_is_read(typed: str, day: date | None) -> None:
    """Without a year the nearest; what is no day is none, and is sent as it is."""
    assert day == days.read(typed, TODAY)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(-180, 180))
def test_every_near_day_is_read_back(today: date, away: int) -> None:
    """Month and day are enough within half a year."""
    day = today + timedelta(days=away)
    assert day == days.read(f"{day:%m%d}", today)
    assert day == days.read(day.isoformat(), today)


@given(st.text(max_size=20))
def test_no_text_is_a_fault(typed: str) -> None:
    """Whatever is typed is a day or none."""
    days.read(typed, TODAY)


def test_a_moment_is_of_the_day_it_is_here() -> None:
    """Half past midnight here is yesterday in UTC, in which the services answer."""
    assert 'datetime="2025-11-28"' in written.day_of("2025-11-27T16:30:00+00:00")
    assert "2025-11-28 周五" == written.plain("2025-11-27T16:30:00Z") == written.plain("2025-11-28")
    assert "2025-11-27 周四" == written.plain("2025-11-27T15:59:00+00:00")
