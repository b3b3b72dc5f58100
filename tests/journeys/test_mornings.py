"""The window's, the handler's, the head's and the chief's morning, asked for by the calls of docs/pages.md alone.

A page is opened by asking each call that its table has: who is named there is answered, anybody else is refused. What
an officer looks for on the page is looked for in those answers; what they do is the action that stands in the row.
"""

import random
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from county import BOXES, CLAIM, PETITIONER, Agency, Window, done, on_day, recorded, today, until

from authorization.table import LETTERS
from tests.pages import Panel, panels
from tests.trial import filled
from tools.dev.stack import Stack

FORM = "下一步的表单"
MOST = 200  # numbers of one POST /cards
LETTER = {role: letter for letter, role in LETTERS.items()}


class Page:
    """A page as its officer sees it: the answer to each call, whole lists of all their pages."""

    def __init__(self, officer: Window, name: str, **parts: str):
        self.officer, self.name, self.parts, self.answers = officer, name, parts, dict[str, Any]()
        for panel in panels(name):
            if set(re.findall(r"{(\w+)}", panel.call)) - parts.keys():
                continue
            if str(panel) not in self.answers:
                self.answers[str(panel)] = self._ask(panel, parts)
            answer = self.answers[str(panel)]
            if answer is not None and LETTER[officer.role] not in panel.who:
                assert not [name for name in panel.shown if answer.get(name)], (str(panel), officer.role)

    def still(self, call: str, number: str, **parts: str) -> list[dict[str, Any]]:
        """The same rows when the list or the box is asked for again."""
        panel = next(each for each in panels(self.name) if str(each) == call)
        self.answers[call] = self._ask(panel, self.parts | parts)
        return self.rows(call, number)

    def _ask(self, panel: Panel, parts: dict[str, str]) -> Any:
        if panel.path == "/cards":
            return self._cards(panel)
        path, query = panel.path.format(**parts), {name: each.format(**parts) for name, each in panel.query.items()}
        answer = self.officer.request(panel.method, path, panel.service, params=query)
        every = {letter for each in panels(panel.page) if str(each) == str(panel) for letter in each.who}
        if LETTER[self.officer.role] not in every:
            assert 403 == answer.status_code, (str(panel), self.officer.role)
            return None
        assert answer.ok, (str(panel), self.officer.role, answer.text)
        if not answer.headers["Content-Type"].startswith("application/json"):
            return answer
        content: dict[str, Any] = answer.json()
        while content.get("next"):
            following = self.officer.request("GET", path, panel.service, params=query | {"after": content["next"]})
            content = {
                name: content[name] + each if isinstance(each, list) else each for name, each in done(following).items()
            }
        return content

    def _cards(self, panel: Panel) -> dict[str, Any]:
        numbers, cards = sorted(set(_numbers(self.answers))), list[dict[str, Any]]()
        for first in range(0, len(numbers), MOST):
            body = {"numbers": numbers[first : first + MOST]}
            cards += done(self.officer.request(panel.method, panel.path, panel.service, json=body))["cards"]
        return {each["number"]: each for each in cards}

    def __getitem__(self, call: str) -> Any:
        """What was answered to the call as the page has it; None to who is not named there."""
        return self.answers[call]

    def rows(self, call: str, number: str) -> list[dict[str, Any]]:
        """Those of a list or a box that are of this petition, or contact."""
        lists = [each for each in (self[call] or {}).values() if isinstance(each, list)]
        return [row for each in lists for row in each if number in map(row.get, ("petition", "number", "contact"))]

    def row(self, call: str, number: str) -> dict[str, Any]:
        (found,) = self.rows(call, number)
        return found

    def boxes(self) -> list[str]:
        """Those the officer has, in the page's order."""
        return [call.partition("box=")[2] for call, answer in self.answers.items() if "box=" in call and answer]


def _numbers(answers: Any) -> Iterator[str]:
    if isinstance(answers, list):
        for each in answers:
            yield from _numbers(each)
    elif isinstance(answers, dict):
        for name, each in answers.items():
            if name in ("petition", "number") and isinstance(each, str) and each.startswith("信"):
                yield each
            yield from _numbers(each)


def take(officer: Window, row: dict[str, Any], **known: Any) -> requests.Response:
    """The row's one action, its form filled in as it is drawn: what is required, and what `known` has."""
    step = row["action"]
    assert step is not None, row
    if step["method"] == "GET":
        return officer.request("GET", step["href"], _service_of(row))
    offered = [each for each in offers(officer, row) if each["href"] == step["href"]]
    # of several replies the one that the row says
    offer = next((each for each in offered if step["title"] in each["title"]), offered[0])
    return send(officer, offer, _service_of(row), **known)


def offers(officer: Window, row: dict[str, Any]) -> list[dict[str, Any]]:
    """What can be done with the row's thing, asked for where the page of forms says."""
    panel = _form_of(row)
    answer = done(officer.request("GET", panel.path.format(**row), panel.service))
    many = answer.get("notices", [answer])
    found: list[dict[str, Any]] = [action for each in many for action in each["allowed_actions"]]
    return found


def send(officer: Window, offer: dict[str, Any], service: str = "intake", **known: Any) -> requests.Response:
    listed = {each["name"]: _listed(officer, each["options"], service) for each in offer["fields"] if "options" in each}
    body = filled(offer["fields"], listed | known, random.Random(0))
    body |= {name: value for name, value in known.items() if name in body}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    return officer.request(offer["method"], offer["href"], service, json=body, headers=headers)


def _listed(officer: Window, options: str, service: str) -> list[str]:
    (rows,) = (each for each in done(officer.request("GET", options, service)).values() if isinstance(each, list))
    return [each.get("code") or each["number"] for each in rows]


def _form_of(row: dict[str, Any]) -> Panel:
    return next(each for each in panels(FORM) if row.get(each.title) is not None)


def _service_of(row: dict[str, Any]) -> str:
    return _form_of(row).service


def sees_nothing(officer: Window, number: str) -> None:
    """On no page, in no call, of one who is kept away; of the petition's own calls every one is refused."""
    for service, what in (("referral", "custody"), ("aid", "aid-cases"), ("notify", "notices")):
        path = f"/petitions/{number}/{what}"
        until(lambda path=path, service=service: officer.request("GET", path, service).status_code == 403, service)
    for page in ("每页", "今日", "院领导"):
        assert number not in str(Page(officer, page).answers), page
    flow = Page(officer, "流转")
    for tab in flow["referral GET /referral-tabs?inbound=false"]["tabs"]:
        for call in (
            "referral GET /referrals?inbound=true&tab={tab}",
            "referral GET /referrals?inbound=false&tab={tab}",
        ):
            assert not flow.still(call, number, tab=tab["tab"])
    for panel in panels("一件"):
        if "{number}" in panel.path and "{sha256}" not in panel.path:
            path, once = panel.path.format(number=number, note="0" * 32), {"Idempotency-Key": uuid.uuid4().hex}
            answer = officer.request(panel.method, path, panel.service, headers=once)
            assert 403 == answer.status_code, str(panel)
    assert [] == done(officer.request("POST", "/cards", json={"numbers": [number]}))["cards"]


def names(page: Page) -> dict[str, str]:
    """Number or code → name, as the frame of every page has them."""
    named = [*page["referral GET /agencies"]["agencies"], *page["intake GET /departments"]["departments"]]
    people = {each["number"]: each["name"] for each in page["intake GET /officers"]["officers"]}
    return people | {each["code"]: each["name"] for each in named}


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system, "window", "900100", department="D05", service_point="12309")


@pytest.fixture
def handler(system: Stack) -> Window:
    return Window(system, "handler", "900105", department="D05")


@pytest.fixture
def head(system: Stack) -> Window:
    return Window(system, "department_head", "900108", department="D05")


@pytest.fixture
def leader(system: Stack) -> Window:
    return Window(system, "leader", "900002", department="D05")


@pytest.fixture
def chief(system: Stack) -> Window:
    return Window(system, "chief", "900000")


def days_ago(days: int) -> str:
    return (today() - timedelta(days=days)).isoformat()


def late(days: int) -> dict[str, Any]:
    return {"received_on": days_ago(days), "received_reason": "补登"}


def keep_away(by: Window, number: str, officer: str) -> None:
    done(by.ask(number, "walls", officer=officer, reason="recused"))


def test_the_windows_morning(system: Stack, window: Window) -> None:
    """What was sent to us, what somebody called about, what is to be told, printed, proved; who comes today."""
    centre, submission = Agency(system, "A05"), f"访{uuid.uuid4().hex[:8]}"
    answer_by = (today() + timedelta(days=40)).isoformat()
    centre.say("petition.submitted.v1", {
        "submission": submission, "received_on": today().isoformat(), "kind": "claim", "line": "other",
        "title": "邻里通道纠纷", "statement": "通道被占", "answer_by": answer_by,
        "petitioner": {"name": "孙长根", "phone": "19900001209"},
    })  # fmt: skip
    sent = window.submitted(submission)
    contact = recorded(Window(system, "window", "900101", service_point="12309"))
    own = done(window.register(title="请求讨要工钱", pieces=2, pages=5))["number"]
    guided, rung = window.number(), window.number(petitioner=PETITIONER | {"sms_consent": False})
    done(window.act(guided, "guide", to="A12"))
    day = {"day": today().isoformat(), "leader": "900002", "places": 3, "begins": "09:30", "room": "二楼接访室"}
    reception = done(window.request("POST", "/receptions", json=day))["reception"]
    done(window.request("POST", f"/receptions/{reception}/bookings", json={"petition": own}))

    frame, page = Page(window, "每页"), Page(window, "今日")
    me, called = frame["intake GET /me"], names(frame)
    assert ("癸窗口", "第五检察部", ["窗口人员"]) == (me["name"], me["department_zh"], me["roles_zh"])
    assert {"approvals"} == {box for _, box in _boxes()} - set(page.boxes())
    cards = page["intake POST /cards"]

    unsigned = page.row("intake GET /worklist?box=in_unsigned", sent)
    assert ("县信访局", submission, today().isoformat(), answer_by) == tuple(
        unsigned[name] for name in ("partner_zh", "partner_number", "since", "due")
    )
    assert ("邻里通道纠纷", "孙长根", "199****1209") == tuple(
        cards[sent][name] for name in ("title", "petitioner", "contact")
    )
    came, flow = "referral GET /referrals?inbound=true&tab={tab}", Page(window, "流转", tab="unsigned")
    until(lambda: flow.still(came, sent), "in the flow too")
    assert ("县信访局", submission, answer_by, 0) == tuple(
        flow.row(came, sent)[name] for name in ("agency_zh", "submission", "answer_by", "days")
    )
    done(take(window, unsigned))
    assert not page.still("intake GET /worklist?box=in_unsigned", sent)
    until(lambda: not flow.still(came, sent), "signed for in the flow too")

    box = "intake GET /worklist?box=contacts"
    waiting = page.row(box, contact)
    assert ("来电待处理", None) == (waiting["sentence"], waiting["action"])
    consult = next(each for each in offers(window, waiting) if each["action"] == "consult")
    done(send(window, consult))
    assert not page.still(box, contact)

    owed = page.row("intake GET /worklist?box=owed", guided)
    assert ("应告知信访人：程序性回复", today().isoformat()) == (owed["sentence"], owed["since"])
    done(take(window, owed, means="in_person"))
    assert not page.still("intake GET /worklist?box=owed", guided)
    (paper,) = page.still("intake GET /worklist?box=to_print", guided)
    assert "待打印：告知引导单（当面送达）" == paper["sentence"]
    assert take(window, paper).headers["Content-Type"].startswith("text/html")
    assert not page.still("intake GET /worklist?box=to_print", guided)
    (unproved,) = page.still("intake GET /worklist?box=to_prove", guided)
    done(take(window, unproved))
    assert not page.still("intake GET /worklist?box=to_prove", guided)

    box = "notify GET /worklist?box=calls"
    begun = lambda: [each for each in page.still(box, rung) if each["action"]]  # noqa: E731
    (ring,) = until(begun, "a call that somebody is to make")
    assert ("登记通话结果", "收件") == (ring["action"]["title"], ring["sentence"].partition("：")[0])
    assert "发送中" in done(take(window, ring, outcome="misdialled"))["state_zh"]
    assert "已送达" == done(take(window, begun()[0], outcome="told"))["state_zh"]
    assert not page.still(box, rung)

    received = page.row("intake GET /worklist?box=receptions", own)
    assert ("丙副检", reception) == (called[received["holder"]], received["reception"])
    (coming,) = (each for each in page["intake GET /receptions"]["receptions"] if each["reception"] == reception)
    form = _form_of(received)
    assert coming == done(window.request("GET", form.path.format(**received), form.service))
    assert ("09:30", "二楼接访室", [own]) == (
        coming["begins"], coming["room"], [each["petition"] for each in coming["bookings"]],
    )  # fmt: skip
    assert ("请求讨要工钱", PETITIONER["name"], f"+86{PETITIONER['phone']}") == tuple(
        page["intake POST /cards"][own][name] for name in ("title", "petitioner", "contact")
    )

    matter = Page(window, "一件", number=own)
    shown = matter["intake GET /petitions/{number}"]
    assert ("已登记", PETITIONER["name"], None, None) == (
        shown["state_zh"], shown["petitioner"]["name"], shown["handler"], shown["first_handler"],
    )  # fmt: skip
    assert "statement" not in shown
    keep_away(window, own, "900101")
    sees_nothing(Window(system, "window", "900101", service_point="12309"), own)


def _boxes() -> list[tuple[str, str]]:
    return [(each.service, each.query["box"]) for each in panels("今日") if "box" in each.query]


def test_the_handlers_morning(system: Stack, window: Window, handler: Window) -> None:
    """What is due today, whose objection is to be ruled on; one matter whole: who has it since when, what is owed."""
    agency = Agency(system, "A12")
    fresh = window.number(title="拖欠工程款", **late(6))
    number = window.number(title="请求讨要工钱", respondents=[{"name": "钱某", "position": "包工头"}])
    done(handler.act(number, "accept", department="D05", route="litigation"))
    pdf = {"data": b"%PDF-1.7 a receipt", "headers": {"Content-Type": "application/pdf"}}
    sha256 = done(window.request("POST", f"/petitions/{number}/files", params={"name": "收据.pdf"}, **pdf))["sha256"]
    done(window.act(number, "hardship", situations=["no_income"], wish=True))
    done(handler.refer(number, "A12"))
    referral = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]["referral"]
    sent_box = "referral GET /worklist?box=out_unsigned"
    page = Page(handler, "今日")
    unsigned = page.row(sent_box, number)
    assert ("县教育局", 0, referral) == (unsigned["partner_zh"], unsigned["urged"], unsigned["referral"])
    assert unsigned["due"] >= unsigned["target"] >= today().isoformat()
    done(take(handler, unsigned))
    assert [1] == [each["urged"] for each in page.still(sent_box, number)]
    agency.reply("signed", referral)
    agency.reply("objected", referral, reason="not_competent", text="应由镇政府处理")
    until(lambda: handler.referral(number)["state"] == "objected", "objected")

    page, called = Page(handler, "今日"), names(Page(handler, "每页"))
    assert {"contacts"} == {box for _, box in _boxes()} - set(page.boxes())
    assert not page.rows(sent_box, number)

    due_box = "intake GET /worklist?box=due"
    due = page.row(due_box, fresh)
    assert ("程序性回复", "枫禾县人民检察院") == (due["rule_zh"], called[due["holder"]])
    assert due["target"] <= today().isoformat() <= due["due"]
    assert "accept" == due["action"]["action"]
    accepted = done(take(handler, due, department="D05", handler="900105"))
    assert ("已受理", "辰承办") == (accepted["state_zh"], called[accepted["handler"]])
    until(lambda: not page.still(due_box, fresh), "the petitioner is told, and nothing is due", 20)

    objected = page.row("referral GET /worklist?box=objections", number)
    assert ("县教育局", "异议待裁定：不属于本单位职责") == (objected["partner_zh"], objected["sentence"])
    flow = Page(handler, "流转", tab="objected", number=number, referral=referral)
    count = {each["tab"]: each["total"] for each in flow["referral GET /referral-tabs?inbound=false"]["tabs"]}
    listed = flow["referral GET /referrals?inbound=false&tab={tab}"]["referrals"]
    assert len(listed) == count["objected"] > 0
    (standing,) = flow.rows("referral GET /referrals?inbound=false&tab={tab}", number)
    assert ("县教育局", "异议中", 0, 1, "not_competent") == tuple(
        standing[name] for name in ("agency_zh", "state_zh", "days", "urged", "objection")
    )
    assert standing["sign_by"] >= today().isoformat()
    assert [("县教育局", "应由镇政府处理")] == [
        (each["agency_zh"], each["text"]) for each in flow["referral GET /petitions/{number}/remarks"]["remarks"]
    ]
    done(take(handler, objected, ruling="overruled"))
    assert not page.still("referral GET /worklist?box=objections", number)
    assert not flow.still("referral GET /referrals?inbound=false&tab={tab}", number)

    matter = Page(handler, "一件", number=number, sha256=sha256)
    shown = matter["intake GET /petitions/{number}"]
    assert ("辰承办", "第五检察部", {"department": "D05", "handler": "900105"}) == (
        called[shown["handler"]], called[shown["department"]], shown["first_handler"],
    )  # fmt: skip
    assert ("请求讨要工钱", PETITIONER["name"], CLAIM["statement"]) == (
        shown["title"], shown["petitioner"]["name"], shown["statement"],
    )  # fmt: skip
    assert [("钱某", "包工头")] == [(each["name"], each["position"]) for each in shown["respondents"]]
    assert [("收据.pdf", sha256)] == [(each["name"], each["sha256"]) for each in shown["files"]]
    assert b"%PDF-1.7 a receipt" == matter["intake GET /petitions/{number}/files/{sha256}"].content
    (held,) = matter["referral GET /petitions/{number}/custody"]["custody"]
    assert ("枫禾县人民检察院", today().isoformat()) == (held["agency_zh"], on_day(held["since"]))
    duties = {each["rule_zh"]: each for each in matter["intake GET /petitions/{number}/clocks"]["clocks"]}
    outcome = next(each for each in duties.values() if each["rule"] == "outcome_promise")
    assert ("D05", "900105", "running") == (outcome["holder"], outcome["officer"], outcome["state"])
    assert outcome["due"] == shown["outcome_by"]
    theirs = matter["referral GET /petitions/{number}/clocks"]["clocks"]
    assert {("A12", referral)} == {(each["holder"], each["referral"]) for each in theirs if each["duty"] == "receiver"}
    assert ["outcome_reply"] == [each["reply"] for each in matter["intake GET /petitions/{number}/owed"]["owed"]]
    (case,) = matter["aid GET /petitions/{number}/aid-cases"]["aid_cases"]
    assert ["家庭无稳定收入"] == case["situations_zh"]
    assert "受理" in [each["about_zh"] for each in matter["notify GET /petitions/{number}/notices"]["notices"]]
    keep_away(handler, number, "900106")
    sees_nothing(Window(system, "handler", "900106", department="D05"), number)


def test_the_heads_morning(system: Stack, window: Window, handler: Window, head: Window, leader: Window) -> None:
    """What waits for a word, what has nobody, what is to be reported; what lies a level above, the leader decides."""
    refused = window.number(title="不服法院判决")
    asked = done(handler.ask(refused, "not-accept", reason="not_ours"))["approval"]["id"]
    unheld = window.number(title="请求支持起诉")
    done(window.act(unheld, "risk", facts=["threat_to_life"]))
    done(handler.act(unheld, "accept", department="D05"))
    done(handler.act(unheld, "handler", handler=None))

    page, called = Page(head, "今日"), names(Page(head, "每页"))
    waiting = page.row("intake GET /worklist?box=approvals", refused)
    assert ("提请审批：不予受理", asked, today().isoformat()) == (
        waiting["sentence"], waiting["approval"], on_day(waiting["since"]),
    )  # fmt: skip
    assert "不服法院判决" == page["intake POST /cards"][refused]["title"]
    whole = done(take(head, waiting))
    assert ({"reason": "not_ours"}, ["approve", "refuse"], "辰承办") == (
        whole["given"], whole["can"], called[whole["asked_by"]],
    )  # fmt: skip
    done(head.request("POST", f"/approvals/{asked}/approve", json={}))
    assert not page.still("intake GET /worklist?box=approvals", refused)

    nobodys = "intake GET /petitions?unheld=true&scope=department"
    assert "已受理" == page.row(nobodys, unheld)["state_zh"]
    assert page["intake POST /cards"][unheld]["handler"] is None
    names_one = next(
        each for each in Page(head, "一件", number=unheld)["intake GET /petitions/{number}"]["allowed_actions"]
        if each["action"] == "set-handler"
    )  # fmt: skip
    done(send(head, names_one, handler="900105"))
    assert not page.still(nobodys, unheld)
    matter = Page(head, "一件", number=unheld)
    (outcome,) = (
        each for each in matter["intake GET /petitions/{number}/clocks"]["clocks"] if each["rule"] == "outcome_promise"
    )
    before = outcome["held_before"][-1]
    assert ("辰承办", None, today().isoformat()) == (
        called[outcome["officer"]], before["officer"], on_day(before["until"]),
    )  # fmt: skip
    told = matter["intake GET /petitions/{number}"]["timeline"]
    assert ("指定承办人（承办人 900105）", "900108") in [(each["sentence"], each["officer"]) for each in told]

    box = "intake GET /worklist?box=tasks"
    (report,) = (each for each in page.rows(box, unheld) if "报告上一级人民检察院" in each["sentence"])
    assert ("第五检察部", "read") == (called[report["holder"]], report["action"]["action"])
    assert report["due"] > today().isoformat()
    ends = next(each for each in done(take(head, report))["allowed_actions"] if each["action"] == "done")
    done(send(head, ends))
    assert report["task"] not in [each["task"] for each in page.still(box, unheld)]

    done(handler.act(unheld, "liability", **BOXES))
    done(handler.ask(unheld, "conclude", result="supported"))
    above = Page(leader, "今日")
    assert "辰承办" == called[above["intake POST /cards"][unheld]["handler"]]
    concluding = above.row("intake GET /worklist?box=approvals", unheld)
    assert "提请审批：审结" == concluding["sentence"]
    done(leader.request("POST", f"/approvals/{concluding['approval']}/approve", json={}))
    assert not above.still("intake GET /worklist?box=approvals", unheld)
    plan = next(each for each in above.rows(box, unheld) if "应急预案" in each["sentence"])
    assert "丙副检" == called[plan["holder"]]
    assert not page.still("intake GET /worklist?box=approvals", unheld)
    keep_away(handler, unheld, "900108")
    sees_nothing(head, unheld)


def test_the_chiefs_morning(system: Stack, window: Window, handler: Window, leader: Window, chief: Window) -> None:
    """What is red and whether its plan is made, what is late and whose, what is led, what waits for a word."""
    number = window.number(title="扬言跳楼讨薪", **late(120))
    done(handler.act(number, "accept", department="D05"))
    done(window.act(number, "risk", facts=["threat_to_life"]))
    done(chief.act(number, "chief-led", leader="900002"))
    done(window.act(number, "hardship", situations=["no_income"], wish=True))
    wall = done(window.ask(number, "walls", officer="900003", reason="recused"))["approval"]["id"]
    aid_box = "aid GET /worklist?box=to_decide"
    day = Page(chief, "今日")
    until(lambda: day.still(aid_box, number), "an aid case")
    page, called = Page(chief, "院领导"), names(Page(chief, "每页"))
    red = page.row("intake GET /risks", number)
    assert ("红色", "扬言伤害自己或者他人") == (red["colour_zh"], red["reasons"][0])
    assert today().isoformat() == on_day(page.row("intake GET /worklist?box=red", number)["since"])
    plan = page.row("intake GET /tasks?kind=emergency_plan", number)
    assert ("丙副检", False, "待办") == (called[plan["officer"]], plan["overdue"], plan["state_zh"])
    (due,) = (each for each in page.rows("intake GET /worklist?box=due", number) if each["rule"] == "outcome_promise")
    assert ("第五检察部", "辰承办") == (
        called[due["holder"]], called[page["intake POST /cards"][number]["handler"]],
    )  # fmt: skip
    assert due["duty"]
    assert "已逾期" in due["sentence"]
    assert page["intake GET /petitions?overdue=true"]["total"] >= 0
    asked_of = {"day_from": due["due"], "day_until": due["due"], "department": "D05"}

    def promise() -> dict[str, Any] | None:
        # that the day went by is written by the next look at the clocks
        rates = {each["rule"]: each for each in done(chief.request("GET", "/rates", params=asked_of))["rates"]}
        return rates["outcome_promise"] if rates["outcome_promise"]["late"] else None

    rate = until(promise, "a period missed")
    assert rate["due"] >= rate["late"]
    assert all(each["due"] >= each["late"] for each in page["intake GET /rates"]["rates"])
    led = page.row("intake GET /chief-led?open=true", number)
    assert ("丙副检", 0, 0, False) == (called[led["leader"]], led["days"], led["done"], led["vacant"])
    assert 11 == len(led["items"])
    asked = page.row("intake GET /approvals", number)
    assert (wall, "癸窗口", ["approve", "refuse"]) == (asked["id"], called[asked["asked_by"]], asked["can"])

    tick = next(
        each for each in Page(leader, "一件", number=number)["intake GET /petitions/{number}"]["allowed_actions"]
        if each["action"] == "tick-item"
    )  # fmt: skip
    done(send(leader, tick))
    done(chief.request("POST", f"/approvals/{wall}/approve", json={}))
    assert [1] == [each["done"] for each in page.still("intake GET /chief-led?open=true", number)]
    assert not page.still("intake GET /approvals", number)

    report = next(
        each for each in day.rows("intake GET /worklist?box=tasks", number) if "报告检察长" in each["sentence"]
    )
    assert "甲检察长" == called[report["holder"]]
    ends = next(each for each in done(take(chief, report))["allowed_actions"] if each["action"] == "done")
    done(send(chief, ends))
    assert not page.still("intake GET /tasks?kind=report_chief", number)
    deciding = day.row(aid_box, number)
    done(take(chief, deciding))
    lowers = day.row("intake GET /worklist?box=red", number)
    done(take(chief, lowers))
    assert not day.still(aid_box, number) + day.still("intake GET /worklist?box=red", number)
    assert not page.still("intake GET /risks", number)
    sees_nothing(Window(system, "leader", "900003"), number)
