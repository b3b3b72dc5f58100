"""What the pages promise of keys, input methods and what is half written, in a real browser; the bench takes more."""

import random
import uuid
from collections.abc import Iterator

import pytest
from county import Window, done
from playwright.sync_api import Browser

from tests import goals
from tests.browser import MISSING, PROGRAM, Screen, screen
from tools.dev.stack import Stack

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
DICE = random.Random(20261127)


@pytest.fixture
def desk(browser: Browser, system: Stack) -> Iterator[Screen]:
    with screen(browser, system) as shown:
        yield shown


def test_a_visit_is_registered_by_keys_alone(desk: Screen) -> None:
    """With its receipt: the fields that are filled and eight keys more, and no pointer."""
    desk.login("900101")
    goals.register(desk)
    desk.page.goto("/today")
    keys = goals.register_by_keys(desk, DICE)
    assert len(keys.pressed) <= keys.filled + 8, keys


def test_several_are_urged_by_keys(desk: Screen, system: Stack) -> None:
    """From 今日: one key a row, and four more."""
    window, officer = Window(system), Window(system, "handler", "900106", department="D05")
    titles = [f"催办{uuid.uuid4().hex[:8]}" for _ in range(2)]
    for title in titles:
        number = window.number(title=title)
        done(officer.act(number, "accept", department="D05", handler="900106"))
        done(officer.refer(number, "A12"))
        window.referral(number)
    desk.login("900106")
    desk.page.goto("/flow?inbound=false&tab=unsigned&sort=-created&clear=1")
    assert len(goals.urge_by_keys(desk, titles)) == len(titles) + 4
    desk.press(f"已阅，收起 催办 {len(titles)} 件")


def test_no_key_acts_while_a_character_is_chosen(desk: Screen, system: Stack) -> None:
    """Enter that ends a composition sends no form, in whatever field of whatever form."""
    point = "SP-QINGXI"
    number = Window(system, "station", "900120", service_point=point).number(service_point=point)
    desk.login("900120")  # whose drafts nobody else finds in their forms
    for path in ("/register", "/find", "/new/contact", f"/petitions/{number}"):
        desk.page.goto(path)
        goals.unfold(desk.page)
        fields, sent = goals.composition(desk)
        assert (fields > 0, sent) == (True, 0), path


def test_what_is_typed_survives_a_cut(desk: Screen) -> None:
    """The page left, reloaded or killed: five seconds of typing at most are lost, and nothing comes back twice."""
    desk.login("900106")
    worst, doubled = goals.interruptions(desk, 6, DICE)
    assert worst <= 5
    assert doubled == 0


def test_a_double_press_is_one_petition(desk: Screen, system: Stack) -> None:
    """However fast, and where the first press is not answered yet."""
    desk.login("900101")
    phone = f"199{DICE.randrange(10**8):08}"
    goals.fill_in(desk, phone)
    desk.page.get_by_role("button", name="登记并打印回执").click(click_count=3, delay=5)
    desk.page.wait_for_url("**/registered/*")
    window = Window(system)
    found = done(window.request("POST", "/find", json={"q": phone}))["hits"]
    assert len(found) == 1
