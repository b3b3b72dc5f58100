#!/usr/bin/env python3
"""A stand-in for an SMS provider: signed requests, receipts by callback, slow or refusing on request.

Standard library only. It behaves like the gateways used in China: an approved signature in front of the text, a
template id, a key of the client's that makes repeats safe, receipts until they are taken.
"""

import argparse
import hashlib
import hmac
import json
import re
import sqlite3
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, id TEXT, digest TEXT, recipient TEXT, text TEXT,
    segments INTEGER, state TEXT, accepted_at REAL, settled_at REAL, fate TEXT, due REAL, tries INTEGER DEFAULT 0,
    told INTEGER DEFAULT 0);
"""
KEEP_TRYING = 600.0
MOBILE = re.compile(r"\+861[3-9]\d{9}")


def parts(text: str) -> int:
    """70 UTF-16 units alone, else 67 each, and no character is cut in two. 𠮷 is two units."""
    sizes = [2 if ord(char) > 0xFFFF else 1 for char in text]
    if sum(sizes) <= 70:
        return 1
    count, room = 1, 67
    for size in sizes:
        if size > room:
            count, room = count + 1, 67
        room -= size
    return count


class Refused(Exception):  # noqa: N818 - an answer, not an error
    def __init__(self, status: int, code: str):
        super().__init__(code)
        self.status, self.code = status, code


class Provider:
    """What was really sent, kept so that a kill loses nothing that was answered."""

    def __init__(self, folder: Path, secret: bytes, callback: str, receipt_after: float):
        self.secret, self.callback, self.receipt_after = secret, callback, receipt_after
        self.lock = threading.Lock()
        self.mode: dict[str, Any] = {"mode": "ok", "seconds": 5.0, "count": None}
        self.store = sqlite3.connect(folder / "messages.sqlite", check_same_thread=False, isolation_level=None)
        self.store.execute("PRAGMA synchronous=FULL")
        self.store.executescript(SCHEMA)

    def sign(self, content: bytes) -> str:
        return "hmac-sha256=" + hmac.new(self.secret, content, hashlib.sha256).hexdigest()

    def check(self, content: bytes, signature: str | None) -> None:
        if not hmac.compare_digest(self.sign(content), signature or ""):
            raise Refused(401, "bad_signature")

    def misbehaviour(self) -> tuple[str, float]:
        with self.lock:
            mode, count = self.mode["mode"], self.mode["count"]
            if count is not None:
                self.mode["count"] = count - 1
                if count <= 1:
                    self.mode = {"mode": "ok", "seconds": 5.0, "count": None}
            return mode, float(self.mode["seconds"])

    def accept(self, body: bytes, mode: str) -> dict[str, Any]:
        message = json.loads(body)
        if abs(time.time() - float(message["at"])) > 300:
            raise Refused(401, "too_old")
        text, key = str(message["text"]), str(message["key"])
        if not 0 < len(key) <= 64:
            raise Refused(422, "bad_key")
        if not MOBILE.fullmatch(str(message["to"])):
            raise Refused(422, "bad_number")
        if not text.startswith(f"【{message['sign']}】"):
            raise Refused(422, "no_signature")
        segments = parts(text)
        if segments > 2:
            raise Refused(422, "too_long")
        # the time of the request is no part of what is sent
        digest = hashlib.sha256(json.dumps([message["to"], text, message["template"]]).encode()).hexdigest()
        now = time.time()
        with self.lock:
            row = self.store.execute("SELECT id, digest, segments FROM message WHERE key=?", (key,)).fetchone()
            if row is None:
                row = (uuid.uuid4().hex, digest, segments)
                fate = "failed" if mode == "fail" else "delivered"
                mute = int(mode == "mute")  # it is delivered, and nobody says so unasked
                self.store.execute(
                    "INSERT INTO message"
                    " (key, id, digest, recipient, text, segments, state, accepted_at, fate, due, told)"
                    " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        key,
                        *row[:2],
                        message["to"],
                        text,
                        segments,
                        fate if mute else "accepted",
                        now,
                        fate,
                        now + self.receipt_after,
                        mute,
                    ),
                )
        if row[1] != digest:
            raise Refused(409, "key_used")
        return {"key": key, "id": row[0], "state": "accepted", "segments": row[2]}

    def look(self, key: str) -> dict[str, Any]:
        with self.lock:
            row = self.store.execute("SELECT id, state, accepted_at FROM message WHERE key=?", (key,)).fetchone()
        if row is None:
            raise Refused(404, "unknown_key")
        return {"key": key, "id": row[0], "state": row[1], "at": row[2]}

    def sent(self) -> list[dict[str, Any]]:
        columns = ("key", "to", "text", "state", "segments", "accepted_at", "delivered_at")
        with self.lock:
            rows = self.store.execute(
                "SELECT key, recipient, text, state, segments, accepted_at, settled_at FROM message ORDER BY n"
            ).fetchall()
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def deliver_for_ever(self) -> None:
        """Settles what is due and tells the client until it listens."""
        while True:
            with self.lock:
                rows = self.store.execute(
                    "SELECT key, id, fate, tries, accepted_at FROM message WHERE told=0 AND due<=? LIMIT 20",
                    (time.time(),),
                ).fetchall()
            for key, id_, fate, tries, accepted in rows:
                with self.lock:
                    self.store.execute(
                        "UPDATE message SET state=fate, settled_at=coalesce(settled_at, ?) WHERE key=?",
                        (time.time(), key),
                    )
                code = "ok" if fate == "delivered" else "absent"
                told = self.tell({"key": key, "id": id_, "state": fate, "code": code, "at": time.time()})
                given_up = time.time() - accepted > KEEP_TRYING
                wait = min(30.0, 0.5 * 2**tries)
                with self.lock:
                    self.store.execute(
                        "UPDATE message SET told=?, tries=tries+1, due=? WHERE key=?",
                        (int(told or given_up), time.time() + wait, key),
                    )
            if not rows:
                time.sleep(0.1)

    def tell(self, receipt: dict[str, Any]) -> bool:
        body = json.dumps(receipt).encode()
        headers = {"Content-Type": "application/json", "X-Signature": self.sign(body)}
        request = urllib.request.Request(self.callback, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(200 <= answer.status < 300)
        except (urllib.error.URLError, OSError):
            return False


def handler_for(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 65536))
            if self.path == "/control":
                provider.mode = {"mode": "ok", "seconds": 5.0, "count": None} | json.loads(body)
                return self.reply(200, provider.mode)
            if self.path != "/v1/messages":
                return self.reply(404, {"code": "no_such_path"})
            key = None
            try:
                provider.check(body, self.headers.get("X-Signature"))
                key = json.loads(body)["key"]
                mode, seconds = provider.misbehaviour()
                if mode in ("html", "redirect", "drip", "flood"):
                    return self.misanswer(mode, seconds)
                if mode == "refuse":
                    raise Refused(422, "blacklist")
                if mode == "error":
                    raise Refused(503, "try_later")
                answer = provider.accept(body, mode)
            except Refused as refusal:
                # with the key: an answer without it may be anybody's on the way
                return self.reply(refusal.status, {"key": key, "code": refusal.code})
            except (ValueError, KeyError, TypeError):
                return self.reply(400, {"code": "malformed"})
            if mode == "drop":
                self.close_connection = True
                return self.connection.close()
            if mode == "slow":
                time.sleep(seconds)
            return self.reply(202, answer)

        def do_GET(self) -> None:
            if self.path == "/control/messages":
                return self.reply(200, {"messages": provider.sent()})
            key = self.path.removeprefix("/v1/messages/")
            try:
                provider.check(self.path.encode(), self.headers.get("X-Signature"))
                return self.reply(200, provider.look(key))
            except Refused as refusal:
                return self.reply(refusal.status, {"key": key, "code": refusal.code})

        def misanswer(self, mode: str, seconds: float) -> None:
            """What proxies, login pages and broken gateways answer; the message was not taken."""
            self.close_connection = True
            heads = {
                "html": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>login</html>",
                "redirect": b"HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
                "drip": b"HTTP/1.1 200 OK\r\n\r\n",
                "flood": b"HTTP/1.1 200 OK\r\n\r\n",
            }
            until = time.monotonic() + seconds
            try:
                self.wfile.write(heads[mode])
                while mode in ("drip", "flood") and time.monotonic() < until:
                    self.wfile.write(b" " if mode == "drip" else b" " * 1_000_000)
                    time.sleep(0.2 if mode == "drip" else 0)
            except OSError:
                pass  # the client has heard enough

        def reply(self, status: int, content: Any) -> None:
            body = json.dumps(content, ensure_ascii=False).encode()
            key = content.get("key") or content.get("code") or "-"
            print(f"{time.strftime('%H:%M:%S')} {self.command} {status} {key}", flush=True)
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the client did not wait

        def log_message(self, *_: Any) -> None:
            """The line above says it without the number or the text."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where it listens")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the store")
    parser.add_argument("--secret-file", type=Path, required=True, help="the shared secret that signs")
    parser.add_argument("--callback", required=True, help="where receipts are sent")
    parser.add_argument("--receipt-after", type=float, default=0.3, help="seconds from acceptance to receipt")
    asked = parser.parse_args()
    asked.data.mkdir(parents=True, exist_ok=True)
    provider = Provider(asked.data, asked.secret_file.read_bytes().strip(), asked.callback, asked.receipt_after)
    threading.Thread(target=provider.deliver_for_ever, daemon=True).start()
    ThreadingHTTPServer((asked.host, asked.port), handler_for(provider)).serve_forever()


if __name__ == "__main__":
    main()
