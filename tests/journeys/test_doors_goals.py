"""What desk.md measures of the other doors' pages, at a desk and on a telephone: the agency's and the petitioner's."""

import shutil
import uuid
from collections.abc import Iterator

import pytest
import requests
from county import Window
from playwright.sync_api import Browser, Page
from test_agency_door import CODE, left
from test_public import WRONG, registered

from tests import agency_states, goals
from tests.browser import MISSING, PROGRAM
from tools.dev import stack
from tools.dev.stack import Stack

pytestmark = [pytest.mark.skipif(PROGRAM is None, reason=MISSING), pytest.mark.long, pytest.mark.timeout(900)]
WIDTHS = (1366, 360)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def wrong(page: Page, states: Iterator[str]) -> tuple[int, list[str]]:
    """How many states there were, and what axe-core and the Nu validator have against them or does not fit."""
    contents, found = dict[str, str](), list[str]()
    for state in states:
        contents[state] = page.content()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"{state} {width}: {each}" for each in goals.violations(page)]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"{state} {width}: wider than the screen")
    if shutil.which("java"):
        found += goals.html_errors(contents)
    return len(contents), found


def test_nothing_of_an_agencys_pages_keeps_anybody_out(page: Page, system: Stack) -> None:
    """axe-core by WCAG 2.2 AA and best practice: nothing in at least 40 states, and nothing wider than a telephone."""
    stack.open_agency(system, CODE)
    try:
        many, found = wrong(page, agency_states.states(page, system, CODE))
    finally:
        left(system, CODE)
    assert [] == found
    assert many >= 40


def test_nothing_of_the_petitioners_page_keeps_anybody_out(page: Page, system: Stack) -> None:
    """The same of at least 15 states: what is found and what is not, each in both sizes of letters, a rating."""
    many, found = wrong(page, petitioners(page, system))
    assert [] == found
    assert many >= 15


def petitioners(page: Page, system: Stack) -> Iterator[str]:
    window, address = Window(system), uuid.uuid4().hex
    page.set_extra_http_headers({"X-Forwarded-For": address})
    number, code = registered(window)

    def ask(typed: str, its: str, view: str = "") -> None:
        page.goto(system.url("public") + ("/?view=large" if view else "/"))
        page.locator("#number").fill(typed)
        page.locator("#code").fill(its)
        page.get_by_role("button", name="查询", exact=True).click()
        page.wait_for_load_state()

    def told(name: str, its: tuple[str, str] | None = None) -> Iterator[str]:
        typed, secret = its or (number, code)
        for view in ("", "large"):
            ask(typed, secret, view)
            yield f"{name} {view}"

    for view in ("", "?view=large"):
        page.goto(f"{system.url('public')}/{view}")
        yield f"home {view}"
    yield from told("wrong", (number, WRONG))
    yield from told("registered")
    window.act(number, "accept", department="D05")
    yield from told("accepted")
    window.act(number, "replies", kind="progress_reply", means="post", text="正在办理")
    yield from told("replied")
    page.evaluate("for (const each of document.forms) each.noValidate = true")
    page.get_by_role("button", name="提交评价").click()
    yield "not chosen"
    page.get_by_label("非常满意", exact=True).check()
    page.get_by_role("button", name="提交评价").click()
    yield "rated"
    yield from told("rated before")
    other = registered(window)
    window.act(other[0], "replies", kind="progress_reply", means="post", text="正在办理")
    ask(*other)
    rated = dict(zip(("number", "code"), other, strict=True)) | {"seq": "1", "stars": "4"}
    assert 200 == requests.post(f"{system.url('public')}/rating", data=rated, timeout=15).status_code
    page.get_by_label("非常满意", exact=True).check()
    page.get_by_role("button", name="提交评价").click()
    yield "rated twice"
    window.act(number, "withdraw")
    yield from told("ended")
    page.goto(f"{system.url('public')}/petitions/1")
    yield "lost"
    for n in range(800_000, 800_061):
        content = {"number": str(n), "code": WRONG}
        headers = {"X-Forwarded-For": address}
        requests.post(f"{system.url('public')}/progress", data=content, headers=headers, timeout=15)
    yield from told("too often")
