"""Finding somebody who came before, over HTTP: who finds what, what is on the trail, and nothing in clear anywhere."""

import json
from typing import Any

import pytest
from county import PETITIONER, Window, done, until
from sqlalchemy import create_engine, text

from tools.dev.stack import SERVICES, Stack

# of nobody else in this county
WHO = PETITIONER | {"name": "雪鸮乙", "phone": "19900007731", "resident_id": "110101199003070337"}
WHO["other_phones"] = ["19900007734"]
SAID = "反映紫杉湾围栏倒了没人修，孩子上学绕路。"


@pytest.fixture(scope="module")
def clerk(system: Stack) -> Window:
    return Window(system, "window", "900100")


@pytest.fixture(scope="module")
def handler(system: Stack) -> Window:
    return Window(system, "handler", "900105", department="D05")


def find(officer: Window, q: str, **more: Any) -> dict[str, Any]:
    return done(officer.request("POST", "/find", json={"q": q} | more))


def found(officer: Window, q: str, **more: Any) -> dict[str, list[str]]:
    """Number → why."""
    return {hit["number"]: [why["by"] for why in hit["reasons"]] for hit in find(officer, q, **more)["hits"]}


def events(system: Stack, officer: str, type_: str) -> list[dict[str, Any]]:
    query = "SELECT convert_from(body, 'UTF8') FROM events WHERE subject = :s AND type = :t ORDER BY version"
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        bodies = connection.scalars(text(query), {"s": f"officer/{officer}", "t": type_}).all()
    engine.dispose()
    return [json.loads(each)["data"] for each in bodies]


def test_who_came_before_is_found(system: Stack, clerk: Window, handler: Window) -> None:
    """Three times the same person, phone and text: before the second and the third, the first is there to be seen."""
    made: list[str] = []
    for _ in range(3):
        for q, why in (
            (WHO["resident_id"], "resident_id"),
            (WHO["phone"], "phone"),
            ("19900007734", "phone"),
            ("雪鸮乙", "name"),
        ):
            assert {number: [why] for number in made} == found(clerk, str(q))
        assert set(made) <= found(clerk, "xxy").keys()
        made.append(clerk.number(petitioner=WHO, title="围栏倒了", statement=SAID))
        assert [made[-1]] == list(found(clerk, made[-1])) == list(found(handler, made[-1][1:]))
    assert made[-1] in found(clerk, made[-1][-6:])
    # what was said: for who may read it, seconds after
    until(lambda: set(made) <= found(handler, "紫杉湾 围栏").keys(), "the words are indexed")
    assert {} == found(clerk, "紫杉湾 围栏")
    hit = next(each for each in find(clerk, "雪鸮乙")["hits"] if each["number"] == made[0])
    assert ("雪鸮乙", "围栏倒了") == (hit["petitioner"], hit["title"])
    assert [{"by": "name", "by_zh": "姓名相同"}] == hit["reasons"]
    done(clerk.act(made[0], "withdraw"))
    assert made[0] in found(clerk, "雪鸮乙", open=False)
    assert made[0] not in found(clerk, "雪鸮乙", open=True)
    nothing = find(clerk, "雪鸮丙丁")
    assert ([], "没有找到。可按电话、身份证、对方编号查") == (nothing["hits"], nothing["sentence"])


def test_a_search_is_on_the_trail_and_a_denial_too(system: Stack, clerk: Window) -> None:
    """For a person by a digest and how many were shown; who may not search by words is refused, and that is kept."""
    before = events(system, clerk.officer, "person.searched.v1")
    assert 3 == len(found(clerk, "雪鸮乙"))
    find(clerk, "000001", by="tail")
    (searched,) = events(system, clerk.officer, "person.searched.v1")[len(before) :]
    assert (["name", "unit"], 3) == (searched["by"], searched["hits"])
    denied = events(system, clerk.officer, "access.denied.v1")
    for by in ("words", "respondent"):
        answer = clerk.request("POST", "/find", json={"q": "雪鸮乙", "by": by})
        assert (403, "此操作须由") == (answer.status_code, answer.json()["detail"][:5])
    assert len(denied) + 2 == len(events(system, clerk.officer, "access.denied.v1"))
    operations = Window(system, "operations", "900130")
    assert 403 == operations.request("POST", "/find", json={"q": "雪鸮乙"}).status_code
    assert clerk.request("GET", "/find", params={"q": "x"}).status_code in (404, 405)


def test_nothing_that_was_sought_is_anywhere_in_clear(system: Stack, clerk: Window, handler: Window) -> None:
    """Neither in a log, an event nor a row of any service: of who was registered, and of who was only searched for."""
    canaries = [
        "雪鸮乙",
        "紫杉湾",
        "玄狐寻",
        "19900007731",
        "19900007732",
        "19900007734",
        "110101199003070337",
        "xuanhuxun",
    ]
    for q in canaries:
        find(handler, q)
    for service in SERVICES:
        log = (system.folder / "log" / f"{service}.log").read_text(encoding="utf-8", errors="replace")
        assert not [each for each in canaries if each in log], service
        engine = create_engine(system.database(service))
        with engine.connect() as connection:
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            for table in tables:
                for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                    shown = "".join(
                        bytes(each).decode("utf-8", "replace") if isinstance(each, memoryview | bytes) else str(each)
                        for each in row
                    )
                    assert not [each for each in canaries if each in shown], table
        engine.dispose()


def test_no_search_tells_that_something_is_out_of_sight(system: Stack) -> None:
    """The accused, another department, another point: as if it were not there, by whatever it is sought."""
    all_ = Window(system)
    who = PETITIONER | {"name": "白鹭壬", "phone": "19900007791", "resident_id": None}
    number = all_.number(
        petitioner=who,
        title="反映蓝桉林",
        statement="蓝桉林被砍了。",
        respondents=[{"unit": "A00", "name": "灰隼丁", "officer": "900103", "department": "D03"}],
    )
    done(Window(system, "handler", "900105", department="D05").act(number, "accept", department="D05"))
    insider = Window(system, "handler", "900105", department="D05")
    until(lambda: number in found(insider, "蓝桉林"), "its words are indexed")
    assert number in found(insider, "灰隼丁", by="respondent")
    kept_out = [
        Window(system, "all", "900103", department="D03"),
        Window(system, "window", "900103"),
        Window(system, "handler", "900102", department="D02"),
        Window(system, "station", "900121", service_point="SP-LIUTANG"),
    ]
    for officer in kept_out:
        pairs = [(who["name"], "青鹭癸"), (who["phone"], "19900007792")]
        pairs += [(number, "信2020-619926-000001"), ("蓝桉林", "红桉林"), ("灰隼丁", "灰隼戊")]
        for there, absent in pairs:
            answers = [officer.request("POST", "/find", json={"q": q}) for q in (there, absent)]
            assert answers[0].content == answers[1].content, (officer.role, there)
            assert number not in answers[0].text
