"""A security key in a real browser: set under 我的登录, asked for at the login, and again for a proof."""

import uuid
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import requests
from county import PETITIONER, Agency, Window, done, kill, until
from pages import change, stored
from playwright.sync_api import Browser, expect

from tests.browser import MISSING, PROGRAM, Screen, screen
from tools.dev import stack
from tools.dev.stack import Stack

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
HANDLER, OPERATIONS = "900107", "900008"
# plugged in, and touched whenever it is asked
_KEY = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}


@pytest.fixture
def desk(browser: Browser, system: Stack) -> Iterator[Screen]:
    """The keys that a story sets are nobody's behind it: another logs in without."""
    with screen(browser, system) as shown:
        yield shown
    change(system, "signer", f"DELETE FROM security_key WHERE login IN ('{HANDLER}', '{OPERATIONS}')")


def plugged(desk: Screen) -> None:
    """Chromium's own key, in this page alone."""
    driver = desk.page.context.new_cdp_session(desk.page)
    driver.send("WebAuthn.enable")
    driver.send("WebAuthn.addVirtualAuthenticator", {"options": _KEY})


def set_key(desk: Screen, officer: str) -> None:
    """Under 我的登录, with the password, pressed twice by who is impatient."""
    desk.page.goto("/sessions")
    desk.follow("动态口令和安全密钥")
    desk.page.locator("#password-key").fill(stack.account(desk.system, officer)[1])
    desk.page.get_by_role("button", name="登记一把安全密钥").dblclick()
    desk.says("我的登录", "安全密钥：1 把")


def again_by_key(desk: Screen, officer: str) -> None:
    """Out, and in by the password and the key; then what was shown is older than a proof may be.

    The door is killed: a token that it has says for minutes that the proof is fresh.
    """
    desk.press("退出")
    desk.says("登录名")
    desk.page.goto("/login")
    name, password, _ = stack.account(desk.system, officer)
    desk.page.locator("#login").fill(name)
    desk.page.locator("#password").fill(password)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/login/code**")
    desk.press("使用安全密钥")
    desk.page.wait_for_url("**/today**")
    older = "UPDATE granted SET proved_at = proved_at - interval '11 minutes' WHERE login = :login"
    change(desk.system, "signer", older, login=name)
    kill(desk.system, "desk-office")
    until(lambda: requests.get(f"{desk.system.url('desk')}/health/ready", timeout=5).ok, "the door is back")


def shows_key(desk: Screen) -> None:
    """What is asked for behind a page that wants a proof."""
    desk.page.wait_for_url("**/login/code**")
    desk.press("使用安全密钥")


def test_a_key_opens_what_is_sealed(desk: Screen, system: Stack) -> None:
    """Set by who has no second factor yet; asked for at the next login, and before who asked for secrecy is shown."""
    handler = Window(system, "handler", HANDLER, department="D01")
    number = handler.number(secrecy=True)
    done(handler.act(number, "accept", department="D01"))
    opening = done(handler.act(number, "openings", purpose="verify", reason="须当面核实伤情"))["opening"]
    done(Window(system, "deputy", "900002").request("POST", f"/openings/{opening}/approve", json={}))
    desk.login(HANDLER)
    plugged(desk)
    set_key(desk, HANDLER)
    again_by_key(desk, HANDLER)
    desk.page.goto(f"/petitions/{quote(number)}")
    look = desk.page.get_by_role("link", name="查看信访人").get_attribute("href")
    assert look
    desk.page.goto(look)
    shows_key(desk)
    desk.says("查看", PETITIONER["name"])
    assert "sealed.opened.v1" in handler.steps(number)


@pytest.mark.long
def test_what_was_sent_waits_for_the_key(desk: Screen, system: Stack) -> None:
    """Giving up a parked message: the key is asked for, what was typed is still there, and one press sends it."""
    operations = Window(system, "operations", OPERATIONS)
    asked = {"source": "A05", "sort": "-id"}

    def listed() -> list[int]:
        answer = operations.request("GET", "/operations/parked", params=asked)
        return [each["id"] for each in done(answer)["messages"]]

    before = set(listed())
    Agency(system, "A05").send(f'{{"id": "{uuid.uuid4()}"'.encode(), "petition.submitted.v1")
    (found,) = until(lambda: set(listed()) - before, "parked")
    desk.login(OPERATIONS)
    plugged(desk)
    set_key(desk, OPERATIONS)
    again_by_key(desk, OPERATIONS)
    desk.page.goto("/running/intake?source=A05&sort=-id")
    desk.follow(f"作废 {found}")
    desk.control("reason").fill("测试用的乱码，独一无二")
    desk.press("作废")
    shows_key(desk)
    desk.says("没有提交", "独一无二")
    desk.press("继续提交")
    desk.says("停放的消息")
    assert found not in listed()


def test_a_key_that_does_not_fit_is_said(desk: Screen, system: Stack) -> None:
    """One that was set before is not set twice, and none is set at an address that is not the house's."""
    desk.login(HANDLER)
    plugged(desk)
    set_key(desk, HANDLER)
    desk.follow("动态口令和安全密钥")
    desk.page.locator("#password-key").fill(stack.account(system, HANDLER)[1])
    desk.press("登记一把安全密钥")
    expect(desk.page.locator("#said")).to_have_text("这把安全密钥已经登记过")
    expect(desk.page.get_by_role("button", name="登记一把安全密钥")).to_be_enabled()
    assert [(1,)] == stored(system, "signer", f"SELECT count(*) FROM security_key WHERE login = '{HANDLER}'")
    # as whoever typed the number of the machine instead of its name; Chromium forgives it the cookie
    desk.page.evaluate(
        """() => document.querySelectorAll("form[data-key]").forEach((each) => {
          const options = JSON.parse(each.dataset.options);
          if (options.rp) options.rp.id = "desk.example"; else options.rpId = "desk.example";
          each.dataset.options = JSON.stringify(options); })"""
    )
    desk.press("使用安全密钥")
    expect(desk.page.locator("#said")).to_have_text("安全密钥只能在本系统登记的网址使用")
