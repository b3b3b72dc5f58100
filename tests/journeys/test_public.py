"""The petitioners' page: as a browser without a script reads it, from the internet."""

import uuid
from typing import Any

import pytest
import requests
from county import CLAIM, PETITIONER, Window
from visitor import WRONG, Visitor

from tools.dev.stack import Stack


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system)


@pytest.fixture
def visitor(system: Stack) -> Visitor:
    return Visitor(system)


def registered(window: Window, **changes: Any) -> tuple[str, str]:
    answer = window.register(**changes).json()
    return answer["number"], answer["query_code"]


def test_who_has_number_and_code_reads_how_far_it_is(window: Window, visitor: Visitor) -> None:
    """As it was typed from a receipt; days in words; nobody's name, text, department or agency."""
    number, code = registered(window)
    window.act(number, "accept", department="D05")
    window.refer(number, "A09")
    shown = visitor.asked(f" {number[-6:]} ", code.replace("-", " ").lower(), "/?view=large")
    assert shown.status == 200
    for word in (number, "已转有权处理的单位", "登记", "受理", "收到日期", "12309"):
        assert word in shown.text
    assert 'class="large"' in shown.answer.text
    for word in (*map(str, PETITIONER.values()), CLAIM["title"], CLAIM["statement"], "A09", "D05", "人社"):
        assert word not in shown.answer.text
    assert len(shown.answer.content) + len(visitor.get("/static/public.css").answer.content) <= 15_000


def test_each_reply_is_rated_once(window: Window, visitor: Visitor) -> None:
    """One of five words and what one likes to say; without a choice it is asked for, twice it is said that it was."""
    number, code = registered(window)
    window.act(number, "replies", kind="progress_reply", means="post", text="正在办理")
    form = visitor.asked(number, code).form("提交评价")
    assert ["5", "4", "3", "2", "1"] == form.controls["stars"].choices
    assert "请选择" in visitor.send(form).text
    assert "已收到您的评价" in visitor.send(form, stars="4", text="谢谢").text
    again = visitor.send(form, stars="1")
    assert (409, True) == (again.status, "您已评价" in again.text)
    assert [{"seq": 1, "stars": 4, "text": "谢谢"}] == window.look(number)["ratings"]
    assert not [each for each in visitor.asked(number, code).forms if each.button == "提交评价"]


def test_whatever_is_wrong_is_one_page(window: Window, visitor: Visitor) -> None:
    """Of nobody's number, of a sealed one's, with another's code, of what is no number: all but what was typed."""
    (number, _), (_, code) = registered(window), registered(window)
    (sealed, _) = registered(window, secrecy=True)
    tries = [(number, WRONG), (number, code), (sealed, WRONG), ("信2026-619926-999999", code), ("x1", WRONG)]
    pages = set()
    for typed, its in tries:
        shown = visitor.asked(typed, its)
        pages.add((shown.status, shown.answer.text.replace(f'value="{typed}"', "")))
    ((status, text),) = pages
    assert (404, False, False) == (status, WRONG in text, code in text)


def test_who_tries_too_often_waits(visitor: Visitor) -> None:
    """By the address that the web server before it names; what a caller writes before that counts for nothing."""
    form, address = visitor.get("/").form("查询"), uuid.uuid4().hex
    tries = []
    for n in range(800_000, 800_061):
        headers = {"X-Forwarded-For": f"{uuid.uuid4().hex}, {address}"}
        content = {"number": str(n), "code": WRONG}
        tries.append(requests.post(visitor.origin + form.action, data=content, headers=headers, timeout=15))
    refused = next(each for each in tries if each.status_code == 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 600
    assert "查询过于频繁" in refused.text
    assert visitor.asked("800000", WRONG).status == 404


def test_it_has_nothing_that_could_be_taken(visitor: Visitor) -> None:
    """No script, no cookie, nothing from elsewhere; what is not there is a page that leads back."""
    shown = visitor.get("/")
    headers = shown.answer.headers
    assert "script" not in shown.answer.text
    assert "Set-Cookie" not in headers
    assert "script-src" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "no-store" in headers["Cache-Control"]
    lost = visitor.get("/petitions/1")
    assert (404, True) == (lost.status, "从这里查询" in lost.text)
    long = requests.post(f"{visitor.origin}/progress", data={"number": "9" * 50_000}, timeout=15)
    assert long.status_code == 413
