"""The SMS provider over HTTP: signed requests, bounded waits, and an honest verdict when the answer is missing."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from requests.exceptions import ConnectionError, ConnectTimeout, RequestException

from notify.domain import Verdict

_STATES = {"accepted": Verdict.TAKEN, "delivered": Verdict.DELIVERED, "failed": Verdict.FAILED}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with the provider's code, or ours, in ASCII."""

    verdict: Verdict
    code: str


@dataclass(frozen=True, slots=True)
class Provider:
    url: str
    account: str
    secret: bytes
    signature: str
    timeout: tuple[float, float] = (3.0, 5.0)  # connect, read

    def send(self, key: str, to: str, template: str, params: Mapping[str, str], text: str, at: int) -> Outcome:
        """One request. Never raises: what is not known is a verdict too."""
        body = json.dumps(
            {
                "account": self.account,
                "key": key,
                "to": to,
                "sign": self.signature,
                "template": template,
                "params": dict(params),
                "text": text,
                "at": at,
            },
            ensure_ascii=False,
        ).encode()
        headers = {"Content-Type": "application/json", "X-Signature": self.sign(body)}
        try:
            answer = requests.post(f"{self.url}/v1/messages", data=body, headers=headers, timeout=self.timeout)
        except ConnectTimeout:
            return Outcome(Verdict.NOT_SENT, "connect-timeout")
        except ConnectionError as fault:
            # refused before a byte was sent is certain; a connection that broke later is not
            refused = "NewConnectionError" in repr(fault)
            return Outcome(Verdict.NOT_SENT if refused else Verdict.AMBIGUOUS, "connection")
        except RequestException:
            return Outcome(Verdict.AMBIGUOUS, "no-answer")
        match answer.status_code:
            case 202 | 200:
                return Outcome(Verdict.TAKEN, "accepted")
            case 401 | 403 | 429:
                return Outcome(Verdict.NOT_SENT, f"http-{answer.status_code}")
            case status if 400 <= status < 500:
                return Outcome(Verdict.REFUSED, _code(answer))
            case status:
                return Outcome(Verdict.AMBIGUOUS, f"http-{status}")

    def ask(self, key: str) -> Outcome:
        """What became of a message. `not_sent` only when the provider says that it knows no such key."""
        path = f"/v1/messages/{quote(key)}"
        headers = {"X-Signature": self.sign(path.encode())}
        try:
            answer = requests.get(f"{self.url}{path}", headers=headers, timeout=self.timeout)
            if answer.status_code == 404 and _code(answer) == "unknown_key":
                return Outcome(Verdict.NOT_SENT, "unknown-key")
            if answer.status_code == 200:
                return Outcome(_STATES[answer.json()["state"]], "asked")
        except (RequestException, ValueError, KeyError):
            pass
        return Outcome(Verdict.AMBIGUOUS, "not-answered")

    def sign(self, content: bytes) -> str:
        return f"hmac-sha256={hmac.new(self.secret, content, hashlib.sha256).hexdigest()}"

    def is_signed(self, content: bytes, signature: str | None) -> bool:
        return signature is not None and hmac.compare_digest(signature.encode(), self.sign(content).encode())


def _code(answer: Any) -> str:
    try:
        code = answer.json()["code"]
    except (ValueError, KeyError, TypeError):
        return f"http-{answer.status_code}"
    return code if isinstance(code, str) and code.isascii() and 0 < len(code) <= 60 else "other"
