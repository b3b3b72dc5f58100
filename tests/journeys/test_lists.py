"""Every list and every box of the worklist over HTTP: one shape, and of what is in sight no row more and none less."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from county import Window, done, today, until

from tests.contract.test_lists import is_list
from tests.doors import routes
from tools.dev.stack import Stack
from web.listing import COUNTED

LISTS = [(service, route) for service, route in routes() if route.method == "GET" and is_list(route)]
# a box → what is read of a petition by the same action: who may read it sees the petition's rows there, and nobody else
DOORS = {
    "red": ("intake", "/petitions/{}/risk"),
    "due": ("intake", "/petitions/{}/clocks"),
    "in_unsigned": ("intake", "/petitions/{}"),
    "owed": ("intake", "/petitions/{}/owed"),
    "to_print": ("intake", "/petitions/{}/documents"),
    **dict.fromkeys(
        ("out_unsigned", "out_overdue", "objections", "answered", "coordination"),
        ("referral", "/petitions/{}/referrals"),
    ),
    **dict.fromkeys(("proceedings", "meeting_tasks"), ("referral", "/petitions/{}/proceedings")),
    **dict.fromkeys(("to_decide", "leads_in", "leads_overdue"), ("aid", "/petitions/{}/aid-cases")),
    **dict.fromkeys(("calls", "unknown", "failed"), ("notify", "/petitions/{}/notices")),
}
SHAPE = {"total", "total_is_more", "next"}


@pytest.fixture(scope="module")
def officers(system: Stack) -> list[Window]:
    return [
        Window(system, "all", "900103", department="D03"),
        Window(system, "window", "900103"),
        Window(system, "chief", "900000"),
        Window(system, "handler", "900105", department="D05"),
        Window(system, "handler", "900104", department="D03"),
        Window(system, "department_head", "900102", department="D02"),
        Window(system, "leader", "900003"),
        Window(system, "station", "900120", service_point="SP-QINGXI"),
        Window(system, "aid", "900110"),
        Window(system, "operations", "900130"),
    ]


@pytest.fixture(scope="module")
def numbers(system: Stack) -> list[str]:
    """Petitions of several departments, one behind a wall, one of another point, with something in every service."""
    all_ = Window(system)
    handler = Window(system, "handler", "900105", department="D05")
    point = Window(system, "station", "900120", service_point="SP-QINGXI")
    late = {"received_on": _days_ago(30), "received_reason": "补登"}
    made = [
        all_.number(),
        all_.number(**late),
        all_.number(respondents=[{"unit": "A00", "officer": "900103", "department": "D03"}]),
        point.number(service_point="SP-QINGXI"),
        all_.number(**late),
        all_.number(anonymous=True, petitioner=None),
        all_.number(),
    ]
    done(all_.act(made[6], "accept", department="D02"))
    done(all_.act(made[0], "accept", department="D05"))
    done(all_.act(made[2], "accept", department="D05"))
    done(all_.act(made[1], "not-accept", reason="out_of_time"))
    done(all_.act(made[0], "hardship", situations=["no_income"], wish=True))
    done(all_.act(made[2], "risk", facts=[each["fact"] for each in _factors(all_, made[2])]))
    done(handler.refer(made[2], "A09"))
    until(lambda: all_.referral(made[2]), "a referral")
    until(lambda: all_.request("GET", f"/petitions/{made[0]}/aid-cases", "aid").json().get("aid_cases"), "an aid case")
    for number in made:
        for service in ("referral", "aid", "notify"):
            door = f"/petitions/{number}/custody" if service == "referral" else f"/petitions/{number}/aid-cases"
            door = f"/petitions/{number}/notices" if service == "notify" else door
            until(lambda service=service, door=door: all_.request("GET", door, service).ok, f"placed at {service}")
    done(all_.request("POST", "/contacts", json={"channel": "call", "text": "问一件事"}, headers=_key()))
    return made


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def _days_ago(days: int) -> str:
    return (today() - timedelta(days=days)).isoformat()


def _factors(window: Window, number: str) -> list[dict[str, str]]:
    factors: list[dict[str, str]] = done(window.request("GET", f"/petitions/{number}/risk"))["factors"]
    return factors


def pages(officer: Window, service: str, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """One after another; none where the officer may not ask."""
    while True:
        answer = officer.request("GET", path, service, params=query)
        if answer.status_code == 403:
            return
        page = done(answer)
        yield page
        if page["next"] is None:
            return
        query["after"] = page["next"]


def rows(page: dict[str, Any]) -> list[dict[str, Any]]:
    (noun,) = {name for name, value in page.items() if isinstance(value, list)}
    found: list[dict[str, Any]] = page[noun]
    return found


def whole(officer: Window, service: str, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows; a total that counts others than these, or says that there are more, is a fault."""
    found, totals = list[dict[str, Any]](), set()
    for page in pages(officer, service, path, **query):
        found += rows(page)
        totals.add((page["total"], page["total_is_more"]))
    assert totals <= {(min(len(found), COUNTED), len(found) > COUNTED)}, (path, query, totals, len(found))
    return found


def test_every_list_has_the_shape(system: Stack, numbers: list[str]) -> None:
    """Rows, a total and a cursor, whatever it is of; every sort; a row is small, and offers no actions."""
    all_ = Window(system)
    for service, route in LISTS:
        if route.path == "/worklist":
            continue
        sorts = list(route.query().fields["sort"].validate.choices)
        assert len(sorts) >= 2
        for sort in sorts:
            first = done(all_.request("GET", route.path, service, params={"sort": sort, "limit": "1"}))
            beside = {name for name, value in first.items() if not isinstance(value, list)}
            assert SHAPE <= beside, route.path
            assert (first["next"] is not None) == (first["total"] > 1), (route.path, first)
            if first["next"]:
                query = {"sort": sort, "limit": "1", "after": first["next"]}
                second = done(all_.request("GET", route.path, service, params=query))
                assert rows(second) != rows(first)
        for row in rows(done(all_.request("GET", route.path, service))):
            assert "allowed_actions" not in row, route.path
            # a digest's row has a sentence for each thing that waited for the morning
            for part in [{name: value for name, value in row.items() if name != "items"}, *row.get("items", ())]:
                assert len(json.dumps(part, ensure_ascii=False).encode()) < 1500, (route.path, part)


def test_a_list_is_exactly_what_may_be_read(numbers: list[str], officers: list[Window], system: Stack) -> None:
    """Of every petition there is, an officer's list has those that they may read one by one; and the total says so."""
    everything = [
        each["number"] for each in whole(Window(system, "chief", "900000"), "intake", "/petitions", limit=100)
    ]
    assert set(numbers) <= set(everything)
    some = [*numbers, *everything[:4]]
    for officer in officers:
        listed = {each["number"] for each in whole(officer, "intake", "/petitions", limit=100)}
        readable = {each for each in some if officer.request("GET", f"/petitions/{each}").ok}
        assert readable == listed & set(some), (officer.role, officer.officer)
        for service, path, door in (
            ("referral", "/referrals", "referrals"),
            ("aid", "/aid-cases", "aid-cases"),
            ("aid", "/leads", "aid-cases"),
            ("notify", "/notices?state=delivered", "notices"),
            ("notify", "/notices?state=sent", "notices"),
        ):
            shown = {each["petition"] for each in whole(officer, service, path, limit=100)} & set(some)
            for number in some:
                seen = officer.request("GET", f"/petitions/{number}/{door}", service)
                assert seen.ok or number not in shown, (officer.role, path, number)
        tabs = officer.request("GET", "/referral-tabs", "referral")
        if tabs.ok:
            assert sum(each["total"] for each in tabs.json()["tabs"]) == len(
                whole(officer, "referral", "/referrals", limit=100)
            )


def test_a_filter_takes_what_it_says_and_no_more(numbers: list[str], system: Stack) -> None:
    """Each of the list of petitions, against the rows themselves; mine, my department's and all that is in sight."""
    chief, handler = Window(system, "chief", "900000"), Window(system, "handler", "900105", department="D05")

    def listed(officer: Window, **query: str) -> set[str]:
        return {each["number"] for each in whole(officer, "intake", "/petitions", limit=100, **query)}

    before = whole(chief, "intake", "/petitions", limit=100)
    columns = ("state", "kind", "line", "department", "service_point", "colour")
    found = {
        (name, value): listed(chief, **{name: value})
        for name in columns
        for value in {each[name] for each in before if each[name]}
    }
    until, since = listed(chief, received_until=_days_ago(30)), listed(chief, received_from=_days_ago(29))
    mine, ours, seen = listed(handler, scope="mine"), listed(handler, scope="department"), listed(handler)
    # an agency's system may answer meanwhile: what is as it was says what had to be found
    still = {each["number"]: each for each in whole(chief, "intake", "/petitions", limit=100) if each in before}
    assert still.keys() >= set(numbers)
    for (name, value), its in found.items():
        assert {number for number, each in still.items() if each[name] == value} == its & still.keys(), (name, value)
    assert {number for number, each in still.items() if each["received_on"] <= _days_ago(30)} == until & still.keys()
    assert still.keys() - until == since & still.keys()
    assert mine & still.keys() <= seen
    assert {number for number, each in still.items() if each["department"] == "D05"} & seen == ours & still.keys()
    for name, value in (("scope", "theirs"), ("overdue", "1"), ("colour", "pink"), ("received_from", "yesterday")):
        assert 400 == chief.request("GET", "/petitions", params={name: value}).status_code


def test_worklists_show_what_waits(numbers: list[str], officers: list[Window], system: Stack) -> None:
    """Each box exactly what its officer may read of what waits there; a count counts no others; no box for no role."""
    all_ = Window(system)
    open_to_all: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for service in ("intake", "referral", "aid", "notify"):
        shown = done(all_.request("GET", "/worklist", service))["boxes"]
        for box in shown:
            open_to_all[service, box["box"]] = whole(all_, service, "/worklist", box=box["box"], limit=100)
            assert _petitions(box["items"]) == _petitions(open_to_all[service, box["box"]][:20])
    waits = {name: [each["petition"] for each in found] for (_, name), found in open_to_all.items()}
    # 900001, whom nothing keeps away, has all of these
    assert numbers[2] in waits["red"]
    assert numbers[3] not in waits["due"]
    assert numbers[4] in waits["due"]
    assert numbers[1] in waits["owed"]
    # A09's own system may have signed by now
    sent = [each for each in whole(all_, "referral", "/referrals", limit=100) if each["state"] == "sent"]
    assert {each["petition"] for each in sent if not each["inbound"]} <= set(waits["out_unsigned"])
    assert numbers[0] in waits["to_decide"]
    assert waits["contacts"]
    for officer in officers:
        for service in ("intake", "referral", "aid", "notify"):
            answer = officer.request("GET", "/worklist", service)
            theirs = {each["box"]: each for each in answer.json()["boxes"]} if answer.ok else {}
            for (of, name), found in open_to_all.items():
                if of == service:
                    few = list(dict.fromkeys(each["petition"] for each in found))[:3]
                    tried = [each for each in found if each["petition"] in {*few, *numbers}]
                    _compare(officer, service, name, theirs.get(name), tried)


def _petitions(items: list[dict[str, Any]]) -> list[str]:
    """Of rows that were asked for twice: a colour may have been scored in between."""
    return [each["petition"] for each in items]


def _compare(officer: Window, service: str, name: str, box: dict[str, Any] | None, tried: list[dict[str, Any]]) -> None:
    asked = officer.request("GET", "/worklist", service, params={"box": name, "limit": "100"})
    if box is None:
        assert 403 == asked.status_code, (officer.role, name)
        return
    found = whole(officer, service, "/worklist", box=name, limit=100)
    assert (box["total"], _petitions(box["items"])) == (len(found), _petitions(found[:20]))
    if name not in DOORS:
        return
    of, path = DOORS[name]
    readable = {
        number: officer.request("GET", path.format(number), of).ok for number in {each["petition"] for each in tried}
    }
    expected = sorted(each["petition"] for each in tried if readable[each["petition"]])
    there = sorted(each["petition"] for each in found if each["petition"] in readable)
    assert expected == there, (officer.role, officer.officer, name)


def test_the_action_of_a_row_ends_it(numbers: list[str], system: Stack) -> None:
    """What a row offers is accepted as it stands, and the row is gone."""
    window = Window(system, "window", "900001")
    number = window.number(received_on=_days_ago(20), received_reason="补登")
    handler = Window(system, "handler", "900105", department="D05")

    def row(officer: Window, box: str) -> dict[str, Any] | None:
        found = whole(officer, "intake", "/worklist", box=box, limit=100)
        return next((each for each in found if each["petition"] == number), None)

    due = row(handler, "due")
    assert due is not None
    assert ("procedural_reply", "accept", "POST") == (due["rule"], due["action"]["action"], due["action"]["method"])
    assert "已逾期" in due["sentence"]
    # the window may not accept: it tells the petitioner so itself
    told = row(window, "due")
    assert told is not None
    assert "reply" == told["action"]["action"]
    body = {"kind": "procedural_reply", "means": "post", "text": "已收到，正在审查。"}
    done(_do(window, told["action"], body))
    assert row(window, "due") is None
    print_, prove = row(window, "to_print"), row(window, "to_prove")
    assert print_ is not None
    assert ("GET", f"/petitions/{number}/documents/receipt") == (
        print_["action"]["method"],
        unquote(print_["action"]["href"]),
    )
    assert prove is not None
    done(_do(window, prove["action"], {"proof": "post_receipt"}))
    assert row(window, "to_prove") is None
    assert row(window, "to_print") is None


def test_a_paper_without_a_name_is_printed_too(system: Stack) -> None:
    """Of who asked for secrecy nobody's name is on it: once printed it is off the list like any other."""
    window, number = Window(system), Window(system).number(secrecy=True)
    done(window.act(number, "replies", kind="procedural_reply", means="in_person", text="已收到，正在审查。"))

    def row() -> dict[str, Any] | None:
        found = whole(window, "intake", "/worklist", box="to_print", limit=100)
        return next((each for each in found if each["petition"] == number), None)

    paper = row()
    assert paper is not None
    assert window.request("GET", paper["action"]["href"]).ok
    assert row() is None
    steps = window.steps(number)
    assert (0, 1) == (steps.count("petition.printed.v1"), steps.count("petition.printed_nameless.v1"))


def _do(officer: Window, action: dict[str, str], body: dict[str, Any]) -> requests.Response:
    return officer.request(action["method"], action["href"], json=body, headers=_key())


def test_operations_read_parked_messages_by_envelope(system: Stack) -> None:
    """And nobody else; of what they say nothing."""
    operations = Window(system, "operations", "900130")
    for service in ("intake", "referral", "aid", "notify"):
        page = done(operations.request("GET", "/operations/parked", service))
        assert {"messages"} | SHAPE <= set(page)
        for each in page["messages"]:
            assert not {"body", "reason", "digest", "keyed"} & set(each)
        assert 403 == Window(system, "chief", "900000").request("GET", "/operations/parked", service).status_code
        assert 400 == operations.request("GET", "/operations/parked", service, params={"state": "done"}).status_code
