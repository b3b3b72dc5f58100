"""Input as it comes: what people and systems write is read, or refused by the field; nothing of it fails later."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from county import PETITIONER, Agency, Window, done, today
from test_aid import ask_for_aid, decide
from test_channels import CALLED, Operator
from test_files import give

from tools.dev.stack import Stack

PDF = b"%PDF-1.7\n"
SUBMITTED: dict[str, Any] = {
    "kind": "claim",
    "line": "other",
    "title": "宅基地通道争议",
    "statement": "与邻居争宅基地通道。",
    "petitioner": {"name": "孙长根", "resident_id": None, "phone": None, "address": "石桥镇"},
}


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system)


@pytest.fixture
def phone(system: Stack) -> Iterator[Operator]:
    operator = Operator(system, "phone")
    yield operator
    operator.connection.close()


def refused(answer: requests.Response, field: str, status: int = 422) -> str:
    assert (status, field) == (answer.status_code, answer.json().get("field")), answer.text
    said: str = answer.json()["detail"]
    return said


def submission(number: str, **changes: Any) -> dict[str, Any]:
    return {"submission": number, "received_on": today().isoformat()} | SUBMITTED | changes


@pytest.mark.parametrize(
    ("field", "value"),
    [("answer_by", "9999-12-31"), ("answer_by", "0001-01-01"), ("received_on", "0001-01-01"),
     ("received_on", "9999-12-31"), ("answer_by", (today() + timedelta(days=5 * 366)).isoformat()),
     ("group_size", True), ("group_size", 0), ("group_size", 10**12), ("secrecy", 1),
     ("petitioner.name", "\u200b\u200b"), ("petitioner.name", "孙\u202e长根"), ("title", "\u2060"),
     ("submission", "综转\u200b1号"), ("submission", "综转\ue0001号")],
)  # fmt: skip
def test_what_an_agency_may_not_say_is_told_to_it(system: Stack, window: Window, field: str, value: Any) -> None:
    """At the edge, by the field, and nothing is here of it: a day that no rule can count to was signed for once."""
    centre, data = Agency(system, "A04"), submission(f"界{uuid.uuid4().hex[:8]}")
    where, _, name = field.rpartition(".")
    data["petitioner"] = dict(data["petitioner"])
    (data[where] if where else data)[name] = value
    id_ = centre.say("petition.submitted.v1", data, subject="x")
    told = centre.hear("message.rejected.v1", lambda said: said["message"] == id_)["data"]
    assert field == told["field"]
    assert any("\u4e00" <= each <= "\u9fff" for each in told["reason_zh"])


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_beyond_the_calendar_is_told_to_its_sender(system: Stack, moment: str) -> None:
    """In UTC it is none."""
    centre = Agency(system, "A04")
    id_ = centre.say("petition.submitted.v1", submission("x1"), time=moment)
    told = centre.hear("message.rejected.v1", lambda said: said["message"] == id_)["data"]
    assert "time" == told["field"]


@pytest.mark.parametrize("number", ["综转〔2026〕{}号", "综转（2026）{}号", "〇䶮𠮷·{}"])
def test_an_agencys_number_is_its_own(system: Stack, window: Window, number: str) -> None:
    """As it writes it, in the subject and in the data; it comes back the same, and twice it is the same."""
    centre, own = Agency(system, "A04"), number.format(uuid.uuid4().hex[:6])
    until_day = (today() + timedelta(days=60)).isoformat()
    centre.say("petition.submitted.v1", submission(own, answer_by=until_day))
    petition = window.submitted(own)
    done(window.act(petition, "sign"))
    heard = centre.hear("submission.signed.v1", lambda said: said["petition"] == petition)
    assert own == heard["data"]["submission"]
    again = centre.say("petition.submitted.v1", submission(own))
    told = centre.hear("message.rejected.v1", lambda said: said["message"] == again)["data"]
    assert "submission" == told["field"]


def test_a_petitioner_is_read_as_people_write(system: Stack, window: Window) -> None:
    """Direction marks, full width, groups, the middle dot of any keyboard, rare ideographs."""
    written = PETITIONER | {
        "name": "买买提•吐尔逊𠮷〇䶮",
        "resident_id": "\u2066619926 19850312 001\u200e4\u2069",
        "phone": "\u202a１９９ ００００ １２０８\u202c",
    }
    number = window.number(petitioner=written)
    shown = window.look(number)["petitioner"]
    assert "买买提·吐尔逊𠮷〇䶮" == shown["name"]
    looked = window.act(number, "reveals", field="resident_id")
    assert PETITIONER["resident_id"] == done(looked)["value"]
    assert f"+86{PETITIONER['phone']}" == shown["phone"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [("petitioner.name", {"petitioner": PETITIONER | {"name": "\u200b\u200c\ufeff"}}),
     ("petitioner.name", {"petitioner": PETITIONER | {"name": "石\u202e大川"}}),
     ("petitioner.name", {"petitioner": PETITIONER | {"name": "石大川😀"}}),
     ("statement", {"statement": "一\u0000二"}),
     ("received_on", {"received_on": "0001-01-01"}),
     ("group_size", {"group_size": True}), ("secrecy", {"secrecy": 1}),
     ("forwarded.answer_by", {"forwarded": {"by": "A10", "number": "〔2026〕1号", "answer_by": "9999-12-31"}})],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_name(window: Window, field: str, changes: dict[str, Any]) -> None:
    """Before anything is written, in Chinese."""
    said = refused(window.register(**changes), field)
    assert any("\u4e00" <= each <= "\u9fff" for each in said)


def test_an_extension_is_told_to_who_calls(system: Stack, window: Window, phone: Operator) -> None:
    """Beside the number, however it was written; the officer sees it too."""
    for written in ("0571-87654321转801", "0571—87654321—801"):
        number = window.number(petitioner=CALLED | {"phone": written})
        assert "+8657187654321转801" == window.look(number)["petitioner"]["phone"]
        task = phone.hear("notice.task.v1", number[-6:])
        assert ("+8657187654321", "801") == (task["to"], task["extension"])


def test_the_window_of_the_petitioner_reads_what_is_typed(system: Stack, window: Window) -> None:
    """Full width, blanks around, another dash."""
    made = window.register().json()
    wide = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    for number in (made["number"][-6:], made["number"]):
        body = {"number": f" {number.translate(wide)} ", "code": f"{made['query_code'].translate(wide)} \u200b"}
        headers = {"X-Forwarded-For": f"{uuid.uuid4().hex}, 192.0.2.2"}
        answer = requests.post(system.url("intake") + "/lookup", json=body, headers=headers, timeout=15)
        assert 200 == answer.status_code, answer.text


def test_a_files_name_is_safe_or_refused(system: Stack, window: Window) -> None:
    """The last part of a path, nothing that turns it, and the matter goes on with it."""
    number, first = window.number(), Agency(system, "A06")
    names = {"..\\..\\x": "x", "工资\u202efdp.exe": "工资fdp.exe", "CON.pdf": "_CON.pdf"}
    for at, (name, kept) in enumerate(names.items()):
        assert kept == done(give(window, number, PDF + bytes([at]), name=name))["name"]
    path = f"/petitions/{number}/files"
    headers = {"Content-Type": "application/pdf"}
    for query in ("name=..", "name=%E2%80%8B", "name=%25FF%25FF"):
        refused(window.request("POST", f"{path}?{query}", data=PDF, headers=headers), "name")
    done(window.refer(number, "A06"))
    offer = first.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    assert set(names.values()) == {each["name"] for each in offer["files"]}


def test_money_is_read_in_no_time(system: Stack, window: Window) -> None:
    """A million digits in nine characters held the service for minutes."""
    case = ask_for_aid(window)["number"]
    for amount in ("1e999990", "1E5", "１００.5", "1²", "①", "1_000", "+5", "Infinity", "0x10"):
        said = decide(window, case, "grant", amount=amount, ground="J1", opinion="符合").json()
        assert "amount" == said["field"], amount
    given = done(decide(window, case, "grant", amount="100.5 ", ground="J1", opinion="符合"))
    assert "100.50" == given["amount"]


def test_a_custody_asked_for_beyond_the_calendar_is_refused(window: Window) -> None:
    """The day of a question is foreign, too."""
    number = window.number()
    window.holders(number)
    for moment in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        path = f"/petitions/{number}/custody"
        refused(window.request("GET", path, service="referral", params={"at": moment}), "at", 400)
