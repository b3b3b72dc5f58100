"""One petition from the window to the petitioner's phone, undisturbed and with every service killed on the way."""

import uuid
from typing import Any

import pytest
from county import CLAIM, PETITIONER, Agency, Window, kill, sent_texts, today, until

from tools.dev.stack import Stack

SERVICES = ("intake", "referral", "notify", "agency-A09", "sms_provider")


def walk(window: Window, system: Stack, disturb: str | None = None) -> str:
    """The whole path; after every step of ours the disturbed service is killed."""

    def step() -> None:
        if disturb:
            kill(system, disturb)

    def again(method: str, path: str, body: object) -> dict[str, Any] | None:
        """Repeated until answered, under one key for one command."""
        key = f"{run}-{path.rsplit('/', 1)[-1]}"
        answer = window.request(method, path, json=body, headers={"Idempotency-Key": key})
        return answer.json() if answer.ok else None

    def approved(approval: str) -> bool:
        """By the leader in charge, repeated under one key."""
        headers = {"Idempotency-Key": f"{run}-{approval}"}
        return leader.request("POST", f"/approvals/{approval}/approve", json={}, headers=headers).ok

    run, leader = uuid.uuid4().hex, Window(system, "leader", "900002", department="D05")

    number = until(lambda: again("POST", "/petitions", CLAIM), "registered")["number"]
    step()
    until(lambda: again("POST", f"/petitions/{number}/accept", {"department": "D05"}), "accepted")
    step()
    refer = {"to": "A09", "basis": "regulation_31", "petitioner_wish": True}
    until(lambda: again("POST", f"/petitions/{number}/refer", refer), "referred")
    step()
    for type_ in ("referral.signed.v1", "referral.accepted.v1", "referral.answered.v1"):
        until(lambda type_=type_: type_ in window.steps(number), type_)
        step()
    boxes = {"criminal": False, "civil": True, "administrative": False, "public_interest": False}
    until(lambda: again("POST", f"/petitions/{number}/liability", boxes), "reviewed")
    step()
    asked = until(lambda: again("POST", f"/petitions/{number}/conclude", {"result": "supported"}), "asked")
    step()
    until(lambda: approved(asked["approval"]["id"]), "concluded")
    step()
    reply = {"kind": "outcome_reply", "means": "post", "text": "答复书"}
    asked = until(lambda: again("POST", f"/petitions/{number}/replies", reply), "drafted")
    step()
    until(lambda: approved(asked["approval"]["id"]), "signed")
    step()
    until(lambda: again("POST", f"/petitions/{number}/issue", {}), "issued")
    step()
    proof = {"proof": "post_receipt"}
    until(lambda: again("POST", f"/petitions/{number}/replies/1/proof", proof), "proved")
    step()
    until(lambda: again("POST", f"/petitions/{number}/close", {}), "closing")
    step()
    until(lambda: window.look(number).get("state") == "closed", "closed")
    delivered = dict.fromkeys(("receipt", "accepted", "transferred", "outcome"), "delivered")
    until(lambda: window.notices(number) == delivered, "four messages delivered", 60)
    return number


@pytest.mark.parametrize("disturb", [None, *SERVICES])
def test_it_ends_right_whatever_is_killed(system: Stack, disturb: str | None) -> None:
    """kill -9 of a service after every step: the same end, every effect once, exactly one custodian at a time."""
    window = Window(system)
    number = walk(window, system, disturb)
    steps = window.steps(number)
    for once in (
        "petition.registered.v1",
        "petition.referred.v1",
        "referral.sent.v1",
        "referral.signed.v1",
        "referral.accepted.v1",
        "referral.answered.v1",
        "custody.moved.v1",
        "petition.closed.v1",
    ):
        assert steps.count(once) == 1, once
    assert window.holders(number) == ["A00", "A09", None]
    texts = [message["text"] for message in sent_texts(system) if f"尾号{number[-6:]}" in message["text"]]
    assert len(texts) == 4, texts
    assert len(set(texts)) == 4


def test_an_objection_is_ruled_on_and_the_petition_comes_back(system: Stack) -> None:
    """Signed, objected, overruled, objected again, upheld: back with us, custody never having moved."""
    window, agency = Window(system), Agency(system, "A06")
    number = window.number(petitioner=PETITIONER | {"sms_consent": False})
    assert window.refer(number, "A06").status_code == 200
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    assert {"name", "phone", "address", "title", "statement"} == set(offer["material"])
    referral = offer["referral"]
    for ruling, state in (("overruled", "signed"), ("upheld", "returned")):
        if ruling == "overruled":
            agency.reply("signed", referral)
        agency.reply("objected", referral, reason="not_competent", text="不属于我局职责")
        until(lambda: window.referral(number)["state"] == "objected", "objected")
        path = f"/referrals/{referral}/rule"
        assert window.request("POST", path, service="referral", json={"ruling": ruling}).status_code == 200
        assert ruling == agency.hear("referral.ruling.v1")["data"]["ruling"]
        assert state == window.referral(number)["state"]
    until(lambda: window.look(number)["state"] == "registered", "back with us")
    assert window.holders(number) == ["A00"]


def test_an_agency_hands_a_petition_in(system: Stack) -> None:
    """petition.submitted is registered under our number, an officer signs; a repeat and a wrong one are told."""
    window, agency = Window(system), Agency(system, "A05")
    data = {
        "submission": "信访局2026-0001",
        "received_on": today().isoformat(),
        "kind": "claim",
        "line": "other",
        "title": "邻里纠纷",
        "statement": "通道被占",
        "petitioner": {"name": "孙长根", "resident_id": None, "phone": None, "address": "石桥镇"},
    }
    message = agency.say("petition.submitted.v1", data)
    number = window.submitted("信访局2026-0001")
    assert window.look(number)["state"] == "submitted"
    assert window.act(number, "sign").status_code == 200
    signed = agency.hear("submission.signed.v1")["data"]
    assert (number, "信访局2026-0001") == (signed["petition"], signed["submission"])
    agency.say("petition.submitted.v1", data, id=message)
    again = agency.say("petition.submitted.v1", data)
    told = agency.hear("message.rejected.v1", lambda said: said["message"] == again)["data"]
    assert told["field"] == "submission"
    wrong = data | {"submission": "2", "petitioner": {"name": "某", "resident_id": "619926198503120015"}}
    agency.say("petition.submitted.v1", wrong)
    assert agency.hear("message.rejected.v1")["data"]["field"] == "petitioner.resident_id"


def test_closing_waits_for_the_answer(system: Stack) -> None:
    """A referral still open keeps custody: the petition cannot be concluded over the agency's head."""
    window, agency = Window(system), Agency(system, "A06")
    number = window.number()
    window.refer(number, "A06")
    answer = window.act(number, "conclude", result="supported")
    assert (409, "尚未反馈" in answer.json()["detail"]) == (answer.status_code, True)
    agency.hear("referral.offered.v1", lambda data: data["petition"] == number)
