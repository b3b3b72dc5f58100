"""What desk.md measures of the pages, each as a function that answers its figure; the suite takes few, a bench all."""

import gzip
import json
import random
import re
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from playwright.sync_api import Page, expect

from tests.browser import Screen
from tests.journeys.county import kill, until
from tools.dev import machine

SCREENS = Path(__file__).parent / "screens"
STATIC = Path(__file__).parents[1] / "services" / "desk" / "desk" / "static"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STATEMENT = "石桥安置房工地欠我们七个人的工资十一万六千元，老板电话打不通，请求支持起诉。"


def tool(name: str) -> Path:
    """A file of `tests/screens`, installed as locked. Raises MachineError where Node.js is not here."""
    machine.node(SCREENS)
    return SCREENS / "node_modules" / name


# -- a visit by keys


@dataclass
class Keys:
    """How many fields were filled in, and what was pressed beside that."""

    filled: int = 0
    pressed: list[str] = field(default_factory=list)


def register(desk: Screen) -> None:
    """As the first of the day is, which has no way of receipt filled in from the last."""
    fill_in(desk, "19900001388", f"{STATEMENT}{uuid.uuid4().hex}")
    desk.press("登记并打印回执")
    desk.page.wait_for_url("**/registered/*")


def fill_in(desk: Screen, phone: str, statement: str = STATEMENT) -> None:
    """The form of 登记, as it can be sent."""
    desk.page.goto("/register")
    desk.control("channel").select_option("visit")
    desk.control("petitioner.name").fill("周立秋")
    desk.control("petitioner.phone").fill(phone)
    desk.control("title").fill("请求法律帮助")
    desk.control("statement").fill(statement)
    desk.page.get_by_label("申诉求决").check()
    desk.control("line").select_option("support_prosecution")


def register_by_keys(desk: Screen, dice: random.Random) -> Keys:
    """A visitor's claim from 今日 to the receipt, no pointer at all; not the first of the day."""
    page, keys = desk.page, Keys()

    def press(key: str) -> None:
        page.keyboard.press(key)
        keys.pressed.append(key)

    def fill(text: str) -> None:
        page.keyboard.insert_text(text)  # as an input method gives it: its own keys are not counted
        keys.filled += 1

    press("g")
    press("r")
    page.wait_for_url("**/register*")
    expect(page.locator('[name="f.petitioner.name~line"]')).to_be_focused()
    for text in (f"石{dice.randrange(10**6)}", _resident(dice), f"199{dice.randrange(10**8):08}", "石桥镇安置房工地"):
        fill(text)
        press("Tab")
    press("Space")  # 同意接收短信：是
    keys.filled += 1
    for _ in range(3):
        press("Tab")
    expect(page.locator('[name="f.title~line"]')).to_be_focused()
    fill("请求讨要工钱")
    press("Tab")
    fill(f"{STATEMENT}{uuid.uuid4().hex[:6]}")
    press("Tab")
    with page.expect_response("**/register/check"):
        press("ArrowUp")  # 申诉求决, the last of three
        keys.filled += 1
    press("Tab")
    press("7")  # 支持起诉: the digit before it
    keys.filled += 1
    expect(page.locator('[name="f.line~choice"]')).to_have_value("support_prosecution")
    press("Control+Enter")
    page.wait_for_url("**/registered/*")
    expect(page.locator(".papers a").first).to_be_focused()
    with page.expect_popup() as paper:
        press("Enter")  # the receipt has the focus
    expect(paper.value.locator("body")).to_contain_text("回执")
    paper.value.close()
    return keys


def sign_by_keys(desk: Screen, title: str) -> list[str]:
    """A lead that another agency sent, from 今日, where its row is the first."""
    desk.page.goto("/today")
    expect(desk.page.locator("table[data-rows] tbody tr").first).to_contain_text(title)
    keys = _pressed(desk, "j", "1")
    desk.page.wait_for_url("**/do/**")
    keys += _pressed(desk, "Control+Enter")
    _back_at(desk, "/today")
    expect(desk.page.locator("main")).not_to_contain_text(title)
    return keys


def urge_by_keys(desk: Screen, titles: Sequence[str]) -> list[str]:
    """The first rows of 流转 as it was last asked for, from 今日 on; with what became of them."""
    desk.page.goto("/today")
    keys = _pressed(desk, "g", "f")
    desk.page.wait_for_url("**/flow*")
    keys += _pressed(desk, *("x" for _ in titles), "Control+Enter")
    desk.says(f"{len(titles)} 件", *titles)
    keys += _pressed(desk, "Control+Enter")
    desk.page.wait_for_url("**/batches")
    desk.says(f"已办理 {len(titles)} 件")
    return keys


def prove_by_keys(desk: Screen, titles: Sequence[str]) -> list[str]:
    """Receipts, one after the other, from the list of them."""
    keys = list[str]()
    desk.page.goto("/notices?box=to_prove&clear=1")
    for left in range(len(titles), 0, -1):
        expect(desk.page.locator("table[data-rows] tbody tr")).to_have_count(left)
        keys += _pressed(desk, "j", "1")
        desk.page.wait_for_url("**/do/**")
        expect(desk.page.locator("main :focus")).to_have_count(1)
        keys += _pressed(desk, "ArrowUp", "Control+Enter")  # 邮寄回执, the last
        _back_at(desk, "/notices")
    return keys


def _back_at(desk: Screen, path: str) -> None:
    """The page before has the address in its own."""
    desk.page.wait_for_url(lambda url: urlsplit(url).path == path)


def _pressed(desk: Screen, *keys: str) -> list[str]:
    for key in keys:
        desk.page.keyboard.press(key)
    return list(keys)


def _resident(dice: random.Random) -> str:
    """Of nobody: a number of the fictional county whose last character is right (GB 11643)."""
    first = f"619926{dice.randint(1950, 2000)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}{dice.randrange(1000):03}"
    weighed = sum(int(each) * (2 ** (17 - place) % 11) for place, each in enumerate(first))
    return first + "10X98765432"[weighed % 11]


# -- while a character is chosen


_WATCH = """window.sent = [];
document.addEventListener("compositionend", () => { window.ended = Date.now(); }, true);
window.addEventListener("submit", (event) => { event.preventDefault(); sent.push(Date.now() - ended); }, true);"""
_AT_ONCE = 50  # milliseconds: an Enter that comes later is one that somebody pressed


def composition(desk: Screen) -> tuple[int, int]:
    """(fields, forms sent) of the page: in each a character is chosen by Enter, and one more Enter follows at once.

    Where a busy machine delivers that one too late it is the officer's own, and the field is tried again.
    """
    page, faults = desk.page, 0
    driver = page.context.new_cdp_session(page)
    fields = page.locator(_WRITTEN)
    many = fields.count()
    page.evaluate(_WATCH)
    for index in range(many):
        late = True
        while late:
            fields.nth(index).focus()
            driver.send("Input.imeSetComposition", {"text": "xin", "selectionStart": 3, "selectionEnd": 3})
            key = {"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
            driver.send("Input.dispatchKeyEvent", key)
            driver.send("Input.insertText", {"text": "信"})
            page.keyboard.press("Enter")
            after = page.evaluate("sent.splice(0)")
            late = bool(after) and min(after) >= _AT_ONCE
            faults += bool(after) and not late
    driver.detach()
    return many, faults


_WRITTEN = (
    "main input:visible:not([type=radio]):not([type=checkbox]):not([type=file]):not([type=password]), "
    "main textarea:visible, #search"
)


def unfold(page: Page) -> None:
    """Opens what is folded, all of it at once."""
    opened = "(all) => all.forEach((each) => { each.removeAttribute('name'); each.open = true; })"
    page.eval_on_selector_all("details", opened)


# -- typing that is cut off


Cut = Callable[[Screen], object]


def left(desk: Screen) -> None:
    """For another page."""
    desk.page.goto("/today")


def reloaded(desk: Screen) -> None:
    """By the browser's own button."""
    desk.page.reload()


def closed(desk: Screen) -> None:
    """As a browser that ends: nothing is asked."""
    other = desk.page.context.new_page()
    desk.page.close(run_before_unload=False)
    desk.page = other


def killed(process: str, service: str) -> Cut:
    """By -9, and back; then the page is left."""

    def cut(desk: Screen) -> None:
        kill(desk.system, process)
        until(lambda: requests.get(f"{desk.system.url(service)}/health/ready", timeout=5).ok, f"{process} is back")
        left(desk)

    return cut


BROWSERS: Sequence[Cut] = (left, reloaded, closed)
PROCESSES: Sequence[Cut] = (killed("desk-office", "desk"), killed("intake", "intake"))


def interruptions(desk: Screen, rounds: int, dice: random.Random, cuts: Sequence[Cut] = BROWSERS) -> tuple[float, int]:
    """(the most seconds of typing that were lost, drafts that came back twice) of so many cuts.

    Each: something is typed at 登记, for as long as chance says; then one of the `cuts`.
    """
    worst, doubled = 0.0, 0
    for _ in range(rounds):
        page = desk.page
        page.goto("/register")
        box = page.locator('[name="f.statement~text"]')
        box.fill("")
        marks: list[tuple[float, str]] = []
        for index in range(dice.randint(1, 4)):
            mark = f"第{index}句{uuid.uuid4().hex[:8]}。"
            box.press("End")
            page.keyboard.insert_text(mark)
            marks.append((time.monotonic(), mark))
        cut = time.monotonic()
        dice.choice(cuts)(desk)
        page = desk.page
        page.goto("/register")
        kept = page.locator('[name="f.statement~text"]').input_value()
        lost = [at for at, mark in marks if mark not in kept]
        worst = max([worst, *(cut - at for at in lost)])
        doubled += any(kept.count(mark) > 1 for _, mark in marks)
    return worst, doubled


# -- who cannot see, or not well


def violations(page: Page) -> list[str]:
    """What axe-core has against the page as it stands: rule, how often, the first place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(tool("axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("(only) => axe.run(document, { runOnly: only })", RULES)["violations"]
    return [f"{each['id']} ({len(each['nodes'])}): {each['nodes'][0]['html'][:160]}" for each in found]


def walk(desk: Screen, most: int) -> Iterator[str]:
    """Page after page that links lead to from the menu on, each address once whatever its query; papers are left."""
    waiting, seen = ["/today"], set[str]()
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        if (shape := _shape(address)) in seen:
            continue
        seen.add(shape)
        desk.page.goto(address)
        yield unquote(address)
        links = desk.page.eval_on_selector_all("a[href]", "(all) => all.map((each) => each.getAttribute('href'))")
        waiting += [each for each in links if each.startswith("/") and not each.startswith("/open/")]


def _shape(address: str) -> str:
    """One of a kind: what is done is told by its action, a petition by its tab."""
    parts = urlsplit(address)
    path = re.sub(r"%E4%BF%A1[^/]*|信[^/]*", "…", parts.path)
    kept = re.findall(r"href=[^&]*" if path.startswith("/do/") else r"(?:tab|box|scope)=\w+", parts.query)
    return f"{path} {[re.sub('%E4[^%]*|[0-9a-f-]{36}|[0-9]{2,}', '', each) for each in kept]}"


# -- HTML, browsers, weight


def html_errors(pages: dict[str, str]) -> list[str]:
    """What the Nu validator has against them. Raises FileNotFoundError where Java is not here."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for index, (name, content) in enumerate(pages.items()):
            file = Path(folder) / f"{index}.html"
            file.write_text(content, encoding="utf-8")
            names[file.name] = name
        jar = tool("vnu-jar/build/dist/vnu.jar")
        command = ["java", "-jar", str(jar), "--format", "json", "--exit-zero-always", folder]
        said = subprocess.run(command, capture_output=True, text=True)
    found = [each for each in json.loads(said.stderr)["messages"] if each["type"] == "error"]
    return [f"{names[Path(each['url']).name]}:{each['lastLine']} {each['message']}" for each in found]


def newer_than_chromium_86() -> list[str]:
    """What our style sheet and script have that it does not know: the style by caniuse, the script as ES2017."""
    asked = [str(tool(".bin/doiuse")), "--browsers", "chrome 86", str(STATIC / "desk.css")]
    said = subprocess.run(asked, capture_output=True, text=True)
    style = [line for line in said.stdout.splitlines() if " not supported by" in line]
    for script, year in (("desk.js", "2017"), ("key.js", "2017"), ("htmx-2.0.11.min.js", "2020")):
        parsed = subprocess.run(
            [str(tool(".bin/acorn")), f"--ecma{year}", "--silent", str(STATIC / script)], capture_output=True, text=True
        )
        style += [parsed.stderr] if parsed.returncode else []
    return style


def first_visit(page: str) -> int:
    """Bytes that a browser that was never here is sent for a page: it, the style and the scripts, packed."""
    whole = [page.encode(), *(each.read_bytes() for each in sorted(STATIC.glob("*.*s")))]
    return sum(len(gzip.compress(each)) for each in whole)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


Figures = dict[str, Any]
