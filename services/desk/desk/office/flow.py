"""流转: what others sent to us, and what we sent to others; and one step for several at once."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for

from desk.client import Refused
from desk.office import batches, cards, lists
from desk.office.door import NOT_THERE, at, client, known, nonce, page
from desk.office.login import back
from desk.office.words import TOGETHER

pages = Blueprint("flow", __name__)

_MOST = 100  # rows of a page, and so of what is done at once


@pages.get("/flow")
def listed() -> Any:
    """One direction and one tab of it; the tabs of both are counted."""
    narrowed = lists.narrowing("referral", "/referrals", "tab", "state", more=("tab",), inbound="false")
    inbound = narrowed.others["inbound"]
    tab = narrowed.given.get("tab")
    same = {name: each for name, each in narrowed.given.items() if name not in ("tab", "sort")}
    tabs, answer = client().many(
        ("referral", "/referral-tabs", {"inbound": inbound} | same),
        ("referral", "/referrals", {**narrowed.query, **lists.after()}),
    )
    rows = known(answer)["referrals"]
    return page(
        "flow.html", answer=answer, tabs=known(tabs)["tabs"], tab=tab, inbound=inbound, narrowed=narrowed,
        cards=cards.of(each["petition"] for each in rows), together=TOGETHER,
    )  # fmt: skip


@pages.get("/flow/together")
def together() -> Any:
    """How many and which it would be done to, and which not; nothing is done yet."""
    found = _offers(request.args.get("action", ""), request.args.getlist("of")[:_MOST])
    shown = cards.of(each["petition"] for each, _ in found)
    return page("together.html", found=found, cards=shown, key=nonce(), next=back())


@pages.post("/flow/together")
def carry_out() -> Any:
    """Begins it, a step each, under a key that the page had: sent twice, each is done once."""
    action, chosen = request.form.get("action", ""), request.form.getlist("of")[:_MOST]
    found = [(thing["petition"], offer["href"] if offer else None) for thing, offer in _offers(action, chosen)]
    if found:
        batches.begin(TOGETHER[action], "referral", found, request.form.get("key", ""))
    return redirect(url_for("batches.listed"))


def _offers(action: str, numbers: list[str]) -> list[tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
    """Each of the handovers in sight, with what is offered of it under that name. Raises Refused, Away."""
    if action not in TOGETHER:
        raise Refused(404, {"detail": NOT_THERE})
    read = client().many(*(("referral", at("/referrals/{}", each)) for each in numbers))
    things = [known(each) for each in read if not isinstance(each, Refused)]
    return [
        (each, next((offer for offer in each["allowed_actions"] if offer["action"] == action), None)) for each in things
    ]
