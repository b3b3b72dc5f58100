"""Chromium at an officer's desk. What is waited for is something that the page does, never a time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright
from sqlalchemy import create_engine, text

from desk import codes
from tools.dev import stack
from tools.dev.stack import Stack

PROGRAM = shutil.which("chromium")
MISSING = "Chromium is not here: apt-get install chromium"
_PATIENCE = 30_000.0  # milliseconds, on a machine that does other things, too
# said of an answer that a page expects, as a form that is refused
_EXPECTED = "Failed to load resource"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's, until the block is left. Nothing else is ever started: Playwright's own is not downloaded."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM)
        yield browser
        browser.close()


@dataclass
class Screen:
    """One officer's, on one page; `faults`: what it asked of elsewhere, and what its scripts were wrong about."""

    system: Stack
    page: Page
    faults: list[str] = field(default_factory=list)

    def login(self, officer: str) -> None:
        """In, with the second factor where one is asked for."""
        name, password, secret = stack.account(self.system, officer)
        self.page.goto("/login")
        self.page.locator("#login").fill(name)
        self.page.locator("#password").fill(password)
        self.page.keyboard.press("Enter")
        if secret:
            self.page.wait_for_url("**/login/code*")
            forget_steps(self.system, name)
            self.page.locator("#code").fill(codes.now(secret))
            self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/today*")

    def control(self, path: str, within: Any = None) -> Locator:
        """The field of this name, in a form that is open."""
        return (within or self.page).locator(f'[name^="f.{path}~"]:visible').first

    @contextmanager
    def action(self, title: str) -> Iterator[Locator]:
        """The form of what is offered under this title, opened where it is folded."""
        found = self.page.locator("details.action").filter(has=self.page.locator("summary", has_text=title)).first
        if found.get_attribute("open") is None:
            found.locator("summary").click()
        yield found

    def says(self, *sentences: str) -> None:
        """Waits until the page has them all."""
        for each in sentences:
            expect(self.page.locator("main")).to_contain_text(each)

    def press(self, button: str) -> None:
        """The button that is seen of this name."""
        self.page.get_by_role("button", name=button, exact=True).locator("visible=true").first.click()

    def follow(self, link: str) -> None:
        """The link that is seen of this name."""
        self.page.get_by_role("link", name=link, exact=True).locator("visible=true").first.click()


@contextmanager
def screen(browser: Browser, system: Stack, *, script: bool = True, **more: Any) -> Iterator[Screen]:
    """A browser of nobody yet. Fails where anything was asked of another origin, or a script failed."""
    origin = system.pages
    shape = {"viewport": {"width": 1366, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | more
    context = browser.new_context(base_url=origin, java_script_enabled=script, **shape)
    context.set_default_timeout(_PATIENCE)
    shown = Screen(system, context.new_page())

    def look(page: Page) -> None:
        page.on("pageerror", lambda fault: shown.faults.append(str(fault)))
        page.on("console", lambda said: shown.faults.extend(_wrong(said)))

    look(shown.page)
    context.on("page", look)
    context.on("request", lambda asked: shown.faults.extend(_elsewhere(asked.url, origin)))
    yield shown
    context.close()
    assert not shown.faults, shown.faults


def _wrong(said: ConsoleMessage) -> list[str]:
    return [said.text] if said.type == "error" and not said.text.startswith(_EXPECTED) else []


def _elsewhere(url: str, origin: str) -> list[str]:
    asked = urlsplit(url)
    ours = asked.scheme in ("data", "about") or f"{asked.scheme}://{asked.netloc}" == origin
    return [] if ours else [url]


def forget_steps(system: Stack, login: str) -> None:
    """Lets a code be given again: a test would wait half a minute for the next one."""
    engine = create_engine(system.database("signer"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE account SET code_step = 0 WHERE login = :login"), {"login": login})
    engine.dispose()
