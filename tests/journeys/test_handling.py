"""What is done while a petition is handled: acts with their record, a leader who leads it, a day to be received."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from county import Window, done, sentences, today
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack

HEARD = {"kind": "heard", "people": ["900105"], "record": "独一无二的笔录：石大川称钱某口头答应过。"}


def test_an_act_is_told_and_its_record_kept_for_who_handles_it(system: Stack) -> None:
    """Who took part by number; the words encrypted; nobody who is kept away; nothing that is still to come."""
    window, handler = Window(system, "window", "900100"), Window(system, "handler", "900105", department="D05")
    number = window.number()
    act = HEARD | {"done_on": today().isoformat()}
    done(handler.act(number, "acts", **act))
    done(handler.act(number, "acts", **(act | {"kind": "file_read", "record": "阅卷笔录"})))
    assert f"当面听取意见（{today()}）" in sentences(window, number)
    found = handler.request("GET", f"/petitions/{number}/acts").json()["acts"]
    assert [("当面听取意见", HEARD["record"]), ("阅卷", "阅卷笔录")] == [
        (each["kind_zh"], each["record"]) for each in found
    ]
    assert ["record" in each for each in window.request("GET", f"/petitions/{number}/acts").json()["acts"]] == [
        False
    ] * 2
    tomorrow = (today() + timedelta(days=1)).isoformat()
    assert "done_on" == handler.act(number, "acts", **(act | {"done_on": tomorrow})).json()["field"]
    done(window.act(number, "walls", reason="recused", officer="900106"))
    refused = handler.act(number, "acts", **(act | {"people": ["900105", "900106"]}))
    assert (422, "people") == (refused.status_code, refused.json()["field"])
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        for table in ("events", "act", "step"):
            told = text(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%独一无二的笔录%'")
            assert 0 == connection.scalar(told), table
    engine.dispose()


def test_a_first_criminal_appeal_is_led_from_acceptance(system: Stack) -> None:
    """Who leads it is named after; each item of the list has its day; a repeat, and another line, only by hand."""
    window, chief = Window(system), Window(system, "chief", "900000")
    appeal: dict[str, Any] = {"line": "criminal_appeal", "title": "不服不起诉", "statement": "我不服。"}
    first, again, other = window.number(**appeal), window.number(**appeal), window.number()
    done(window.act(again, "link", to=first, reason="repeat"))
    for number in (first, again, other):
        done(window.act(number, "accept", department="D03"))
    led = window.look(first)["chief_led"]
    assert (None, 11, {None}) == (led["leader"], len(led["items"]), {each["done_on"] for each in led["items"]})
    assert [None, None] == [window.look(each)["chief_led"] for each in (again, other)]
    assert 409 == chief.act(other, "chief-led/items", item="heard", done_on=today().isoformat()).status_code
    done(window.act(other, "walls", reason="recused", officer="900003"))
    assert "leader" == chief.act(other, "chief-led", leader="900003").json()["field"]
    done(chief.act(other, "chief-led", leader="900004"))
    done(chief.act(first, "chief-led", leader="900000"))
    assert "item" == chief.act(first, "chief-led/items", item="none", done_on=today().isoformat()).json()["field"]
    done(chief.act(first, "chief-led/items", item="heard", done_on=today().isoformat()))
    items = {each["item_zh"]: each["done_on"] for each in window.look(first)["chief_led"]["items"]}
    assert {today().isoformat()} == {day for day in items.values() if day}
    assert {"院领导包案（未指明）", "院领导包案（900000）", f"包案完成：一次当面听取意见（{today()}）"} <= {
        *sentences(window, first)
    }


def test_a_reception_day_is_booked_until_it_is_full(system: Stack) -> None:
    """Of three at once two get the two places; a colleague it concerns receives nobody about it."""
    window = Window(system)
    day = {"day": (today() + timedelta(days=3)).isoformat(), "leader": "900004", "places": 2}
    planned = done(window.request("POST", "/receptions", json=day))
    assert 409 == window.request("POST", "/receptions", json=day).status_code
    late = day | {"day": (today() - timedelta(days=1)).isoformat()}
    assert 422 == window.request("POST", "/receptions", json=late).status_code
    numbers = [window.number() for _ in range(3)]
    path = f"/receptions/{planned['reception']}/bookings"

    def book(number: str) -> Any:
        return window.request("POST", path, json={"petition": number})

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(book, numbers))
    assert [201, 201, 409] == sorted(each.status_code for each in answers)
    assert "urn:fengqiao:problem:reception-full" in [each.json().get("type") for each in answers]
    booked = next(number for number, answer in zip(numbers, answers, strict=True) if answer.ok)
    assert 409 == book(booked).status_code
    listed = window.request("GET", "/receptions").json()["receptions"]
    own = next(each for each in listed if each["reception"] == planned["reception"])
    assert (2, True) == (own["taken"], booked in own["petitions"])
    concerned = window.number()
    done(window.act(concerned, "walls", reason="concerned", officer="900004"))
    other = done(window.request("POST", "/receptions", json=day | {"day": "2099-01-04"}))
    refused = window.request("POST", f"/receptions/{other['reception']}/bookings", json={"petition": concerned})
    assert (422, "reception") == (refused.status_code, refused.json()["field"])
    assert 404 == window.request("POST", f"/receptions/{'0' * 32}/bookings", json={"petition": concerned}).status_code
