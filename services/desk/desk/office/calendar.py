"""日程: a week of the rooms and of whom we call in, by the service's own calendar."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, request, url_for

from desk.office import cards, days, offers
from desk.office.door import at, client, page
from desk.written import ZONE, local

pages = Blueprint("calendar", __name__)

Cells = dict[tuple[str, date], list[Mapping[str, Any]]]


@pages.get("/calendar")
def week() -> Any:
    """A row for each room and person, a column for each day; of what is not in sight only that it is taken."""
    asked = days.read(request.args.get("day", ""), datetime.now(ZONE).date())
    answer = client().get("referral", "/calendar", **({"day": asked.isoformat()} if asked else {}))
    monday = date.fromisoformat(answer["since"])
    for each in answer["bookings"]:
        each["steps"] = offers.steps("referral", at("/bookings/{}", each["booking"] or ""), each)
    return page(
        "calendar.html", answer=answer, cells=_cells(answer["bookings"]),
        days=[monday + timedelta(days=each) for each in range(7)],
        rests={date.fromisoformat(each) for each in answer["rest_days"]},
        steps=offers.steps("referral", "/calendar", answer),
        cards=cards.of(each["petition"] for each in answer["bookings"]),
        before=_week(monday - timedelta(days=7)), behind=_week(monday + timedelta(days=7)),
    )  # fmt: skip


@pages.get("/rooms")
def rooms() -> Any:
    """会议室: those that may be booked, and what may be done with each."""
    answer = client().get("referral", "/rooms")
    for each in (answer, *answer["rooms"]):
        each["steps"] = offers.steps("referral", "/rooms", each)
    return page("rooms.html", answer=answer)


def _week(monday: date) -> str:
    return url_for("calendar.week", day=monday.isoformat())


def _cells(bookings: Iterable[Mapping[str, Any]]) -> Cells:
    """Room or person and day → what it is taken for then; what lasts over midnight stands on each of its days."""
    cells: Cells = {}
    for each in bookings:
        for taken in each["resources"]:
            begins, ends = local(taken["since"]), local(taken["until"])
            last = (ends - timedelta(microseconds=1)).date()
            for day in range((last - begins.date()).days + 1):
                key = taken["resource"], begins.date() + timedelta(days=day)
                cells.setdefault(key, []).append({**each, "from": begins, "to": ends})
    return cells
