"""First or repeat, over HTTP: three registrations of one person, what is done then, who learns nothing."""

from typing import Any

import pytest
from county import PETITIONER, Window, done, until

from tools.dev.stack import Stack

# of nobody else in this county
WHO = PETITIONER | {"name": "苍鹭丑", "phone": "19900007751", "resident_id": "110101199003070353"}
SAID = "反映黑松岭采石场夜里放炮，三户人家的墙裂了，养的蜂也死了一半，多次找镇里没有结果，请求赔偿。"
AGAIN = SAID.replace("三户", "五户").replace("一半", "大半")


@pytest.fixture(scope="module")
def clerk(system: Stack) -> Window:
    return Window(system, "window", "900100")


@pytest.fixture(scope="module")
def handler(system: Stack) -> Window:
    return Window(system, "handler", "900105", department="D05")


def ask(officer: Window, **draft: Any) -> dict[str, Any]:
    return done(officer.request("POST", "/matches", json=draft))


def why(officer: Window, **draft: Any) -> dict[str, list[str]]:
    """Number → reasons."""
    return {each["number"]: [reason["by"] for reason in each["reasons"]] for each in ask(officer, **draft)["matches"]}


def test_the_second_and_third_are_shown_the_first_before_they_are_made(
    system: Stack, clerk: Window, handler: Window
) -> None:
    """By ID, by phone, by text; each petition is one all the same, and after registration the others are shown, too."""
    by_id = {"name": "苍鹭", "resident_id": WHO["resident_id"]}
    by_phone = {"phone": "199 0000 7751"}
    made: list[str] = []
    for statement in (SAID, AGAIN, SAID):
        assert {number: ["resident_id"] for number in made} == why(clerk, petitioner=by_id)
        assert {number: ["phone"] for number in made} == why(clerk, petitioner=by_phone)
        until(lambda said=statement: {each: ["text"] for each in made} == why(handler, statement=said), "indexed")
        assert {} == why(clerk, statement=statement)
        made.append(clerk.number(petitioner=WHO, title="采石场放炮", statement=statement))
    first, second, third = made
    until(lambda: [len(each["reasons"]) for each in _of(handler, first)["matches"]] == [4, 4], "the others are indexed")
    match = next(each for each in _of(handler, first)["matches"] if each["number"] == second)
    assert ["身份证号相同", "电话相同", "姓名相同", "内容相同或者大部分相同"] == [
        each["by_zh"] for each in match["reasons"]
    ]
    assert (True, None, "supplement") == (match["repeat"], match["ended_on"], match["effect"])
    assert 0.5 < match["likeness"] < 1
    # a person decides: one is linked, one is another matter; neither comes back
    offered = done(handler.request("GET", f"/petitions/{first}"))["allowed_actions"]
    assert {"link", "decide-match"} <= {each["action"] for each in offered}
    done(handler.act(first, "link", to=second, reason="repeat"))
    decision = {"to": third, "decision": "different", "reason": "当面问过，是两回事"}
    done(handler.act(first, "matches", **decision))
    assert 409 == handler.act(first, "matches", **decision).status_code
    assert [] == _of(handler, first)["matches"]
    assert "认定相似的信访件：不是同一事项，不再提示" in [each["sentence"] for each in handler.look(first)["timeline"]]


def test_many_on_one_issue_are_joined_by_a_person(system: Stack, clerk: Window, handler: Window) -> None:
    """Different people, different words: among the first five, and from then on one group."""
    said = [
        "白桦路没有路灯，晚上放学孩子摔了好几次",
        "盼白桦路早日装上路灯，天一黑什么都看不见",
        "白桦路路灯坏了半年，骑车撞到石墩",
    ]
    nobody = WHO | {"phone": None, "resident_id": None}
    made = [
        clerk.number(petitioner=nobody | {"name": f"某{n}"}, title="白桦路路灯", statement=each)
        for n, each in enumerate(said)
    ]
    draft = {"title": "路灯", "statement": "白桦路那一段路灯一直不亮，要求修好。"}
    until(lambda: set(made) <= {each["number"] for each in ask(handler, **draft)["issues"]}, "the words are indexed")
    assert [] == ask(clerk, **draft)["issues"]
    for number in made[1:]:
        done(handler.act(number, "matches", to=made[0], decision="same_issue", reason="同一条路"))
    groups = [each["group"] for each in ask(handler, **draft)["issues"] if each["number"] in made]
    assert [sorted(made)] == groups


def test_no_match_tells_that_something_is_out_of_sight(system: Stack) -> None:
    """The accused, another department, another point: as if it were not there, by whatever is typed."""
    who = PETITIONER | {"name": "朱鹮寅", "phone": "19900007761", "resident_id": "11010119900307037X"}
    said = "检举蓝桉林场韩某收受承包户好处费三万元，有转账记录，请求查处，并替举报人保密。"
    number = Window(system).number(
        kind="accusation",
        petitioner=who,
        title="检举蓝桉林场",
        statement=said,
        typed_anyway=True,
        respondents=[{"unit": "A00", "name": "灰隼卯", "officer": "900103", "department": "D03"}],
    )
    insider = Window(system, "handler", "900105", department="D05")
    done(Window(system).act(number, "accept", department="D05"))  # until then it is before every department
    until(lambda: "text" in why(insider, petitioner=who, statement=said).get(number, []), "it is indexed")
    for officer in (
        Window(system, "all", "900103", department="D03"),
        Window(system, "window", "900103"),
        Window(system, "window", "900100"),
        Window(system, "handler", "900102", department="D02"),
        Window(system, "station", "900121", service_point="SP-LIUTANG"),
    ):
        for draft in ({"petitioner": who}, {"statement": said}, {"title": "检举蓝桉林场", "statement": said}):
            there = officer.request("POST", "/matches", json=draft)
            absent = officer.request("POST", "/matches", json={"title": "没有这样的事"})
            assert (there.status_code, number in there.text) == (200, False), officer.role
            if "statement" in draft and officer.role in ("window", "station"):
                assert there.content == absent.content
    # of a registered one it is asked behind the same walls, and refused in the same words
    for officer, path in ((Window(system, "all", "900103", department="D03"), f"/petitions/{number}/matches"),):
        assert 403 == officer.request("GET", path).status_code
    assert 403 == Window(system, "operations", "900130").request("POST", "/matches", json={}).status_code
    assert {"matches": [], "issues": [], "total": 0, "total_is_more": False} == ask(
        insider, petitioner=who, secrecy=True
    )


def _of(officer: Window, number: str) -> dict[str, Any]:
    return done(officer.request("GET", f"/petitions/{number}/matches"))
