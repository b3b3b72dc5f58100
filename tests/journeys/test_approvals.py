"""What one drafts another approves, over HTTP: nothing of it is done before; what stops a clock is what was issued."""

import uuid
from typing import Any

import pytest
from county import BOXES, Window, done, until

from tools.dev.stack import Stack

OUT_OF_SIGHT = "此件不在您的办理范围内"
OUTCOME = {"kind": "outcome_reply", "means": "post", "text": "查明属实，应予支持。"}


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


def mine(officer: Window, id_: str) -> dict[str, Any] | None:
    """It, where the officer's list has it; the list counts what it shows."""
    answer = done(officer.request("GET", "/approvals", params={"limit": 100}))
    assert answer["total"] >= len(answer["approvals"])
    return next((each for each in answer["approvals"] if each["id"] == id_), None)


def decide(officer: Window, id_: str, what: str = "approve", key: str | None = None, **body: Any) -> Any:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return officer.request("POST", f"/approvals/{id_}/{what}", json=body, headers=headers)


def said(officer: Window, number: str) -> list[str]:
    """Of its timeline what intake did; what others tell comes between."""
    return [each["sentence"] for each in officer.look(number)["timeline"] if each["type"].startswith("petition.")]


def clock(officer: Window, number: str, rule: str = "outcome_promise") -> dict[str, Any]:
    found = done(officer.request("GET", f"/petitions/{number}/clocks"))["clocks"]
    return next(each for each in found if each["rule"] == rule)


def printed(officer: Window, number: str, kind: str) -> int:
    return officer.request("GET", f"/petitions/{number}/documents/{kind}").status_code


def test_a_refusal_is_drafted_and_the_head_approves(
    system: Stack, handler: Window, head: Window, leader: Window
) -> None:
    """Until then it is registered, nothing is printed and nobody told; neither who asked nor another's head decides."""
    number = handler.number()
    asked = done(handler.ask(number, "not-accept", reason="not_ours"))
    approval = asked["approval"]
    assert ("registered", "not-accept", "department_head", "waiting") == (
        asked["state"],
        *(approval[name] for name in ("action", "by", "state")),
    )
    id_ = approval["id"]
    assert [id_] == [each["id"] for each in handler.look(number)["approvals"]]
    again = handler.ask(number, "not-accept", reason="out_of_time")
    assert (409, "urn:fengqiao:problem:approval-waits") == (again.status_code, again.json()["type"])
    assert "not-accept" not in [each["action"] for each in again.json()["allowed_actions"]]
    assert 409 == printed(handler, number, "not_accepted")
    its = mine(head, id_)
    assert its is not None
    assert ["approve", "refuse"] == its["can"]
    assert ["withdraw"] == (mine(handler, id_) or {}).get("can")
    assert {"reason": "not_ours"} == done(head.request("GET", f"/approvals/{id_}"))["given"]
    other = Window(system, "department_head", "900109", department="D03")
    for refused, sentence in (
        (handler, "不能审批本人拟办或者提请的事项"),
        (leader, "此事项不由您审批或者撤回"),
        (other, "此事项不由您审批或者撤回"),
    ):
        assert mine(refused, id_) is None or refused is handler
        answer = decide(refused, id_)
        assert (403, sentence) == (answer.status_code, answer.json()["detail"])
    key = uuid.uuid4().hex
    first, repeated = decide(head, id_, key=key), decide(head, id_, key=key)
    assert "approved" == done(first)["state"] == done(repeated)["state"]
    assert 409 == decide(head, id_).status_code
    assert "not_accepted" == handler.look(number)["state"]
    lines = ["提请审批：不予受理（部门负责人）", "批准：不予受理（部门负责人）", "不予受理：不属于本院管辖"]
    assert lines == said(handler, number)[-3:]
    assert 200 == printed(handler, number, "not_accepted")
    assert mine(head, id_) is None
    until(lambda: "not_accepted" in handler.notices(number), "told only now")


def test_neither_the_draft_nor_the_signature_stops_a_clock(handler: Window, leader: Window) -> None:
    """Drafted, signed, issued, proved: the clock runs until it is issued; a draft is no paper, a signed one is."""
    number = handler.number()
    done(handler.act(number, "accept", department="D05"))
    done(handler.act(number, "liability", **BOXES))
    concluding = done(handler.ask(number, "conclude", result="supported"))
    assert ("accepted", None, "leader") == (concluding["state"], concluding["result"], concluding["approval"]["by"])
    done(decide(leader, concluding["approval"]["id"]))
    assert "concluded" == handler.look(number)["state"]
    assert 422 == handler.ask(number, "replies", **(OUTCOME | {"means": "sms"})).status_code
    drafted = done(handler.ask(number, "replies", **OUTCOME))
    id_ = drafted["approval"]["id"]
    assert ("concluded", "running", 409) == (
        drafted["state"], clock(handler, number)["state"], printed(handler, number, "reply"),
    )  # fmt: skip
    refused = handler.ask(number, "issue")
    assert (409, "urn:fengqiao:problem:nothing-signed") == (refused.status_code, refused.json()["type"])
    assert OUTCOME["text"] == done(leader.request("GET", f"/approvals/{id_}"))["given"]["text"]
    assert "signed" == done(decide(leader, id_))["state"]
    signed = handler.look(number)
    assert ("concluded", "running", 200) == (
        signed["state"], clock(handler, number)["state"], printed(handler, number, "reply"),
    )  # fmt: skip
    assert "outcome" not in handler.notices(number)
    assert "issue" in [each["action"] for each in signed["allowed_actions"]]
    issued = done(handler.ask(number, "issue"))
    assert ("replied", "stopped", "petition.replied.v1") == (
        issued["state"], *(clock(handler, number)[name] for name in ("state", "stopped_by")),
    )  # fmt: skip
    assert [] == issued["approvals"]
    assert 409 == handler.ask(number, "issue").status_code
    until(lambda: "outcome" in handler.notices(number), "told only now")
    assert [] == done(handler.act(number, "replies/1/proof", proof="post_receipt"))["owed"]


def test_what_is_refused_withdrawn_or_overtaken_is_not_done(handler: Window, leader: Window) -> None:
    """The reason is for who asked; a petition that goes on otherwise makes void what waits, by a line of its own."""
    number = handler.number()
    done(handler.act(number, "accept", department="D05"))
    done(handler.act(number, "liability", **BOXES))
    conclude = lambda: done(handler.ask(number, "conclude", result="supported"))["approval"]["id"]  # noqa: E731
    first, words = conclude(), "事实尚未查清"
    assert 422 == decide(leader, first, "refuse").status_code
    assert "refused" == done(decide(leader, first, "refuse", reason=words))["state"]
    assert words == done(handler.request("GET", f"/approvals/{first}"))["reason"]
    assert words not in handler.request("GET", f"/petitions/{number}").text
    second = conclude()
    assert 403 == decide(leader, second, "withdraw").status_code
    assert "withdrawn" == done(decide(handler, second, "withdraw"))["state"]
    third = conclude()
    done(handler.act(number, "withdraw"))
    assert ["信访人撤回", "审批失效：审结"] == said(handler, number)[-2:]
    refused = decide(leader, third)
    assert (409, "void") == (refused.status_code, refused.json()["state"])
    assert ("withdrawn", "withdrawn") == tuple(handler.look(number)[name] for name in ("state", "result"))
    assert [None, None, None] == [mine(leader, each) for each in (first, second, third)]


def test_a_wall_holds_at_once_and_falls_only_by_approval(
    system: Stack, handler: Window, head: Window, chief: Window
) -> None:
    """Who is walled is never asked and never learns; the chief confirms it, or it falls; the other services follow."""
    number = handler.number()
    done(handler.act(number, "accept", department="D05"))
    window = Window(system, "window", "900100")
    first = done(window.ask(number, "walls", officer="900108", reason="recused"))["approval"]
    sees = lambda: head.request("GET", f"/petitions/{number}").status_code  # noqa: E731
    custody = lambda: head.request("GET", f"/petitions/{number}/custody", "referral").status_code  # noqa: E731
    assert ("chief", 403) == (first["by"], sees())
    until(lambda: custody() == 403, "out of sight at referral too")
    assert mine(head, first["id"]) is None
    for what in ("", "/approve"):
        method = "POST" if what else "GET"
        answer = head.request(method, f"/approvals/{first['id']}{what}", json={})
        assert (403, OUT_OF_SIGHT) == (answer.status_code, answer.json()["detail"])
    assert 409 == decide(window, first["id"], "withdraw").status_code
    done(decide(chief, first["id"], "refuse", reason="无须回避"))
    assert (200, []) == (sees(), handler.look(number)["walls"])
    until(lambda: custody() == 200, "in sight again there")
    second = done(window.ask(number, "walls", officer="900108", reason="concerned"))["approval"]
    done(decide(chief, second["id"]))
    wall = handler.look(number)["walls"][0]["wall"]
    assert (2, 404) == (wall, handler.ask(number, "walls/1/lift", reason="已查清").status_code)
    lifting = done(handler.ask(number, f"walls/{wall}/lift", reason="已查清"))["approval"]
    assert (403, 403) == (sees(), decide(handler, lifting["id"]).status_code)
    done(decide(chief, lifting["id"]))
    assert 200 == sees()
    until(lambda: custody() == 200, "in sight again there")
    assert ["提请审批：解除回避（检察长）", "批准：解除回避（检察长）", "解除回避：被反映（部门 未指明）"] == said(
        handler, number
    )[-3:]


def test_who_is_kept_away_is_passed_over_and_the_last_is_paper(
    system: Stack, handler: Window, leader: Window, chief: Window
) -> None:
    """The head is walled: the leader; the chief's own, and the other chief walled: on paper, recorded by another."""
    number, window = handler.number(), Window(system, "window", "900100")
    for officer in ("900108", "900001"):
        done(window.ask(number, "walls", officer=officer, reason="recused"))
    asked = done(handler.ask(number, "not-accept", reason="not_ours"))["approval"]
    assert "leader" == asked["by"]
    assert mine(leader, asked["id"]) is not None
    ending = done(chief.ask(number, "terminate", reason="settled"))["approval"]
    assert ("paper", ["withdraw"], ["paper"]) == (
        ending["by"], (mine(chief, ending["id"]) or {})["can"], (mine(window, ending["id"]) or {})["can"],
    )  # fmt: skip
    today = handler.look(number)["received_on"]
    paper = {"approved": True, "number": "青检批〔2026〕7号", "signed_by": "市院分管领导", "signed_on": today}
    assert 409 == decide(window, asked["id"], "paper", **paper).status_code
    assert 403 == decide(chief, ending["id"], "paper", **paper).status_code
    assert 422 == decide(window, ending["id"], "paper", **(paper | {"signed_on": "2099-01-01"})).status_code
    done(decide(window, ending["id"], "paper", **paper))
    assert "terminated" == handler.look(number)["state"]
    kept = done(chief.request("GET", f"/approvals/{ending['id']}"))
    assert ("900100", "青检批〔2026〕7号") == (kept["decided_by"], kept["paper"]["number"])
    assert ["批准：终结（书面批准）", "终结：已和解或诉求已实现", "审批失效：不予受理"] == said(handler, number)[-3:]
    assert paper["signed_by"] not in handler.request("GET", f"/petitions/{number}").text
