"""Before acceptance: who comes and as what, which line it is, what is asked, and the way it goes."""

from typing import Any

import pytest
from county import PETITIONER, Window, done, today

from tools.dev.stack import Stack


def person(name: str, phone: str = "19900001210") -> dict[str, Any]:
    return {"name": name, "phone": phone}


def test_the_answers_to_a_lines_questions_advise_and_decide_nothing(system: Stack) -> None:
    """What is lacking, or where to turn, with its law; the officer accepts against it all the same."""
    window = Window(system)
    lines = {each["sheet"]: each for each in window.request("GET", "/lines").json()["lines"]}
    assert 8 == len(lines)
    assert "立案监督" in [sub["sheet_zh"] for sub in lines["complaint_appeal"]["subs"]]
    assert 422 == window.register(line="support_prosecution", sub_line="judgment").status_code
    number = window.number(line="civil_supervision", sub_line="judgment")
    asked = window.request("GET", f"/petitions/{number}/admission").json()
    assert ("裁判结果", None) == (asked["sheet_zh"], asked["advised"])
    assert {None} == {check["verified_zh"] for check in asked["checks"]}, "规则 20, 27 were read"
    other = window.request("GET", f"/petitions/{window.number()}/admission").json()
    assert "未核验" in [check["verified_zh"] for check in other["checks"]]
    assert "answers.nothing" == window.act(number, "admission", answers={"nothing": True}).json()["field"]
    hint = window.act(number, "admission", answers={"retrial_asked": False, "in_time": False}).json()["advised"]
    assert "not_ours" == hint["result"]
    assert {"先向人民法院申请再审", "超过两年申请监督的期限", None} == {each["text"] for each in hint["reasons"]}
    assert all(each["law"] for each in hint["reasons"])
    answers = {check["check"]: check["yes"]["result"] == "accept" for check in asked["checks"]}
    assert "accept" == window.act(number, "admission", answers=answers).json()["advised"]["result"]
    assert "核对受理条件：不属本院受理，宜告知引导" in [step["sentence"] for step in window.look(number)["timeline"]]
    shown = window.act(number, "accept", department="D05", route="litigation").json()
    assert ("涉法涉诉", "裁判结果") == (shown["route_zh"], shown["sub_line_zh"])
    assert 409 == window.act(number, "admission", answers=answers).status_code


def test_only_a_claim_has_one_of_the_six_routes(system: Stack) -> None:
    """条例 31; and an accusation of nobody is registered with a doubt."""
    window = Window(system)
    number = window.number(kind="accusation", line="complaint_appeal", sub_line="report")
    refused = window.act(number, "accept", department="D05", route="litigation")
    assert (422, "route") == (refused.status_code, refused.json()["field"])
    assert window.look(number)["warnings"]
    claim = window.number()
    assert [] == window.look(claim)["warnings"]
    body = {"to": "A12", "basis": "regulation_31", "petitioner_wish": True, "route": "statutory_duty"}
    assert "履行法定职责" == window.act(claim, "refer", **body).json()["route_zh"]


def test_those_who_come_together_are_each_kept_and_the_first_is_told(system: Stack) -> None:
    """Joint petitioners, and a group's five representatives of its seven."""
    window = Window(system)
    joint = window.number(party="joint", others=[person("石小川", "19900001211")])
    shown = window.look(joint)
    assert ("共同信访人", 2, ["石小川"]) == (
        shown["party_zh"],
        shown["group_size"],
        [each["name"] for each in shown["others"]],
    )
    group = window.number(party="group", group_size=7, others=[person(f"代表{n}") for n in "乙丙丁戊"])
    assert (7, 4) == (window.look(group)["group_size"], len(window.look(group)["others"]))
    unit = window.number(party="organisation", organisation="枫禾县石桥建材厂")
    assert "枫禾县石桥建材厂" == window.look(unit)["organisation"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("others", {"party": "group", "others": [person(f"代表{n}") for n in "乙丙丁戊己"]}),
        ("others", {"others": [person("石小川")]}),
        ("others", {"party": "joint"}),
        ("organisation", {"party": "organisation"}),
        ("organisation", {"organisation": "石桥建材厂"}),
        ("party", {"party": "joint", "anonymous": True, "petitioner": None}),
        ("others.1.phone", {"party": "joint", "others": [person("甲"), person("乙", "1990000")]}),
    ],
)
def test_who_cannot_come_so_is_refused_by_field(system: Stack, field: str, changes: dict[str, Any]) -> None:
    """Six representatives against 条例 20, people beside an individual, a unit without its name."""
    refused = Window(system).register(**({"petitioner": PETITIONER} | changes))
    assert (422, field) == (refused.status_code, refused.json()["field"]), refused.text
    assert field != "others" or changes.get("party") != "group" or "第二十条" in refused.json()["detail"]


def test_the_way_a_claim_goes_has_its_consequence(system: Stack) -> None:
    """条例 31: on the slip with its law, on the answer as its remedy, and as a doubt where ours took on another's."""
    window = Window(system)
    ways = {each["route"]: each for each in done(window.request("GET", "/claim-routes"))["ways"]}
    assert 6 == len(ways)
    guided, taken, accusation = window.number(), window.number(), window.number(kind="accusation", line="other")
    shown = done(window.act(guided, "guide", to="A09", route="arbitration"))
    assert ways["arbitration"]["means"] == shown["route_means"]
    slip = window.request("GET", f"/petitions/{guided}/documents/guidance").text
    assert "依据《信访工作条例》（2022年）第三十一条第二项：应当通过仲裁解决" in slip
    assert "未核验" not in slip
    refused = window.act(accusation, "guide", to="A09", route="arbitration")
    assert (422, "route") == (refused.status_code, refused.json()["field"])
    warned = done(window.act(taken, "accept", department="D05", route="residual"))["warnings"]
    assert [True] == ["信访处理意见书" in each for each in warned]


def test_a_hearing_is_told_with_its_line_and_kept_as_an_act(system: Stack) -> None:
    """行政规则 74: nine steps, 人民监督员; of a line that has none no hearing can be kept."""
    window = Window(system)
    known = {each["sheet"]: each for each in done(window.request("GET", "/lines"))["lines"]}
    held = known["administrative_supervision"]["hearing"]
    assert (9, ["人民监督员"], "hearing_notice.supervision") == (len(held["steps"]), held["invites"], held["notice"])
    assert known["other"]["hearing"] is None
    body = {"kind": "hearing_held", "done_on": today().isoformat(), "people": ["900105"], "record": "听证笔录"}
    supervised, other = window.number(line="administrative_supervision"), window.number(line="other")
    done(window.act(supervised, "acts", **body))
    assert ["hearing_held"] == [each["kind"] for each in window.look(supervised)["acts"]]
    refused = window.act(other, "acts", **body)
    assert (422, "kind") == (refused.status_code, refused.json()["field"])
