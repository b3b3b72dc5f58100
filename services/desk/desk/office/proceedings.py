"""调解听证: mediations, hearings, meetings and talks; who takes part in one, its tasks, its record."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, url_for

from desk.client import Away, Refused
from desk.office import cards, lists, offers, petition
from desk.office.door import at, client, door, known, page

pages = Blueprint("proceedings", __name__)
# a member of who takes part → the words that it is one of
_WORDS = {"consent": "Consent", "answer": "InvitationAnswer", "proof": "Proof"}


@pages.get("/proceedings")
def listed() -> Any:
    """Those in sight, the newest first."""
    narrowed = lists.narrowing("referral", "/proceedings")
    answer = client().get("referral", "/proceedings", **narrowed.query, **lists.after())
    shown = cards.of(each["petition"] for each in answer["proceedings"])
    return page("proceedings.html", answer=answer, narrowed=narrowed, cards=shown)


@pages.get("/petitions/<number>/proceedings")
def of_petition(number: str) -> Any:
    """A petition's, and which it may have."""
    of = "/petitions/{}/proceedings"
    found, answer = petition.read(number, ("referral", of))
    here = url_for("proceedings.of_petition", number=number)
    forms = [offers.drawn("referral", at(of, number), each, here) for each in (answer or {}).get("allowed_actions", ())]
    return petition.tab("proceedings", found, "proceedings.of_petition", answer=answer, forms=forms)


@pages.get("/proceedings/<number>")
def one(number: str) -> Any:
    """Who takes part, by when they were told, what they answered; tasks, the record, each step as its own form."""
    first, second = client().many(
        ("referral", at("/proceedings/{}", number)), ("referral", at("/proceedings/{}/words", number))
    )
    found: Mapping[str, Any] = known(first)
    said = None if isinstance(second, Refused | Away) else second
    of, here = at("/proceedings/{}", number), url_for("proceedings.one", number=number)
    return page(
        "proceeding.html", found=found, said=said, names=door().names.of(client()),
        words={name: door().names.words(client(), enumeration) for name, enumeration in _WORDS.items()},
        named={each["part"]: each for each in said["parts"]} if said else {},
        texts={each["item"]: each["text"] for each in said["tasks"]} if said else {},
        card=cards.of([found["petition"]]).get(found["petition"], {}),
        forms=[offers.drawn("referral", of, each, here) for each in found["allowed_actions"]],
    )  # fmt: skip
