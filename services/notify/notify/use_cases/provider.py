"""The SMS provider over HTTP: signed requests, bounded in time and size, an honest verdict when the answer is missing.

What stands between us and the provider (a proxy, a login page, a firewall) answers too: only JSON that names our key is
the provider's word. Redirects, environment proxies and .netrc are not followed, so number and text go to one address.
"""

import hashlib
import hmac
import http.client
import io
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from contracts import strict
from contracts.fields import code_of
from notify.domain.states import Verdict

_STATES = {"accepted": Verdict.TAKEN, "delivered": Verdict.DELIVERED, "failed": Verdict.FAILED}
# the provider says that it did not take it, for now: asked for again
_NOT_NOW = frozenset({401, 403, 408, 421, 425, 429})
LARGEST = 64 * 1024  # of an answer, headers and all; the provider's own has some hundred bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with the provider's code, or ours, in ASCII."""

    verdict: Verdict
    code: str


class Unreached(Exception):  # noqa: N818 - where it was, not what went wrong
    """No connection: for certain not a byte of the request has left."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One account; `secret` signs what we ask for and proves the receipts that come."""

    url: str
    account: str
    secret: bytes
    signature: str
    timeout: tuple[float, float] = (3.0, 5.0)  # until connected, until the whole answer is here
    # interrupts what no socket's timeout bounds where sockets are green: names looked up, a handshake that drips
    within: Callable[[float], AbstractContextManager[Any]] = nullcontext

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
        try:
            status, said = self._exchange("POST", "/v1/messages", body, body)
        except Unreached:
            return Outcome(Verdict.NOT_SENT, "connection")
        except (OSError, ValueError, http.client.HTTPException):
            return Outcome(Verdict.AMBIGUOUS, "no-answer")
        return _sent(status, said, key)

    def ask(self, key: str) -> Outcome:
        """What became of a message. `not_sent` only when the provider says that it knows no such key."""
        path = f"/v1/messages/{quote(key)}"
        try:
            status, said = self._exchange("GET", path, None, path.encode())
        except (Unreached, OSError, ValueError, http.client.HTTPException):
            return Outcome(Verdict.AMBIGUOUS, "not-answered")
        if said.get("key") == key:
            if status == 404 and said.get("code") == "unknown_key":
                return Outcome(Verdict.NOT_SENT, "unknown-key")
            if status == 200:
                return Outcome(_state(said), _code(said, "asked"))
        return Outcome(Verdict.AMBIGUOUS, "not-answered")

    def sign(self, content: bytes) -> str:
        """The header's value: HMAC-SHA-256 in hex, after its name."""
        return f"hmac-sha256={hmac.new(self.secret, content, hashlib.sha256).hexdigest()}"

    def is_signed(self, content: bytes, signature: str | None) -> bool:
        """Whether the signature is this content's; compared in constant time."""
        return signature is not None and hmac.compare_digest(signature.encode(), self.sign(content).encode())

    def _exchange(self, method: str, path: str, body: bytes | None, signed: bytes) -> tuple[int, Mapping[str, Any]]:
        """The status, and the JSON object of the answer; {} for anything else.

        Raises Unreached, OSError, HTTPException.
        """
        to_connect, to_answer = self.timeout
        address = urlsplit(self.url)
        headers = {"X-Signature": self.sign(signed), "Connection": "close"}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        with self.within(to_connect + to_answer):
            try:
                connection = _connect(address.scheme, address.hostname or "", address.port, to_connect)
            except (OSError, UnicodeError) as fault:
                raise Unreached from fault
            with connection.sock as connected:
                connection.sock = _Bounded(connected, time.monotonic() + to_answer)
                connection.request(method, address.path + path, body, headers)
                answer = connection.getresponse()
                return answer.status, _object(answer.read())


class _Bounded:
    """A connected socket that is read and written until one deadline, and read up to one size.

    A socket's own timeout begins anew with each byte: who sends one a second holds its reader for ever.
    """

    def __init__(self, connected: socket.socket, deadline: float):
        self.connected, self.deadline = connected, deadline

    def sendall(self, content: bytes) -> None:
        self._hurry()
        self.connected.sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self))

    def read(self, into: Any) -> int:
        self._hurry()
        return self.connected.recv_into(into)

    def close(self) -> None:
        """The connection is let go of before its answer is read; who made it closes it."""

    def _hurry(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self.connected.settimeout(left)


class _Bytes(io.RawIOBase):
    def __init__(self, connected: _Bounded):
        self.connected, self.left = connected, LARGEST

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        count = self.connected.read(into)
        self.left -= count
        if self.left < 0:
            raise OSError("the answer is too long")
        return count


def _connect(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    connection = (
        http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
        if scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=seconds)
    )
    connection.connect()
    return connection


def _sent(status: int, said: Mapping[str, Any], key: str) -> Outcome:
    """What an answer to a message means. Without the provider's word on our key nothing is known: it is asked later."""
    if said.get("key") != key:
        return Outcome(Verdict.AMBIGUOUS, f"http-{status}")
    if status in (200, 202):
        return Outcome(_state(said), _code(said, "accepted"))
    if status in _NOT_NOW:
        return Outcome(Verdict.NOT_SENT, f"http-{status}")
    if 400 <= status < 500 and status != 409:
        return Outcome(Verdict.REFUSED, _code(said, f"http-{status}"))
    # 409: it has this key already, with another wording: what became of that one is asked
    return Outcome(Verdict.AMBIGUOUS, f"http-{status}")


def _state(said: Mapping[str, Any]) -> Verdict:
    state = said.get("state")
    return _STATES.get(state, Verdict.AMBIGUOUS) if isinstance(state, str) else Verdict.AMBIGUOUS


def _code(said: Mapping[str, Any], otherwise: str) -> str:
    return code_of(said.get("code")) or otherwise


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = strict.read(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
