"""What is to be done inside our office reaches who must act; reception days, led cases and visitors' guides."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import requests
from county import BOXES, Window, done, sentences, today, until

from statute import SHANGHAI
from tools.dev.stack import Stack


def tasks(window: Window, number: str, **asked: str) -> dict[str, dict[str, Any]]:
    """By kind, those of a petition that the officer finds in the list."""
    found = done(window.request("GET", "/tasks", params={"petition": number, **asked}))
    assert found["total"] == len(found["tasks"])
    return {each["kind"]: each for each in found["tasks"]}


def test_a_red_reaches_the_chief_in_person_and_stays_until_it_is_done(system: Stack) -> None:
    """Four duties with owner and day; the chief reads it in their own notices; ended by whose it is, with a record."""
    window, chief = Window(system, "window", "900100"), Window(system, "chief", "900000")
    handler = Window(system, "handler", "900105", department="D05")
    number = window.number()
    done(handler.act(number, "accept", department="D05"))
    done(window.act(number, "risk", facts=["threat_to_life"]))
    found = tasks(window, number)
    assert {"report_chief", "report_above", "report_party_government", "emergency_plan"} == set(found)
    assert ("900000", None) == (found["report_chief"]["officer"], found["report_chief"]["department"])
    assert "D05" == found["report_above"]["department"]
    assert "900002" == found["emergency_plan"]["officer"], "the leader in charge of D05"
    assert all(each["due"] > today().isoformat() and not each["overdue"] for each in found.values())
    assert "report_chief" in tasks(chief, number, scope="mine")
    assert {"report_above"} == set(tasks(handler, number, scope="mine")), "one's department's of what one handles"

    def own() -> list[str]:
        notices = done(chief.request("GET", "/officers/notices", "notify", params={"holder": "me"}))["notices"]
        return [item["sentence"] for each in notices for item in each["items"] if item["petition"] == number]

    moment = until(lambda: own() or _night(), "the chief's own notice")
    assert moment is True or any("有任务待办" in each for each in moment)
    report = f"/tasks/{found['report_chief']['task']}"
    seen = [done(who.request("GET", report))["allowed_actions"] for who in (chief, handler, window)]
    assert [["done", "impossible", "give"], [], []] == [[each["action"] for each in offered] for offered in seen]
    assert 403 == handler.request("POST", f"{report}/done", json={"record": "替办"}).status_code
    done(Window(system, "leader", "900002").act(number, "risk/lower", colour="none", reason="已当面沟通"))
    assert set(found) == set(tasks(window, number)), "lowered, it is all still to be done"
    ended = done(chief.request("POST", f"{report}/done", json={"record": "已听取汇报，指定副检察长包案"}))
    assert ("已办结", "已听取汇报，指定副检察长包案") == (ended["state_zh"], ended["records"][0]["text"])
    assert 409 == chief.request("POST", f"{report}/impossible", json={"record": "再办"}).status_code
    again = done(chief.request("POST", f"{report}/reopen", json={"due": today().isoformat(), "reason": "情况有变"}))
    assert ["done", "reopened"] == [each["what"] for each in again["records"]]
    told = [each for each in sentences(window, number) if "任务" in each]
    assert "任务已办结：立即报告检察长，由院领导包案" in told
    assert f"任务重新开启：立即报告检察长，由院领导包案（{today()} 前办理）" in told
    assert not [each for each in told if "已听取汇报" in each or "900000" in each]


def _night() -> bool:
    return not 8 <= datetime.now(SHANGHAI).hour < 21


def test_a_lead_is_seen_by_the_department_that_has_it_and_never_over_a_wall(system: Stack) -> None:
    """The petition stays another's; the department the county's file names has the lead, once."""
    window, handler = Window(system, "window", "900100"), Window(system, "handler", "900105", department="D05")
    number = window.number()
    done(handler.act(number, "accept", department="D05"))
    for _ in range(2):
        done(handler.act(number, "liability", **(BOXES | {"criminal": True, "civil": False})))
    found = tasks(handler, number)
    assert {"liability_criminal"} == set(found)
    lead = found["liability_criminal"]
    assert ("D01", "审查刑事责任线索，提出是否立案或者移送的意见") == (lead["department"], lead["title"])
    theirs = Window(system, "handler", "900107", department="D01")
    others = Window(system, "handler", "900111", department="D04")
    assert 403 == theirs.request("GET", f"/petitions/{number}").status_code
    assert {"liability_criminal"} == set(tasks(theirs, number))
    assert {} == tasks(others, number)
    assert 403 == others.request("GET", f"/tasks/{lead['task']}").status_code
    done(window.act(number, "walls", reason="recused", officer="900107"))
    assert {} == tasks(theirs, number)
    assert 403 == theirs.request("POST", f"/tasks/{lead['task']}/done", json={"record": "已查"}).status_code
    done(window.act(number, "walls", reason="recused", department="D01"))
    assert "D05" == tasks(handler, number)["liability_criminal"]["department"], "it falls back to who has the petition"
    head = Window(system, "department_head", "900108", department="D05")
    given = head.request("POST", f"/tasks/{lead['task']}/give", json={"officer": "900107", "reason": "熟悉"})
    assert (422, "officer") == (given.status_code, given.json()["field"])
    given = head.request("POST", f"/tasks/{lead['task']}/give", json={"officer": "900106", "reason": "熟悉"})
    assert "900106" == done(given)["officer"]


def test_a_visitor_without_a_petition_is_received(system: Stack) -> None:
    """Booked by name and phone, seen by who books and who receives; what is decided is a task in the end."""
    window, leader = Window(system, "window", "900100"), Window(system, "leader", "900003")
    day = done(window.request("POST", "/receptions", json={"day": today().isoformat(), "leader": "900003", "places": 2,
                                                            "begins": "09:00", "room": "信访接待室"}))  # fmt: skip
    path, visitors = (f"/receptions/{day['reception']}/{what}" for what in ("bookings", "visitors"))
    visitor = {"name": "石来访", "phone": "199-0000-1208", "matter": "反映宅基地纠纷"}
    assert 422 == window.request("POST", path, json={}).status_code
    key = {"Idempotency-Key": uuid.uuid4().hex}
    booked = done(window.request("POST", visitors, json=visitor, headers=key))
    assert 409 == window.request("POST", visitors, json=visitor).status_code
    for who, reads in ((window, True), (leader, True), (Window(system, "handler", "900105", department="D05"), False)):
        (row,) = done(who.request("GET", f"/receptions/{day['reception']}"))["bookings"]
        shown = {"name": "石来访", "phone": "199****1208", "matter": "反映宅基地纠纷"} if reads else None
        assert shown == row["visitor"], who.role
    place = f"{path}/{booked['booking']}"
    assert "+8619900001208" == done(window.request("POST", f"{place}/visitor", json={"reason": "通知改期"}))["phone"]
    assert 403 == leader.request("POST", f"{place}/visitor", json={"reason": "看看"}).status_code
    due = (today() + timedelta(days=30)).isoformat()
    decided = {"text": "查明宅基地登记情况", "due": due, "department": "D05"}
    outcome: dict[str, Any] = {"outcome": "met", "decision": "受理后一个月内答复", "tasks": [decided]}
    refused = leader.request("POST", f"{place}/outcome", json=outcome)
    assert (422, "petition") == (refused.status_code, refused.json()["field"])
    number = window.number()
    done(leader.request("POST", f"{place}/outcome", json=outcome | {"petition": number}))
    (row,) = done(leader.request("GET", f"/receptions/{day['reception']}"))["bookings"]
    assert (number, "已接访", None, "受理后一个月内答复") == (
        row["petition"], row["state_zh"], row["visitor"], row["decision"])  # fmt: skip
    again = done(window.request("POST", visitors, json=visitor, headers=key))
    assert booked["booking"] == again["booking"]
    assert [None] == [each["visitor"] for each in again["bookings"]], "who came is forgotten, by whom it is asked again"
    assert "D05" == tasks(window, number)["reception"]["department"]
    assert f"{today()} 院领导接访：已接访" in sentences(window, number)


def test_led_cases_are_listed_with_their_ticks(system: Stack) -> None:
    """Whose, since when, what is done; another leader than who is in charge needs a reason."""
    window, chief = Window(system), Window(system, "chief", "900000")
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    refused = chief.act(number, "chief-led", leader="900003")
    assert (422, "reason") == (refused.status_code, refused.json()["field"])
    assert "leader" == chief.act(number, "chief-led", leader="900105").json()["field"]
    done(chief.act(number, "chief-led", leader="900002"))
    done(chief.act(number, "chief-led/items", item="heard", done_on=today().isoformat()))
    rows = done(chief.request("GET", "/chief-led", params={"leader": "900002", "open": "true"}))["led_cases"]
    row = next(each for each in rows if each["petition"] == number)
    assert (1, 0, False) == (row["done"], row["days"], row["vacant"])
    assert {"heard"} == {each["item"] for each in row["items"] if each["done_on"]}
    done(chief.act(number, "chief-led", leader="900003", reason="分管领导外出学习"))
    leaders = window.look(number)["chief_led"]["leaders"]
    assert [None, "分管领导外出学习"] == [each["reason"] for each in leaders]
    other = Window(system, "handler", "900111", department="D04")
    assert number not in str(done(other.request("GET", "/chief-led")))


def test_anybody_reads_the_guides(system: Stack) -> None:
    """Without a token: as data, and as a page whose chart says the same as its words; 未核验 is there."""
    url = system.url("intake")
    listed = requests.get(f"{url}/guides", timeout=15).json()["guides"]
    assert len(listed) > 15
    for each in listed:
        page = requests.get(f"{url}/guides/{each['guide']}/page", timeout=15)
        assert (200, "text/html; charset=utf-8") == (page.status_code, page.headers["Content-Type"])
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert f"{each['title']}办事指南" in page.text
        assert "<script" not in page.text
    guide = requests.get(f"{url}/guides/judicial_aid", timeout=15).json()
    assert "家庭经济状况证明" in guide["bring"]
    terms = {each["rule"]: each["verified_zh"] for each in guide["terms"]}
    assert dict.fromkeys(("procedural_reply", "judicial_aid", "aid_funds_told", "legal_aid_told"), "未核验") == terms
    whole = requests.get(f"{url}/guides/judicial_aid/page", timeout=15).text
    drawn, words = whole[whole.index("<svg") : whole.index("</svg>")], whole[whole.index("</svg>") :]
    for step in guide["steps"]:
        assert step["title"] in drawn
        assert step["text"] in words
    assert "未核验" in words
    assert 'role="img"' in drawn
    assert "石桥镇检察服务站" in whole
    assert 404 == requests.get(f"{url}/guides/none", timeout=15).status_code
    assert guide["title"] in requests.get(f"{url}/guides/page", timeout=15).text
