"""院领导: five panels on one sheet; a row opens its petition, and what waits for approval is decided from here."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from desk.client import Away, Refused
from desk.office import cards, offers
from desk.office.door import at, client, door, page
from desk.office.words import OPENED, RATES, URGENT

pages = Blueprint("leaders", __name__)

_ROWS = 10  # of each panel: five of them are one sheet of paper
_MOST = 100  # of what is only looked up for those rows


@pages.get("/chief")
def sheet() -> Any:
    """All five; a panel that is not theirs is left out, one that cannot be read now says so."""
    asked: dict[str, tuple[str, str, dict[str, Any]]] = {
        "risks": ("intake", "/risks", {"limit": _ROWS}),
        "red": ("intake", "/worklist", {"box": "red", "limit": _MOST}),
        **{kind: ("intake", "/tasks", {"kind": kind, "limit": _MOST}) for kind in URGENT},
        "due": ("intake", "/worklist", {"box": "due", "limit": _ROWS}),
        "outside": ("referral", "/worklist", {"box": "out_overdue", "limit": _ROWS}),
        "backlog": ("intake", "/backlog", {"limit": 1}),
        "overdue": ("intake", "/petitions", {"overdue": "true", "limit": 1}),
        "rates": ("intake", "/rates", {}),
        "led": ("intake", "/chief-led", {"open": "true", "limit": _ROWS}),
        "approvals": ("intake", "/approvals", {"limit": _ROWS}),
        "openings": ("intake", "/openings", {"limit": _ROWS}),
    }
    answers = dict(zip(asked, client().many(*asked.values()), strict=True))
    away = {name: isinstance(each, Away) for name, each in answers.items()}
    said = {name: None if isinstance(each, Refused | Away) else each for name, each in answers.items()}
    for each in _rows(said, "approvals", "approvals"):
        each["step"] = offers.todo("intake", at("/approvals/{}", each["id"]), "", request.full_path)
    for each in _rows(said, "openings", "openings"):
        each["steps"] = offers.makes("intake", [at(path, each["opening"]) for path in OPENED])
    red = _rows(said, "risks", "petitions")
    rows = [row for name in ("due", "outside") for row in _rows(said, name, "items")]
    numbers = [each["number"] for each in red]
    numbers += [each["petition"] for each in [*rows, *_rows(said, "led", "led_cases")]]
    numbers += [each["petition"] for each in _rows(said, "approvals", "approvals")]
    return page(
        "leaders.html", said=said, away=away, cards=cards.of(numbers), names=door().names.of(client()),
        since={each["petition"]: each["since"] for each in _rows(said, "red", "items")},
        tasks=_tasks(said), late=rows, rates=_rates(said),
    )  # fmt: skip


def _rows(said: Mapping[str, Any], name: str, noun: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = said[name][noun] if said[name] else []
    return rows


def _tasks(said: Mapping[str, Any]) -> Mapping[str, list[Mapping[str, Any]]]:
    """Petition → what a rise to red asks for and is not done."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for kind in URGENT:
        for each in _rows(said, kind, "tasks"):
            found.setdefault(each["petition"], []).append(each)
    return found


def _rates(said: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], float | None]]:
    """Each of the two with its per cent; None where nothing was to be kept."""
    rows = [each for each in _rows(said, "rates", "rates") if each["rule"] in RATES]
    return [(each, 100 * (1 - each["late"] / each["due"]) if each["due"] else None) for each in rows]
