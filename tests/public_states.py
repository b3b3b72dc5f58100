"""The pages of the petitioners' door in each of their states, one after the other in a real browser."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from playwright.sync_api import Page

from tests.journeys.county import Window, becomes, done
from tools.dev.stack import Stack

TRIAGE = "900101"  # as the county's office.yaml names
WRONG = "2222-2222-2222-2222"
ENTRY = {"kind": "claim", "who": "anonymous", "text": "路灯三个月不亮，请修好。"}
PAPER = {"name": "收据.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 a receipt"}
PROGRAM = {"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": b"MZ a program"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Door:
    """The door, and a browser before it, from an address of its own."""

    page: Page
    system: Stack
    address: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self.page.set_extra_http_headers({"X-Forwarded-For": self.address})

    def go(self, path: str) -> None:
        self.page.goto(self.system.url("public") + path)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
        self.page.wait_for_load_state()

    def press_anyway(self, button: str) -> None:
        """What the browser would not send, as one does that knows no `required`."""
        self.page.evaluate("for (const each of document.forms) each.noValidate = true")
        self.press(button)

    def choose(self, *files: dict[str, Any]) -> None:
        self.page.locator("#file").set_input_files(list(files))  # type: ignore[arg-type] - each is a FilePayload

    def write(self, text: str, *files: dict[str, Any]) -> None:
        """A claim of nobody's, as it is sent."""
        self.page.get_by_label("诉求（请求解决一件事）").check()
        self.page.get_by_label("匿名：").check()
        self.page.locator("#text").fill(text)
        self.choose(*files)
        self.press("提交")

    def send(self, path: str, **typed: str) -> int:
        """By the same address, without a page."""
        headers = OURS | {"X-Forwarded-For": self.address}
        url = self.system.url("public") + path
        return requests.post(url, data=typed, headers=headers, timeout=15).status_code

    def in_both(self, name: str, path: str) -> Iterator[str]:
        for view in ("", "large"):
            self.go(path + (f"?view={view}" if view else ""))
            yield f"{name} {view}".strip()

    def in_larger(self, name: str) -> Iterator[str]:
        """What was found, then the same in the larger letters, and back."""
        yield name
        self.press("大字")
        yield f"{name} large"
        self.press("标准字")


def progress(page: Page, system: Stack) -> Iterator[str]:
    """Of a petition that is looked up and rated: what is found and what is not."""
    door, window = Door(page, system), Window(system)
    number, code = _registered(window)

    def ask(typed: str, its: str) -> None:
        page.locator("#number").fill(typed)
        page.locator("#code").fill(its)
        door.press("查询")

    def told(name: str, typed: str = number, its: str = code) -> Iterator[str]:
        for state in door.in_both(name, "/"):
            ask(typed, its)
            yield state

    yield from door.in_both("home", "/")
    yield from told("wrong", its=WRONG)
    yield from told("registered")
    window.act(number, "accept", department="D05")
    yield from told("accepted")
    window.act(number, "replies", kind="progress_reply", means="post", text="正在办理")
    yield from told("replied")
    door.press_anyway("提交评价")
    yield "not-chosen"
    page.get_by_label("非常满意", exact=True).check()
    door.press("提交评价")
    yield "rated"
    yield from told("rated-before")
    other = _registered(window)
    window.act(other[0], "replies", kind="progress_reply", means="post", text="正在办理")
    door.go("/")
    ask(*other)
    assert 200 == door.send("/rating", number=other[0], code=other[1], seq="1", stars="4")
    page.get_by_label("非常满意", exact=True).check()
    door.press("提交评价")
    yield "rated-twice"
    window.act(number, "withdraw")
    yield from told("ended")
    door.go("/petitions/1")
    yield "lost"
    for n in range(800_000, 800_061):  # a slot may end in between
        door.send("/progress", number=str(n), code=WRONG)
    yield from told("too-often")


def online(page: Page, system: Stack) -> Iterator[str]:
    """Of what is written to the office there: the question, the form, the code, what became of it."""
    door = Door(page, system)
    triage = Window(system, "window", TRIAGE, department="D05", service_point="12309")
    yield from door.in_both("question", "/online")
    yield from door.in_both("officials", "/online/officials")
    yield from _written(door)
    yield from door.in_both("back", "/online/back")
    yield from _came_back(door, triage)
    yield from _refused(door)
    decide_all(triage)


def _written(door: Door) -> Iterator[str]:
    for state in door.in_both("entry", "/online/entry"):
        yield state
        door.choose(PAPER)
        door.press_anyway("提交")
        yield state.replace("entry", "entry-wrong")
        door.write("村支书利用职务便利索贿两万元，收受贿赂。")
        yield state.replace("entry", "not-typed-in")
        door.press("不是，照原样提交")
        yield state.replace("entry", "received")
    door.go("/online/entry")
    door.write("请帮我们讨工钱。", PAPER, PROGRAM)
    yield "received-with-files"


def _came_back(door: Door, triage: Window) -> Iterator[str]:
    page = door.page

    def look(code: str) -> None:
        door.go("/online/back")
        page.locator("#code").fill(code)
        door.press("查看")

    def entered() -> tuple[str, str]:
        door.go("/online/entry")
        door.write(ENTRY["text"])
        code = page.locator(".code").inner_text()
        listed = triage.request("GET", "/contacts", params={"channel": "online", "sort": "-recorded"})
        return done(listed)["contacts"][0]["contact"], code

    look(WRONG)
    yield "back-wrong"
    contact, code = entered()
    look(code)
    yield from door.in_larger("waiting")
    door.press_anyway("上传附件")
    yield "file-none"
    door.choose(PROGRAM)
    door.press("上传附件")
    yield "file-wrong"
    door.choose(PAPER)
    door.press("上传附件")
    yield "file-added"
    done(becomes(triage, contact, "consultation", answer="已转交通部门，十日内修好。"))
    look(code)
    yield from door.in_larger("answered")
    contact, code = entered()
    done(triage.register(contact=contact, channel="online"))
    look(code)
    yield from door.in_larger("taken-in")


def _refused(door: Door) -> Iterator[str]:
    door.go("/online/entry")
    nonce = door.page.locator("[name=nonce]").get_attribute("value") or ""
    door.send("/online/entry", nonce=nonce, **ENTRY)
    door.write("另一件事。")
    yield "sent-before"
    for _ in range(21):  # a slot may end in between
        door.send("/online/entry", nonce=uuid.uuid4().hex, **ENTRY)
    door.go("/online/entry")
    door.write(ENTRY["text"])
    yield "written-too-often"
    for _ in range(61):
        door.send("/online/back", code=WRONG)
    door.go("/online/back")
    door.page.locator("#code").fill(WRONG)
    door.press("查看")
    yield "looked-too-often"


def decide_all(triage: Window) -> None:
    """Answers what waits: only so many may."""
    listed = triage.request("GET", "/contacts", params={"undecided": "true", "channel": "online"})
    for each in done(listed)["contacts"]:
        done(becomes(triage, each["contact"], "consultation", answer="已阅"))


def _registered(window: Window) -> tuple[str, str]:
    answer = done(window.register())
    return answer["number"], answer["query_code"]
