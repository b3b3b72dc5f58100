"""告知: what is owed, to print, to prove, to call, and what came of the rest; calls one at a time."""

from typing import Any

from flask import Blueprint, request, url_for

from desk.client import Away, Refused
from desk.office import cards, offers, today
from desk.office.door import asked, at, client, door, known, page
from desk.office.words import CALLS, NOTICES

pages = Blueprint("notices", __name__)


@pages.get("/notices")
def listed() -> Any:
    """Every box of telling with its count; of one its rows, page by page."""
    given = asked("box", "scope", "line", "colour")
    narrowed = {name: each for name, each in given.items() if name != "box"}
    answers = client().many(*((each, "/worklist", narrowed) for each in NOTICES))
    away = [each for each, answer in zip(NOTICES, answers, strict=True) if isinstance(answer, Away)]
    boxes = [
        box | {"service": service}
        for (service, named), answer in zip(NOTICES.items(), answers, strict=True)
        if not isinstance(answer, Refused | Away)
        for box in answer["boxes"]
        if not named or box["box"] in named
    ]
    chosen = next((each for each in boxes if each["box"] == given.get("box")), boxes[0] if boxes else None)
    if chosen and (after := request.args.get("after")):
        chosen |= client().get(chosen["service"], "/worklist", box=chosen["box"], after=after, **narrowed)
    drawn = today.shown([chosen] if chosen else [])
    calls = url_for("notices.calls") if any(each["box"] == CALLS and each["total"] for each in boxes) else ""
    return page("notices.html", **drawn, tabs=boxes, chosen=chosen, narrowed=narrowed, away=away, calls=calls)


@pages.get("/notices/calls")
def calls() -> Any:
    """The first call that waits and may be made: what to say, and a button for each thing that may come of it."""
    box = client().get("notify", "/worklist", box=CALLS)
    passed = set(request.args.getlist("passed"))
    row = next((each for each in box["items"] if each["action"] and each["notice"] not in passed), None)
    if row is None:
        return page("call.html", box=box, row=None, skip="")
    of = at("/petitions/{}/notices", row["petition"])
    told, whose = client().many(("notify", of), ("intake", at("/petitions/{}", row["petition"])))
    notice = next(each for each in known(told)["notices"] if each["notice"] == row["notice"])
    here = url_for("notices.calls", passed=sorted(passed))
    forms = [offers.drawn("notify", of, offer, here) for offer in notice["allowed_actions"]]
    seq = None if isinstance(whose, Refused | Away) else whose["told"]
    reveals = [] if seq is None else [whose["petitioner"], *whose["others"]][seq - 1]["reveals"]
    return page(
        "call.html", box=box, row=row, notice=notice, forms=forms, reveals=reveals, told=seq,
        card=cards.of([row["petition"]]).get(row["petition"], {}), names=door().names.of(client()),
        skip=url_for("notices.calls", passed=sorted({*passed, row["notice"]})),
    )  # fmt: skip
