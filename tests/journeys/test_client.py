"""What a client needs to draw it, as it asks for it: who I am, what to choose from, a form from what is offered."""

import random
from typing import Any

import requests
from county import Window, approve, done, until

from tests.trial import filled
from tools.dev.stack import SERVICES, Stack

# one of a handler's at each service
RIGHT = {"intake": "petition.accept", "referral": "referral.urge", "aid": "aid.read", "notify": "notice.settle"}


def test_each_service_says_who_asks_and_what_they_may(system: Stack) -> None:
    """By the office's list where it knows them; intake alone by name; nothing that the token does not let in."""
    handler, operator = Window(system, "handler", "900105"), Window(system, "operations", "900009")
    for service in SERVICES:
        me = done(handler.request("GET", "/me", service))
        assert ("900105", service, ["承办检察官"]) == (me["number"], me["service"], me["roles_zh"])
        # of the office's list, not of the token, which names no department
        assert "D05" == me["department"]
        may = {each["action"]: each["scopes"] for each in me["actions"]}
        assert RIGHT[service] in may
        assert "operations.parked" not in may
        assert ("name" in me) == (service == "intake")
        assert 403 == handler.request("GET", "/parked/count", service).status_code
        assert {"parked"} == set(done(operator.request("GET", "/parked/count", service)))
        assert ["department"] == may.get("petition.accept", ["department"])


def test_every_word_is_told_once_and_cached(system: Stack) -> None:
    """Each enumeration that any description names, in its order; who has it by its tag is not sent it again."""
    window = Window(system, "window", "900100")
    answer = window.request("GET", "/vocabulary")
    words = done(answer)["vocabulary"]
    assert {"value": "accepted", "label": "已受理"} in words["PetitionState"]
    tag = answer.headers["ETag"]
    again = window.request("GET", "/vocabulary", headers={"If-None-Match": f'"x", {tag}'})
    assert (304, b"") == (again.status_code, again.content)
    assert 200 == window.request("GET", "/vocabulary", headers={"If-None-Match": '"x"'}).status_code
    for service in SERVICES:
        described = requests.get(f"{system.url(service)}/openapi.json", timeout=10).json()
        assert set(_named(described)) <= set(words), service


def _named(described: Any) -> list[str]:
    if isinstance(described, list):
        return [name for each in described for name in _named(each)]
    if not isinstance(described, dict):
        return []
    own = [described["x-vocabulary"]] if isinstance(described.get("x-vocabulary"), str) else []
    return own + [name for each in described.values() for name in _named(each)]


def test_a_place_is_found_from_the_country_down(system: Stack) -> None:
    """The county's own first; a code that is none is refused by name."""
    window = Window(system, "window", "900100")
    own = done(window.request("GET", "/places"))
    assert ("枫禾县", "619900") == (own["under"]["name"], own["under"]["under"])
    assert {"code": "619926101", "name": "石桥镇", "under": "619926", "more": False} in own["places"]
    provinces = done(window.request("GET", "/places", params={"under": "000000"}))["places"]
    assert {"110000", "610000"} <= {each["code"] for each in provinces if each["more"]}
    assert "under" == window.request("GET", "/places", params={"under": "999999"}).json()["field"]


def test_a_client_without_a_rule_of_its_own_leads_a_petition_to_its_end(system: Stack) -> None:
    """It knows the names of what it wants done, and nothing of fields, words or addresses but what it is told."""
    window = Window(system)
    number = window.number()
    for wanted in ("accept", "review-liability", "conclude", "reply", "issue", "prove", "close"):
        offered = [each for each in window.look(number)["allowed_actions"] if each["action"] == wanted]
        assert offered, wanted
        # of several, the outcome's
        chosen = next((each for each in offered if "结果答复" in each["title"]), offered[0])
        needed = [each for each in chosen["fields"] if each["required"]]
        known = {each["name"]: _listed(window, each["options"]) for each in needed if "options" in each}
        body = filled(chosen["fields"], known, random.Random(number))
        answer = done(window.request(chosen["method"], chosen["href"], json=body))
        if answer.get("approval"):
            approve(system, answer["approval"])
    until(lambda: window.look(number)["state"] == "closed", "closed")
    assert {"resolve", "wall", "link", "renew-code", "print"} <= {
        each["action"] for each in window.look(number)["allowed_actions"]
    }


def _listed(window: Window, options: str) -> list[str]:
    (rows,) = (each for each in done(window.request("GET", options)).values() if isinstance(each, list))
    return [each.get("code") or each["number"] for each in rows if each.get("active", True)]
