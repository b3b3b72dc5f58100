"""Who holds a matter, over HTTP and in every service: named, handed over, on leave, gone; the clocks go with it."""

import json
import random
import uuid
from datetime import timedelta
from typing import Any

import pytest
import requests
from county import Window, done, today, until
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack

OURS = {"unit": "A00", "name": "吴某", "officer": "900107", "department": "D01"}
OUT_OF_SIGHT = "此件不在您的办理范围内"


@pytest.fixture
def chief(system: Stack) -> Window:
    return Window(system, "chief", "900000")


@pytest.fixture
def operations(system: Stack) -> Window:
    return Window(system, "operations", "900007")


def post(window: Window, path: str, **body: Any) -> requests.Response:
    return window.request("POST", path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


def officer(system: Stack, role: str = "handler", department: str = "D04") -> Window:
    """A colleague of this test's own, with a role that two others gave them."""
    number = f"T{uuid.uuid4().hex[:8]}"
    operations = Window(system, "operations", "900007")
    done(post(operations, "/officers", number=number, name="新来人", department=department, since="2026-01-05"))
    asked = done(post(operations, f"/officers/{number}/roles", roles=[role]))["request"]
    done(post(Window(system, "chief", "900000"), f"/role-requests/{asked}/approve"))
    return Window(system, role, number, department)


def accepted(by: Window, **changes: Any) -> str:
    number = Window(by.system, "window", "900100").number(**changes)
    done(by.act(number, "accept", department=by.department))
    return number


def duty(window: Window, number: str) -> dict[str, Any]:
    clocks = window.request("GET", f"/petitions/{number}/clocks").json()["clocks"]
    found: dict[str, Any] = next(each for each in clocks if each["rule"] == "outcome_promise")
    return found


def hands(window: Window, number: str) -> list[str]:
    """What the timeline says of who has it; between that, what other services tell."""
    types = ("petition.accepted.v1", "petition.assigned.v1", "petition.handler_changed.v1")
    return [each["sentence"] for each in window.look(number)["timeline"] if each["type"] in types]


def offers(window: Window, number: str) -> bool:
    return "set-handler" in [each["action"] for each in window.look(number)["allowed_actions"]]


def test_a_matter_from_hand_to_hand(system: Stack, chief: Window) -> None:
    """Accepted, named by the head, given back, taken over, given to another department: the first stays known."""
    first, second, head = officer(system), officer(system), officer(system, "department_head")
    number = accepted(first)
    assert {"department": "D04", "handler": first.officer} == chief.look(number)["first_handler"]
    assert ("D04", first.officer) == (duty(chief, number)["holder"], duty(chief, number)["officer"])
    assert [True, False, True] == [offers(each, number) for each in (first, second, head)]
    refused = second.act(number, "handler", handler=second.officer)
    assert (403, True) == (refused.status_code, "由部门负责人" in refused.json()["detail"])
    assert second.officer == done(head.act(number, "handler", handler=second.officer))["handler"]
    assert done(second.act(number, "handler", handler=None))["handler"] is None
    unheld = lambda: [  # noqa: E731
        each["number"] for each in head.request("GET", "/petitions?unheld=true&limit=100").json()["petitions"]
    ]
    assert number in unheld()
    assert first.officer == done(first.act(number, "handler", handler=first.officer))["handler"]
    assert number not in unheld()
    done(chief.act(number, "assign", department="D03", handler="900104"))
    look = chief.look(number)
    assert ("D03", "900104", first.officer) == (look["department"], look["handler"], look["first_handler"]["handler"])
    assert [
        f"指定承办人（承办人 {second.officer}）",
        "退回部门，待指定承办人",
        f"接办（承办人 {first.officer}）",
        "分派 D03 办理（承办人 900104）",
    ] == hands(chief, number)[-4:]
    clock = duty(chief, number)
    assert ("D03", "900104") == (clock["holder"], clock["officer"])
    assert ["D04"] * 4 == [each["holder"] for each in clock["held_before"]]
    assert [first.officer, second.officer, None, first.officer] == [each["officer"] for each in clock["held_before"]]


def test_a_rotation_is_previewed_told_of_each_and_done_once(system: Stack, chief: Window) -> None:
    """A walled target is skipped and stays; the same request again, and another, move nothing twice."""
    leaving, coming, head = officer(system), officer(system), officer(system, "department_head")
    numbers = sorted(accepted(leaving) for _ in range(3))
    done(chief.act(numbers[1], "walls", officer=coming.officer, reason="recused"))
    body = {"handler": leaving.officer, "to": coming.officer, "reason": "rotation"}
    seen = done(post(head, "/handovers/preview", **body))
    assert [(numbers[0], True), (numbers[1], False), (numbers[2], True)] == [
        (each["petition"], each["moved"]) for each in seen["results"]
    ]
    assert "承办人须是" in seen["results"][1]["why_zh"]
    whole = post(head, "/handovers", **body, whole=True)
    assert (409, seen["results"]) == (whole.status_code, whole.json()["results"])
    assert {leaving.officer} == {chief.look(each)["handler"] for each in numbers}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = head.request("POST", "/handovers", json=body, headers=key)
    again = head.request("POST", "/handovers", json=body, headers=key)
    assert done(first) == done(again) == seen
    assert (0, 1) == (lambda each: (each["moved"], each["not_moved"]))(done(post(head, "/handovers", **body)))
    assert [coming.officer, leaving.officer, coming.officer] == [chief.look(each)["handler"] for each in numbers]
    assert f"轮岗交接（承办人 {coming.officer}）" == hands(chief, numbers[0])[-1]


def test_a_handover_tells_nothing_of_what_is_out_of_sight(system: Stack, chief: Window) -> None:
    """Another department's, one behind a wall and one that is not there: the same words, each on the trail."""
    leaving, coming, head = officer(system), officer(system), officer(system, "department_head")
    walled, elsewhere = accepted(leaving), accepted(Window(system, "handler", "900105", department="D05"))
    done(chief.act(walled, "walls", officer=head.officer, reason="recused"))
    asked = [walled, elsewhere, "信2026-619926-999999"]
    before = denials(system, head.officer)
    for path in ("/handovers/preview", "/handovers"):
        body = {"handler": leaving.officer, "to": coming.officer, "reason": "rotation", "petitions": asked}
        results = done(post(head, path, **body))["results"]
        assert [(False, "denied", OUT_OF_SIGHT)] * 3 == [
            (each["moved"], each["why"], each["why_zh"]) for each in results
        ]
    assert before + 6 == denials(system, head.officer)
    body = {"handler": leaving.officer, "to": coming.officer, "reason": "rotation"}
    assert [] == done(post(head, "/handovers", **body))["results"], "of all that is theirs, it is not counted"
    assert leaving.officer == chief.look(walled)["handler"]


def test_the_deputy_has_it_in_every_service_for_as_long_as_the_leave_lasts(system: Stack, operations: Window) -> None:
    """In another department than their own; who is kept away from a petition has it in hand in none."""
    away, deputy = officer(system), officer(system, department="D02")
    number, walled = accepted(away), accepted(away)
    done(Window(system, "chief", "900000").act(walled, "walls", officer=deputy.officer, reason="recused"))
    paths = {"intake": "/petitions/{}", "referral": "/petitions/{}/custody", "notify": "/petitions/{}/notices"}

    def sees() -> set[tuple[str, str]]:
        return {
            (service, each)
            for service, path in paths.items()
            for each in (number, walled)
            if deputy.request("GET", path.format(each), service).ok
        }

    day = today()
    own = post(away, f"/officers/{away.officer}/leaves", since=day.isoformat(), until=day.isoformat())
    assert 403 == own.status_code
    leave = {"since": day.isoformat(), "until": (day + timedelta(days=1)).isoformat(), "deputy": deputy.officer}
    assert set() == sees()
    assert [leave] == done(post(operations, f"/officers/{away.officer}/leaves", **leave))["leaves"]
    until(lambda: sees() == {(service, number) for service in paths}, "the deputy sees it everywhere")
    mine = deputy.request("GET", "/petitions?scope=mine&limit=100").json()["petitions"]
    assert [number] == [each["number"] for each in mine]
    assert 200 == deputy.act(number, "liability", criminal=False, civil=True, administrative=False,
                             public_interest=False).status_code  # fmt: skip
    done(post(operations, f"/officers/{away.officer}/leaves", **leave | {"until": None}))
    until(lambda: sees() == set(), "and sees it nowhere")


def test_who_leaves_leaves_nothing_and_the_head_is_told(system: Stack, operations: Window, chief: Window) -> None:
    """What they handled waits in the department's list; the department reads it in its notices' digest."""
    leaving, head = officer(system), officer(system, "department_head")
    number = accepted(leaving)
    done(post(operations, f"/officers/{leaving.officer}", until=(today() - timedelta(days=1)).isoformat()))
    # what another was changing at that moment is taken off by the sweep
    until(lambda: head.look(number)["handler"] is None, "handled by nobody")
    assert "D04" == head.look(number)["department"]
    assert ("D04", None) == (duty(chief, number)["holder"], duty(chief, number)["officer"])
    assert "承办人离任或调离，待部门指定承办人" == hands(chief, number)[-1]
    refused = head.act(number, "handler", handler=leaving.officer)
    assert (422, "handler", False) == (
        refused.status_code,
        refused.json()["field"],
        leaving.officer in refused.json()["known"],
    )
    engine = create_engine(system.database("notify"))

    def told() -> list[Any]:
        with engine.connect() as connection:
            query = text("SELECT holder, sentence FROM officer_item WHERE petition = :n")
            return [tuple(each) for each in connection.execute(query, {"n": number})]

    assert ("D04", f"{number} 承办人离任或调离，待部门指定承办人") in until(told, "the department is told")
    engine.dispose()


def test_the_first_one_against_us_has_a_person(system: Stack, chief: Window) -> None:
    """Refused without one, shown as 专人承办, never left to nobody; no event says a number."""
    handler, head = officer(system), officer(system, "department_head")
    number = Window(system, "window", "900100").number(respondents=[OURS])
    # who accepts it for another department handles nothing there
    refused = handler.act(number, "accept", department="D03")
    assert (422, "handler", "涉检初信初访须有专人承办，请指定承办人") == (
        refused.status_code, refused.json()["field"], refused.json()["detail"],
    )  # fmt: skip
    shown = done(head.act(number, "accept", department="D04", handler=handler.officer))
    assert (True, "专人承办", handler.officer) == (shown["one_to_one"], shown["handling_zh"], shown["handler"])
    assert "handler" == head.act(number, "handler", handler=None).json()["field"]
    for service in ("intake", "referral", "notify", "aid"):
        engine = create_engine(system.database(service))
        with engine.connect() as connection:
            bodies = connection.execute(text("SELECT convert_from(body, 'UTF8') FROM events")).scalars()
            data = [json.dumps(json.loads(each)["data"]) for each in bodies if number in each]
        engine.dispose()
        assert not [each for each in data if handler.officer in each], service


def test_no_change_of_hands_is_open_to_who_may_not_see(system: Stack, chief: Window) -> None:
    """Random officers, bodies and petitions out of their sight: refused in one sentence, and nothing changes."""
    dice, handler = random.Random(21), officer(system)
    numbers = [accepted(handler) for _ in range(2)]
    done(chief.act(numbers[0], "walls", officer="900106", reason="recused"))
    strangers = [Window(system, "handler", "900102", department="D02"), Window(system, "department_head", "900109")]
    strangers += [Window(system, "all", "900106"), Window(system, "handler", "987655")]
    before = [chief.look(each)["handler"] for each in numbers]
    for _ in range(30):
        window = dice.choice(strangers)
        number = numbers[0] if window.role == "all" else dice.choice(numbers)
        action, body = dice.choice([
            ("handler", {"handler": dice.choice([None, window.officer, handler.officer])}),
            ("assign", {"department": "D04", "handler": dice.choice([window.officer, handler.officer])}),
        ])  # fmt: skip
        answer = window.act(number, action, **body)
        said = answer.json()["detail"]
        assert (403, True) == (answer.status_code, said == OUT_OF_SIGHT or said.startswith("此操作须由")), answer.text
    assert before == [chief.look(each)["handler"] for each in numbers]


def denials(system: Stack, number: str) -> int:
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM events WHERE subject = :subject AND type = 'access.denied.v1'")
        found: int = connection.scalar(query, {"subject": f"officer/{number}"}) or 0
    engine.dispose()
    return found
