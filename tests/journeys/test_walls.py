"""Inside our own office: who is complained of, and their department, neither see nor handle it."""

from typing import Any

import pytest
from county import Window
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack

AGAINST_US: dict[str, Any] = {
    "kind": "accusation",
    "line": "complaint_appeal",
    "title": "反映办案人员",
    "respondents": [{"unit": "A00", "name": "吴某", "officer": "900103", "department": "D03"}],
}
OUT_OF_SIGHT = "此件不在您的办理范围内"


@pytest.fixture
def chief(system: Stack) -> Window:
    return Window(system, "chief", "900000")


def denials(system: Stack, officer: str) -> int:
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM events WHERE subject = :subject AND type = 'access.denied.v1'")
        found: int = connection.scalar(query, {"subject": f"officer/{officer}"}) or 0
    engine.dispose()
    return found


def listed(window: Window, number: str) -> bool:
    found = window.request("GET", "/petitions").json()["petitions"]
    return number in [each["number"] for each in found]


def test_the_named_colleague_and_their_department_are_kept_out(system: Stack, chief: Window) -> None:
    """Not in a list, not by number, not its clocks, no action; every try is on the trail; others go on."""
    number = Window(system, "window", "900100").number(**AGAINST_US)
    named = Window(system, "all", "900103")
    beside = Window(system, "handler", "900104", department="D03")
    elsewhere = Window(system, "handler", "900105", department="D05")
    for kept_out in (named, beside):
        before = denials(system, kept_out.officer)
        answers = [
            kept_out.request("GET", f"/petitions/{number}"),
            kept_out.request("GET", f"/petitions/{number}/clocks"),
            kept_out.act(number, "accept", department="D05"),
        ]
        assert [(403, OUT_OF_SIGHT)] * 3 == [(each.status_code, each.json()["detail"]) for each in answers]
        assert not listed(kept_out, number)
        assert before + 3 == denials(system, kept_out.officer)
    assert listed(elsewhere, number)
    assert 422 == elsewhere.act(number, "accept", department="D03").status_code
    assert 200 == elsewhere.act(number, "accept", department="D05").status_code
    assert chief.look(number)["concerns_us"]


def test_what_is_anothers_and_what_is_walled_are_refused_in_the_same_words(system: Stack, chief: Window) -> None:
    """Numbers have no gap: a sentence of its own would tell a colleague that they are complained of."""
    window = Window(system, "window", "900100")
    walled, anothers = window.number(**AGAINST_US), window.number()
    assert 200 == Window(system, "handler", "900105", department="D05").act(
        anothers, "accept", department="D05"
    ).status_code  # fmt: skip
    reader = Window(system, "handler", "900104", department="D03")
    first, second = (reader.request("GET", f"/petitions/{each}") for each in (walled, anothers))
    assert (403, first.json()) == (second.status_code, second.json())
    assert 404 == reader.request("GET", "/petitions/信2026-619926-999999").status_code


def test_until_somebody_says_whom_it_concerns_no_department_sees_it(system: Stack, chief: Window) -> None:
    """The window and the chief do; once the colleague is named, the other departments do too."""
    window = Window(system, "window", "900100")
    number = window.number(**(AGAINST_US | {"respondents": [{"unit": "A00", "name": "吴某"}]}))
    handler = Window(system, "handler", "900105", department="D05")
    assert 403 == handler.request("GET", f"/petitions/{number}").status_code
    assert 422 == window.act(number, "walls", reason="concerned").status_code
    assert 201 == window.act(number, "walls", reason="concerned", officer="900103", department="D03").status_code
    assert 200 == handler.request("GET", f"/petitions/{number}").status_code
    assert "设置回避：被反映（部门 D03）" in [step["sentence"] for step in chief.look(number)["timeline"]]
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        for table in ("events", "step", "wall"):
            found = text(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%900103%' AND row::text LIKE :n")
            assert 0 == connection.scalar(found, {"n": f"%{number}%"}), table
    engine.dispose()


def test_a_department_that_is_walled_off_holds_it_no_longer(system: Stack, chief: Window) -> None:
    """The chief gives it to another, never to the one that is kept away."""
    window = Window(system, "window", "900100")
    number = window.number()
    first = Window(system, "handler", "900104", department="D03")
    assert 200 == first.act(number, "accept", department="D03").status_code
    assert 201 == chief.act(number, "walls", reason="recused", department="D03").status_code
    assert chief.look(number)["department"] is None
    assert 403 == first.act(number, "conclude", result="supported").status_code
    assert "department" == chief.act(number, "assign", department="D03").json()["field"]
    assert "D05" == chief.act(number, "assign", department="D05").json()["department"]
    assert (
        200 == Window(system, "handler", "900105", department="D05").request("GET", f"/petitions/{number}").status_code
    )


def test_a_clerk_of_another_service_point_sees_what_was_registered_there(system: Stack) -> None:
    """And registers nowhere else; what was said is for who handles it."""
    clerk = Window(system, "station", "900120", service_point="SP-QINGXI")
    own, central = clerk.number(service_point="SP-QINGXI"), Window(system, "window", "900100").number()
    assert "statement" not in clerk.look(own)
    actions = [each["action"] for each in clerk.look(own)["allowed_actions"]]
    put_right = {"correct", "correct-person", "record-death", "appoint-guardian"}
    assert put_right | {"add-file", "ask-secrecy", "renew-code", "print"} == set(actions)
    assert 403 == clerk.request("GET", f"/petitions/{central}").status_code
    assert (True, False) == (listed(clerk, own), listed(clerk, central))
    assert 403 == clerk.register(service_point="12309").status_code
