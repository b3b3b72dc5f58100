"""One journey a role in a real browser, over the running services: with a script, and without one."""

import uuid
from collections.abc import Iterator

import pytest
from county import Agency, Window, done, until
from playwright.sync_api import Browser, expect

from tests.browser import MISSING, PROGRAM, Screen, screen
from tools.dev.stack import Stack

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)
HANDLER = "900105"


@pytest.fixture(params=[True, False], ids=["script", "no_script"])
def desk(request: pytest.FixtureRequest, browser: Browser, system: Stack) -> Iterator[Screen]:
    with screen(browser, system, script=request.param) as shown:
        yield shown


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system, "window", "900100", department="D05", service_point="12309")


@pytest.fixture
def officer(system: Stack) -> Window:
    return Window(system, "handler", HANDLER, department="D05")


def find(desk: Screen, number: str) -> None:
    """By the box in the header of whatever page."""
    desk.page.locator("#search").fill(number)
    desk.page.locator("#search").press("Enter")
    desk.follow(number)
    desk.says("可办事项")


def test_the_window_registers_and_hands_the_code_over(desk: Screen) -> None:
    """Checked, refused beside the field with all that was typed, then the number, the code once, and the receipt."""
    page, title = desk.page, f"讨要工钱{uuid.uuid4().hex[:6]}"
    desk.login("900100")
    desk.follow("登记")
    desk.control("channel").select_option("visit")
    desk.control("petitioner.name").fill("石大川")
    desk.control("petitioner.phone").fill("12")
    desk.control("title").fill(title)
    desk.control("statement").fill("石桥工地欠我们七个人的工资，老板不见了。")
    page.get_by_label("申诉求决").check()
    desk.control("line").select_option("support_prosecution")
    desk.press("核对")
    expect(page.locator("#checked")).to_contain_text("期限")
    desk.press("登记并打印回执")
    expect(page.locator("#wrong")).to_contain_text("电话号码不正确")
    expect(desk.control("title")).to_have_value(title)
    desk.control("petitioner.phone").fill("19900001208")
    desk.press("登记并打印回执")
    desk.says("已登记", "查询码")
    desk.press("已交给信访人")
    desk.says("查询码不再显示")
    with page.expect_popup() as paper:
        desk.follow("收件回执")
    expect(paper.value.locator("body")).to_contain_text("枫禾县人民检察院")
    desk.follow("去办理")
    desk.says(title, "石大川", "可办事项")
    page.get_by_role("button", name="退出").click()
    desk.says("登录名")


def test_a_handler_does_what_is_offered(desk: Screen, window: Window) -> None:
    """Done by its form; refused with what was typed; and where a colleague was faster, what may be done instead."""
    number, page = window.number(title="讨要工钱"), desk.page
    desk.login(HANDLER)
    find(desk, number)
    with desk.action("补正") as form:
        desk.control("lacking", form).fill("收" * 201)
        desk.control("means", form).select_option("post")
        form.get_by_role("button", name="补正").click()
    expect(page.locator("#wrong")).to_contain_text("需补正的材料")
    expect(desk.control("lacking")).to_have_value("收" * 201)
    desk.control("lacking").fill("收据")
    desk.press("补正")
    desk.says("待补正")
    desk.follow("时间线")
    desk.says("补正")
    desk.follow("办理")
    with desk.action("确认补齐") as form:
        done(window.request("POST", f"/petitions/{number}/withdraw", json={}))
        form.get_by_role("button").last.click()
    desk.says("当前不能这样办理", "现在可以办理")


@pytest.mark.parametrize("desk", [False], ids=["no_script"], indirect=True)  # with one: test_desk_goals.py
def test_several_are_urged_and_it_is_seen_how_far(desk: Screen, window: Window, officer: Window) -> None:
    """The page itself says when it is done, and keeps what became of each until it was read."""
    titles = [f"流转{uuid.uuid4().hex[:8]}" for _ in range(2)]
    for title in titles:
        number = window.number(title=title)
        done(officer.act(number, "accept", department="D05", handler=HANDLER))
        done(officer.refer(number, "A12"))
        window.referral(number)
    desk.login(HANDLER)
    desk.page.goto("/flow?inbound=false&tab=unsigned&sort=-created&clear=1")
    for title in titles:
        desk.page.get_by_role("row").filter(has_text=title).get_by_role("checkbox").check()
    desk.press("催办选中的")
    desk.says("催办：2 件", *titles)
    desk.press("催办 2 件")
    desk.says("已办理 2 件", *titles)
    expect(desk.page.locator("progress")).to_have_attribute("value", "2")
    desk.press("已阅，收起 催办 2 件")
    desk.says("没有批量办理的事项")


def test_a_head_hands_work_over_after_a_look(desk: Screen, window: Window, officer: Window) -> None:
    """What would become of it first, and nothing is done by that; then each with its result."""
    number = window.number(title="讨要工钱")
    done(officer.act(number, "accept", department="D05", handler=HANDLER))
    desk.login("900108")
    desk.follow("交接")
    desk.control("handler").select_option(HANDLER)
    desk.control("to").select_option("900106")
    desk.page.get_by_label("轮岗交接").check()
    desk.control("petitions").fill(number)
    desk.press("预览，不作变更")
    desk.says("将交接 1 件")
    assert window.look(number)["handler"] == HANDLER
    desk.press("交接 1 件")
    desk.says("已交接 1 件")
    desk.follow(number)
    desk.says("巳承办")


def test_a_chief_decides_what_waits(desk: Screen, window: Window, officer: Window) -> None:
    """In with a second factor; the sheet for who leads; what somebody asked for is approved, and so it is."""
    number = window.number(title="讨要工钱")
    done(officer.act(number, "accept", department="D05", handler=HANDLER))
    done(officer.ask(number, "terminate", reason="settled"))
    desk.login("900000")
    desk.follow("院领导")
    desk.says("红色", "逾期和到期", "两率", "待批")
    find(desk, number)
    desk.follow("去审批")
    desk.press("批准")
    desk.says("已终结")


def test_operations_deal_with_what_is_parked(desk: Screen, system: Stack) -> None:
    """How every service stands; of a message by envelope alone: tried again in vain, then given up with a reason."""
    operations = Window(system, "operations", "900130")
    Agency(system, "A05").send(f'{{"id": "{uuid.uuid4()}"'.encode(), "petition.submitted.v1")
    asked = {"source": "A05", "sort": "-id"}
    path = "/operations/parked"
    found = until(lambda: done(operations.request("GET", path, params=asked))["messages"], "parked")[0]["id"]
    desk.login("900007")
    desk.follow("运行")
    desk.says("intake", "referral", "aid", "notify", "正常")
    desk.follow("intake")
    desk.follow("号")
    desk.page.wait_for_url(lambda url: "sort=-id" in url)  # the old page has such a link, too
    desk.follow(f"重放 {found}")
    desk.page.wait_for_url("**/do/**")
    desk.press("重放")
    desk.says("无法识别，不能重放")
    desk.follow("返回")
    desk.follow(f"作废 {found}")
    desk.control("reason").fill("测试用的乱码")
    desk.press("作废")
    desk.says("停放的消息")
    expect(desk.page.get_by_role("link", name=f"作废 {found}")).to_have_count(0)
    gone = [each["id"] for each in done(operations.request("GET", path, params=asked))["messages"]]
    assert found not in gone
