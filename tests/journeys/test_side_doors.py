"""What is told beside a petition's own page: by a refusal, a cursor, a count, or to who is here no more."""

import itertools
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import requests
from county import CLAIM, PETITIONER, Window, becomes, done, recorded, today, until
from sqlalchemy import create_engine, text

from tests.doors import CLASSES
from tools.dev.stack import Stack
from web.route import routes_of

OUT_OF_SIGHT = "此件不在您的办理范围内"
LEFT = "已离任，不能使用本系统"
ANONYMOUS: dict[str, Any] = {"petitioner": None, "anonymous": True}
_days = itertools.count(200)


@pytest.fixture
def chief(system: Stack) -> Window:
    return Window(system, "chief", "900000")


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system, "window", "900100")


def post(who: Window, path: str, service: str = "intake", **body: Any) -> requests.Response:
    return who.request("POST", path, service=service, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


def stored(system: Stack, service: str, query: str, **values: Any) -> Any:
    engine = create_engine(system.database(service))
    with engine.begin() as connection:
        found = connection.execute(text(query), values)
        answer = found.scalar() if found.returns_rows else None
    engine.dispose()
    return answer


def some_day() -> str:
    """A day of its own: a leader has one reception on each."""
    return (today() + timedelta(days=next(_days))).isoformat()


def aid_case(window: Window) -> dict[str, Any]:
    number = window.number(petitioner=PETITIONER | {"name": "温玉兰"})
    asked = {"situations": ["victim_death", "no_income"], "wish": True, "case_number": "鄂刑初7号"}
    done(window.act(number, "hardship", **asked))
    read = lambda: window.request("GET", f"/petitions/{number}/aid-cases", service="aid").json().get("aid_cases")  # noqa: E731
    found: dict[str, Any] = until(read, "an aid case")[0]
    return found


def newcomer(chief: Window, **entry: Any) -> str:
    number = f"9{uuid.uuid4().hex[:8]}"
    done(post(chief, "/officers", number=number, name="新某", **entry))
    return number


def test_who_left_is_refused_at_every_door_of_every_service(system: Stack, chief: Window) -> None:
    """With a token of before: also where there is no petition, by which they could bring themselves back."""
    number = newcomer(chief, since="2026-01-01", until="2026-02-01")
    gone = Window(system, "all", number)
    query = "SELECT count(*) FROM colleague WHERE officer = :n AND NOT active"
    for service, class_ in CLASSES.items():
        until(lambda at=service: stored(system, at, query, n=number), f"told {service}")  # type: ignore[misc]
        for route in routes_of(class_):
            if route.action is None:
                continue
            path = "/".join("x" if part.startswith("<") and ":" not in part else part for part in route.path.split("/"))
            answer = gone.request(route.method, re.sub("<int:[a-z]+>", "1", path), service=service)
            told = (answer.status_code, answer.json().get("detail"))
            assert (403, LEFT) == told, (service, route.method, route.path, answer.text[:200])
    assert 403 == post(gone, f"/officers/{number}", until=None).status_code
    assert "2026-02-01" == next(
        each["until"] for each in chief.request("GET", "/officers").json()["officers"] if each["number"] == number
    )


def test_a_contact_out_of_sight_tells_nothing_to_who_registers_from_it(
    system: Stack, chief: Window, window: Window
) -> None:
    """That it was decided, and as what, is told of the petition it became."""
    contact = recorded(window)
    body = CLAIM | {"contact": contact, "channel": "call"}
    number = done(post(window, "/petitions", **body))["number"]
    assert 409 == post(window, "/petitions", **body).status_code
    done(chief.act(number, "walls", officer=window.officer, reason="concerned"))
    refused = post(window, "/petitions", **body)
    assert (403, OUT_OF_SIGHT) == (refused.status_code, refused.json()["detail"])
    assert becomes(window, contact, "consultation", answer="无").json() == refused.json() | {
        "detail_en": "the officer may not contact.consult"
    }


def test_a_page_after_what_is_out_of_sight_is_a_page_after_nothing(
    system: Stack, chief: Window, window: Window
) -> None:
    """Nothing of a row can be asked for by its place: a number or an id is no cursor, whether it is there or not."""
    handler = Window(system, "handler", "900105", department="D05")
    owed, seen = sorted((window.number(), window.number()))
    for number in (owed, seen):
        done(handler.act(number, "accept", department="D05"))
        late = "UPDATE clock SET state = 'missed', missed_at = now(), next_at = NULL WHERE petition = :n"
        stored(system, "intake", f"{late} AND rule = 'outcome_promise' AND state = 'running'", n=number)
    kept_out = Window(system, "handler", "900106", department="D05")
    page = lambda **query: kept_out.request("GET", "/backlog", params=query)  # noqa: E731
    first = done(page(limit=1))
    assert first["total"] > 1
    done(chief.act(owed, "walls", officer=kept_out.officer, reason="concerned"))
    # it was given before the wall, and made of a row that may be behind it now
    behind = done(page(after=first["next"]))
    assert owed not in str(behind)
    assert behind["total"] == first["total"] - 1
    assert 400 == page(after="信2026-619926-999999").status_code == page(after=owed).status_code
    other = Window(system, "handler", "900105", department="D05")
    assert 400 == other.request("GET", "/backlog", params={"after": first["next"]}).status_code
    assert 400 == page(after=first["next"], line="other").status_code
    # a contact's id neither
    after = lambda id_: window.request("GET", "/contacts", params={"after": id_})  # noqa: E731
    assert 400 == after(uuid.uuid4().hex).status_code == after(recorded(window)).status_code


def test_nobody_of_a_walled_department_takes_part(system: Stack, chief: Window, window: Window) -> None:
    """Not in an act, not as the leader, not on a reception day; who did before the wall does no longer."""
    handler = Window(system, "handler", "900103", department="D03")
    number = window.number()
    done(handler.act(number, "accept", department="D03"))
    done(chief.act(number, "walls", department="D05", reason="recused"))
    act = {"kind": "heard", "done_on": today().isoformat(), "record": "笔录"}
    assert "people" == handler.act(number, "acts", people=["900103", "900106"], **act).json()["field"]
    assert "leader" == chief.act(number, "chief-led", leader="900002", reason="分管").json()["field"]
    day = done(post(chief, "/receptions", day=some_day(), leader="900002", places=1))["reception"]
    assert "reception" == post(handler, f"/receptions/{day}/bookings", petition=number).json()["field"]

    done(chief.act(number, "chief-led", leader="900004"))
    done(chief.act(number, "walls", officer="900004", reason="recused"))
    assert chief.look(number)["chief_led"]["leader"] is None
    done(chief.act(number, "walls", officer="900103", reason="recused"))
    assert stored(system, "intake", "SELECT handler IS NULL FROM petition WHERE number = :n", n=number)


def test_a_leader_counts_no_more_on_a_day_of_theirs_than_they_see(system: Stack, chief: Window, window: Window) -> None:
    """The wall frees the place: one more taken than shown would say that somebody complains of them."""
    leader, number = Window(system, "leader", "900003"), window.number()
    day = done(post(chief, "/receptions", day=some_day(), leader=leader.officer, places=2))["reception"]
    done(post(window, f"/receptions/{day}/bookings", petition=number))

    def counted(who: Window) -> tuple[int, list[str]]:
        days = who.request("GET", "/receptions").json()["receptions"]
        return next((each["taken"], each["petitions"]) for each in days if each["reception"] == day)

    assert (1, [number]) == counted(leader) == counted(chief)
    done(chief.act(number, "walls", officer=leader.officer, reason="concerned"))
    assert (0, []) == counted(leader) == counted(chief)


def test_a_link_that_is_shown_to_nobody_is_told_by_no_refusal(system: Stack, window: Window) -> None:
    """Linked again, it is answered as if it were new; over an anonymous one between the two it does not show either."""
    secret, named, anonymous = window.number(secrecy=True), window.number(), window.number(**ANONYMOUS)
    for to in (named, named):
        assert 201 == window.act(secret, "link", to=to, reason="related").status_code
    assert 2 == window.steps(secret).count("petition.linked.v1")
    plain = [window.number(), window.number()]
    assert [201, 409] == [window.act(plain[0], "link", to=plain[1], reason="related").status_code for _ in range(2)]
    one, other = window.number(secrecy=True), window.number()
    for number in (one, other):
        done(window.act(anonymous, "link", to=number, reason="related"))
    linked = {number: [each["number"] for each in window.look(number)["linked"]] for number in (one, anonymous, other)}
    assert {one: [anonymous], anonymous: [one], other: []} == linked


def test_a_number_that_was_used_names_no_petition_to_an_officer(system: Stack, window: Window) -> None:
    """Whoever tries a sender's numbers would be told of one out of sight."""
    sender = {"by": "A01", "number": f"〔2026〕{uuid.uuid4().hex[:6]}号"}
    number = window.number(channel="forwarded", forwarded=sender)
    refused = window.register(channel="forwarded", forwarded=sender)
    assert (422, False) == (refused.status_code, number in refused.text)


def test_that_aid_was_given_before_names_no_case_out_of_sight(system: Stack, chief: Window) -> None:
    """Nor one whose applicant asked for secrecy: beside a case with a name it would say who."""
    all_, deputy = Window(system), Window(system, "chief", "900002")
    first, second = aid_case(all_), aid_case(all_)
    grant = lambda who, case: post(who, f"/aid-cases/{case}/grant", "aid", amount="1000", ground="J1", opinion="符合")  # noqa: E731
    done(grant(all_, first["number"]))
    assert first["number"] == grant(deputy, second["number"]).json()["first"]
    done(chief.act(first["petition"], "walls", officer=deputy.officer, reason="concerned"))
    until(lambda: 403 == deputy.request("GET", f"/aid-cases/{first['number']}", service="aid").status_code, "the wall")
    refused = grant(deputy, second["number"])
    assert (409, False) == (refused.status_code, first["number"] in refused.text)
    assert first["number"] in grant(all_, second["number"]).text
    done(all_.act(first["petition"], "secrecy"))
    sealed = "SELECT count(*) FROM aid_case WHERE number = :n AND sealed"
    until(lambda: stored(system, "aid", sealed, n=first["number"]), "sealed at aid")
    assert first["number"] not in grant(all_, second["number"]).text


def test_nobody_says_alone_where_they_sit(system: Stack, chief: Window) -> None:
    """One who may change the office would walk into any department, or out of one that is kept away."""
    number = newcomer(chief, department="D03")
    own = Window(system, "operations", number, department="D03")
    for entry in ({"department": "D05"}, {"service_point": "SP-QINGXI"}, {"leads": ["D05"]}, {"until": None}):
        assert 403 == post(own, f"/officers/{number}", **entry).status_code, entry
    unlisted = f"9{uuid.uuid4().hex[:8]}"
    adds = Window(system, "operations", unlisted)
    assert 403 == post(adds, "/officers", number=unlisted, name="新某", department="D05").status_code
    assert 200 == post(own, f"/officers/{number}", name="改某").status_code
    assert 200 == post(chief, f"/officers/{number}", department="D05").status_code


def test_one_colleague_who_is_named_does_not_tell_who_the_other_is(
    system: Stack, chief: Window, window: Window
) -> None:
    """Until somebody says it, the other may sit in any department: none sees the petition, in no service."""
    ours = [{"unit": "A00", "officer": "900111"}, {"unit": "A00", "name": "吴某"}]
    number = window.number(kind="accusation", line="complaint_appeal", respondents=ours)
    handler = Window(system, "handler", "900105", department="D05")
    look = lambda service, path: handler.request("GET", f"/petitions/{number}{path}", service=service).status_code  # noqa: E731
    placed = "SELECT unnamed FROM placement WHERE petition = :n"
    assert until(lambda: stored(system, "referral", "SELECT 1 FROM placement WHERE petition = :n", n=number), "placed")
    assert stored(system, "referral", placed, n=number)
    assert (403, 403) == (look("intake", ""), look("referral", "/custody"))
    assert number in [each["number"] for each in window.request("GET", "/petitions").json()["petitions"]]
    done(chief.act(number, "walls", officer="900103", department="D03", reason="concerned"))
    assert 200 == look("intake", "")
    until(lambda: 200 == look("referral", "/custody"), "named at referral")


def test_a_link_to_what_is_out_of_sight_is_no_line_of_the_timeline(
    system: Stack, chief: Window, window: Window
) -> None:
    """A line that says linked, and no number beside it, tells that there is something."""
    one, other, third = window.number(), window.number(), window.number()
    for to in (other, third):
        done(window.act(one, "link", to=to, reason="related"))
    assert 2 == window.steps(one).count("petition.linked.v1")
    done(chief.act(other, "walls", officer=window.officer, reason="concerned"))
    assert 1 == window.steps(one).count("petition.linked.v1")
    assert 2 == chief.steps(one).count("petition.linked.v1")
