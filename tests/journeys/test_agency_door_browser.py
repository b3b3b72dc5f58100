"""The agencies' page on a telephone: a real browser, with a script and without one, over the running services."""

from collections.abc import Iterator

import pytest
from county import Window, until
from playwright.sync_api import Browser, Page, expect
from test_agency_door import CODE, left

from tests import agency_states
from tests.browser import MISSING, PROGRAM
from tools.dev import stack
from tools.dev.stack import Stack

pytestmark = [pytest.mark.skipif(PROGRAM is None, reason=MISSING), pytest.mark.long]
TELEPHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "locale": "zh-CN"}


@pytest.fixture(scope="module")
def door(system: Stack) -> Iterator[str]:
    yield stack.open_agency(system, CODE)
    left(system, CODE)


@pytest.fixture(params=[True, False], ids=["script", "no_script"])
def page(request: pytest.FixtureRequest, browser: Browser, system: Stack, door: str) -> Iterator[Page]:
    context = browser.new_context(base_url=door, java_script_enabled=request.param, **TELEPHONE)
    context.set_default_timeout(30_000)
    shown, faults = context.new_page(), list[str]()
    shown.on("pageerror", lambda fault: faults.append(str(fault)))
    context.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith((door, "data:")) else None)
    login, password = stack.agency_account(system, CODE)
    shown.goto("/login")
    shown.get_by_label("登录名").fill(login)
    shown.get_by_label("密码").fill(password)
    shown.get_by_role("button", name="登录").tap()
    expect(shown.get_by_role("heading", name="待办")).to_be_visible()
    yield shown
    context.close()
    assert not faults, faults


def test_a_clerk_signs_objects_and_answers(page: Page, system: Stack) -> None:
    """By thumb alone; nothing is wider than the screen, and each step waits by itself for the other side's word."""
    window = Window(system)
    number = window.number(title="路灯不亮")
    assert 200 == window.refer(number, CODE).status_code
    referral = window.referral(number)["number"]

    def offered() -> bool:
        page.goto("/")
        return page.get_by_role("link", name="路灯不亮").count() > 0

    until(offered, "offered")
    page.goto(f"/matter?number={referral}")
    expect(page.get_by_role("button", name="签收")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="签收").tap()
    taken(page, "待受理")
    expect(page.locator("main")).to_contain_text("已发出，检察院已收到")
    page.get_by_text("提出异议").first.tap()
    page.get_by_label("应由其他单位办理").check()
    page.locator("[id='reply.objected.v1.text']").fill("应由县市场监管局办理。")
    fits(page)
    page.get_by_role("button", name="提出异议").tap()
    taken(page, "异议中")
    path = f"/referrals/{referral}/rule"
    assert window.request("POST", path, service="referral", json={"ruling": "overruled"}).ok
    until(lambda: page.goto(f"/matter?number={referral}") and "异议不成立" in page.content(), "the ruling")
    page.get_by_role("button", name="受理", exact=True).tap()
    taken(page, "已受理")
    page.get_by_text("反馈结果").first.tap()
    page.get_by_label("支持", exact=True).check()
    page.locator("[id='reply.answered.v1.text']").fill("已修复。")
    page.locator("[id='reply.answered.v1.files']").set_input_files([agency_states.PAPER])
    fits(page)
    page.get_by_role("button", name="反馈结果").tap()
    taken(page, "已反馈")
    until(lambda: page.goto(f"/matter?number={referral}") and "已送到" in page.content(), "handed in")
    assert window.referral(number)["state"] == "answered"
    page.get_by_role("link", name="移送给检察院").tap()
    expect(page.get_by_role("heading", name="移送给检察院")).to_be_visible()
    fits(page)


def taken(page: Page, state: str) -> None:
    """As the page that comes says; where the other side was slow, as it says once more."""

    def look() -> bool:
        try:
            expect(page.locator(".now")).to_have_text(state, timeout=12_000)
        except AssertionError:
            page.locator(".banner").get_by_role("link", name="再看一次").tap()
            return False
        return True

    until(look, state)


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
