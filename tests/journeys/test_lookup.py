"""The petitioner looks up progress with a code that was shown once, learns nothing personal, and rates a reply."""

import re
import uuid
from typing import Any

import pytest
import requests
from county import CLAIM, PETITIONER, Window, done
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack

CODE = re.compile(r"([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}")
WRONG = "2222-2222-2222-2222"


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system)


def ask(
    system: Stack, number: str, code: str, path: str = "/lookup", address: str = "", **more: Any
) -> requests.Response:
    """From an address nobody asked from before, as through the county's web server and the page."""
    body = {"number": number, "code": code, **more}
    address = address or uuid.uuid4().hex
    headers = {"X-Forwarded-For": f"192.0.2.1, {address}, 192.0.2.2"}
    return requests.post(system.url("intake") + path, json=body, headers=headers, timeout=15)


def registered(window: Window, **changes: Any) -> tuple[str, str]:
    answer = window.register(**changes).json()
    return answer["number"], answer["query_code"]


def test_a_code_is_shown_once_and_kept_nowhere(system: Stack, window: Window) -> None:
    """The same registration again has the number and no code; no column has it; a lost one is renewed in person."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (window.request("POST", "/petitions", json=CLAIM, headers=key).json() for _ in range(2))
    number, code = first["number"], first["query_code"]
    assert (number, None) == (again["number"], again["query_code"])
    assert CODE.fullmatch(code)
    assert 200 == ask(system, number, code).status_code
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        for table in connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all():
            for part in (code, code.replace("-", "")):
                found = text(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE :part")
                assert 0 == connection.scalar(found, {"part": f"%{part}%"}), table
    engine.dispose()
    renewed = window.act(number, "query-code").json()["query_code"]
    assert [404, 200] == [ask(system, number, each).status_code for each in (code, renewed)]
    assert "petition.code_renewed.v1" in window.steps(number)


def test_progress_in_plain_words(system: Stack, window: Window) -> None:
    """By the number or its last six digits, the code as one types it; no name, text, department or receiver."""
    number, code = registered(window)
    window.act(number, "accept", department="D05")
    window.refer(number, "A09")
    shown = ask(system, number[-6:], code.replace("-", " ").lower())
    assert ["登记", "受理", "转有权处理的单位"] == [each["what"] for each in shown.json()["steps"]]
    assert shown.json() == ask(system, number, code).json()
    for word in (
        *(str(value) for value in PETITIONER.values()),
        CLAIM["title"],
        CLAIM["statement"],
        "A09",
        "D05",
        "人社",
    ):
        assert word not in shown.text, word


def test_the_page_of_a_sealed_one_is_like_any_other(system: Stack, window: Window) -> None:
    """Anonymous, sealed, in an envelope, ordinary: the same members and the same words, also after it was opened."""
    sealed = registered(window, secrecy=True)
    window.act(sealed[0], "openings", purpose="verify", reason="核实")
    post = {"number": "机2026-9", "digest": "0" * 64}
    others = [
        registered(window),
        registered(window, petitioner=None, anonymous=True),
        registered(window, secrecy=True, title=None, statement=None, sealed_post=post),
    ]
    pages = [ask(system, *each).json() for each in (sealed, *others)]
    assert 1 == len({tuple(page) for page in pages})
    for page in pages:
        page.pop("number")
    assert [pages[0]] * 4 == pages


def test_the_page_of_a_report_says_no_more_than_on_its_first_day(system: Stack, window: Window) -> None:
    """2016 规定 5(7): who asks with the code is answered without any content, whatever was done and told since."""
    report = {"kind": "accusation", "line": "complaint_appeal", "sub_line": "report"}
    post = {
        "title": None,
        "statement": None,
        "secrecy": True,
        "sealed_post": {"number": "机2026-10", "digest": "0" * 64},
    }
    for changes in (report, report | post):
        number, code = registered(window, **changes)
        first = ask(system, number, code).json()
        assert ["登记"] == [each["what"] for each in first["steps"]]
        done(window.act(number, "accept", department="D05"))
        done(window.act(number, "replies", kind="procedural_reply", means="in_person", text="当面答复"))
        assert 2 <= len({"petition.accepted.v1", "petition.replied.v1"} & {*window.steps(number)})
        assert first == ask(system, number, code).json()
        assert 404 == ask(system, number, code, path="/lookup/rating", seq=1, stars=5).status_code


def test_whatever_is_wrong_looks_the_same(system: Stack, window: Window) -> None:
    """A number nobody has, a code nobody has, another's code: one answer."""
    (number, code), (other, _) = registered(window), registered(window)
    answers = [
        ask(system, number, WRONG),
        ask(system, other, code),
        ask(system, "信2026-619926-999999", code),
        ask(system, "999999", WRONG),
        ask(system, number, "x"),
    ]
    assert {(404, answers[0].text)} == {(each.status_code, each.text) for each in answers}
    assert 422 == ask(system, "999", WRONG).status_code


def test_who_tries_too_often_waits(system: Stack, window: Window) -> None:
    """From one address, whatever the number; for one number, whatever the address; others go on."""
    number, _ = registered(window)
    other, its_code = registered(window)
    # a slot may end in between: twice as many are too many in any case
    tries = [ask(system, f"{n:06d}", WRONG, address="10.9.9.9") for n in range(900_000, 900_061)]
    refused = next(each for each in tries if each.status_code == 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 600
    assert "查询过于频繁" in refused.json()["detail"]
    for_one = [ask(system, number, WRONG).status_code for _ in range(41)]
    assert [404] * 20 == for_one[:20]
    assert 429 in for_one
    assert 200 == ask(system, other, its_code).status_code


def test_each_reply_is_rated_once(system: Stack, window: Window) -> None:
    """One to five stars; what is written is for who handles it, and not even for them where secrecy was asked."""
    for secrecy, text_shown in ((False, "谢谢"), (True, None)):
        number, code = registered(window, secrecy=secrecy)
        window.act(number, "replies", kind="progress_reply", means="post", text="正在办理")
        rate = {"path": "/lookup/rating", "seq": 1, "stars": 4, "text": "谢谢"}
        for wrong in ({"stars": 0}, {"stars": 6}, {"seq": 0}):
            assert 422 == ask(system, number, code, **(rate | wrong)).status_code
        assert 404 == ask(system, number, code, **(rate | {"seq": 2})).status_code
        assert 404 == ask(system, number, WRONG, **rate).status_code
        assert [201, 409] == [ask(system, number, code, **rate).status_code for _ in range(2)]
        assert [{"seq": 1, "stars": 4, "text": text_shown}] == window.look(number)["ratings"]
        assert "信访人评价第 1 次答复：4 星" in [step["sentence"] for step in window.look(number)["timeline"]]
