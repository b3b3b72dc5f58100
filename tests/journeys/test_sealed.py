"""Who asks for secrecy lives apart, and is shown for a purpose another officer approved, to who asked, for a while."""

from typing import Any

import pytest
import requests
from county import PETITIONER, Window
from sqlalchemy import create_engine, text

from tools.dev import stack
from tools.dev.stack import Stack

SECRET: dict[str, Any] = {
    "kind": "accusation",
    "line": "complaint_appeal",
    "secrecy": True,
    "respondents": [{"unit": "A06-1", "name": "郑某"}],
}
PERSON = {name: PETITIONER[name] for name in ("name", "resident_id", "phone", "address")} | {
    "phone": "+8619900001208",
    "other_phones": None,
    "safe_contact": None,
    "role": "petitioner",
}
ASKED = {"purpose": "verify", "reason": "须当面核实伤情"}


@pytest.fixture
def handler(system: Stack) -> Window:
    return Window(system, "handler", "900105", department="D05")


@pytest.fixture
def chief(system: Stack) -> Window:
    return Window(system, "chief", "900000")


def ask(handler: Window, number: str) -> str:
    answer = handler.act(number, "openings", **ASKED)
    assert (201, "asked") == (answer.status_code, answer.json()["state"])
    opening: str = answer.json()["opening"]
    return opening


def look(officer: Window, opening: str) -> requests.Response:
    return officer.request("GET", f"/openings/{opening}/person")


def decide(officer: Window, opening: str, what: str) -> requests.Response:
    return officer.request("POST", f"/openings/{opening}/{what}", json={})


def rows(system: Stack, query: str, **given: Any) -> Any:
    engine = create_engine(system.database("intake"))
    with engine.begin() as connection:
        result = connection.execute(text(query), given)
        found = result.all() if result.returns_rows else []
    engine.dispose()
    return found


def denials(system: Stack, officer: Window) -> int:
    query = "SELECT count(*) FROM events WHERE subject = :subject AND type = 'access.denied.v1'"
    return int(rows(system, query, subject=f"officer/{officer.officer}")[0][0])


def test_one_asks_another_approves_and_the_first_looks(system: Stack, handler: Window, chief: Window) -> None:
    """The chief reads why; a deputy may decide too; each look is an event without a person in it."""
    number = handler.number(**SECRET)
    assert [(True, 0)] == rows(
        system,
        "SELECT person IS NULL, (SELECT count(*) FROM person WHERE petition = number) FROM petition WHERE number = :n",
        n=number,
    )
    opening = ask(handler, number)
    listed = chief.request("GET", "/openings").json()["openings"]
    assert ASKED["reason"] == next(each["reason"] for each in listed if each["opening"] == opening)
    early = look(handler, opening)
    assert (409, "urn:fengqiao:problem:opening-waits") == (early.status_code, early.json()["type"])
    assert 200 == decide(Window(system, "deputy", "900002"), opening, "approve").status_code
    assert PERSON == look(handler, opening).json()["person"]
    assert PERSON == look(handler, opening).json()["person"]
    steps = handler.steps(number)
    assert 2 == steps.count("sealed.opened.v1")
    assert {"sealed.asked.v1", "sealed.approved.v1"} <= {*steps}
    told = rows(system, "SELECT convert_from(body, 'UTF8') FROM events WHERE subject = :n", n=number)
    known = [*filter(None, PERSON.values()), ASKED["reason"]]
    assert not [body for (body,) in told if any(value in body for value in known)]
    assert 409 == decide(chief, opening, "refuse").status_code
    assert opening not in chief.request("GET", "/openings").text


def test_who_reported_is_opened_by_the_chief_alone(system: Stack, handler: Window, chief: Window) -> None:
    """2016 规定 5(2): a deputy neither decides nor is shown that it waits; it is refused, said why, and recorded."""
    opening, deputy = ask(handler, handler.number(**SECRET, sub_line="report")), Window(system, "deputy", "900002")
    before = denials(system, deputy)
    assert [(403, "查看举报人须由检察长本人批准")] * 2 == [
        _said(decide(deputy, opening, what)) for what in ("approve", "refuse")
    ]
    assert before + 2 == denials(system, deputy)
    newest = {"sort": "-asked"}
    assert [True, False] == [
        opening in each.request("GET", "/openings", params=newest).text for each in (chief, deputy)
    ]
    assert 200 == decide(chief, opening, "approve").status_code
    assert PERSON == look(handler, opening).json()["person"]


def test_a_paper_for_a_sealed_reporter_says_how_it_is_posted(system: Stack, handler: Window) -> None:
    """举报工作规定 56: in no envelope that names the office; on the screen of who prints it, and never on the paper."""
    window = Window(system)
    for changes, noted in ((SECRET, True), (SECRET | {"secrecy": False, "sub_line": "report"}, True), ({}, False)):
        number = window.number(**changes)
        page = window.request("GET", f"/petitions/{number}/documents/receipt").text
        assert noted is ('<p class="note">要求保密或者举报的：' in page)
        assert "@media print { .note { display: none; } }" in page


def test_who_may_not_look_is_told_why_and_recorded(system: Stack, handler: Window, chief: Window) -> None:
    """Another officer, a refused request, one that is over, the asker as approver, who is behind a wall."""
    number = handler.number(**SECRET)
    opening = ask(handler, number)
    both = Window(system, "all", "900105")
    before = denials(system, handler)
    assert (403, "不能批准本人提出的申请") == _said(decide(both, opening, "approve"))
    assert 403 == decide(handler, opening, "approve").status_code
    assert 200 == decide(chief, opening, "approve").status_code
    assert before + 2 == denials(system, handler)

    other = Window(system, "handler", "900106", department="D05")
    before = denials(system, other)
    assert (403, "只有申请人本人可以查看") == _said(look(other, opening))
    assert before + 1 == denials(system, other)

    rows(system, "UPDATE opening SET expires_at = now() WHERE id = :id", id=opening)
    before = denials(system, handler)
    assert (403, "批准的查看期限已过，如仍需要请重新申请") == _said(look(handler, opening))
    refused = ask(handler, number)
    decide(chief, refused, "refuse")
    assert (403, "查看申请未获批准") == _said(look(handler, refused))
    assert before + 2 == denials(system, handler)

    third = ask(handler, number)
    chief.act(number, "walls", reason="recused", officer="900105")
    decide(chief, third, "approve")
    assert (403, "此件不在您的办理范围内") == _said(look(handler, third))
    assert 403 == handler.act(number, "openings", **ASKED).status_code
    assert 404 == look(handler, "0" * 32).status_code


def test_nobody_and_who_asked_for_secrecy_look_the_same(system: Stack, handler: Window) -> None:
    """The same members in the answer, the same reference in the event: none."""
    secret, nobody = (
        handler.number(**SECRET),
        handler.number(**(SECRET | {"secrecy": False, "petitioner": None}), anonymous=True),
    )
    shown = [handler.look(number) for number in (secret, nobody)]
    assert shown[0].keys() == shown[1].keys()
    assert [None, None] == [each["petitioner"] for each in shown]
    query = "SELECT convert_from(body, 'UTF8')::json->'data'->>'person' FROM events WHERE subject = :n AND version = 1"
    assert [None, None] == [rows(system, query, n=number)[0][0] for number in (secret, nobody)]
    refused = handler.act(nobody, "openings", **ASKED)
    assert (409, "urn:fengqiao:problem:nothing-sealed") == (refused.status_code, refused.json()["type"])


def test_what_goes_in_an_envelope_is_not_typed_in(system: Stack, handler: Window) -> None:
    """机要件: number, digest, units, clocks; its reporter only as one who asked for secrecy."""
    post = {"title": None, "statement": None, "sealed_post": {"number": "机2026-7", "digest": "0" * 64}}
    for field, changes in (
        ("title", {"title": "反映周某"}),
        ("respondents.0.name", {}),
        ("secrecy", {"respondents": [{"unit": "A14"}], "secrecy": False}),
    ):
        answer = handler.register(**(SECRET | post | changes))
        assert (422, field) == (answer.status_code, answer.json()["field"])
    number = handler.number(**(SECRET | post | {"respondents": [{"unit": "A14"}]}))
    shown = handler.look(number)
    assert ("机2026-7", "检举控告", None, None) == tuple(
        shown[n] for n in ("sealed_post", "title", "statement", "petitioner")
    )


def test_those_from_before_are_moved_into_the_safe(system: Stack, handler: Window, chief: Window) -> None:
    """A row as the older code wrote it; the command may be repeated, and what it moved opens like any other."""
    number = handler.number()
    rows(system, "UPDATE petition SET secrecy = true, reach = 'sealed' WHERE number = :n", n=number)
    for moved in (1, 0):
        done = stack.command(system, "intake", "sealed", "move")
        assert (0, f"已移入封存 {moved} 件") == (done.returncode, done.stdout.strip()), done.stderr
    assert [] == rows(system, "SELECT 1 FROM person WHERE petition = :n", n=number)
    opening = ask(handler, number)
    decide(chief, opening, "approve")
    assert PERSON == look(handler, opening).json()["person"]


def _said(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]
