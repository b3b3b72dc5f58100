"""网上信访 in a real browser as wide as a telephone, with a script and without; the officer's side in the desk."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from visitor import TRIAGE, decide_all

from tests import goals, public_states
from tests.browser import MISSING, PROGRAM, Screen, screen
from tools.dev import machine
from tools.dev.stack import Stack

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


@pytest.fixture(params=[True, False], ids=["script", "no_script"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def phone(browser: Browser, system: Stack, script: bool) -> Iterator[Page]:
    """Fails where anything was asked of another origin."""
    origin, elsewhere = system.url("public"), list[str]()
    context = browser.new_context(
        base_url=origin, java_script_enabled=script, viewport={"width": 360, "height": 740}, locale="zh-CN",
        extra_http_headers={"X-Forwarded-For": uuid.uuid4().hex},
    )  # fmt: skip
    context.on("request", lambda asked: None if asked.url.startswith(origin) else elsewhere.append(asked.url))
    yield context.new_page()
    context.close()
    assert not [each for each in elsewhere if not each.startswith("data:")]


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def fits(page: Page) -> None:
    """Nothing is to be pushed sideways, and what is pressed is as high as a finger."""
    wide = page.evaluate("document.documentElement.scrollWidth") if page.url else 0
    assert wide <= 360, page.url
    for each in page.locator("button:visible, .button:visible").all():
        box = each.bounding_box()
        assert box is not None
        assert box["height"] >= 48


def find(desk: Screen, about: str) -> None:
    """In the box of what waits, the oldest first, page by page."""
    desk.page.goto("/today/intake/contacts")
    links, later = list[str](), desk.page.locator("a[rel=next]")
    while True:
        rows = desk.page.get_by_role("row").filter(has_text="网上").get_by_role("link", name="办理")
        links += [each.get_attribute("href") or "" for each in rows.all()]
        if not later.count():
            break
        desk.page.goto(later.get_attribute("href") or "")
    for link in reversed(links):
        desk.page.goto(link)
        if desk.page.locator("main").get_by_text(about).count():
            return
    raise AssertionError(f"{about} waits nowhere")


@pytest.fixture(autouse=True)
def nothing_waits(system: Stack) -> Iterator[None]:
    yield
    decide_all(system)


def test_a_petitioner_writes_and_an_officer_registers(
    phone: Page, browser: Browser, system: Stack, script: bool, tmp_path: Path
) -> None:
    """In the larger letters, with a file; it waits in the officer's box by itself; then the number by the code."""
    about = f"讨工钱{uuid.uuid4().hex[:6]}"
    paper = tmp_path / "收据.pdf"
    paper.write_bytes(b"%PDF-1.7 " + bytes(1000))
    phone.goto("/")
    phone.get_by_role("link", name="大字").click()
    phone.get_by_role("link", name="网上信访：提出诉求或者建议").click()
    fits(phone)
    phone.get_by_role("link", name="不是，是诉求或者建议").click()
    fits(phone)
    phone.get_by_label("诉求（请求解决一件事）").check()
    phone.locator("#text").fill(about)
    phone.locator("#file").set_input_files(paper)
    phone.get_by_label("署名：").check()
    phone.locator("#name").fill("石大川")
    phone.locator("#phone").fill("12")
    phone.get_by_label("署名的请勾选").check()
    press(phone, "提交")
    expect(phone.locator(".wrong")).to_contain_text("电话")
    expect(phone.locator("#text")).to_have_value(about)
    phone.locator("#phone").fill("19900001208")
    phone.locator("#file").set_input_files(paper)
    press(phone, "提交")
    expect(phone.locator("main")).to_contain_text("已收到 收据.pdf")
    fits(phone)
    code = phone.locator(".code").inner_text()
    with screen(browser, system, script=script) as desk:
        desk.login(TRIAGE)
        find(desk, about)
        desk.says(about, "收据.pdf", "网上", "申诉求决")
        form = desk.page.locator("section.action").filter(has_text="登记为信访件")
        goals.unfold(desk.page)
        desk.control("contact", form).check()
        form.get_by_label("申诉求决").check()
        desk.control("line", form).select_option("support_prosecution")
        desk.control("channel", form).select_option("online")
        desk.control("title", form).fill(about)
        desk.control("statement", form).fill(about)
        desk.control("petitioner.name", form).fill("石大川")
        form.get_by_role("button", name="登记为信访件").click()
        expect(desk.page.locator("body")).to_contain_text("今日")
    phone.get_by_role("link", name="凭查询码查看").click()
    phone.locator("#code").fill(code.lower())
    press(phone, "查看")
    expect(phone.locator("main")).to_contain_text("已登记为信访件")
    press(phone, "查看办理进展")
    expect(phone.locator(".now")).to_contain_text("已登记，正在审查")
    fits(phone)


def test_a_report_on_an_official_has_nowhere_to_be_typed(phone: Page) -> None:
    """The first question leads to the ways there are, and to no field."""
    phone.goto("/online")
    phone.get_by_role("link", name="是，反映国家工作人员的违法违纪").click()
    expect(phone.locator("main")).to_contain_text("12388")
    expect(phone.locator("input, textarea")).to_have_count(0)
    fits(phone)


def test_nothing_of_the_question_and_the_form_keeps_anybody_out(browser: Browser, system: Stack) -> None:
    """axe-core on a telephone, until a form comes back with what is wrong; `--all` takes the rest."""
    try:
        machine.node(goals.SCREENS)
    except machine.MachineError as fault:
        pytest.skip(f"axe-core comes by npm: {fault}")
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    page, found = context.new_page(), dict[str, list[str]]()
    for state in public_states.online(page, system):
        found[state] = goals.violations(page)
        if state == "entry-wrong":
            break
    context.close()
    assert {"question", "officials large", "entry", "entry-wrong"} <= found.keys()
    assert {} == {state: each for state, each in found.items() if each}
