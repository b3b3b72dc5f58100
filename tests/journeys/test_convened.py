"""Mediation, hearing, meeting by the API and the bus, from the proposal to what the report counts."""

import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from county import Agency, Window, done, sentences, today, until
from pages import change
from test_inbound import Sent

from statute import SHANGHAI
from tools.dev.stack import Stack

JUSTICE, CIVIL = "A07-1", "A08"
WORDS = "独一无二的会议记录"


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system)


class Convened:
    """A proceeding of a petition, as an officer leads it."""

    def __init__(self, window: Window, petition: str, kind: str, **more: Any):
        self.window, self.petition = window, petition
        # out of sight until referral has heard where it sits
        until(lambda: self._ask("GET", f"/petitions/{petition}/proceedings").ok, "in referral's sight")
        body = {"kind": kind, "subject": "wages", "text": WORDS} | more
        key = {"Idempotency-Key": uuid.uuid4().hex}
        self.number = done(self._ask("POST", f"/petitions/{petition}/proceedings", json=body, headers=key))["number"]

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        return self.window.request(method, path, service="referral", **more)

    def ask(self, act: str, **body: Any) -> Any:
        return self._ask("POST", f"/proceedings/{self.number}/{act}", json=body)

    def do(self, act: str, **body: Any) -> dict[str, Any]:
        return done(self.ask(act, **body))

    def look(self, what: str) -> Any:
        return done(self._ask("GET", f"/proceedings/{self.number}"))[what]

    def part(self, role: str) -> str:
        found: str = next(each["part"] for each in self.look("parts") if each["role"] == role)
        return found

    def plan(self, days: int) -> None:
        starts = datetime.combine(today() + timedelta(days), time(9), SHANGHAI)
        ends = (starts + timedelta(hours=2)).isoformat()
        self.do("plan", starts_at=starts.isoformat(), ends_at=ends, place="县检察院听证室")

    def passes(self, system: Stack, days: int) -> None:
        """So many days later."""
        given = {"d": days, "n": self.number}
        later = "starts_at = starts_at - make_interval(days => :d), ends_at = ends_at - make_interval(days => :d)"
        change(system, "referral", f"UPDATE proceeding SET {later}, told_by = told_by - :d WHERE number = :n", **given)
        change(system, "referral", "UPDATE part SET told_on = told_on - :d WHERE proceeding = :n", **given)
        change(system, "referral", "UPDATE task SET due = due - :d WHERE proceeding = :n", **given)

    def says(self, agency: Agency, type_: str, **data: Any) -> None:
        said = {"proceeding": self.number, "officer": "王某"} | data
        agency.say(type_, said, subject=self.number)

    def stands(self, state: str) -> None:
        until(lambda: self.look("state") == state, state)

    def heard(self, agency: Agency, type_: str) -> dict[str, Any]:
        return agency.hear(type_, lambda data: data["proceeding"] == self.number)["data"]


def mediated(found: Convened, organ: Agency) -> None:
    """Both sides consent, the organ takes it on, they meet and agree."""
    found.do("parts", role="other_side", name="赵某", phone="19900001299")
    found.do("parts", role="mediator", agency=organ.code)
    found.do("ask")
    refused = found.ask("invite", text="请调解")
    assert (409, "urn:fengqiao:problem:lacking") == (refused.status_code, refused.json()["type"])
    for side in ("petitioner", "other_side"):
        found.do(f"parts/{found.part(side)}/consent", consent="given")
    found.do("invite", text="双方就工资款愿意调解，请联系石某、赵某。")
    invited = found.heard(organ, "proceeding.invited.v1")
    assert ("mediator", None, "people") == (invited["role"], invited["starts_at"], invited["form"])
    found.says(organ, "proceeding.reply.v1", answer="accepted")
    found.says(organ, "mediation.reported.v1", step="sat", on=today().isoformat(), text="双方到场")
    found.says(
        organ, "mediation.reported.v1", step="agreed", on=today().isoformat(), agreement="written", text="分两次付清"
    )
    found.stands("agreed")


def rules(window: Window, number: str) -> Callable[[], Any]:
    return lambda: [each["rule"] for each in done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]]


def test_8_is_heard_and_mediated_to_an_agreement(system: Stack, window: Window) -> None:
    """Proposed, approved by the chief, told three days before, held by its steps; then mediated, confirmed, performed.

    The petition's own timeline says each step and nothing of what was said; its confirmation has thirty days.
    """
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    hearing = Convened(window, number, "hearing")
    handler = Window(system, "handler", "900105", department="D05")
    approval = f"/proceedings/{hearing.number}/approve"
    assert 403 == handler.request("POST", approval, service="referral", json={}).status_code
    chief = Window(system, "chief", "900000")
    waits = done(chief.request("GET", "/worklist", service="referral", params={"box": "proceedings"}))["items"]
    assert hearing.number in [each["proceeding"] for each in waits]
    done(chief.request("POST", approval, service="referral", json={}))
    hearing.do("parts", role="host", colleague="900105")
    for name in ("钱某", "孙某"):
        hearing.do("parts", role="hearing_officer", name=name)
    hearing.plan(2)
    lacking = hearing.ask("notify", text="就工资款举行听证").json()
    assert ["听证员应为3至7人的单数，现有2人"] == lacking["lacking"]
    hearing.do("parts", role="hearing_officer", name="李某")
    late = hearing.ask("notify", text="就工资款举行听证")
    assert (409, "urn:fengqiao:problem:notice-too-late") == (late.status_code, late.json()["type"])
    hearing.plan(14)
    hearing.do("notify", text="就工资款举行听证")
    for each in hearing.look("parts"):
        if each["role"] in ("petitioner", "hearing_officer"):
            hearing.do(f"parts/{each['part']}/told", on=today().isoformat(), proof="signed")
    until(lambda: "hearing" in window.notices(number), "the petitioner is told of the day")
    hearing.passes(system, 14)
    steps = hearing.look("steps")
    assert 7 == len(steps)
    held = {"on": today().isoformat(), "text": WORDS, "came": [each["part"] for each in hearing.look("parts")]}
    assert 409 == hearing.ask("hold", steps=[1, 2, 3], **held).status_code
    hearing.do("hold", steps=[*range(1, 8)], **held)
    hearing.do("opine", text="多数意见：应当支持起诉")
    hearing.do("conclude", followed=True, text="采纳")
    organ = Agency(system, JUSTICE)
    mediation = Convened(window, number, "mediation", form="people")
    mediated(mediation, organ)
    until(lambda: "mediation_confirmation" in rules(window, number)(), "thirty days for its confirmation")
    mediation.do("confirmation", on=today().isoformat())
    mediation.do("confirmation/decide", confirmed=True)
    mediation.says(organ, "mediation.reported.v1", step="performed", on=today().isoformat(), text="付清")
    mediation.stands("performed")
    until(lambda: "mediation.performed.v1" in window.steps(number), "told")
    said = "\n".join(sentences(window, number))
    for line in ("批准听证", "听证办结", f"{JUSTICE} 受理调解", "调解协议已履行"):
        assert line.replace(JUSTICE, "石桥司法所") in said, said
    assert WORDS not in said
    words = done(window.request("GET", f"/proceedings/{hearing.number}/words", service="referral"))
    assert [WORDS, WORDS] == [each["text"] for each in words["minutes"] if each["move"] in ("propose", "hold")]
    offered = window.request("GET", f"/proceedings/{hearing.number}/words", service="referral", headers=leader(system))
    assert 403 == offered.status_code, "who may not read the material reads no record of it"


def leader(system: Stack) -> dict[str, str]:
    return {"Authorization": f"Bearer {Window(system, 'leader', '900002').token}"}


def test_9_our_objection_overruled_is_mediated_by_the_justice_office(system: Stack) -> None:
    """Another's to deal with, we say; its sender stands by it: ours, and mediated where the neighbours live."""
    sent = Sent(system, "综治2026-0909")
    done(sent.act("sign"))
    done(sent.act("object", reason="other_competent", text="应由镇政府处理，司法所可先行调解。"))
    sent.hear("objected")
    sent.rule("overruled")
    until(lambda: sent.state != "objected", "overruled")
    until(lambda: sent.act("accept", department="D05").ok or sent.state == "handling", "taken on")
    organ = Agency(system, JUSTICE)
    mediation = Convened(sent.window, sent.number, "mediation", form="people", subject="neighbours")
    mediated(mediation, organ)
    mediation.says(organ, "mediation.reported.v1", step="performed", on=today().isoformat(), text="通道已留出")
    mediation.stands("performed")


def test_a_meetings_task_runs_late_and_is_urged(system: Stack, window: Window) -> None:
    """With civil affairs over aid: what was resolved is a task with a day, missed once, urged, and done late."""
    number, office = window.number(), Agency(system, CIVIL)
    done(window.act(number, "accept", department="D05"))
    meeting = Convened(window, number, "meeting", form="aid", subject="aid")
    meeting.do("approve")
    meeting.do("parts", role="agency", agency=CIVIL)
    meeting.plan(0)
    meeting.do("notify", text="商议临时救助")
    assert meeting.heard(office, "proceeding.invited.v1")["place"]
    meeting.says(office, "proceeding.reply.v1", answer="accepted", text="派一人")
    until(lambda: meeting.look("parts")[0]["answer"] == "accepted", "answered")
    meeting.do("hold", on=today().isoformat(), text=WORDS)
    task = {"agency": CIVIL, "due": (today() + timedelta(3)).isoformat(), "text": "三日内核定临时救助"}
    meeting.do("resolve", tasks=[task])
    assert "三日内核定临时救助" == meeting.heard(office, "task.offered.v1")["text"]
    meeting.passes(system, 4)
    assert 1 == meeting.heard(office, "task.urged.v1")["times"]
    waits = done(window.request("GET", "/worklist", service="referral", params={"box": "meeting_tasks"}))["items"]
    (row,) = [each for each in waits if each["proceeding"] == meeting.number]
    assert ("urge-task", 1) == (row["action"]["action"], row["urged"])
    meeting.says(office, "task.answered.v1", item=1, result="done", text="已发放")
    meeting.stands("fulfilled")
    until(lambda: "task.done.v1" in window.steps(number), "told")
    steps = window.steps(number)
    assert 1 == steps.count("task.missed.v1") == steps.count("task.urged.v1")


def test_who_may_not_have_the_petition_has_nothing_of_its_proceedings(system: Stack, window: Window) -> None:
    """Another department's handler neither sees nor leads it; an accusation is not mediated, and the reason is told."""
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    found = Convened(window, number, "talk", subject="conduct")
    other = Window(system, "handler", "900104", department="D03")
    for method, path in (
        ("GET", f"/proceedings/{found.number}"),
        ("GET", f"/proceedings/{found.number}/words"),
        ("POST", f"/proceedings/{found.number}/cancel"),
        ("GET", f"/petitions/{number}/proceedings"),
    ):
        body = {"json": {"text": "不应"}} if method == "POST" else {}
        assert 403 == other.request(method, path, service="referral", **body).status_code
    listed = done(other.request("GET", "/proceedings", service="referral"))["proceedings"]
    assert found.number not in [each["number"] for each in listed]
    accusing = window.number(kind="accusation", line="complaint_appeal", respondents=[{"unit": "A14", "name": "某人"}])
    path = f"/petitions/{accusing}/proceedings"
    until(lambda: window.request("GET", path, service="referral").ok, "in sight")
    offers = done(window.request("GET", path, service="referral"))["allowed_actions"]
    assert "mediation" not in {each["value"] for offer in offers for each in offer["fields"][0]["enum"]}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"kind": "mediation", "form": "people", "subject": "other", "text": "调解"}
    refused = window.request("POST", path, service="referral", json=body, headers=key)
    assert (409, "not_a_claim") == (refused.status_code, refused.json()["why"])
