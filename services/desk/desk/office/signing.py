"""The signer, asked over its Unix socket; tokens stay here for their minutes and never reach a browser."""

import http.client
import json
import socket
import time
from pathlib import Path
from threading import Lock
from typing import Any

from desk.client import Away, Refused

_WAITS = 12.0  # a password is looked at for a while, and two at a time
_BEFORE_END = 45.0  # seconds: a page's last read must find its token good


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path):
        super().__init__("signer", timeout=_WAITS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Signing:
    """Asks the signer; `grant` is what stands there for one browser."""

    def __init__(self, path: Path):
        self.path = path
        self.tokens: dict[str, tuple[float, str]] = {}
        self.lock = Lock()

    def ask(self, path: str, **body: str | None) -> dict[str, Any]:
        """What the signer answers. Raises Refused, Away."""
        content = json.dumps({name: value for name, value in body.items() if value is not None})
        return self._send("POST", path, content)

    def token(self, grant: str) -> str:
        """A token that is good for this page. Raises Refused where the login has ended, Away."""
        with self.lock:
            until, token = self.tokens.get(grant, (0.0, ""))
        if until <= time.monotonic():
            begun = time.monotonic()
            said = self.ask("/tokens", grant=grant)
            token = str(said["token"])
            with self.lock:
                self.tokens = {each: kept for each, kept in self.tokens.items() if kept[0] > begun}
                self.tokens[grant] = begun + said["seconds"] - _BEFORE_END, token
        return token

    def forget(self, grant: str) -> None:
        """The next page asks anew: a login that ended, or one that proved itself again."""
        with self.lock:
            self.tokens.pop(grant, None)

    def is_ready(self) -> bool:
        """Whether it answers, and its database with it."""
        try:
            return bool(self._send("GET", "/health/ready")["status"] == "ready")
        except (Away, Refused, KeyError):
            return False

    def _send(self, method: str, path: str, content: str | None = None) -> dict[str, Any]:
        connection = _Connection(self.path)
        try:
            connection.request(method, path, content, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said: dict[str, Any] = json.loads(answer.read() or b"{}")
        except (OSError, ValueError, http.client.HTTPException):
            raise Away("signer") from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(answer.status, said)
        return said
