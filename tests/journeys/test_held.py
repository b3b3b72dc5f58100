"""What belongs to an accusation, or to what was said in secrecy, is held: no door, one sentence, one way out."""

import hashlib
from typing import Any

import pytest
import requests
from county import PETITIONER, SAID, Agency, Window, becomes, done, recorded, sentences, until
from sqlalchemy import Engine, create_engine, text

from tools.dev.stack import Stack

NEUTRAL = "须经核对后发出"
HELD = "urn:fengqiao:problem:held-back"
SITUATIONS = ["no_income", "medical_cost"]
PDF = b"%PDF-1.4 held"
# what would tell that there is an accusation
TELLING = ("检举", "控告", "accusation", "accused", "举报")


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system)


@pytest.fixture
def chief(system: Stack) -> Window:
    return Window(system, "chief", "900000")


def accuse(window: Window, unit: str, **changes: Any) -> str:
    about = [{"unit": unit, "name": "某科长"}]
    return window.number(kind="accusation", line="complaint_appeal", respondents=about, **changes)


def link(window: Window, one: str, other: str) -> None:
    done(window.act(one, "link", to=other, reason="related"))


def stored(system: Stack, service: str, query: str, **values: Any) -> Any:
    engine: Engine = create_engine(system.database(service))
    with engine.begin() as connection:
        found = connection.execute(text(query), values)
        answer = found.scalar() if found.returns_rows else None
    engine.dispose()
    return answer


def hold_came(system: Stack, number: str) -> None:
    """Both services that write to agencies have heard it."""
    asked = {
        "aid": "SELECT count(*) FROM held WHERE petition = :n",
        "referral": "SELECT count(*) FROM guarded WHERE petition = :n AND held",
    }
    for service, query in asked.items():
        until(lambda s=service, q=query: stored(system, s, q, n=number), f"held in {service}")  # type: ignore[misc]


def release(window: Window, number: str, to: str, confirmed: bool = False) -> requests.Response:
    return window.act(number, "release", to=to, reason="已核对，内容不涉及另一件", confirmed=confirmed)


def judged(window: Window, number: str, to: str) -> str:
    """What came of the last release that was asked for."""

    def look() -> str | None:
        last = [each for each in window.look(number)["held"]["releases"] if each["to"] == to][-1]
        return None if last["state"] == "asked" else str(last["state"])

    state: str = until(look, f"judged for {to}")
    return state


def quiet(agency: Agency, *, about: str | None = None) -> None:
    """Nothing for the agency lies in its queue that speaks of this matter."""
    while True:
        method, _, body = agency.channel.basic_get(f"agency.{agency.code}.inbox", auto_ack=True)
        if method is None:
            return
        assert about is None or about not in (body or b"").decode(), body


def test_the_aid_lead_of_a_linked_claim_does_not_reach_the_accused(
    system: Stack, window: Window, chief: Window
) -> None:
    """Civil affairs is accused; the same person's claim has a case for aid already when the two are linked."""
    civil = Agency(system, "A08")
    claim, accusation = window.number(line="judicial_aid"), accuse(window, "A08")
    done(window.act(claim, "hardship", situations=SITUATIONS, wish=True))
    case = until(lambda: aid_cases(window, claim), "an aid case")[0]["number"]
    # of another the lead is there already
    there = window.number(line="judicial_aid")
    done(window.act(there, "hardship", situations=SITUATIONS, wish=True))
    other = until(lambda: aid_cases(window, there), "an aid case")[0]["number"]
    lead = done(window.request("POST", f"/aid-cases/{other}/leads", service="aid", json={"to": "A08"}))["leads"][0][
        "number"
    ]
    civil.hear("aid.lead_offered.v1", lambda data: data["lead"] == lead)
    for each in (claim, there):
        link(window, accusation, each)
        hold_came(system, each)
    path = f"/aid-cases/{case}/leads"
    refused = window.request("POST", path, service="aid", json={"to": "A08"})
    assert (409, HELD, NEUTRAL) == (refused.status_code, refused.json()["type"], refused.json()["detail"])
    assert not [word for word in TELLING if word in refused.text]
    # nor when somebody who knows why lets it go: civil affairs stands with whom it hits
    done(release(chief, claim, "A08"))
    assert "refused" == judged(chief, claim, "A08")
    assert 409 == window.request("POST", path, service="aid", json={"to": "A08"}).status_code
    # the school's authority is nobody's here
    done(release(chief, claim, "A12"))
    assert "released" == judged(chief, claim, "A12")
    until(lambda: stored(system, "aid", "SELECT released ? 'A12' FROM held WHERE petition = :n", n=claim), "let go")
    assert 422 == window.request("POST", path, service="aid", json={"to": "A12"}).status_code  # decides on other kinds
    # nor once more, on request
    civil.say("inbox.resync.v1", {}, subject="x")
    resynced = "SELECT count(*) FROM inbox WHERE source = 'A08' AND type = 'inbox.resync.v1' AND state = 'done'"
    until(lambda: stored(system, "aid", resynced), "resynced")
    quiet(civil, about=lead)


def aid_cases(window: Window, number: str) -> Any:
    return window.request("GET", f"/petitions/{number}/aid-cases", service="aid").json()["aid_cases"]


def test_what_is_linked_before_is_not_asked_aid_for(system: Stack, window: Window) -> None:
    """The letter to aid itself does not go; that there is hardship may be noted."""
    claim, accusation = window.number(line="judicial_aid"), accuse(window, "A08")
    link(window, claim, accusation)
    refused = window.act(claim, "hardship", situations=SITUATIONS, wish=True)
    assert (409, HELD, NEUTRAL) == (refused.status_code, refused.json()["type"], refused.json()["detail"])
    done(window.act(claim, "hardship", situations=SITUATIONS, wish=False))


FOOD = {
    "kind": "claim",
    "line": "other",
    "title": "食堂过期肉",
    "statement": "公办二小食堂用过期肉。",
    "respondents": [{"unit": "A13", "name": "市场监管所"}],
}
BRIBE = {
    "kind": "accusation",
    "line": "complaint_appeal",
    "title": "校长收回扣",
    "statement": "听说校长收供货商回扣。",
    "typed_anyway": True,
    "respondents": [{"unit": "A12", "name": "二小校长"}],
}
COSTS = {"kind": "claim", "line": "other", "title": "住院费", "statement": "孩子住院花3260元。"}
IDEA = {"kind": "proposal", "line": "other", "title": "陪餐", "statement": "建议家长轮流陪餐。"}


def test_a_letter_split_in_four_lets_no_part_go_unseen(system: Stack, window: Window, chief: Window) -> None:
    """Matter 12: nothing of the food part leaves, nor tells anybody who handles it that its writer accuses somebody."""
    desk = Window(system, "window", "900100")
    contact = recorded(desk, channel="call", text="食堂、校长、住院费、陪餐")
    made = done(becomes(desk, contact, "split", petitioner=PETITIONER, parts=[FOOD, BRIBE, COSTS, IDEA]))
    food, bribe, costs, idea = [each["number"] for each in made["petitions"]]
    done(Window(system, "handler", "900106", department="D06").act(bribe, "accept", department="D06"))
    handler = Window(system, "handler", "900105", department="D05")
    done(handler.act(food, "accept", department="D05"))
    hold_came(system, food)
    for part in (food, costs, idea):
        for to in ("A13", "A12", "A04", "A02"):
            basis = "regulation_29" if part == idea else "regulation_31"
            refused = handler.act(part, "refer", to=to, basis=basis, petitioner_wish=True)
            assert (409, NEUTRAL) == (refused.status_code, refused.json()["detail"]), (part, to)
    shown = window.request("GET", f"/petitions/{food}/receivers", service="referral").json()["receivers"]
    assert {(False, None, "held", NEUTRAL)} == {
        (each["lawful"], each["suggested"], each["reason"], each["reason_zh"]) for each in shown
    }
    seen = handler.look(food)
    assert {"sentence": NEUTRAL} == seen["held"]
    assert NEUTRAL in sentences(handler, food)
    for reader in (handler, desk):
        about = reader.look(food)
        told = str([about["held"], about["timeline"]])
        assert not [each for each in (*TELLING, bribe, "A12", "校长") if each in told], told
    # who reads all parts knows why
    assert [bribe] == chief.look(food)["held"]["because"]
    assert ["A12"] == chief.look(food)["held"]["barred"]
    assert chief.look(bribe)["held"] is None


def test_only_who_covers_both_lets_it_go_and_never_to_the_accused(system: Stack, window: Window, chief: Window) -> None:
    """The handler of one alone is told what everybody is; the chief names a receiver, and that one has it."""
    labour = Agency(system, "A13")
    claim, accusation = window.number(), accuse(window, "A06-1")
    handler = Window(system, "handler", "900105", department="D05")
    done(Window(system, "handler", "900106", department="D06").act(accusation, "accept", department="D06"))
    link(window, claim, accusation)
    hold_came(system, claim)
    refused = release(handler, claim, "A13")
    assert (403, NEUTRAL) == (refused.status_code, refused.json()["detail"])
    assert accusation not in refused.text
    assert 403 == release(window_of(system), claim, "A13").status_code
    done(release(chief, claim, "A13"))
    done(release(chief, claim, "A06"))
    assert ["released", "refused"] == [judged(chief, claim, to) for to in ("A13", "A06")]
    assert [True, False] == [each["reason"] is None for each in receivers(window, claim, "A13", "A06")]
    told = str(handler.look(claim)["timeline"])
    assert "A06" not in told, "that one was asked for and did not come would tell whom it hits"
    until(lambda: stored(system, "referral", "SELECT released ? 'A13' FROM guarded WHERE petition = :n", n=claim), "it")
    done(window.refer(claim, "A13"))
    assert claim == labour.hear("referral.offered.v1", lambda data: data["petition"] == claim)["data"]["petition"]
    # something more belongs to it: what was let go is looked at anew, and nothing more leaves for who has it
    link(window, claim, accuse(window, "A14"))
    until(lambda: receivers(window, claim, "A13")[0]["reason"] == "held", "held anew")
    number = window.referral(claim)["number"]
    urged = window.request("POST", f"/referrals/{number}/urge", service="referral", json={})
    assert (409, NEUTRAL) == (urged.status_code, urged.json()["detail"])


def window_of(system: Stack) -> Window:
    return Window(system, "window", "900100")


def receivers(window: Window, number: str, *codes: str) -> list[dict[str, Any]]:
    found = window.request("GET", f"/petitions/{number}/receivers", service="referral").json()["receivers"]
    by_code = {each["agency"]: each for each in found}
    return [by_code[code] for code in codes]


def test_a_claim_about_the_accused_organ_itself_goes_there_when_confirmed(
    system: Stack, window: Window, chief: Window
) -> None:
    """By law it is the one to answer; a head of department or the chief says so a second time, nobody else can."""
    police = Agency(system, "A06")
    claim = window.number(line="criminal_appeal", respondents=[{"unit": "A06", "name": None}])
    link(window, claim, accuse(window, "A06-1"))
    handler = Window(system, "handler", "900105", department="D05")
    assert 403 == release(handler, claim, "A06", confirmed=True).status_code
    done(release(chief, claim, "A06"))
    assert "refused" == judged(chief, claim, "A06")
    done(release(chief, claim, "A06", confirmed=True))
    assert "released" == judged(chief, claim, "A06")
    until(lambda: stored(system, "referral", "SELECT released ? 'A06' FROM guarded WHERE petition = :n", n=claim), "it")
    done(window.refer(claim, "A06"))
    police.hear("referral.offered.v1", lambda data: data["petition"] == claim)
    # beside a reporter who asked for secrecy, never
    other = window.number(line="criminal_appeal", respondents=[{"unit": "A06", "name": None}])
    link(window, other, accuse(window, "A06-1", secrecy=True))
    done(release(chief, other, "A06", confirmed=True))
    assert "refused" == judged(chief, other, "A06")


def test_a_late_link_stops_what_is_already_there(system: Stack, window: Window, chief: Window) -> None:
    """The police have the claim; from the link on no supplement, no urging, no file, no offer on request."""
    police = Agency(system, "A06")
    claim = window.number()
    done(window.request("POST", f"/petitions/{claim}/files", params={"name": "收据.pdf"}, data=PDF,
                        headers={"Content-Type": "application/pdf"}))  # fmt: skip
    done(window.refer(claim, "A06"))
    offer = police.hear("referral.offered.v1", lambda data: data["petition"] == claim)["data"]
    (file,) = offer["files"]
    granted = "SELECT count(*) FROM file_grant JOIN file ON file.id = file WHERE petition = :n"
    until(lambda: stored(system, "intake", granted, n=claim), "the file's grant")
    link(window, accuse(window, "A06"), claim)
    hold_came(system, claim)
    fetched = requests.get(
        f"{system.url('intake')}/files/{hashlib.sha256(PDF).hexdigest()}",
        headers={"Authorization": f"Bearer {file['token']}"},
        timeout=15,
    )
    assert 403 == fetched.status_code
    quiet(police)
    done(becomes(window, recorded(window), "join", petition=claim, joining="supplement"))
    for what, body in (("urge", {}), ("material", {"text": SAID})):
        answer = window.request("POST", f"/referrals/{offer['referral']}/{what}", service="referral", json=body)
        assert (409, NEUTRAL) == (answer.status_code, answer.json()["detail"])
    police.say("inbox.resync.v1", {}, subject="x")
    later = window.number()
    done(window.refer(later, "A06"))
    seen = police.hear("referral.offered.v1", lambda data: data["petition"] in (claim, later))["data"]
    assert later == seen["petition"], "the claim was offered once more"
    quiet(police, about=SAID)
    # it may be taken back
    done(window.request("POST", f"/referrals/{offer['referral']}/recall", service="referral", json={}))


@pytest.fixture
def from_before(system: Stack, window: Window) -> tuple[str, str]:
    """Two that older code linked: there was nobody who held them."""
    claim, accusation = window.number(), accuse(window, "A08")
    row = """INSERT INTO link (petition, "to", reason, recorded_at, officer)
             VALUES (:claim, :accusation, 'related', now(), '900001')"""
    stored(system, "intake", row, claim=claim, accusation=accusation)
    return claim, accusation


def test_what_was_linked_before_is_held_once(system: Stack, window: Window, from_before: tuple[str, str]) -> None:
    """By itself, soon after the upgrade, in every service; looked at once."""
    claim, accusation = from_before
    hold_came(system, claim)
    assert (409, NEUTRAL) == (
        (refused := window.refer(claim, "A09")).status_code,
        refused.json()["detail"],
    )
    assert 1 == window.steps(claim).count("petition.held.v1")
    assert "petition.held.v1" not in window.steps(accusation)


def test_the_window_and_the_station_are_not_told_whom_it_hits(system: Stack, window: Window) -> None:
    """They register and answer the door; they may not read what was said, nor find it in the steps."""
    number = accuse(window, "A06-1", service_point="SP-QINGXI")
    assert 409 == window.refer(number, "A06", "regulation_30").status_code
    done(window.act(number, "walls", reason="recused", officer="900103", department="D03"))
    for reader in (window_of(system), Window(system, "station", "900120", service_point="SP-QINGXI")):
        seen = reader.look(number)
        assert not [code for code in ("A06", "公安局", "D03", "accused") if code in str(seen["timeline"])]
        assert [("recused", None)] == [(each["reason"], each["department"]) for each in seen["walls"]]
        listed = reader.request("GET", "/petitions").json()["petitions"]
        assert "D03" not in str([each for each in listed if each["number"] == number])
    assert "A06-1" in str(window.look(number)["timeline"])


def test_a_name_that_is_another_units_is_warned_of_and_goes_the_narrow_way(window: Window) -> None:
    """The code says labour, the name the police: neither house may have it, and of the others only who hears all."""
    made = done(
        window.register(
            kind="accusation", line="complaint_appeal", respondents=[{"unit": "A09", "name": "枫禾县公安局某"}]
        )
    )
    assert [each for each in made["warnings"] if "县公安局" in each and "A09" in each]
    until(lambda: window.request("GET", f"/petitions/{made['number']}/receivers", service="referral").ok, "there")
    found = receivers(window, made["number"], "A06", "A09", "A10", "A02")
    assert ["accused", "accused", "unknown", None] == [each["reason"] for each in found]
