"""What comes by HTTP as it comes: every route of every service answers it with a sentence, and never with 500."""

import http.client
import itertools
import json
import re
import socket
import uuid
from typing import Any

import pytest
import requests
from county import CLAIM, Window, done, today, until
from sqlalchemy import create_engine, text

from tests.doors import CLASSES, routes
from tools.dev.stack import SERVICES, Stack
from web.route import Route, routes_of

PART = re.compile(r"<(?:\w+:)?\w+>")
# NUL, another control character, invalid UTF-8, half of a surrogate pair, overlong, a C1 control
UNREADABLE = ("%00", "a%00b", "%1f", "%0d%0aSet-Cookie:%20a=b", "%c3%28", "%ff", "%ed%a0%80", "%c0%af", "%c2%85")
JSON = "Content-Type: application/json\r\n"


def filled(path: str, part: str = "x") -> str:
    return PART.sub(lambda found: "1" if found[0].startswith("<int:") else part, path)


def problem(answer: requests.Response) -> dict[str, Any]:
    """What is refused is refused in Chinese, whatever it was."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.url[:200], answer.text[:500])
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    content: dict[str, Any] = answer.json()
    assert re.search("[一-鿿]", content["detail"])
    assert content["status"] == answer.status_code
    return content


def ask(window: Window, service: str, route: Route, path: str, method: str | None = None) -> requests.Response:
    headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": route.takes[0] if route.takes else ""}
    body = None if route.method == "GET" else b"%PDF-1" if route.takes else b"{}"
    if not route.takes:
        headers["Content-Type"] = "application/json"
    return window.request(method or route.method, path, service, data=body, headers=headers)


def raw(system: Stack, service: str, request: bytes) -> tuple[int, dict[str, Any], bytes]:
    """(status, problem, what comes behind it until the other end closes)."""
    with socket.create_connection(("127.0.0.1", system.ports[service]), timeout=10) as end:
        end.sendall(request)
        answer = http.client.HTTPResponse(end)
        answer.begin()
        content = answer.read()
        end.settimeout(5)
        try:
            behind = end.recv(1000)
        except TimeoutError:
            behind = b"still open"
        return answer.status, json.loads(content) if content else {}, behind


@pytest.mark.timeout(300)
def test_an_address_that_is_no_text_is_refused(system: Stack) -> None:
    """In each part of each path, and in a query: 400, where the database would have said no."""
    window, turn = Window(system), itertools.cycle(UNREADABLE)
    for made_up in UNREADABLE:
        for path in (f"/petitions/{made_up}", f"/petitions?after={made_up}", f"/petitions?{made_up}=1"):
            assert 400 == problem(window.request("GET", path))["status"], path
    for service, route in routes():
        here = filled(route.path)
        parts = [filled(route.path.replace(part, next(turn))) for part in PART.findall(route.path)]
        for path in (*parts, f"{here}?after={next(turn)}", f"{here}?{next(turn)}=1"):
            assert 400 == problem(ask(window, service, route, path))["status"], path
        if parts:
            problem(ask(window, service, route, filled(route.path, "长" * 700)))
        assert 414 == problem(ask(window, service, route, f"{here}?a={'a' * 10_000}"))["status"]


def test_a_query_that_is_not_understood_is_refused(system: Stack) -> None:
    """An unknown parameter, one given twice and one of another shape are named, with those that there are."""
    window = Window(system)
    for service, route in routes():
        path = filled(route.path)
        unknown = problem(ask(window, service, route, f"{path}?nope=1"))
        assert (400, "nope") == (unknown["status"], unknown["field"]), path
        known = route.query().fields
        assert [] == [name for name in known if name not in unknown["detail"]], unknown
        # what somebody made up may be a name
        assert "?" == problem(ask(window, service, route, f"{path}?张三=1"))["field"]
        for name in known:
            twice = problem(ask(window, service, route, f"{path}?{name}=1&{name}=2"))
            assert (400, name) == (twice["status"], twice["field"])
    wrong = {"after": "abc", "state": "nope", "colour": "pink", "undecided": "1", "at": "yesterday", "role": "king"}
    seen = set()
    for service, route in routes():
        for name in set(route.query().fields) & set(wrong):
            if route.path != "/operations/heads":  # after whatever text
                refused = problem(ask(window, service, route, f"{PART.sub('x', route.path)}?{name}={wrong[name]}"))
                assert (400, name) == (refused["status"], refused["field"]), route.path
                seen.add(name)
    assert set(wrong) == seen


def test_methods_that_a_route_does_not_know(system: Stack) -> None:
    """405 with those it knows; HEAD is a GET without its content, but for a file, which a token opens once."""
    window = Window(system)
    known = {(service, route.path, route.method) for service, route in routes()}
    for service, route in routes():
        path = filled(route.path)
        for method in ("OPTIONS", "TRACE", "BREW", "PUT"):
            if (service, route.path, method) in known:
                continue
            refused = ask(window, service, route, path, method)
            assert 405 == problem(refused)["status"]
            assert route.method in refused.headers["Allow"]
        if route.method == "GET":
            head, got = ask(window, service, route, path, "HEAD"), ask(window, service, route, path)
            assert b"" == head.content
            assert (405 if route.streams else got.status_code) == head.status_code, path


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 2\r\nContent-Length: 2",
        "Content-Length: 2\r\nContent-Length: 5",
        "Content-Length: 2\r\ncontent-length: 2",
        "Content-Length: 2, 2",
        "Content-Length: +2",
        "Content-Length: -2",
        "Content-Length: 0x2",
        "Content-Length: 2_0",
        "Content-Length: 1 0",
        "Content-Length:",
        "Content-Length: ２",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Content-Length : 2",
        "Content-Length: 2\r\n folded: 1",
        "Content-Length: 2\r\nno colon",
        "Content-Length: 2\r\nX: a\rb",
        "Content-Length: 2\r\nX: a\0b",
        "Content-Length: 2\nX: 1",
        "Content-Length: 2\r\nHost: y",
        "Content-Length: 2\r\nAuthorization: Bearer x",
    ],
)
def test_a_body_of_two_lengths_is_no_body(system: Stack, headers: str) -> None:
    """Whoever stands before us may have seen another request: 400, the connection ends, what follows is not read."""
    window = Window(system)
    for service in SERVICES:
        head = f"POST /petitions/x/withdraw HTTP/1.1\r\nHost: x\r\n{JSON}Authorization: Bearer {window.token}\r\n"
        hidden = b"{}GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        status, said, behind = raw(system, service, f"{head}{headers}\r\n\r\n".encode() + hidden)
        assert (400, "malformed", b"") == (status, said["type"].rpartition(":")[2], behind)


@pytest.mark.parametrize(
    "chunks",
    [b"-1\r\n", b"+2\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n", b"1_0\r\n", b"2\n{}\n0"],
)
def test_a_chunk_of_two_lengths_is_none(system: Stack, chunks: bytes) -> None:
    """The same in the pieces of a body."""
    head = f"POST /lookup HTTP/1.1\r\nHost: x\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n".encode()
    status, _, behind = raw(system, "intake", head + chunks + b"\r\n" * 3)
    assert (400, b"") == (status, behind)


def test_no_request_line_is_guessed(system: Stack) -> None:
    """HTTP/2, 0.9, a blank too many, none at all, headers without end: a sentence, and the connection ends."""
    for service in SERVICES:
        for line in (
            b"PRI * HTTP/2.0\r\n\r\n",
            b"GET /health/live\r\n\r\n",
            b"GET  /health/live HTTP/1.1\r\n\r\n",
            b"GET /health/live HTTP/1.1 \r\n\r\n",
            b"GET /health live HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
            b"GET /health/live\0 HTTP/1.1\r\n\r\n",
        ):
            status, said, behind = raw(system, service, line)
            assert (400, "请求无法读取", b"") == (status, said["title"], behind), line
        long = b"GET /health/live HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n"
        many = b"GET /health/live HTTP/1.1\r\n" + b"X: " + b"x" * 4000 + b"\r\n\r\n"
        many = many[:-2] + many[27:-2] * 10 + b"\r\n"
        assert [431, 431] == [raw(system, service, each)[0] for each in (long, many)]


def test_a_body_that_comes_in_chunks_is_read(system: Stack) -> None:
    """Its length is not said beforehand; the limits are the same."""
    window = Window(system)
    headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
    claim = json.dumps(CLAIM).encode()
    number = done(window.request("POST", "/petitions", data=iter([claim[:10], claim[10:]]), headers=headers))["number"]
    assert CLAIM["title"] == window.look(number)["title"]
    large = window.request("POST", "/petitions", data=iter([b" " * 65536] * 20), headers=headers)
    assert 413 == problem(large)["status"]
    pdf = {"Content-Type": "application/pdf"}
    path = f"/petitions/{number}/files?name=a.pdf"
    assert 9 == done(window.request("POST", path, data=iter([b"%PDF", b"-1.7\n"]), headers=pdf))["size"]
    assert (
        413 == problem(window.request("POST", path, data=iter([b"%PDF-" + b"x" * 65531] * 321), headers=pdf))["status"]
    )
    for service in SERVICES:
        # and there it is JSON or is not
        path = next(each.path for each in routes_of(CLASSES[service]) if each.body is not None)
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
        answer = window.request("POST", filled(path), service, data=iter([b"{", b"}x"]), headers=headers)
        assert "body" == problem(answer)["field"]


def test_a_large_body_is_asked_for(system: Stack) -> None:
    """`Expect: 100-continue`: who may send it is told to go on, who may not is refused before it is sent."""
    window = Window(system)
    number = requests.utils.quote(window.number())
    head = f"POST /petitions/{number}/files?name=a.pdf HTTP/1.1\r\nHost: x\r\nContent-Type: application/pdf\r\n"
    head += "Content-Length: 8\r\nExpect: 100-continue\r\n"
    with socket.create_connection(("127.0.0.1", system.ports["intake"]), timeout=10) as end:
        end.sendall(f"{head}Authorization: Bearer {window.token}\r\n\r\n".encode())
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == end.recv(100)
        end.sendall(b"%PDF-1.7")
        answer = http.client.HTTPResponse(end)
        answer.begin()
        assert 201 == answer.status
    with socket.create_connection(("127.0.0.1", system.ports["intake"]), timeout=10) as end:
        end.sendall(f"{head}\r\n".encode())
        assert end.recv(100).startswith(b"HTTP/1.1 401")


def test_strangers_are_not_listened_to(system: Stack) -> None:
    """Of whom nobody knows nothing is read; what anybody may send is small."""
    for service in SERVICES:
        url = system.url(service)
        for route in routes_of(CLASSES[service]):
            if route.action is None and route.body is not None:
                large = requests.post(url + route.path, data=b" " * 100_000, timeout=10)
                assert 413 == problem(large)["status"]
    head = b"POST /petitions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    status, said, _ = raw(system, "intake", head)
    assert (401, "请先登录") == (status, said["title"])


def test_a_member_named_twice_is_refused(system: Stack) -> None:
    """At every route that takes JSON: of `"secrecy": true, "secrecy": false` one would have been dropped."""
    window = Window(system)
    headers = {"Content-Type": "application/json"}
    claim = json.dumps(CLAIM)[:-1] + ', "secrecy": true, "secrecy": false}'
    for service, route in routes():
        if route.body is not None:
            key = {"Idempotency-Key": uuid.uuid4().hex}
            body = claim if route.path == "/petitions" else '{"a": 1, "a": 2}'
            path = filled(route.path)
            answer = window.request("POST", path, service, data=body.encode(), headers=headers | key)
            assert (400, "body") == (problem(answer)["status"], answer.json()["field"]), path


def test_each_offered_action_can_be_followed_as_it_stands(system: Stack) -> None:
    """`href` is a URI (RFC 3986): ASCII alone, sent as it is written, it reaches its route."""
    window = Window(system)
    number = window.number()
    seen: set[tuple[str, str]] = set()

    def follow(service: str, actions: list[dict[str, Any]]) -> None:
        for each in actions:
            seen.add((service, each["action"]))
            request = f"{each['method']} {each['href']} HTTP/1.1\r\nHost: x\r\n{JSON}"
            request += f"Authorization: Bearer {window.token}\r\nIdempotency-Key: {uuid.uuid4().hex}\r\n"
            request += "Content-Length: 11\r\nConnection: close\r\n\r\n" + '{"nope": 1}'
            status, said, _ = raw(system, service, request.encode("ascii"))
            expected = 200 if each["method"] == "GET" else 415 if each["action"] == "add-file" else 422
            assert expected == status, (each, said)

    follow("intake", window.look(number)["allowed_actions"])
    follow("intake", window.act(number, "close").json()["allowed_actions"])
    done(window.refer(number, "A12"))
    follow("referral", window.referral(number)["allowed_actions"])
    aided = window.number()
    done(window.act(aided, "accept", department="D05"))
    done(window.act(aided, "hardship", situations=["no_income"], wish=True))
    path = f"/petitions/{aided}/aid-cases"
    look = lambda: window.request("GET", path, "aid").json().get("aid_cases")  # noqa: E731
    follow("aid", until(look, "an aid case")[0]["allowed_actions"])
    assert {"intake", "referral", "aid"} == {service for service, _ in seen}


def test_a_header_that_is_kept_is_one_of_its_kind(system: Stack) -> None:
    """A traceparent that is none is not carried on."""
    window, engine = Window(system), create_engine(system.database("intake"))
    said = text("SELECT convert_from(body, 'UTF8')::json ->> 'traceparent' FROM events WHERE subject = :number")
    right = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
    for header in ("x" * 3000, "00-" + "0" * 31 + "-" + "0" * 16 + "-01", "é", right):
        answer = window.request(
            "POST",
            "/petitions",
            json=CLAIM | {"received_on": today().isoformat()},
            headers={"Idempotency-Key": uuid.uuid4().hex, "traceparent": header.encode("latin-1")},
        )
        assert 201 == answer.status_code, answer.text
        with engine.connect() as connection:
            traces = set(connection.scalars(said, {"number": answer.json()["number"]}))
        assert (header in traces) == (header == right)
        assert all(each is None or re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", each) for each in traces)
    engine.dispose()
