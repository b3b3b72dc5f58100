"""Slow clients by the hundred, of every kind, at every service: nobody waits for them but they themselves."""

import http.client
import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread

import pytest
import requests
from county import Window, done, until

from tools.dev.stack import SERVICES, Stack

pytestmark = pytest.mark.timeout(300)
SLOW = 200
HEAD = "HTTP/1.1\r\nHost: x\r\n"
PDF = b"%PDF-1.7 " + b"x" * 3 * 1024 * 1024


def start(system: Stack, service: str, begins: bytes, buffer: int | None = None) -> socket.socket:
    end = socket.socket()
    if buffer:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    end.settimeout(60)
    end.connect(("127.0.0.1", system.ports[service]))
    end.sendall(begins)
    return end


@contextmanager
def dripping(system: Stack, service: str, begins: bytes, buffer: int | None = None) -> Iterator[list[socket.socket]]:
    """200 of them, each sending a byte a second for as long as it is let."""
    stop = Event()
    with ExitStack() as ends:
        slow = [ends.enter_context(start(system, service, begins, buffer)) for _ in range(SLOW)]

        def drip() -> None:
            while not stop.wait(1):
                for each in slow:
                    with suppress(OSError):
                        each.send(b"x")

        thread = Thread(target=drip)
        if buffer is None:
            thread.start()
        try:
            yield slow
        finally:
            stop.set()
            if buffer is None:
                thread.join()


def in_health(system: Stack, service: str) -> None:
    """Within a second, on a machine that has one to give: the quickest of some is the one that nothing else delayed."""
    for path in ("/health/live", "/health/ready", "/metrics"):
        took = []
        for _ in range(5):
            asked = time.monotonic()
            assert 200 == requests.get(system.url(service) + path, timeout=10).status_code
            took.append(time.monotonic() - asked)
        assert min(took) < 1, path


def ended(end: socket.socket) -> tuple[int, dict[str, object]]:
    answer = http.client.HTTPResponse(end)
    answer.begin()
    return answer.status, json.loads(answer.read())


Begins = Callable[[Window, str], str]
KINDS: dict[str, Begins] = {
    "headers": lambda _, __: f"GET /health/live {HEAD}X-Slow: ",
    "lookups": lambda _, __: f"POST /lookup {HEAD}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
    "chunks": lambda _, __: f"POST /lookup {HEAD}Transfer-Encoding: chunked\r\n\r\n3e8\r\n{{",
    "registrations": lambda window, _: (
        f"POST /petitions {HEAD}Authorization: Bearer {window.token}\r\nIdempotency-Key: {uuid.uuid4().hex}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"
    ),
    "uploads": lambda window, number: (
        f"POST /petitions/{number}/files?name=a.pdf {HEAD}Authorization: Bearer {window.token}\r\n"
        "Content-Type: application/pdf\r\nContent-Length: 20000000\r\n\r\n%PDF-1.7"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_who_sends_slowly_is_waited_for_by_nobody(system: Stack, kind: str) -> None:
    """Health answers within a second, what is registered is told to the others, and each slow one is told why it ends.

    Their petition is not locked meanwhile, and of what they sent nothing stays.
    """
    window = Window(system)
    number = window.number()
    begins = KINDS[kind](window, requests.utils.quote(number)).encode()
    with dripping(system, "intake", begins) as slow:
        in_health(system, "intake")
        done(window.act(number, "accept", department="D05"))
        other = window.number()
        assert [None] != window.holders(other)
        in_health(system, "intake")
        status, problem = ended(slow[-1])
        assert (408, "传输过慢") == (status, problem["title"])
    in_health(system, "intake")
    assert "petition.file_added.v1" not in window.steps(number)


def test_who_reads_slowly_is_waited_for_by_nobody(system: Stack) -> None:
    """Files are fetched and not taken: those that find no room are told so at once."""
    window = Window(system)
    number = window.number()
    path = f"/petitions/{requests.utils.quote(number)}/files"
    headers = {"Content-Type": "application/pdf"}
    file = done(window.request("POST", path, params={"name": "a.pdf"}, data=PDF, headers=headers))["sha256"]
    begins = f"GET {path}/{file} {HEAD}Authorization: Bearer {window.token}\r\n\r\n".encode()
    with dripping(system, "intake", begins, buffer=4096) as slow:
        until(lambda: _refused(system, "crowded") > 0, "one that found no room")
        in_health(system, "intake")
        assert [None] != window.holders(window.number())
        in_health(system, "intake")
        # who is no faster than that is cut off, before all is there
        until(lambda: _is_cut(slow[0]), "the end of the first", 90)
    assert PDF == until(lambda: _fetched(window, f"{path}/{file}"), "room again")


def _refused(system: Stack, kind: str) -> float:
    page = requests.get(f"{system.url('intake')}/metrics", timeout=10).text
    (line,) = (each for each in page.splitlines() if each.startswith(f'fengqiao_refused_total{{kind="{kind}"}}'))
    return float(line.rsplit(" ", 1)[1])


def _is_cut(end: socket.socket) -> bool:
    """Whether the other end has reset it; nothing is read for that."""
    return end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 7  # TCP_CLOSE


def _fetched(window: Window, path: str) -> bytes | None:
    answer = window.request("GET", path)
    return answer.content if answer.ok else None


@pytest.mark.parametrize("service", SERVICES)
def test_it_holds_at_every_service(system: Stack, service: str) -> None:
    """Headers and bodies, of strangers and of who has a token."""
    token = Window(system).token
    bodies = f"POST /petitions/x/hold {HEAD}Content-Length: 1000\r\n\r\nx"
    known = f"GET /operations/heads {HEAD}Authorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\nx"
    with ExitStack() as all_:
        for begins in (f"GET /operations/heads {HEAD}X-Slow: ", bodies, known):
            all_.enter_context(dripping(system, service, begins.encode()))
        # more than are kept open: who has kept it waiting longest has made room
        in_health(system, service)
        assert Window(system).request("GET", "/operations/heads", service).ok
        in_health(system, service)


def test_an_idle_connection_serves_again(system: Stack) -> None:
    """One connection for one request after the other, as browsers and the county's web server use it."""
    connection = http.client.HTTPConnection("127.0.0.1", system.ports["intake"], timeout=10)
    for _ in range(3):
        connection.request("GET", "/health/live")
        first = connection.sock
        assert b'{"status":"live"}' == connection.getresponse().read()
        assert first is connection.sock
    connection.close()
