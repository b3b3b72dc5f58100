"""团队: a petition's prosecutor, lawyer and counsellor, what is booked for it, what the counsellor wrote."""

from typing import Any

from flask import Blueprint, url_for

from desk.office import offers, petition
from desk.office.door import at, client, nonce, page

pages = Blueprint("teams", __name__)
_PATHS = ("/petitions/{}/team", "/petitions/{}/bookings", "/petitions/{}/team/notes")


@pages.get("/petitions/<number>/team")
def shown(number: str) -> Any:
    """Each with what may be done; of what is not theirs to read, nothing."""
    found, *answers = petition.read(number, *(("referral", each) for each in _PATHS))
    team, booked, notes = answers
    here = url_for("teams.shown", number=number)
    forms = [
        offers.drawn("referral", at(path, number), each, here)
        for path, answer in zip(_PATHS, answers, strict=True)
        for each in (answer or {}).get("allowed_actions", ())
    ]
    for each in (booked or {}).get("bookings", ()):
        each["steps"] = offers.steps("referral", at("/bookings/{}", each["booking"]), each)
    return petition.tab("team", found, "teams.shown", team=team, booked=booked, notes=notes, forms=forms)


@pages.post("/petitions/<number>/team/notes/<note>")
def note(number: str, note: str) -> Any:
    """What a counsellor wrote of a danger, on this page alone; the service writes down who looked."""
    petition.read(number)  # what is not in sight is not there, also where the service's own sentence would tell
    said = client().post("referral", at("/petitions/{}/team/notes/{}/open", number, note), {}, nonce())
    return page("opened.html", answer={"petition": number, "text": said["text"]}, papers=[])
