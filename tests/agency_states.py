"""The pages of an agency's door in each of their states, one after the other in a real browser."""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from desk import codes
from tests.journeys.county import Window, today, until
from tools.dev import stack
from tools.dev.stack import Stack

PASSWORD = "床前明月光疑是地上霜举头"
PAPER = {"name": "处理决定书.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 a decision"}
PROGRAM = {"name": "现场照片.jpg", "mimeType": "image/jpeg", "buffer": b"MZ a program"}


@dataclass
class Door:
    """One door, and the browser before it."""

    page: Page
    system: Stack
    code: str

    def go(self, path: str) -> None:
        self.page.goto(stack.agency_url(self.system, self.code) + path)

    def matter(self, number: str) -> None:
        self.go(f"/matter?number={quote(number)}")

    def fill(self, **typed: str) -> None:
        """The fields of these ids."""
        for name, value in typed.items():
            self.page.locator(f"[id='{name}']").fill(value)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).locator("visible=true").first.click()
        self.page.wait_for_load_state()

    def press_anyway(self, button: str) -> None:
        """What the browser would not send, as one does that knows no `required`."""
        self.page.evaluate("for (const each of document.forms) each.noValidate = true")
        self.press(button)

    def unfold(self, title: str) -> None:
        """The form of a step, which is folded beside another."""
        step = self.page.locator("details.step").filter(has=self.page.locator("summary", has_text=title)).first
        if step.get_attribute("open") is None:
            step.locator("summary").click()

    def says(self, number: str, sentence: str) -> None:
        """Looks at the matter until it does, and nothing is on its way."""

        def look() -> bool:
            self.matter(number)
            shown = self.page.locator("main").inner_text()
            return sentence in shown and "正在发出" not in shown and "等待检察院回复" not in shown

        until(look, f"{number}: {sentence}")

    def login(self, login: str, password: str) -> None:
        self.go("/login")
        self.fill(login=login, password=password)
        self.press("登录")

    def change(self, statement: str, **given: Any) -> None:
        """Does to the database what time would."""
        engine = create_engine(self.system.database(stack.agency_database(self.code)))
        with engine.begin() as connection:
            connection.execute(text(statement), given)
        engine.dispose()


def states(page: Page, system: Stack, code: str) -> Iterator[str]:
    """Puts the page into one state after the other, and says the name of each; nobody else reads the agency's queue."""
    door, window = Door(page, system, code), Window(system)
    admin = stack.agency_account(system, code)
    door.go("/login")
    yield "login"
    door.login(admin[0], "wrong")
    yield "login-wrong"
    door.login(*admin)
    yield "list"
    yield from _handed_in(door)
    yield from _people(door, admin)
    yield from _referral(door, window)
    yield from _ends(door, window)
    door.matter("没有")
    yield "missing"
    door.go("/nothing")
    yield "lost"
    door.go("/submit")
    door.fill(statement="写了很久的一段话")
    door.change("UPDATE session SET used_at = now() - interval '31 minutes'")
    door.press_anyway("移送")
    yield "login-ended"
    door.fill(login=admin[0], password=admin[1])
    door.press("登录")
    yield "again"


def _handed_in(door: Door) -> Iterator[str]:
    door.go("/submit")
    yield "submit"
    door.press_anyway("移送")
    yield "submit-wrong"
    own = f"柳所〔2026〕{time.monotonic_ns()}号"
    door.fill(submission=own, received_on=today().isoformat(), title="邻里纠纷", statement="楼道被占用，多次劝说无效。")
    for name, value in (("kind", "claim"), ("line", "other")):
        control = door.page.locator(f"[name='f.{name}']")
        if control.first.evaluate("(each) => each.tagName") == "SELECT":
            control.select_option(value)
        else:
            door.page.locator(f"[name='f.{name}'][value='{value}']").check()
    door.fill(**{"petitioner.name": "石大川", "petitioner.resident_id": "619926198503120015"})
    door.press("移送")
    door.says(own, "退回原因")
    yield "turned-back"
    door.go("/")
    yield "list-turned-back"
    door.matter(own)
    door.page.get_by_role("link", name="改正再发").click()
    yield "mend"
    door.fill(**{"petitioner.resident_id": "619926198503120014"})
    door.press("移送")
    door.says(own, "检察院已收到")
    yield "handed-in"


def _people(door: Door, admin: tuple[str, str]) -> Iterator[str]:
    door.go("/accounts")
    yield "accounts"
    door.fill(**{"new-login": "王", "new-name": "王某"})
    door.press("开立")
    yield "accounts-wrong"
    login = f"c{time.monotonic_ns()}"
    door.fill(**{"new-login": login, "new-name": "王某"})
    door.press("开立")
    once = door.page.locator(".once").inner_text()
    yield "account-made"
    door.press("退出")
    door.login(login, once)
    yield "password"
    for new, state in (("123456789012", "password-weak"), (PASSWORD, "")):
        door.fill(password=once, new=new, again=new)
        door.press("更改密码")
        if state:
            yield state
    door.go("/accounts/code")
    yield "factor"
    door.fill(code="000000", password=PASSWORD)
    door.press("启用")
    yield "factor-wrong"
    secret = base64.b32decode(door.page.locator(".once").inner_text())
    step = int(time.time()) // codes.STEP
    door.fill(code=codes.code(secret, step), password=PASSWORD)
    door.press("启用")
    yield "accounts-clerk"
    door.go("/accounts/code")
    yield "factor-off"
    door.press("退出")
    door.login(login, PASSWORD)
    yield "code"
    door.fill(code="000000")
    door.press("确定")
    yield "code-wrong"
    door.login(*admin)
    door.go("/accounts")
    yield "accounts-with-factor"


def _offered(door: Door, window: Window, **more: str) -> tuple[str, str]:
    number = window.number(**more)
    assert 200 == window.refer(number, door.code).status_code
    referral = window.referral(number)["number"]
    door.says(referral, "移送的内容")
    return number, referral


def _step(door: Door, referral: str, button: str, then: str, **typed: str) -> None:
    """One of the large buttons, with what is typed into its form."""
    door.matter(referral)
    door.unfold(button)
    for name, value in typed.items():
        field = door.page.locator(f"[id$='.{name}']:visible, [name='f.{name}'][value='{value}']:visible").first
        field.check() if field.get_attribute("type") == "radio" else field.fill(value)
    door.press(button)
    door.says(referral, then)


def _referral(door: Door, window: Window) -> Iterator[str]:
    _, referral = _offered(door, window, title="路灯三个月不亮")
    yield "offered"
    door.go("/")
    yield "list-todo"
    _step(door, referral, "签收", "待受理")
    door.change("UPDATE said SET taken_at = NULL, at = now() - interval '2 minutes' WHERE matter = :n", n=referral)
    door.matter(referral)
    yield "waiting"
    door.change("UPDATE said SET taken_at = now() WHERE matter = :n", n=referral)
    door.matter(referral)
    yield "signed"
    door.unfold("提出异议")
    yield "objecting"
    door.press_anyway("提出异议")
    yield "objection-wrong"
    door.matter(referral)
    door.unfold("转由他单位")
    yield "passing-on"
    _step(door, referral, "提出异议", "异议中", reason="other_competent", text="路灯由县市场监管局管理。")
    yield "objected"
    path = f"/referrals/{referral}/rule"
    assert window.request("POST", path, service="referral", json={"ruling": "overruled"}).ok
    door.says(referral, "异议不成立")
    yield "overruled"
    _step(door, referral, "受理", "已受理")
    yield "accepted"
    door.unfold("报告进展")
    yield "progressing"
    _step(door, referral, "报告进展", "办理中", text="已派人现场核查。")
    yield "in-progress"
    door.unfold("反馈结果")
    yield "answering"
    _answer(door, PROGRAM)
    yield "file-wrong"
    door.matter(referral)
    door.unfold("反馈结果")
    _answer(door, PAPER)
    door.says(referral, "已送到")
    yield "answered"
    path = f"/referrals/{referral}/rework"
    assert window.request("POST", path, service="referral", json={"text": "请补充维修单"}).ok
    door.says(referral, "请补充维修单")
    yield "rework"


def _answer(door: Door, file: Any) -> None:
    door.page.locator("[id='reply.answered.v1.result.supported']").check()
    door.page.locator("[id='reply.answered.v1.text']").fill("已修复并回访。")
    door.page.locator("[id='reply.answered.v1.files']").set_input_files([file])
    door.press("反馈结果")


def _ends(door: Door, window: Window) -> Iterator[str]:
    number, referral = _offered(door, window)
    _step(door, referral, "签收", "待受理")
    _step(door, referral, "受理", "已受理")
    assert 200 == window.act(number, "withdraw").status_code
    door.says(referral, "信访件已在检察院结束")
    yield "stopped"
    number, referral = _offered(door, window)
    assert 200 == window.act(number, "withdraw").status_code
    door.says(referral, "撤回")
    yield "recalled"
    door.change("UPDATE heard SET key_id = NULL, content = NULL WHERE matter = :n", n=referral)
    door.matter(referral)
    yield "forgotten"
    door.go("/")
    yield "list-others"
