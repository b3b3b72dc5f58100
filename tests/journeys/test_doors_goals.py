"""What desk.md measures of the other doors' pages, at a desk and on a telephone: the agency's and the petitioner's."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from test_agency_door import CODE, left

from tests import agency_states, goals, public_states
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
    """The same of at least 20 states: what is found and what is not, each in both sizes of letters, a rating."""
    many, found = wrong(page, public_states.progress(page, system))
    assert [] == found
    assert many >= 20


def test_nothing_of_writing_online_keeps_anybody_out(page: Page, system: Stack) -> None:
    """The same of at least 25 states: the question, the form and what is wrong with it, the code, what became of it."""
    many, found = wrong(page, public_states.online(page, system))
    assert [] == found
    assert many >= 25
