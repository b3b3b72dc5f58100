"""Risk: entered, seen, explained; it asks more of the office and takes nothing from the petitioner."""

from datetime import timedelta
from typing import Any

from county import Agency, Window, becomes, done, recorded, sentences, today, until

from tools.dev.stack import Stack


def shown(window: Window, number: str) -> dict[str, Any]:
    return done(window.request("GET", f"/petitions/{number}/risk"))


def test_a_red_has_its_duties_and_narrows_nothing(system: Stack) -> None:
    """Three reasons, no score; the same actions as before; officers cannot take it back, a leader can, with why."""
    window, leader = Window(system, "window", "900100"), Window(system, "leader", "900002")
    number = window.number(group_size=7)
    assert ("blue", ["五人以上群体"]) == tuple(shown(window, number)[name] for name in ("colour", "reasons"))
    before = window.look(number)["allowed_actions"]
    refused = window.act(number, "risk", facts=["minors", "nonsense"])
    assert (422, "facts.1") == (refused.status_code, refused.json()["field"])
    red = done(window.act(number, "risk", facts=["threat_to_life", "no_income", "weak", "media"]))
    assert ("red", 3, "扬言伤害自己或者他人") == (red["colour"], len(red["reasons"]), red["reasons"][0])
    assert "立即报告检察长" in red["duties"][0]
    assert "score" not in str(red)
    assert before == window.look(number)["allowed_actions"]
    assert "red" == done(window.act(number, "risk", facts=[]))["colour"]
    assert 403 == window.act(number, "risk/lower", colour="blue", reason="已沟通").status_code
    assert 409 == leader.act(number, "risk/lower", colour="red", reason="已沟通").status_code
    assert number in str(leader.request("GET", "/risks").json())
    assert "blue" == done(leader.act(number, "risk/lower", colour="blue", reason="已当面沟通，家属陪同"))["colour"]
    assert number not in str(leader.request("GET", "/risks").json())
    assert 400 == leader.request("GET", "/risks", params={"colour": "pink"}).status_code
    told = [each for each in sentences(window, number) if "风险" in each]
    assert ["风险等级由无调整为蓝色", "风险等级由蓝色调整为红色", "风险等级由红色调整为蓝色"] == told
    assert "家属陪同" not in str(window.look(number))


def test_what_happens_is_scored_again(system: Stack) -> None:
    """Who comes a second time to ask, and a reply that is overdue, are seen without anybody entering it."""
    window = Window(system)
    received = (today() - timedelta(days=60)).isoformat()
    late = window.number(received_on=received, received_reason="补登")
    asked = window.number()
    for _ in range(2):
        assert "none" == shown(window, asked)["colour"]
        assert becomes(window, recorded(window), "join", petition=asked, joining="chase").ok
    assert ["多次催问或者重复来访"] == shown(window, asked)["reasons"]
    until(lambda: "办理已经逾期" in shown(window, late)["reasons"], "seen to be overdue")


def test_no_agency_hears_of_it(system: Stack) -> None:
    """A red petition is offered with the fields its purpose needs, and no colour among them."""
    window, agency = Window(system), Agency(system, "A12")
    number = window.number()
    done(window.act(number, "risk", facts=["threat_to_life"]))
    done(window.refer(number, "A12"))
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)
    assert not [word for word in ("红色", "扬言", "threat", "risk", "colour") if word in str(offer["data"])]
