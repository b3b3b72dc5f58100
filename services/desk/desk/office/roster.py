"""专业人员库 (roster): whom the office calls in beside its own handlers, as what, until when."""

from typing import Any

from flask import Blueprint

from desk.office import offers
from desk.office.door import asked, client, door, page

pages = Blueprint("roster", __name__)


@pages.get("/roster")
def listed() -> Any:
    """All of them, or those of a kind, with what may be done with each."""
    given = asked("kind")
    answer = client().get("referral", "/roster", **given)
    for each in (answer, *answer["roster"]):
        each["steps"] = offers.steps("referral", "/roster", each)
    return page("roster.html", answer=answer, given=given, kinds=door().names.words(client(), "RosterKind"))
