"""The moves of a referral between several agencies, over the bus: passed on, reworked, urged, added to, voided."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from county import CLAIM, Agency, Window, until

from tools.dev import stack
from tools.dev.stack import Stack


def offered(window: Window, agency: Agency) -> tuple[str, str]:
    """A claim handed to an agency: its number and the referral's."""
    number = window.number()
    assert window.refer(number, agency.code).status_code == 200
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    return number, offer["referral"]


def act(window: Window, referral: str, action: str, **body: Any) -> Any:
    return window.request("POST", f"/referrals/{referral}/{action}", service="referral", json=body)


def state(window: Window, referral: str) -> str:
    found: str = window.request("GET", f"/referrals/{referral}", service="referral").json()["state"]
    return found


def test_what_is_passed_on_goes_with_all_that_came_late(system: Stack) -> None:
    """The successor gets the same material and what was added since; custody is its own when it accepts."""
    window, first, second = Window(system), Agency(system, "A12"), Agency(system, "A13")
    number, referral = offered(window, first)
    first.reply("signed", referral)
    until(lambda: state(window, referral) == "signed", "signed")
    assert act(window, referral, "material", text="补交收据一张").status_code == 200
    assert "补交收据一张" == first.hear("referral.material_added.v1")["data"]["text"]
    first.reply("pass_on", referral, to="A12", text="转自己")
    assert "to" == first.hear("message.rejected.v1")["data"]["field"]
    first.reply("pass_on", referral, to="A13", text="属市场监管职责")
    offer = second.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    assert CLAIM["statement"] == offer["material"]["statement"]
    assert "补交收据一张" == second.hear("referral.material_added.v1")["data"]["text"]
    second.reply("signed", offer["referral"])
    second.reply("accepted", offer["referral"])
    until(lambda: window.look(number)["state"] == "handling", "taken up by the successor")
    assert ("passed_on", "A13") == (state(window, referral), window.look(number)["referred_to"])
    assert ["A00", "A13"] == window.holders(number)


def test_an_answer_that_does_not_do_is_completed(system: Stack) -> None:
    """Answered, sent back, urged, suspended, resumed, answered again; only then can the petition be concluded."""
    window, agency = Window(system), Agency(system, "A12")
    number, referral = offered(window, agency)
    for step in ("signed", "accepted"):
        agency.reply(step, referral)
    agency.reply("answered", referral, result="supported", text="已办")
    until(lambda: state(window, referral) == "answered", "answered")
    assert act(window, referral, "rework", text="请说明金额").status_code == 200
    assert "请说明金额" == agency.hear("referral.rework.v1")["data"]["text"]
    until(lambda: "referral.rework.v1" in window.steps(number), "told to intake")
    assert 409 == window.act(number, "conclude", result="supported").status_code
    assert act(window, referral, "urge").json()["urged"] == 1
    assert 1 == agency.hear("referral.urged.v1")["data"]["times"]
    agency.reply("progress", referral, text="等待鉴定", suspended=True)
    agency.reply("progress", referral, text="鉴定已出")
    agency.reply("answered", referral, result="supported", text="欠薪11.6万元已付")
    until(lambda: state(window, referral) == "answered", "answered again")
    expected = {"退回 县教育局 补办", "第 1 次催办 县教育局", "县教育局 中止办理", "县教育局 恢复办理"}
    until(lambda: expected <= {step["sentence"] for step in window.look(number)["timeline"]}, "told to intake")


def test_what_is_voided_is_ours_again(system: Stack) -> None:
    """Also after custody had moved; only a chief approves."""
    window, agency = Window(system), Agency(system, "A12")
    number, referral = offered(window, agency)
    for step in ("signed", "accepted"):
        agency.reply(step, referral)
    until(lambda: state(window, referral) == "accepted", "accepted")
    assert 403 == act(Window(system, "handler"), referral, "void", reason="misdirected").status_code
    assert 200 == act(window, referral, "void", reason="misdirected").status_code
    agency.hear("referral.recalled.v1")
    until(lambda: window.look(number)["state"] == "registered", "back with us")
    assert ["A00", "A12", "A00"] == window.holders(number)


def test_of_two_who_act_at_once_one_wins(system: Stack) -> None:
    """The loser gets 409 with the present state and what is lawful now."""
    window, agency = Window(system), Agency(system, "A12")
    _, referral = offered(window, agency)
    for step, text in (("signed", {}), ("objected", {"reason": "not_competent", "text": "不属职责"})):
        agency.reply(step, referral, **text)
    until(lambda: state(window, referral) == "objected", "objected")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda r: act(window, referral, "rule", ruling=r), ["upheld", "overruled"] * 2))
    assert [200, 409, 409, 409] == sorted(answer.status_code for answer in answers)
    lost = next(answer.json() for answer in answers if answer.status_code == 409)
    assert state(window, referral) == lost["state"]
    expected = {"material", "urge", "recall", "void"} if lost["state"] == "signed" else set()
    assert expected == {action["action"] for action in lost["allowed_actions"]}


def test_custody_is_whole_when_all_of_it_is_checked(system: Stack) -> None:
    """The operator's command, over everything the stories before left."""
    number = Window(system).number()
    assert ["A00"] == Window(system).holders(number)
    checked = stack.command(system, "referral", "custody", "check", "--json")
    found = json.loads(checked.stdout)
    assert (0, []) == (checked.returncode, found["wrong"])
    assert found["petitions"] >= 1
    plain = stack.command(system, "referral", "custody", "check")
    assert f"核对 {found['petitions']} 件，承办记录完整：任一时刻有且只有一个承办单位" in plain.stdout


def test_who_only_helps_or_hears_of_it_never_has_it(system: Stack) -> None:
    """协办 and 抄送 get the fields their basis names and no other; custody, state and petitioner hear nothing of it."""
    window, police, labour = Window(system), Agency(system, "A06"), Agency(system, "A05")
    number = window.number()
    refused = window.act(number, "involve", to="A06", purpose="assist", basis="regulation_31")
    assert (422, "basis", ["cooperation", "procedure_54"]) == (
        refused.status_code, refused.json()["field"], refused.json()["known"],
    )  # fmt: skip
    for agency, purpose, fields in ((police, "assist", ["statement", "title"]), (labour, "information", ["title"])):
        body = {"to": agency.code, "purpose": purpose, "basis": "cooperation"}
        assert 200 == window.act(number, "involve", **body).status_code
        offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
        assert (purpose, fields) == (offer["purpose"], sorted(offer["material"]))
        agency.reply("signed", offer["referral"])
    until(lambda: window.steps(number).count("referral.signed.v1") == 2, "both signed")
    assert "registered" == window.look(number)["state"]
    assert ["A00"] == window.holders(number)
    assert "transferred" not in window.notices(number)
