"""What is wrong is refused by name, in Chinese, and nothing half-written stays."""

import socket
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from county import CLAIM, PETITIONER, Window

from tools.dev import stack
from tools.dev.stack import SERVICES, Stack
from vault.keyring import generate
from web.tokens import Officer, issue


def count(window: Window) -> int:
    """Registered petitions, by the last number given."""
    found = window.request("GET", "/petitions").json()["petitions"]
    return int(found[0]["number"][-6:]) if found else 0


@pytest.mark.parametrize(
    ("status", "field", "changes"),
    [
        (422, "petitioner.resident_id", {"petitioner": PETITIONER | {"resident_id": "619926198503120015"}}),
        (422, "petitioner.phone", {"petitioner": PETITIONER | {"phone": "138****8000"}}),
        (422, "petitioner.name", {"petitioner": {"sms_consent": True}}),
        (422, "petitioner.nickname", {"petitioner": PETITIONER | {"nickname": "老石"}}),
        (422, "place", {"place": "999999"}),
        (422, "respondents.0.unit", {"respondents": [{"unit": "A99"}]}),
        (422, "respondents.0.unit", {"respondents": [{}]}),
        (422, "kind", {"kind": "complaint"}),
        (422, "kind", {"kind": None}),
        (422, "line", {"line": 7}),
        (422, "group_size", {"group_size": 0}),
        (422, "group_size", {"group_size": 10**12}),
        (422, "received_on", {"received_on": "2999-01-01"}),
        (422, "received_reason", {"received_on": "2026-09-28"}),
        (422, "received_on", {"received_on": "昨天"}),
        (422, "statement", {"statement": "坏\u0000字符"}),
        (400, "body", {"statement": "\ud800"}),
        (422, "statement", {"statement": "长" * 20_001}),
        (422, "statement", {"statement": None}),
        (422, "statement", {"sealed_post": {"number": "机1", "digest": "0" * 64}}),
        (422, "petitioner", {"petitioner": None}),
        (422, "secrecy", {"petitioner": None, "anonymous": True, "secrecy": True}),
        (422, "unknown", {"unknown": 1}),
    ],
)
def test_a_wrong_field_is_named(system: Stack, status: int, field: str, changes: dict[str, Any]) -> None:
    """4xx with the dotted field and a Chinese sentence; the number series does not move."""
    window = Window(system)
    before = count(window)
    answer = window.register(**changes)
    assert (status, field) == (answer.status_code, answer.json().get("field")), answer.text
    assert "application/problem+json" in answer.headers["Content-Type"]
    assert answer.json()["detail"]
    assert before == count(window)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"{"),
        (400, b"\xff"),
        (400, b"[]"),
        (400, b'{"a": NaN}'),
        (400, b"[" * 200_000),
        (413, b'{"statement": "' + b"x" * 2 * 1024 * 1024 + b'"}'),
        (413, b"x" * 17 * 1024 * 1024),
    ],
)
def test_an_unreadable_body_is_refused(system: Stack, status: int, body: bytes) -> None:
    """Malformed JSON, deep nesting and large bodies get a problem, not a reset and not a stack trace."""
    window = Window(system)
    headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
    answer = window.request("POST", "/petitions", data=body, headers=headers)
    assert status == answer.status_code
    assert "Traceback" not in answer.text


def test_a_key_with_another_body_is_refused_and_with_the_same_is_the_same(system: Stack) -> None:
    """A double click registers once, also when both clicks are under way at once."""
    window = Window(system)
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first, second = (window.request("POST", "/petitions", json=CLAIM, headers=headers) for _ in range(2))
    # the query code is kept nowhere, so the repetition has none
    assert (201, first.json() | {"query_code": None}) == (second.status_code, second.json())
    other = window.request("POST", "/petitions", json=CLAIM | {"title": "另一件"}, headers=headers)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")
    missing = window.request("POST", "/petitions", json=CLAIM)
    assert (missing.status_code, missing.json()["field"]) == (400, "Idempotency-Key")


def test_numbers_have_no_gap(system: Stack) -> None:
    """Refused registrations take no number."""
    window = Window(system)
    first = window.number()
    for _ in range(3):
        window.register(petitioner=PETITIONER | {"resident_id": "1"})
        window.register(respondents=[{"unit": "A99"}])
    assert int(first[-6:]) + 1 == int(window.number()[-6:])


def test_who_asks_must_be_known_and_may_not_do_all(system: Stack, tmp_path: Path) -> None:
    """No token, a broken one, a foreign one: 401. A role that may not: 403, and the denial is on the trail."""
    window = Window(system)
    generate(tmp_path / "keys", ["intake"])
    foreign = issue(tmp_path / "keys" / "officer.key", "619926", Officer("A00", "1", frozenset({"all"})), 1)
    for authorization in ("", "Bearer", "Bearer x.y.z", f"Bearer {foreign}", f"Basic {window.token}"):
        answer = window.request("GET", "/petitions", headers={"Authorization": authorization})
        assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (401, "Bearer")
    number = window.number()
    clerk = Window(system, role="window")
    denied = clerk.refer(number, "A09")
    assert (denied.status_code, denied.json()["title"]) == (403, "无权办理")
    assert "statement" not in clerk.look(number)
    assert window.look(number)["state"] == "registered"


def test_a_token_is_issued_by_the_command(system: Stack) -> None:
    """It lets in with the roles it was asked for; a role, a time or a place that is none is told in Chinese."""
    asked = ["token", "issue", "--officer", "900002", "--role", "window"]
    issued = stack.command(system, "intake", *asked, "--hours", "1")
    assert issued.returncode == 0, issued.stderr
    clerk = Window(system)
    clerk.token = issued.stdout.strip()
    number = clerk.number()
    assert clerk.refer(number, "A09").status_code == 403
    for wrong, named in (
        (["--role", "king"], "没有这种角色：king"),
        (["--hours", "13"], "不超过 12 小时"),
        (["--role", "station"], "--service-point"),
    ):
        refused = stack.command(system, "intake", *asked, *wrong)
        assert (True, "") == (refused.returncode != 0, refused.stdout)
        assert named in refused.stderr


def test_an_illegal_move_names_the_lawful_ones(system: Stack) -> None:
    """409 with the present state and where to go from it."""
    window = Window(system)
    number = window.number()
    answer = window.act(number, "close")
    assert (answer.status_code, answer.json()["state"]) == (409, "registered")
    actions = answer.json()["allowed_actions"]
    # of some there are several: a reply of each kind, a period each; others' stories may have left a day to book
    assert [each for each in dict.fromkeys(action["action"] for action in actions) if each != "book"] == [
        *("accept", "ask-material", "not-accept", "guide", "refer", "reply", "suspend", "withdraw"),
        *("terminate", "void", "merge"),
        *(
            "mark-hardship",
            "wall",
            "add-file",
            "involve",
            "link",
            "decide-match",
            "advise-admission",
            "record-act",
            "lead",
        ),
        *(
            "enter-risk",
            "ask-secrecy",
            "correct",
            "correct-person",
            "reclassify",
            "add-respondent",
            "correct-receipt",
            "record-death",
            "appoint-guardian",
        ),
        *("record-untellable", "renew-code", "print", "add-task"),
    ]
    assert window.act("信2026-619926-999999", "close").status_code == 404
    assert window.request("GET", "/nowhere").status_code == 404
    assert window.request("DELETE", "/petitions").status_code == 405


def test_referring_checks_the_receiver_and_the_wish(system: Stack) -> None:
    """Unknown, ours, without a queue, without the petitioner's wish: refused by field, and the state does not move."""
    window = Window(system)
    number = window.number()
    for field, body in (
        ("to", {"to": "A99"}),
        ("to", {"to": "A00"}),
        ("to", {"to": "A10"}),
        ("to", {"to": "人社局"}),
        ("petitioner_wish", {"petitioner_wish": False}),
        ("basis", {"basis": "curiosity"}),
        ("basis", {"basis": "regulation_30"}),
        ("basis", {"basis": ""}),
    ):
        good = {"to": "A09", "basis": "regulation_31", "petitioner_wish": True}
        answer = window.act(number, "refer", **(good | body))
        assert (422, field) == (answer.status_code, answer.json()["field"]), answer.text
    assert window.look(number)["state"] == "registered"


def test_a_client_that_goes_away_leaves_nothing_behind(system: Stack) -> None:
    """Half a request, then silence: nothing is registered and the service goes on."""
    window = Window(system)
    before = count(window)
    with socket.create_connection(("127.0.0.1", system.ports["intake"])) as half:
        half.sendall(b"POST /petitions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    assert before == count(window)


def test_pages_for_machines_answer(system: Stack) -> None:
    """OpenAPI with every route, live and ready, without a token."""
    for service in SERVICES:
        url = system.url(service)
        described = requests.get(f"{url}/openapi.json", timeout=5).json()
        assert described["openapi"].startswith("3.1")
        assert requests.get(f"{url}/health/ready", timeout=5).json() == {"status": "ready"}
        assert requests.get(f"{url}/health/live", timeout=5).json() == {"status": "live"}
    assert (
        "/petitions/{number}/refer" in requests.get(f"{system.url('intake')}/openapi.json", timeout=5).json()["paths"]
    )
