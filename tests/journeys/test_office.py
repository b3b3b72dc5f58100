"""Our own office: a code that does not exist gets in by no door, and every service knows who works here."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from county import CLAIM, PETITIONER, Window, becomes, done, recorded, today, until
from marshmallow import Schema, fields
from sqlalchemy import create_engine, text

from contracts.fields import Code
from intake.service import IntakeService
from tools.dev import stack
from tools.dev.stack import COUNTY, SERVICES, Stack
from web.route import routes_of

OURS = {"unit": "A00", "name": "吴某"}
ACT = {"kind": "heard", "done_on": "2026-11-02", "record": "笔录"}
TASK = {"text": "核实", "due": "2099-01-05"}
HANDOVER = {"handler": "900105", "to": "900106", "reason": "rotation"}
# what holds a code of our own office, and what holds one of something else
PLACES = {"department", "officer", "service_point", "people", "leader", "deputy", "leads", "handler", "to"}
OTHERS = {"sub_line", "place", "basis", "reason", "item", "facts", "answers", "code", "number", "days"}
# route and field → a body with a code of none in it, and the field that is named
DOORS: dict[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("/petitions", "service_point"): (CLAIM | {"service_point": "ZZZZ"}, "service_point"),
    ("/petitions", "department"): (CLAIM | {"respondents": [OURS | {"department": "D99"}]}, "respondents.0.department"),
    ("/petitions", "officer"): (CLAIM | {"respondents": [OURS | {"officer": "999999"}]}, "respondents.0.officer"),
    ("/petitions/<number>/accept", "department"): ({"department": "D99"}, "department"),
    ("/petitions/<number>/assign", "department"): ({"department": "D99"}, "department"),
    ("/petitions/<number>/accept", "handler"): ({"department": "D05", "handler": "999999"}, "handler"),
    ("/petitions/<number>/assign", "handler"): ({"department": "D05", "handler": "999999"}, "handler"),
    ("/petitions/<number>/handler", "handler"): ({"handler": "999999"}, "handler"),
    **{
        (path, field): (HANDOVER | {field: "999999"}, field)
        for path in ("/handovers", "/handovers/preview")
        for field in ("handler", "to")
    },
    ("/officers/<number>/leaves", "deputy"): (
        {"since": "2099-01-05", "until": "2099-01-06", "deputy": "999999"},
        "deputy",
    ),
    ("/petitions/<number>/walls", "department"): ({"department": "D99", "reason": "recused"}, "department"),
    ("/petitions/<number>/walls", "officer"): ({"officer": "999999", "reason": "recused"}, "officer"),
    **{
        ("/petitions/<number>/respondents", field): (
            {"respondent": OURS | {field: wrong}, "reason": "补充"},
            f"respondent.{field}",
        )
        for field, wrong in (("department", "D99"), ("officer", "999999"))
    },
    ("/petitions/<number>/acts", "people"): (ACT | {"people": ["900105", "999999"]}, "people.1"),
    ("/petitions/<number>/chief-led", "leader"): ({"leader": "999999"}, "leader"),
    ("/receptions/<reception>/change", "leader"): ({"leader": "999999"}, "leader"),
    **{
        (path, field): (body | {field: wrong}, field)
        for path, body in (("/petitions/<number>/tasks", TASK), ("/tasks/<task>/give", {"reason": "改派"}))
        for field, wrong in (("department", "D99"), ("officer", "999999"))
    },
    **{
        ("/receptions/<reception>/bookings/<booking>/outcome", field): (
            {"outcome": "met", "decision": "核实", "tasks": [TASK | {field: wrong}]},
            f"tasks.0.{field}",
        )
        for field, wrong in (("department", "D99"), ("officer", "999999"))
    },
    **{
        (path, field): ({"respondents": [OURS | {field: wrong}]}, f"respondents.0.{field}")
        for path in ("/registrations/preview", "/matches")
        for field, wrong in (("department", "D99"), ("officer", "999999"))
    },
    **{
        (path, "service_point"): ({"service_point": "ZZZZ"}, "service_point")
        for path in ("/registrations/preview", "/matches")
    },
    ("/find", "service_point"): ({"q": "张某", "service_point": "ZZZZ"}, "service_point"),
    ("/receptions", "leader"): ({"day": "2099-01-05", "leader": "999999", "places": 1}, "leader"),
    ("/contacts", "service_point"): ({"channel": "call", "text": "其一", "service_point": "ZZZZ"}, "service_point"),
    ("/contacts/<contact>/split", "department"): ({"department": "D99"}, "parts.0.respondents.0.department"),
    ("/contacts/<contact>/split", "officer"): ({"officer": "999999"}, "parts.0.respondents.0.officer"),
    **{
        (path, field): (body | wrong, named)
        for path, body in (("/officers", {"number": "900778", "name": "新某"}), ("/officers/<number>", {}))
        for field, wrong, named in (
            ("department", {"department": "D99"}, "department"),
            ("service_point", {"service_point": "ZZZZ"}, "service_point"),
            ("leads", {"leads": ["D05", "D99"]}, "leads.1"),
            ("deputy", {"deputy": "999999"}, "deputy"),
        )
    },
}


def codes(schema: Schema) -> Iterator[str]:
    """The fields of a body that hold a code, however deep."""
    for name, each in schema.fields.items():
        inner: Any = each.inner if isinstance(each, fields.List) else each
        if isinstance(inner, fields.Nested):
            yield from codes(inner.schema)
        elif isinstance(inner, Code) or isinstance(each, fields.Dict):
            yield name


@pytest.fixture
def chief(system: Stack) -> Window:
    return Window(system, "chief", "900000")


@pytest.fixture
def operations(system: Stack) -> Window:
    return Window(system, "operations", "900007")


def rows(system: Stack, service: str, query: str, **given: Any) -> list[Any]:
    engine = create_engine(system.database(service))
    with engine.connect() as connection:
        found = connection.execute(text(query), given).all()
    engine.dispose()
    return list(found)


def post(window: Window, path: str, **body: Any) -> Any:
    return window.request("POST", path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})


def newcomer(operations: Window, **given: Any) -> str:
    number = f"T{uuid.uuid4().hex[:8]}"
    done(post(operations, "/officers", number=number, name="新来人", **given))
    return number


def test_no_door_for_a_code_is_forgotten() -> None:
    """A route that takes a department, a service point or a colleague's number has a case below."""
    routes = [route for route in routes_of(IntakeService) if route.body is not None]
    taken = {(route.path, name) for route in routes for name in codes(route.body())}  # type: ignore[misc]
    assert {name for _, name in taken} <= PLACES | OTHERS
    assert {(path, name) for path, name in taken if name in PLACES} == DOORS.keys()


def whole(window: Window, path: str, number: str) -> str:
    """The address, of a task, a reception day and a place on it that are there."""
    if "<task>" in path:
        path = path.replace("<task>", done(window.act(number, "tasks", **TASK))["task"])
    if "<reception>" in path:
        chosen = {"day": today().isoformat(), "leader": "900004", "places": 50}
        days = done(window.request("GET", "/receptions", params={"leader": "900004", "day_until": chosen["day"]}))
        day = days["receptions"][0] if days["receptions"] else done(post(window, "/receptions", **chosen))
        path = path.replace("<reception>", day["reception"])
        if "<booking>" in path:
            booked = done(post(window, f"/receptions/{day['reception']}/bookings", petition=number))
            path = path.replace("<booking>", booked["booking"])
    return path.replace("<number>", number)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door[0]}:{door[1]}")
def test_a_code_of_none_is_refused_with_what_there_is(system: Stack, door: tuple[str, str]) -> None:
    """422 with the field, and a list in which the county's own are."""
    window, (path, _), (body, named) = Window(system), door, DOORS[door]
    if path.endswith("/split"):
        parts = [{"kind": kind, "line": "other", "statement": "其一"} for kind in ("claim", "proposal")]
        parts[0] |= {"respondents": [OURS | body]}  # type: ignore[dict-item]
        answer = becomes(window, recorded(window), "split", petitioner=PETITIONER, parts=parts)
    else:
        number = "900100" if path.startswith("/officers") else window.number()
        if path.endswith(("/assign", "/handler")):
            done(window.act(number, "accept", department="D05"))
        answer = post(window, whole(window, path, number), **body)
    assert (422, named) == (answer.status_code, answer.json()["field"]), answer.text
    known = {each if isinstance(each, str) else each["code"] for each in answer.json()["known"]}
    assert known & {"D05", "SP-QINGXI", "900105", "900003"}
    assert not known & {"D99", "ZZZZ", "999999"}


def test_a_list_for_nobody_is_refused_and_so_is_an_operator_nobody_knows(system: Stack, operations: Window) -> None:
    """Not an empty answer that looks like a quiet day; what is opened is opened by somebody who exists."""
    nobody = Window(system).request("GET", "/officers/notices?holder=D99", service="notify")
    assert (422, "holder") == (nobody.status_code, nobody.json()["field"])
    assert "A00" in {each["code"] for each in nobody.json()["known"]}
    assert 200 == Window(system).request("GET", "/officers/notices?holder=D06", service="notify").status_code
    assert "department" == operations.request("GET", "/officers?department=D99").json()["field"]
    for service, command in (
        ("notify", ("parked", "discard", "1", "--reason", "测试")),
        ("intake", ("clocks", "resume", "--why", "downtime")),
    ):
        refused = stack.command(system, service, *command, "--officer", "999999")
        assert (1, True) == (refused.returncode, "没有工号为 999999 的在岗人员" in refused.stderr), refused.stderr


def test_a_token_names_a_place_that_exists(system: Stack) -> None:
    """By the county's files, where the command is given them; without them as before."""
    asked = ["token", "issue", "--officer", "900002", "--role", "station", "--service-point"]
    assert 0 == stack.command(system, "intake", *asked, "SP-SHIQIAO").returncode
    for wrong, named in ((["ZZZZ"], "SP-QINGXI"), (["SP-SHIQIAO", "--department", "D99"], "D05")):
        refused = stack.command(system, "intake", *asked, *wrong)
        assert (2, "", True) == (refused.returncode, refused.stdout, named in refused.stderr), refused.stderr
    bare = {"OFFICE_FILE": "", "SERVICE_POINTS_FILE": ""}
    assert 0 == stack.command(system, "intake", *asked, "ZZZZ", settings=bare).returncode


def test_every_service_knows_who_works_here(system: Stack, operations: Window) -> None:
    """What intake holds, the others hold, from the load and from each change after it; none of them has a name."""
    number = newcomer(operations, department="D03", until="2099-12-31")
    done(post(operations, f"/officers/{number}", department=None, service_point="SP-LIUTANG", leads=["D06", "D01"]))
    query = "SELECT * FROM colleague ORDER BY officer"
    ours = rows(system, "intake", query)
    assert (2, None, "SP-LIUTANG", [], ["D01", "D06"], True, []) == next(
        tuple(each)[1:] for each in ours if each[0] == number
    )
    assert {"900000", "900105", "900120"} < {each[0] for each in ours}
    for service in SERVICES:
        until(lambda service=service: rows(system, service, query) == ours, f"{service} knows the office")  # type: ignore[misc]
        parked = "SELECT count(*) FROM inbox WHERE type = 'office.officer.v1' AND state <> 'done'"
        assert [(0,)] == rows(system, service, parked)
        assert [] == rows(system, service, "SELECT 1 FROM colleague AS row WHERE row::text LIKE '%新来人%'")


def test_a_role_takes_two_people(system: Stack, operations: Window, chief: Window) -> None:
    """Who asked cannot approve, nor whom it is about; each try is on the trail; then everybody is told."""
    number = newcomer(operations, department="D03")
    own = Window(system, "chief", number)
    asked = done(post(chief, f"/officers/{number}/roles", roles=["handler", "department_head"]))
    request = asked["request"]
    assert request in [each["request"] for each in operations.request("GET", "/role-requests").json()["requests"]]
    denied = (
        "SELECT count(*) FROM events WHERE subject = :s AND convert_from(body, 'UTF8') LIKE '%office.decide-roles%'"
    )
    for refused in (chief, own):
        ((before,),) = rows(system, "intake", denied, s=f"officer/{refused.officer}")
        answer = post(refused, f"/role-requests/{request}/approve")
        assert (403, "不能批准本人提出的或涉及本人的角色申请") == (answer.status_code, answer.json()["detail"])
        assert [(before + 1,)] == rows(system, "intake", denied, s=f"officer/{refused.officer}")
    assert 403 == post(operations, f"/role-requests/{request}/approve").status_code
    listed = {each["number"]: each for each in chief.request("GET", "/officers?department=D03").json()["officers"]}
    assert [] == listed[number]["roles"]
    approved = done(post(Window(system, "deputy", "900002"), f"/role-requests/{request}/approve"))
    assert ("approved", "900002") == (approved["state"], approved["decided_by"])
    assert 409 == post(Window(system, "deputy", "900002"), f"/role-requests/{request}/refuse").status_code
    query = "SELECT roles FROM colleague WHERE officer = :n"
    until(lambda: rows(system, "aid", query, n=number) == [(["department_head", "handler"],)], "aid knows the role")
    heads = chief.request("GET", "/officers?role=department_head").json()["officers"]
    assert number in [each["number"] for each in heads]
    history = chief.request("GET", f"/officers/{number}/revisions").json()["revisions"]
    assert [(1, "900007", []), (2, "900002", ["department_head", "handler"])] == [
        (each["revision"], each["by"], each["roles"]) for each in history
    ]
    assert 422 == post(operations, f"/officers/{number}/roles", roles=["all"]).status_code


def test_the_file_loaded_again_takes_nothing_back(system: Stack, operations: Window) -> None:
    """By the very command of `up` and compose: what was changed by the API stays, and it is said."""
    done(post(operations, "/officers/900124", service_point="SP-SHANGPING"))
    try:
        said = stack.command(system, "intake", "office", "load", str(COUNTY / "office.yaml"))
        assert (0, True) == (said.returncode, "人员 900124 与名册不同（服务点），未改动" in said.stdout), said
        assert "新增" not in said.stdout
        people = {each["number"]: each for each in operations.request("GET", "/officers").json()["officers"]}
        assert ("SP-SHANGPING", "综治站员") == (people["900124"]["service_point"], people["900124"]["name"])
    finally:
        done(post(operations, "/officers/900124", service_point="SP-ZZZX"))


def test_who_left_is_shown_and_not_chosen(system: Stack, operations: Window, chief: Window) -> None:
    """As a leader no more; a wall against them still stands."""
    number = newcomer(operations, since="2026-01-01")
    left = done(post(operations, f"/officers/{number}", until="2026-01-31"))
    assert (False, "2026-01-31", 2) == (left["active"], left["until"], left["revision"])
    petition = Window(system).number()
    refused = chief.act(petition, "chief-led", leader=number)
    assert (422, "leader") == (refused.status_code, refused.json()["field"])
    assert 201 == Window(system).act(petition, "walls", officer=number, reason="recused").status_code
    assert number in [each["number"] for each in chief.request("GET", "/officers").json()["officers"]]


def test_a_department_comes_and_is_closed(system: Stack, operations: Window) -> None:
    """Petitions are given to it from then on, and from then on not."""
    code = f"D{uuid.uuid4().hex[:6]}"
    done(post(operations, "/departments", code=code, name="未检部"))
    assert 409 == post(operations, "/departments", code=code, name="未检部").status_code
    window, first, second = Window(system), Window(system).number(), Window(system).number()
    assert code == done(window.act(first, "accept", department=code))["department"]
    assert not done(post(operations, f"/departments/{code}", active=False))["active"]
    refused = window.act(second, "accept", department=code)
    assert (422, "department") == (refused.status_code, refused.json()["field"])
    assert 201 == window.act(second, "walls", department=code, reason="recused").status_code
    assert 404 == post(operations, "/departments/D99", active=False).status_code
    assert 404 == post(operations, "/officers/999999", department="D05").status_code
