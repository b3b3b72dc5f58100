"""今日: what waits, from the four services at once; and one box whole."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from desk.client import Away, Refused
from desk.office import cards, lists, offers, things
from desk.office.door import ASKED, asked, at, client, door, page
from desk.office.words import COLUMNS

pages = Blueprint("today", __name__)

_NARROWED = ("scope", "line", "colour")


@pages.get("/today")
def mine() -> Any:
    """Every box with its first rows, in the services' order; a service that is away is said, the rest is shown."""
    narrowed = asked(*_NARROWED)
    answers = client().many(*((each, "/worklist", narrowed) for each in ASKED))
    boxes, away = list[dict[str, Any]](), list[str]()
    for service, answer in zip(ASKED, answers, strict=True):
        if isinstance(answer, Away):
            away.append(service)
        elif not isinstance(answer, Refused):
            boxes += [each | {"service": service} for each in answer["boxes"]]
    return page("today.html", **shown(boxes), away=away, narrowed=narrowed)


@pages.get("/today/count")
def count() -> Any:
    """How many wait of what the page shows, for the quiet line that says that it changed."""
    narrowed = {name: request.args[name] for name in _NARROWED if request.args.get(name)}
    answers = client().many(*((each, "/worklist", narrowed) for each in ASKED))
    boxes = [box for each in answers if not isinstance(each, Refused | Away) for box in each["boxes"]]
    return {"total": sum(each["total"] for each in boxes)}


@pages.get("/today/<service>/<box>")
def whole(service: str, box: str) -> Any:
    """One box, page by page."""
    if service not in ASKED:
        raise Refused(404, {"detail": "没有找到"})
    given = {name: request.args[name] for name in (*_NARROWED, "after") if request.args.get(name)}
    answer = client().get(service, "/worklist", box=box, **given) | {"service": service}
    return page("box.html", **shown([answer]), asked=given)


@pages.get("/approvals")
def approvals() -> Any:
    """What waits for the officer's word, or was asked for by them."""
    answer = client().get("intake", "/approvals", **lists.after())
    known = cards.of(each["petition"] for each in answer["approvals"])
    for each in answer["approvals"]:
        each["step"] = offers.todo("intake", at("/approvals/{}", each["id"]), "", request.full_path)
    return page("approvals.html", answer=answer, cards=known, names=door().names.of(client()))


def shown(boxes: list[dict[str, Any]]) -> dict[str, Any]:
    """Boxes as their rows are drawn, on whatever page; each has its `service`."""
    rows = [row for box in boxes for row in box["items"]]
    for box in boxes:
        box["columns"] = [(name, zh) for name, zh in COLUMNS if any(row.get(name) for row in box["items"])]
        for row in box["items"]:
            row["step"] = _step(row)
    return {"boxes": boxes, "cards": cards.of(row.get("petition") for row in rows), "names": door().names.of(client())}


def _step(row: Mapping[str, Any]) -> str | None:
    """Where the row's one action is drawn, or the paper that it opens."""
    thing, action = things.of(row), row.get("action")
    if thing is None or (action is None and row.get("petition")):
        return None
    if action is None:  # what is no petition yet has no page but this one
        return offers.todo(*thing, "", request.full_path)
    if action["method"] == "GET":
        return offers.link(thing[0], action["href"])
    return offers.todo(*thing, action["href"], request.full_path)
