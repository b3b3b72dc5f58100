"""Nothing of a person in any event, log, health page, error or queue but the addressee's."""

import json
from typing import Any
from urllib.parse import quote

import pytest
import requests
from county import Agency, Window, logs, until
from sqlalchemy import create_engine, text

from tools.dev.stack import SERVICES, Stack

CANARY = {
    "name": "金丝雀",
    "resident_id": "619926199001010018",
    "phone": "19900007777",
    "address": "石桥镇金丝雀巷1号",
    "sms_consent": True,
}
SAID = "金丝雀的陈述：白孔雀的一句话"
WORDS = ("金丝雀", "619926199001010018", "19900007777", "白孔雀")


# who asked for secrecy, who is complained of, why somebody looked, what was answered, what was thought of it
MARKS = ("银鲛人", "619926199002020010", "19900008888", "银鲛巷2号", "赤狐某", "苍鹭理由", "白鹭答复", "青雀评语")
PAGES = ("/health/live", "/health/ready", "/openapi.json", "/metrics")


def with_check(digits: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def test_a_marked_person_is_found_only_where_they_belong(system: Stack) -> None:
    """The whole path with a marked person; then every database, log and page is searched for the marks."""
    window, agency = Window(system), Agency(system, "A06")
    person = CANARY | {"resident_id": with_check(CANARY["resident_id"][:17])}
    words = (*WORDS[:1], person["resident_id"], *WORDS[2:])
    number = window.number(petitioner=person, statement=SAID, title="金丝雀的事")
    window.register(petitioner=person | {"resident_id": person["resident_id"][:-1] + "9"}, statement=SAID)
    window.refer(number, "A06")
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    assert offer["material"]["statement"] == SAID
    agency.reply("signed", offer["referral"])
    agency.reply("accepted", offer["referral"])
    agency.reply("answered", offer["referral"], result="supported", text=SAID)
    until(lambda: window.look(number).get("answers"), "answered")
    for field in ("phone", "resident_id"):
        assert window.act(number, "reveals", field=field).json()["value"].endswith(person[field])
    assert SAID in window.request("GET", f"/petitions/{number}/remarks", service="referral").text
    until(lambda: window.notices(number).get("transferred") == "delivered", "told")
    for service in SERVICES:
        for path in PAGES:
            page = requests.get(system.url(service) + path, timeout=5).text
            assert not [word for word in words if word in page], (service, path)
        _search(system.database(service), words)
    assert not [word for word in words if word in logs(system.folder)]


def _search(url: str, words: tuple[str, ...]) -> None:
    """Every column of every table, as text and as the bytes themselves."""
    engine = create_engine(url)
    with engine.connect() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
            )
        ).all()
        assert len(columns) > 20
        for table, column, kind in columns:
            for word in words:
                if kind == "bytea":
                    found = f"position(convert_to(:word, 'UTF8') in \"{column}\") > 0"
                else:
                    found = f'position(:word in "{column}"::text) > 0'
                query = f'SELECT count(*) FROM "{table}" WHERE {found}'
                assert connection.scalar(text(query), {"word": word}) == 0, (table, column)
    engine.dispose()


def test_who_asked_for_secrecy_gets_no_sms_and_is_shown_to_nobody(system: Stack) -> None:
    """An SMS's signature betrays who spoke: the notice is impossible and notify holds no number."""
    window = Window(system)
    number = window.number(kind="accusation", line="complaint_appeal", secrecy=True)
    until(lambda: window.notices(number) == {"receipt": "impossible"}, "no SMS")
    assert window.look(number)["petitioner"] is None
    engine = create_engine(system.database("notify"))
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM contact WHERE petition = :number")
        assert connection.scalar(query, {"number": number}) == 0
    engine.dispose()


def test_what_was_said_in_secrecy_is_found_nowhere(system: Stack) -> None:
    """The whole way of a sealed one, every text marked: databases, logs, figures, the broker's pages and queues."""
    window, chief = Window(system), Window(system, "chief", "900000")
    reporter = {
        "name": MARKS[0],
        "resident_id": with_check(MARKS[1][:17]),
        "phone": MARKS[2],
        "address": MARKS[3],
        "sms_consent": True,
    }
    marks = (*MARKS[:1], str(reporter["resident_id"]), *MARKS[2:])
    registered = window.register(
        petitioner=reporter,
        secrecy=True,
        kind="accusation",
        line="complaint_appeal",
        title="反映赤狐某",
        statement="银鲛人说赤狐某打人",
        typed_anyway=True,
        respondents=[{"unit": "A06-1", "name": "赤狐某"}],
    ).json()
    number, code = registered["number"], registered["query_code"]
    paper = window.ask(number, "receipt", query_code=code).text
    assert [code] == [mark for mark in (*marks, code) if mark in paper]
    assert 403 == window.act(number, "reveals", field="phone").status_code
    opening = window.act(number, "openings", purpose="verify", reason="苍鹭理由").json()["opening"]
    assert chief.request("POST", f"/openings/{opening}/approve", json={}).ok
    assert "银鲛人" == window.request("GET", f"/openings/{opening}/person").json()["person"]["name"]
    assert window.act(number, "replies", kind="procedural_reply", means="in_person", text="白鹭答复").ok
    rating = {"number": number, "code": code, "seq": 1, "stars": 5, "text": "青雀评语"}
    assert requests.post(f"{system.url('intake')}/lookup/rating", json=rating, timeout=15).ok
    assert window.refer(number, "A01", "regulation_30").ok
    window.referral(number)
    # an open matter of the same words, left lying in the queue of the agency it is for
    claim = window.number(petitioner=reporter | {"sms_consent": False}, statement="银鲛人说", respondents=[])
    assert window.refer(claim, "A12").ok
    offered = until(lambda: [each for each in _queued(system, "agency.A12.inbox") if "银鲛人" in each], "offered")
    assert claim in offered[0]
    until(lambda: "referral.sent.v1" in window.steps(claim), "sent")

    for service in SERVICES:
        _search(system.database(service), (*marks, code, code.replace("-", "")))
        for path in PAGES:
            page = requests.get(system.url(service) + path, timeout=10).text
            assert not [word for word in marks if word in page], (service, path)
    assert not [word for word in (*marks, code) if word in logs(system.folder)]
    for path in ("queues", "exchanges", "bindings", "connections", "channels", "consumers"):
        page = requests.get(f"{system.management}/api/{path}", timeout=30).text
        assert not [word for word in marks if word in page], path
    names = [each["name"] for each in requests.get(f"{system.management}/api/queues", timeout=30).json()]
    assert len(names) > 20
    # the open matter's material is for that agency, its phone number for who calls
    theirs = {"agency.A12.inbox": set(marks), "notify.phone": {MARKS[2]}}
    for name in names:
        found = {word for word in marks for body in _queued(system, name) if word in body}
        assert found <= theirs.get(name, set()), name


@pytest.mark.parametrize("service", SERVICES)
def test_no_error_repeats_what_was_sent(system: Stack, service: str) -> None:
    """Marked words in the wrong place, shape and language: every route answers without them."""
    window = Window(system)
    described = requests.get(f"{system.url(service)}/openapi.json", timeout=10).json()
    answers = []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            fields = _fields(described, operation)
            for body in (
                {"银鲛人": "银鲛人"},
                dict.fromkeys(fields, "银鲛人"),
                {name: {"银鲛人": ["银鲛人"]} for name in fields},
                dict.fromkeys(fields, 19900008888),
            ):
                address = path
                for part in ("number", "clock", "opening", "seq", "referral", "case", "key", "lead"):
                    address = address.replace("{" + part + "}", quote("银鲛人"))
                given: dict[str, Any] = {"json": body, "headers": {"Idempotency-Key": "canary-19900008888"}}
                if method == "get":
                    given = {"params": {"after": "银鲛人", "state": "银鲛人", "银鲛人": "1"}}
                answers.append(window.request(method.upper(), address, service=service, **given))
            answers.append(window.request(method.upper(), path, service=service, data="{银鲛人".encode()))
    assert len(answers) > 20
    assert {each.status_code // 100 for each in answers} <= {2, 4}
    for each in (answer for answer in answers if not answer.ok):
        words = [word for word in MARKS if word in each.text or json.dumps(word)[1:-1] in each.text]
        assert not words, (each.request.method, each.request.path_url, each.text)
    assert not [word for word in MARKS if word in logs(system.folder)]


def _fields(described: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The names of a body's members, as the description has them."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return list(described["components"]["schemas"].get(name, {}).get("properties", {}))


def _queued(system: Stack, name: str) -> list[str]:
    """What lies in a queue, looked at and left there."""
    look = {"count": 100, "ackmode": "ack_requeue_true", "encoding": "auto"}
    found = requests.post(f"{system.management}/api/queues/%2F/{quote(name)}/get", json=look, timeout=30)
    if "single active consumer" in found.text:
        return []  # its consumer alone may look: what comes is in the inbox at once, which is searched
    assert found.ok, found.text
    return [message["payload"] for message in found.json()]
