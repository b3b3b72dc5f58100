"""Whatever answers in the provider's place, and however: bounded in time and size, and never taken for its word."""

import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from notify.domain.states import Verdict
from notify.use_cases.provider import LARGEST, Outcome, Provider

KEY = "0" * 32
Answer = Callable[[socket.socket, bytes], None]


@contextmanager
def answering(answer: Answer) -> Iterator[tuple[Provider, list[bytes]]]:
    """A provider of one's own on a port of this machine, and what was asked of it."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        asked.append(read_request(connection))
                        answer(connection, asked[-1])
                    except OSError:
                        pass  # the client has heard enough

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        yield Provider(url, "fenghe", b"secret", "枫禾县检察院", timeout=(1.0, 1.0)), asked
        server.shutdown(socket.SHUT_RDWR)


def read_request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (int(each.split(b":")[1]) for each in head.split(b"\r\n") if each.lower()[:14] == b"content-length"), 0
    )
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    """Raises where the other side has gone: asking again and again would take a processor until the suite's end."""
    if not (got := connection.recv(65536)):
        raise ConnectionResetError
    return got


def send(provider: Provider) -> Outcome:
    return provider.send(KEY, "+8619900001208", "FQ-RECEIPT-1", {"tail": "000004"}, "【枫禾县检察院】…", 0)


def says(status: int, content: str, more: str = "") -> Answer:
    body = content.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode()
    return lambda connection, _: connection.sendall(head + body)


def drips(head: bytes, each: bytes) -> Answer:
    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(each)
            time.sleep(0.2)  # what is tried is slowness itself

    return answer


def floods(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(300):
        connection.sendall(b" " * 1_000_000)


@pytest.mark.parametrize(
    "answer",
    [
        drips(b"HTTP/1.1 202 OK\r\nContent-Length: 1000\r\n\r\n", b"{"),
        drips(b"HTTP/1.1 202 OK\r\n", b"X: y\r\n"),
        drips(b"", b"H"),
        drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drips(b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["body", "headers", "status", "continue", "chunks"],
)
def test_who_drips_holds_nobody(answer: Answer) -> None:
    """The whole request has a deadline, not each byte: a sender that is held sends nobody else's message."""
    with answering(answer) as (provider, _):
        for act in (send, lambda provider: provider.ask(KEY)):
            begun = time.monotonic()
            assert Verdict.AMBIGUOUS is act(provider).verdict
            assert time.monotonic() - begun < 3


def test_a_flood_is_not_swallowed() -> None:
    """Of an answer no more is read than one of the provider's can have."""
    with answering(floods) as (provider, _):
        tracemalloc.start()
        try:
            assert Verdict.AMBIGUOUS is send(provider).verdict
            assert tracemalloc.get_traced_memory()[1] < 20 * LARGEST
        finally:
            tracemalloc.stop()


def test_number_and_text_go_to_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """No redirect is followed, and no proxy of the environment is used."""
    with answering(says(200, "{}")) as (elsewhere, heard):
        monkeypatch.setenv("http_proxy", elsewhere.url)
        monkeypatch.setenv("ALL_PROXY", elsewhere.url)
        for status in (301, 302, 303, 307, 308):
            with answering(says(status, "", f"Location: {elsewhere.url}/x\r\n")) as (provider, asked):
                assert Verdict.AMBIGUOUS is send(provider).verdict
                assert 1 == len(asked)
        assert [] == heard


OURS = {"key": KEY, "id": "1", "state": "accepted"}
NOT_ITS_WORD = [
    (200, "<html>登录</html>"),
    (200, ""),
    (202, json.dumps(OURS | {"key": "1" * 32})),
    (202, json.dumps({"id": "1", "state": "accepted"})),
    (202, json.dumps(OURS | {"state": "queued?"})),
    (202, json.dumps(OURS | {"state": ["accepted"]})),
    (202, json.dumps([OURS])),
    (202, json.dumps(OURS).replace('"id"', '"state": "failed", "id"')),
    (200, json.dumps(OURS).encode("utf-16").decode("latin-1")),
    *[(status, "<html>proxy</html>") for status in (400, 401, 403, 404, 407, 408, 413, 421, 422, 425, 429, 502, 503)],
    *[(status, '{"code": "unknown_key"}') for status in (400, 404, 408, 422, 425, 429)],
    (500, json.dumps({"key": KEY, "code": "oops"})),
    (409, json.dumps({"key": KEY, "code": "key_used"})),
]


@pytest.mark.parametrize(("status", "content"), NOT_ITS_WORD)
def test_what_stands_between_is_not_believed(status: int, content: str) -> None:
    """It is neither sent nor refused nor not sent: it is asked about."""
    with answering(says(status, content)) as (provider, _):
        assert Verdict.AMBIGUOUS is send(provider).verdict
        assert Verdict.AMBIGUOUS is provider.ask(KEY).verdict or json.loads(content)["key"] == KEY


@pytest.mark.parametrize(
    ("status", "content", "outcome"),
    [
        (202, OURS, Outcome(Verdict.TAKEN, "accepted")),
        (200, OURS | {"state": "delivered"}, Outcome(Verdict.DELIVERED, "accepted")),
        *[(status, {"key": KEY, "code": "later"}, Outcome(Verdict.NOT_SENT, f"http-{status}"))
          for status in (401, 403, 408, 421, 425, 429)],
        (422, {"key": KEY, "code": "blacklist"}, Outcome(Verdict.REFUSED, "blacklist")),
        (422, {"key": KEY, "code": "空号"}, Outcome(Verdict.REFUSED, "other")),
        (422, {"key": KEY, "code": ["a b"]}, Outcome(Verdict.REFUSED, "other")),
        (422, {"key": KEY, "code": 0}, Outcome(Verdict.REFUSED, "0")),
        (422, {"key": KEY, "code": None}, Outcome(Verdict.REFUSED, "http-422")),
    ],
)  # fmt: skip
def test_its_own_word_is(status: int, content: dict[str, object], outcome: Outcome) -> None:
    """With our key in its JSON; what it refuses for now is tried again, and an odd code changes no verdict."""
    with answering(says(status, json.dumps(content, ensure_ascii=False))) as (provider, _):
        assert outcome == send(provider)


def test_asked_it_says_what_became_of_it() -> None:
    """Only its own 404 for our key says that it does not know it."""
    for status, content, verdict in (
        (200, OURS, Verdict.TAKEN),
        (200, OURS | {"state": "failed"}, Verdict.FAILED),
        (404, {"key": KEY, "code": "unknown_key"}, Verdict.NOT_SENT),
        (404, {"key": KEY, "code": "no_such_path"}, Verdict.AMBIGUOUS),
        (404, {"code": "unknown_key"}, Verdict.AMBIGUOUS),
    ):
        with answering(says(status, json.dumps(content))) as (provider, _):
            assert verdict is provider.ask(KEY).verdict


def test_what_never_left_is_certain() -> None:
    """Refused, or a name that nobody has: not a byte of it is anywhere."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", f"https://127.0.0.1:{port}", "http://nobody.invalid"):
        provider = Provider(url, "fenghe", b"secret", "枫禾县检察院", timeout=(1.0, 1.0))
        assert Verdict.NOT_SENT is send(provider).verdict
        assert Verdict.AMBIGUOUS is provider.ask(KEY).verdict


def test_a_certificate_of_nobody_is_not_spoken_to() -> None:
    """The handshake fails before number and text are said, and has its deadline too."""

    def stays_silent(connection: socket.socket, _: bytes) -> None:
        connection.recv(65536)

    with answering(stays_silent) as (provider, asked):
        begun = time.monotonic()
        secure = Provider(provider.url.replace("http:", "https:"), "x", b"x", "x", timeout=(1.0, 1.0))
        assert Verdict.NOT_SENT is send(secure).verdict
        assert time.monotonic() - begun < 3
        assert not [each for each in asked if b"19900001208" in each]
