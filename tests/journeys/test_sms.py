"""At most one SMS per intent, whatever the provider does."""

import pytest
import requests
from county import Window, sent_texts, until

from local.stack import Stack


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


def test_a_receipt_must_be_signed(system: Stack) -> None:
    """Whoever reaches the port cannot declare a message delivered."""
    url = f"{system.url('notify')}/provider/receipts"
    body = {"key": "0" * 32, "state": "delivered", "code": "ok"}
    assert requests.post(url, json=body, headers={"X-Signature": "hmac-sha256=00"}, timeout=5).status_code == 401
    assert requests.post(url, json=body, timeout=5).status_code == 401
