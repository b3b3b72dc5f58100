"""A county's week on the pages: enough of everything that each page has something to show. All people are invented."""

import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from statute import SHANGHAI
from tests.journeys.county import Agency, Window, done, today, until
from tools.dev.stack import Stack

WINDOW, HANDLER, HEAD, LEADER, CHIEF = "900100", "900105", "900108", "900003", "900000"
AID, STATION, OPERATIONS = "900009", "900120", "900007"
EVERYBODY = (WINDOW, HANDLER, HEAD, LEADER, CHIEF, AID, STATION, OPERATIONS)
_NAMES = ("石大川", "孙长根", "林小雨", "周立秋", "何谷雨", "白露生", "霜降林", "商陆白", "独孤晚照", "甘棠树")
_TITLES = (
    ("请求讨要工钱", "石桥安置房工地欠我们七个人的工资十一万六千元，老板电话打不通。"),
    ("邻里通道纠纷", "邻居在共用通道上砌墙，三轮车进不了院子，村里调解过两次没有结果。"),
    ("对不起诉决定不服", "公安机关移送的伤害案决定不起诉，我认为伤情鉴定没有采信。"),
    ("村集体土地补偿款分配", "第三小组的土地补偿款没有公示，外嫁女的份额被取消。"),
    ("学校旁工地夜间施工扰民", "清水小学旁的工地连续两周夜里十二点以后还在打桩。"),
    ("拖欠护理费", "民事判决生效一年，护理费一直没有执行到位。"),
    ("反映道路破损", "柳塘到石桥的乡道路面塌陷，下雨天校车绕行。"),
    ("请求司法救助", "被害人医药费没有着落，家里没有收入来源。"),
)


@dataclass(frozen=True)
class Scenery:
    """Petitions by what they show."""

    red: str  # and led by a leader
    referred: str
    aided: str
    asked: str  # waits for an approval
    fresh: str
    called: str


def call_in(all_: Window, handler: Window, number: str) -> None:
    """A roster, a team for a petition, two rooms, and what is taken of them."""

    def post(path: str, who: Window = all_, **body: Any) -> dict[str, Any]:
        return done(who.request("POST", path, service="referral", json=body))

    people = {
        "prosecutors": ("prosecutor", "辰承办"),
        "lawyers": ("lawyer", "苏明理"),
        "counsellors": ("counsellor", "安知心"),
    }
    ours, until_day = {"prosecutor": HANDLER}, f"{today().year + 2}-12-31"
    team = {
        list_: [post("/roster", name=name, kinds=[kind], colleague=ours.get(kind), valid_until=until_day)["code"]]
        for list_, (kind, name) in people.items()
    }
    hears = [post("/roster", name=f"听证员{each}", kinds=["hearing_officer"])["code"] for each in "甲乙丙"]
    for code, name in (("R1", "听证室"), ("R2", "一号会议室")):
        post("/rooms", code=code, name=name, seats=30)
    its = f"/petitions/{number}"
    until(lambda: handler.request("GET", f"{its}/team", service="referral").json().get("checked"), "its parties")
    post(f"{its}/team", handler, **team)
    monday = today() + timedelta(days=7 - today().weekday())
    for day, hour, room, attendees in ((0, 9, "R1", hears), (2, 14, "R2", team["lawyers"]), (3, 10, "R1", hears[:1])):
        begins = datetime.combine(monday + timedelta(days=day), time(hour), SHANGHAI)
        times = {"begins": begins.isoformat(), "ends": (begins + timedelta(hours=2)).isoformat()}
        booked = post(f"{its}/bookings", handler, **times, rooms=[room], attendees=attendees)
        if day:
            post(f"/bookings/{booked['booking']}/confirm", handler)


def set_up(system: Stack) -> Scenery:
    """Registers them, and waits until each service has heard of its own."""
    window = Window(system, "window", WINDOW, department="D05", service_point="12309")
    handler = Window(system, "handler", HANDLER, department="D05")
    all_ = Window(system)
    numbers = []
    for index, (title, statement) in enumerate(_TITLES):
        received = (today() - timedelta(days=(24, 9, 6, 5, 3, 2, 1, 0)[index])).isoformat()
        person = {"name": _NAMES[index], "phone": f"1990000{1300 + index}", "address": "石桥镇"}
        person |= {"sms_consent": index != 5}
        late: dict[str, Any] = {"received_on": received, "received_reason": "补登纸质来件"} if index < 7 else {}
        numbers.append(window.number(title=title, statement=statement, petitioner=person, **late))
    for number in numbers[:6]:
        done(handler.act(number, "accept", department="D05", handler=HANDLER))
    red, referred, out, asked, _, called, fresh, aided = numbers
    done(all_.act(red, "risk", facts=["threat_to_life"]))
    done(all_.act(red, "chief-led", leader=LEADER, reason="涉及农民工，须协调多部门"))
    task = {"text": "当面核实欠薪名单", "due": today().isoformat(), "department": "D05"}
    done(all_.act(red, "tasks", **task))
    done(handler.act(red, "replies", kind="progress_reply", means="post", text="正在向人社部门核实欠薪名单。"))
    done(handler.refer(referred, "A12"))
    done(handler.refer(out, "A08"))
    done(handler.ask(asked, "terminate", reason="settled"))
    done(handler.act(aided, "hardship", situations=["no_income"], wish=True))
    call = {"channel": "call", "service_point": "12309", "text": "问什么时候答复。", "name": _NAMES[8]}
    done(window.request("POST", "/contacts", json=call, headers={"Idempotency-Key": uuid.uuid4().hex}))
    day = {"day": (today() + timedelta(days=6)).isoformat(), "begins": "09:00", "room": "一号接待室"}
    plan = done(all_.request("POST", "/receptions", json=day | {"leader": LEADER, "places": 5}))["reception"]
    done(all_.request("POST", f"/receptions/{plan}/bookings", json={"petition": red}))
    call_in(all_, handler, red)
    agency = Agency(system, "A05")
    agency.send(b'{"id": "wrong"', "petition.submitted.v1")
    agency.close()
    operations = Window(system, "operations", OPERATIONS)
    until(lambda: done(operations.request("GET", "/operations/parked"))["messages"], "parked")
    window.referral(referred)
    until(lambda: all_.request("GET", f"/petitions/{aided}/aid-cases", service="aid").json().get("aid_cases"), "a case")
    until(lambda: "accepted" in all_.notices(called), "a notice")
    return Scenery(red, referred, aided, asked, fresh, called)
