"""接访和包案: who receives on which day, who comes; and what leaders lead, with what of the list is done."""

from typing import Any

from flask import Blueprint

from desk.office import cards, lists, offers
from desk.office.door import asked, at, client, door, page
from desk.office.words import BOOKING, NEW, RECEPTION

pages = Blueprint("receptions", __name__)


@pages.get("/receptions")
def listed() -> Any:
    """Those from today on, each with its places and what may be done."""
    answer = client().get("intake", "/receptions", **lists.after())
    for day in answer["receptions"]:
        day["steps"] = offers.makes("intake", [at(each, day["reception"]) for each in RECEPTION])
        for booking in day.get("bookings") or ():
            booking["steps"] = offers.makes("intake", [at(e, day["reception"], booking["booking"]) for e in BOOKING])
    booked = [each.get("petition") for day in answer["receptions"] for each in day.get("bookings") or ()]
    service, path = NEW["reception"]
    return page(
        "receptions.html", answer=answer, cards=cards.of(booked), names=door().names.of(client()),
        plans=offers.makes(service, [path]),
    )  # fmt: skip


@pages.get("/led")
def led() -> Any:
    """包案: the longest led first, what is done of the county's list; without a leader, too."""
    given = asked("open", "vacant") or {"open": "true"}
    answer = client().get("intake", "/chief-led", **given, **lists.after())
    return page(
        "led.html", answer=answer, given=given, names=door().names.of(client()),
        cards=cards.of(each["petition"] for each in answer["led_cases"]),
    )  # fmt: skip
