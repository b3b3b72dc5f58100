"""A team is formed from the roster, a room and a colleague are booked, and a danger is told: over the services."""

import uuid
from datetime import datetime, time, timedelta

import pytest
from county import BOXES, Window, done, today, until
from pages import Browser

from statute import SHANGHAI
from tools.dev.stack import Stack


@pytest.fixture(scope="module")
def all_(system: Stack) -> Window:
    return Window(system)


def post(who: Window, path: str, status: int = 200, **body: object) -> dict[str, object]:
    answer = who.request("POST", path, service="referral", json=body)
    assert status == answer.status_code, answer.text
    said: dict[str, object] = answer.json()
    return said


def enter(all_: Window, name: str, *kinds: str, **more: object) -> str:
    return str(post(all_, "/roster", 201, name=name, kinds=kinds, **more)["code"])


def at(hour: int, days: int = 0) -> str:
    """On a Monday that lies ahead, apart from every other story's."""
    monday = today() + timedelta(days=70 - today().weekday() + days)
    return datetime.combine(monday, time(hour), SHANGHAI).isoformat()


def test_a_team_on_an_old_case_until_it_is_resolved(system: Stack, all_: Window) -> None:
    """On an old case, to its end: counted, named nowhere; who must keep away is no choice, notes are their writer's."""
    received = (today() - timedelta(days=700)).isoformat()
    number = all_.number(title="积案由团队办理", received_on=received, received_reason="补录", old_matter=True)
    counsellor = Window(system, "handler", "900106", department="D05")
    handler = Window(system, "handler", "900105", department="D05")
    done(handler.act(number, "accept", department="D05", handler="900105"))
    people = {
        "prosecutors": [enter(all_, "林检察官", "prosecutor", colleague="900107")],
        "lawyers": [enter(all_, "苏律师", "lawyer", qualification="执业证")],
        "counsellors": [enter(all_, "安咨询师", "counsellor", colleague="900106")],
    }
    recused = enter(all_, "须回避的律师", "lawyer")
    post(all_, f"/roster/{recused}/recuse", petition=number)
    its = f"/petitions/{number}/team"

    def form() -> dict[str, dict[str, str]] | None:
        answer = handler.request("GET", its, service="referral")
        offers = answer.json()["allowed_actions"] if answer.ok else []
        lists = {f["name"]: f["items"]["enum"] for each in offers if each["action"] == "form" for f in each["fields"]}
        return {name: {each["value"]: each["label"] for each in enum} for name, enum in lists.items()} or None

    choices = until(form, "the team's form")
    assert people["lawyers"][0] in choices["lawyers"]
    assert recused not in choices["lawyers"]
    refused = post(handler, its, 409, **(people | {"lawyers": [recused]}))
    assert "须回避" in str(refused["detail"])
    assert post(handler, its, 201, **people)["team"]["whole"]  # type: ignore[index]
    until(lambda: "team.formed.v1" in all_.steps(number), "the team on the timeline")
    step = next(each for each in all_.look(number)["timeline"] if each["type"] == "team.formed.v1")
    assert "组成团队：检察官 1 人、律师 1 人、心理咨询师 1 人" == step["sentence"]
    notes = f"{its}/notes"
    post(counsellor, notes, 201, text="夜不能寐")
    note = post(counsellor, notes, 201, text="扬言报复", violence=True)["note"]
    assert 2 == len(counsellor.request("GET", notes, service="referral").json()["notes"])
    (seen,) = handler.request("GET", notes, service="referral").json()["notes"]
    assert (note, None) == (seen["note"], seen["text"])
    assert "扬言报复" == post(handler, f"{notes}/{note}/open")["text"]
    until(lambda: "team.note_opened.v1" in all_.steps(number), "the look on the trail")
    done(handler.act(number, "liability", **BOXES))
    done(handler.act(number, "conclude", result="supported"))
    done(handler.act(number, "resolution", resolution="substantive"))
    assert post(handler, f"{its}/end")["team"] is None
    until(lambda: "team.ended.v1" in all_.steps(number), "the end of the team")


def test_a_room_and_a_colleague_are_taken_once(system: Stack, all_: Window) -> None:
    """On the pages, without a script: booked, refused with when it is free, confirmed, seen in the week, given back."""
    number, clerk, room = all_.number(title="请求听证的邻里纠纷"), Browser(system), f"T{uuid.uuid4().hex[:5]}"
    clerk.login("900100")
    adds = clerk.get(clerk.get("/rooms").link("增加会议室"))
    assert "独一听证室" in clerk.send(adds.form("增加会议室"), code=room, name="独一听证室", seats="20").text
    entered = clerk.get(clerk.get("/roster").link("列入专业人员库"))
    shown = clerk.send(
        entered.form("列入专业人员库"), name="苏听证员", kinds="hearing_officer", qualification="听证员库 3 号"
    )
    assert ("苏听证员", "听证员库 3 号") == tuple(each for each in ("苏听证员", "听证员库 3 号") if each in shown.text)
    handler = Window(system, "handler", "900105", department="D05")
    done(handler.act(number, "accept", department="D05", handler="900105"))
    team = f"/petitions/{number}/team"
    until(lambda: "预订会议室和人员" in clerk.get(team).text, "the booking's form")
    asked = {"begins": at(9)[:16].replace("T", " "), "ends": at(10)[:16].replace("T", " "), "rooms": room}
    booked = clerk.send(clerk.get(team).form("预订会议室和人员"), **asked)
    assert "暂留" in booked.text
    assert "独一听证室" in booked.text
    refused = clerk.send(clerk.get(team).form("预订会议室和人员"), **asked)
    assert 409 == refused.status
    assert "独一听证室已被占用，至" in refused.text
    assert "都空闲的最近时段" in refused.text
    day = f"/calendar?day={at(9)[:10]}"
    week = clerk.get(day)
    assert "请求听证的邻里纠纷" in week.text
    confirm = clerk.get(week.link("确认预订"))
    assert "已订" in clerk.send(confirm.form("确认预订")).text
    other = Browser(system)
    other.login("900102")
    until(lambda: "占用" in other.get(day).text, "another department's matter out of sight")
    assert number not in other.get(day).answer.text
    cancel = clerk.get(clerk.get(day).link("取消预订"))
    assert "请求听证的邻里纠纷" not in clerk.send(cancel.form("取消预订")).text
