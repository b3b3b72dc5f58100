"""No petition is closed before its petitioner was told, and it was proved, or could not be told, lawfully."""

from typing import Any

import pytest
from county import Window, until

from tools.dev.stack import Stack

REPLY = {"kind": "outcome_reply", "means": "post", "text": "答复书"}


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system)


def decided(window: Window, **changes: Any) -> str:
    """A petition that is accepted and concluded."""
    number = window.number(**changes)
    window.act(number, "accept", department="D05")
    boxes = dict.fromkeys(("criminal", "civil", "administrative", "public_interest"), False)
    assert window.act(number, "liability", **boxes).ok
    assert window.act(number, "conclude", result="supported").ok
    return number


def owed(window: Window, number: str) -> list[str]:
    answer = window.request("GET", f"/petitions/{number}/owed")
    assert answer.ok, answer.text
    return [each["reply"] for each in answer.json()["owed"]]


def closes(window: Window, number: str) -> None:
    assert "close" in [each["action"] for each in window.look(number)["allowed_actions"]]
    assert window.act(number, "close").ok
    until(lambda: window.look(number)["state"] == "closed", "closed")


def test_a_posted_answer_is_told_when_its_receipt_is_here(window: Window) -> None:
    """Closing names what is owed; a receipt settles it, once; the timeline says by which proof."""
    number = decided(window)
    assert "outcome_reply" in owed(window, number)
    assert window.act(number, "replies", **REPLY).ok
    refused = window.act(number, "close")
    assert (409, ["outcome_reply"]) == (refused.status_code, refused.json()["owed"])
    assert "结果答复" in refused.json()["detail"]
    assert "close" not in [each["action"] for each in refused.json()["allowed_actions"]]
    assert 422 == window.act(number, "replies/1/proof", proof="sms_delivered").status_code
    assert 422 == window.act(number, "replies/1/proof", proof="post_receipt", proved_on="2026-01-01").status_code
    assert 404 == window.act(number, "replies/2/proof", proof="post_receipt").status_code
    told = window.act(number, "replies/1/proof", proof="post_receipt").json()
    assert ([], "post_receipt") == (told["owed"], told["told"][0]["proof"])
    assert 409 == window.act(number, "replies/1/proof", proof="signed").status_code
    assert "petition.told.v1" in window.steps(number)
    closes(window, number)


def test_the_law_decides_the_means(window: Window) -> None:
    """An appeal's conclusion is served, a claim's may be said on the phone, who asked for secrecy gets no SMS."""
    appeal = decided(window, line="criminal_appeal")
    refused = window.act(appeal, "replies", **(REPLY | {"means": "call"}))
    assert (422, "means", ["in_person", "post"]) == (
        refused.status_code,
        refused.json()["field"],
        refused.json()["lawful"],
    )
    assert window.look(appeal)["state"] == "concluded"
    assert window.act(appeal, "replies", **REPLY).ok
    assert 422 == window.act(appeal, "impossible", reply="outcome_reply", reason="no_answer").status_code
    assert window.act(appeal, "replies/1/proof", proof="refused_witnessed").ok
    claim = decided(window)
    assert window.act(claim, "replies", **(REPLY | {"means": "call"})).ok
    assert window.act(claim, "replies/1/proof", proof="call_confirmed").ok
    secret = window.number(secrecy=True)
    sms = {"kind": "procedural_reply", "means": "sms", "text": "已受理"}
    assert 422 == window.act(secret, "replies", **sms).status_code


def test_what_cannot_be_told_is_recorded_with_its_reason(window: Window) -> None:
    """An officer finds it; only what is owed; the words of the system are not an officer's."""
    number = decided(window)
    window.act(number, "replies", **REPLY)
    assert 409 == window.act(number, "impossible", reply="procedural_reply", reason="declined").status_code
    for reason in ("anonymous", "no_contact"):
        assert 422 == window.act(number, "impossible", reply="outcome_reply", reason=reason).status_code
    recorded = window.act(number, "impossible", reply="outcome_reply", reason="whereabouts_unknown")
    assert [] == recorded.json()["owed"]
    assert "结果答复依法无法告知：下落不明" in [step["sentence"] for step in window.look(number)["timeline"]]
    closes(window, number)


def test_nobody_is_owed_nothing(window: Window) -> None:
    """An anonymous letter cannot be answered: it closes without."""
    number = decided(window, petitioner=None, anonymous=True)
    window.act(number, "replies", **REPLY)
    assert "anonymous" == window.request("GET", f"/petitions/{number}/owed").json()["impossible"]
    closes(window, number)


def test_a_refusal_is_served_before_it_is_closed(window: Window) -> None:
    """不予受理 in writing; reopened, what was told before no longer counts."""
    number = window.number()
    window.act(number, "not-accept", reason="not_ours")
    assert 409 == window.act(number, "close").status_code
    reply = {"kind": "procedural_reply", "text": "不予受理告知书"}
    assert 422 == window.act(number, "replies", means="call", **reply).status_code
    assert window.act(number, "replies", means="in_person", **reply).ok
    assert window.act(number, "replies/1/proof", proof="signed").ok
    assert [] == owed(window, number)
    window.act(number, "reopen", reason="new_evidence")
    window.act(number, "not-accept", reason="not_ours")
    assert ["procedural_reply"] == owed(window, number)
    assert window.act(number, "replies", means="post", **reply).ok
    assert window.act(number, "replies/2/proof", proof="post_receipt").ok
    closes(window, number)
