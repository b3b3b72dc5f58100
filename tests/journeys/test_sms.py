"""At most one SMS per intent, whatever the provider does."""

import hashlib
import hmac
import json

import pytest
import requests
from county import Window, sent_texts, until

from tools.dev.stack import Stack


@pytest.mark.parametrize(
    ("mode", "state"),
    [("slow", "delivered"), ("drop", "delivered"), ("error", "delivered"), ("refuse", "refused"), ("fail", "failed")],
)
def test_a_misbehaving_provider_sends_one_message_at_most(system: Stack, mode: str, state: str) -> None:
    """No answer, a late one, a broken connection, an error: settled by asking, never by sending twice."""
    window = Window(system)
    control = f"{system.url('sms_provider')}/control"
    requests.post(control, json={"mode": mode, "seconds": 4, "count": 1}, timeout=5)
    number = window.number()
    until(lambda: window.notices(number) == {"receipt": state}, f"{mode}: {state}", 60)
    sent = [message for message in sent_texts(system) if f"尾号{number[-6:]}" in message["text"]]
    assert (0 if mode == "refuse" else 1) == len(sent)


@pytest.mark.parametrize("mode", ["html", "redirect", "drip", "flood"])
def test_an_answer_that_is_not_the_providers_own(system: Stack, mode: str) -> None:
    """A login page, a redirect, an endless answer: nothing is taken for sent, others are not held, it is sent once."""
    window = Window(system)
    control = f"{system.url('sms_provider')}/control"
    requests.post(control, json={"mode": mode, "seconds": 20, "count": 1}, timeout=5)
    number = window.number()
    until(lambda: window.notices(number) == {"receipt": "unknown"}, f"{mode}: unknown", 15)
    other = window.number()
    until(lambda: window.notices(other) == {"receipt": "delivered"}, "others go on", 15)
    until(lambda: window.notices(number) == {"receipt": "delivered"}, f"{mode}: sent", 60)
    assert 1 == len([message for message in sent_texts(system) if f"尾号{number[-6:]}" in message["text"]])


def test_a_receipt_that_never_comes_is_asked_for(system: Stack) -> None:
    """The provider delivered it and said so to nobody."""
    window = Window(system)
    requests.post(f"{system.url('sms_provider')}/control", json={"mode": "mute", "count": 1}, timeout=5)
    number = window.number()
    until(lambda: window.notices(number) == {"receipt": "sent"}, "sent", 15)
    until(lambda: window.notices(number) == {"receipt": "delivered"}, "asked about", 60)


@pytest.mark.parametrize("code", [None, "", 0, "空号", "x" * 300, ["a"], {"a": 1}, "a b", True])
def test_an_odd_code_costs_no_receipt(system: Stack, code: object) -> None:
    """Delivered stays delivered, whatever stands beside it, and nothing odd is kept."""
    window = Window(system)
    requests.post(f"{system.url('sms_provider')}/control", json={"mode": "mute", "count": 1}, timeout=5)
    number = window.number()
    until(lambda: window.notices(number) == {"receipt": "sent"}, "sent", 15)
    key = window.request("GET", f"/petitions/{number}/notices", service="notify").json()["notices"][0]["notice"]
    body = json.dumps({"key": key, "state": "failed", "code": code, "more": "x"}).encode()
    signature = hmac.new((system.folder / "sms.secret").read_bytes().strip(), body, hashlib.sha256).hexdigest()
    headers = {"X-Signature": f"hmac-sha256={signature}", "Content-Type": "application/json"}
    answer = requests.post(f"{system.url('notify')}/provider/receipts", data=body, headers=headers, timeout=5)
    assert answer.status_code == 200, answer.text
    shown = window.request("GET", f"/petitions/{number}/notices", service="notify").json()["notices"][0]
    assert "failed" == shown["state"]
    assert shown["reason"] in ("none", "0", "other")


def test_a_receipt_must_be_signed(system: Stack) -> None:
    """Whoever reaches the port cannot declare a message delivered."""
    url = f"{system.url('notify')}/provider/receipts"
    body = {"key": "0" * 32, "state": "delivered", "code": "ok"}
    assert requests.post(url, json=body, headers={"X-Signature": "hmac-sha256=00"}, timeout=5).status_code == 401
    assert requests.post(url, json=body, timeout=5).status_code == 401
