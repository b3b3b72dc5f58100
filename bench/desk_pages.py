"""What the desk's pages promise (docs/measurements.md, "The desk"), by `./dev bench desk`: a figure in each row.

In a real browser over the whole system: the day's page where DESK_STORED petitions (10,000) lie, then all else with a
county's week in it. DESK_CUTS: how often typing is cut off (1,000), DESK_KILLS: how often by the end of the door or of
intake (40); DESK_STATES: of how many pages one officer (40); DESK_ONLY: some of the rows, by their functions' names.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lists
import requests
import template
import turns
from playwright.sync_api import Browser

from tests import goals, scenery
from tests.browser import MISSING, PROGRAM, chromium, screen
from tests.journeys.county import Agency, Window, done, today
from tests.scenery import EVERYBODY, HANDLER, WINDOW
from tools.dev import peers, processes, stack
from tools.dev.stack import Stack

HERE = Path(__file__).parent
CUTS, STATES = int(os.environ.get("DESK_CUTS", "1000")), int(os.environ.get("DESK_STATES", "40"))
KILLS, ONLY = int(os.environ.get("DESK_KILLS", "40")), os.environ.get("DESK_ONLY", "").split()
STORED, TURNS, WARM = int(os.environ.get("DESK_STORED", "10000")), 60, 5
TYPIST = "900101"  # whose forms have no draft of another row
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}

Rows = dict[str, dict[str, Any]]


def by_keys(browser: Browser, place: Stack) -> Rows:
    with screen(browser, place) as desk:
        desk.login(TYPIST)
        goals.register(desk)
        desk.page.goto("/today")
        keys = goals.register_by_keys(desk, random.Random(1))  # noqa: S311 - the same each time
    figure = {"filled": keys.filled, "pressed": len(keys.pressed), "pointer": 0, "keys": keys.pressed}
    return {"登记一件来访到回执，只用键盘（填写项 + 8 键）": figure | {"most": keys.filled + 8}}


def few_keys(browser: Browser, place: Stack) -> Rows:
    """In a house where nothing else waits: a lead signed, ten urged, ten receipts proved."""
    window, handler = (
        Window(place, "window", WINDOW, department="D05"),
        Window(place, "handler", HANDLER, department="D05"),
    )
    titles = [f"第{index}件" for index in range(10)]
    numbers = [window.number(title=each) for each in titles]
    for number in numbers:
        done(handler.act(number, "accept", department="D05", handler=HANDLER))
        done(handler.refer(number, "A12"))
        window.referral(number)
    with screen(browser, place) as desk:
        desk.login(HANDLER)
        desk.page.goto("/flow?inbound=false&tab=unsigned&clear=1")
        urged = goals.urge_by_keys(desk, titles)
    sent = [window.number(title=f"答复{each}") for each in titles]
    for number in sent:
        done(window.act(number, "replies", kind="procedural_reply", means="post", text="已收到，正在审查。"))
    with screen(browser, place) as desk:
        desk.login(WINDOW)
        proved = goals.prove_by_keys(desk, titles)
    told = [each for number in sent for each in window.steps(number) if each == "petition.told.v1"]
    lead = {"submission": "综治2026-0007", "received_on": today().isoformat(), "kind": "claim", "line": "other"}
    lead |= {"title": "转来的一件", "statement": "与邻居争宅基地0.6米通道。", "petitioner": {"name": "孙长根"}}
    centre = Agency(place, "A04")
    centre.say("petition.submitted.v1", lead)
    window.submitted("综治2026-0007")
    centre.close()
    with screen(browser, place) as desk:
        desk.login(TYPIST)
        signed = goals.sign_by_keys(desk, "转来的一件")
    return {
        "签收转入的一件，从今日的第一行": {"pressed": len(signed), "most": 3, "keys": signed},
        "一并催办十件，从今日": {"pressed": len(urged), "most": 14, "keys": urged},
        "登记十份送达证明，从列表": {"pressed": len(proved), "most": 40, "told": len(told)},
    }


def beside(browser: Browser, place: Stack) -> Rows:
    """The same visit in django-helpdesk's own page, from its dashboard to the ticket; it knows no receipt."""
    python = peers.python(place.folder, HERE / "peers" / "requirements-helpdesk.txt")
    address, folder = f"127.0.0.1:{processes.free_port()}", place.folder / "helpdesk"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [str(python), "-W", "ignore", str(HERE / "peers" / "helpdesk_pages.py"), address, str(folder)]
    serving = subprocess.Popen(command)
    try:
        port = int(address.rpartition(":")[2])
        stack.until(lambda: not processes.is_free(port), 60, "django-helpdesk 没有就绪", Path(os.devnull))
        keys = _helpdesk_visit(browser, address)
    finally:
        serving.terminate()
        serving.wait(30)
    name = "同一件来访在 django-helpdesk 2.6.1，只用键盘，没有回执"
    return {name: {"filled": keys.filled, "pressed": len(keys.pressed), "most": keys.filled + 8}}


def _helpdesk_visit(browser: Browser, address: str) -> goals.Keys:
    page, keys = browser.new_page(base_url=f"http://{address}"), goals.Keys()
    page.goto("/login/")
    page.fill("[name=username]", "officer")
    page.fill("[name=password]", "officer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/")
    page.wait_for_load_state("networkidle")

    def press(key: str) -> None:
        page.keyboard.press(key)
        keys.pressed.append(key)

    def reach(what: str) -> None:
        while not page.evaluate("(what) => document.activeElement.matches(what)", what):
            press("Tab")
            assert len(keys.pressed) < 200, what

    reach("a[href='/tickets/submit/']")
    press("Enter")
    page.wait_for_url("**/tickets/submit/")
    page.wait_for_load_state("networkidle")
    for name, text in (
        ("title", "请求讨要工钱"),
        ("body", goals.STATEMENT),
        ("custom_person", "石大川"),
        ("custom_resident", "619926198503120014"),
        ("custom_phone", "19900001208"),
        ("custom_address", "石桥镇安置房工地"),
    ):
        reach(f"[name={name}]")
        page.keyboard.insert_text(text)
        keys.filled += 1
    # its words are Latin letters here, so that one key chooses each
    for name, key in (("custom_consent", "Space"), ("custom_kind", "c"), ("custom_line", "s")):
        reach(f"[name={name}]")
        press(key)
        keys.filled += 1
    reach("form[enctype] button[type=submit]")
    press("Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/"))
    page.close()
    return keys


def looked_at(browser: Browser, place: Stack) -> Rows:
    """axe-core, the Nu validator, composition: every page that links lead each officer to."""
    violations, contents, fields, sent, states = list[str](), dict[str, str](), 0, 0, 0
    for officer in EVERYBODY:
        with screen(browser, place) as desk:
            desk.login(officer)
            for address in goals.walk(desk, STATES):
                contents[f"{officer} {address}"] = desk.page.content()
                violations += [f"{officer} {address} {each}" for each in goals.violations(desk.page)]
                states += 1
            for path in ("/register", "/find", "/new/contact"):
                if desk.page.goto(path).ok:  # type: ignore[union-attr]
                    goals.unfold(desk.page)
                    many, wrong = goals.composition(desk)
                    fields, sent = fields + many, sent + wrong
        sys.stdout.write(f"{officer}：{states} 个页面状态，不合格 {len(violations)}\n")
        sys.stdout.flush()
    found: Rows = {
        "axe-core，WCAG 2.2 AA 和最佳实践": {"states": states, "violations": violations},
        "选字时回车误提交": {"fields": fields, "sent": sent},
    }
    if shutil.which("java"):
        errors = goals.html_errors(contents)
        found["Nu 校验器"] = {"pages": len(contents), "errors": errors}
    return found


def weighed(browser: Browser, place: Stack) -> Rows:
    """What a first visit loads, and when its largest content is there on a slow line."""
    with screen(browser, place) as desk:
        desk.login(WINDOW)
        loaded: list[int] = []
        heaviest = 0
        for path in ("/today", "/register", "/flow", "/notices", "/find"):
            desk.page.goto(path)
            heaviest = max(heaviest, goals.first_visit(desk.page.content()))
        driver = desk.page.context.new_cdp_session(desk.page)
        driver.send("Network.enable")
        driver.send("Network.setCacheDisabled", {"cacheDisabled": True})
        driver.send("Network.emulateNetworkConditions", SLOW_4G)
        for _ in range(5):
            desk.page.goto("/today")
            loaded.append(desk.page.evaluate(_LARGEST))
        driver.detach()
    return {
        "首次访问全部内容，压缩后": {"bytes": heaviest, "most": 45 * 1024},
        "最大内容出现（慢速 4G，1.6 Mbps、150 毫秒）": {"ms": sorted(loaded)[2], "most": 1000},
        "Chromium 86 不支持的特性": {"found": goals.newer_than_chromium_86()},
    }


_LARGEST = """() => new Promise((done) => new PerformanceObserver((list) => {
  const all = list.getEntries(); done(Math.round(all[all.length - 1].startTime));
}).observe({ type: "largest-contentful-paint", buffered: true }))"""


def cut_off(browser: Browser, place: Stack) -> Rows:
    with screen(browser, place) as desk:
        desk.login(TYPIST)
        found = {}
        for what, rounds, cuts in (
            ("离开、刷新、关闭", CUTS, goals.BROWSERS),
            ("页面进程或 intake 被杀", KILLS, goals.PROCESSES),
        ):
            dice = random.Random(2)  # noqa: S311 - the same cuts each time
            worst, doubled = goals.interruptions(desk, rounds, dice, cuts)
            found[f"打字时中断（{what}）{rounds:,} 次"] = {
                "lost_seconds": round(worst, 2),
                "doubled": doubled,
                "most": 5,
            }
    return found


def of_the_day(browser: Browser, place: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """今日 by each officer, over one connection."""
    for officer in EVERYBODY[:-1]:
        with screen(browser, place) as desk:
            desk.login(officer)
            (cookie,) = desk.page.context.cookies()
        session, took = requests.Session(), list[float]()
        for turn in range(WARM + TURNS):
            begun = time.perf_counter()
            answer = session.get(f"{place.url('desk')}/today", headers={"Cookie": f"__Host-fq={cookie['value']}"})
            took += [1000 * (time.perf_counter() - begun)] if turn >= WARM else []
            assert answer.ok, answer.status_code
        yield officer, {"p50": round(goals.percentile(took, 0.5)), "p95": round(goals.percentile(took, 0.95))}


def main() -> int:
    arguments = turns.arguments()
    if PROGRAM is None:
        raise SystemExit(MISSING)
    place = template.fresh(arguments.folder)
    found: Rows = {}
    with chromium() as browser:
        if _is_asked(of_the_day):
            for service in stack.SERVICES:
                lists.fill(place, service, STORED)
            found |= _said({f"今日，已存 {STORED:,} 件，毫秒": dict(of_the_day(browser, place))})
            place = template.fresh(arguments.folder)
        if _is_asked(few_keys):
            found |= _said(few_keys(browser, place))
            place = template.fresh(arguments.folder)
        scenery.set_up(place)
        for measure in (by_keys, beside, weighed, looked_at, cut_off):
            if _is_asked(measure):
                found |= _said(measure(browser, place))
    template.forget(place)
    turns.write(arguments.json, "desk", {"load": os.getloadavg()[0], "rows": found})
    return 0


def _is_asked(measure: Callable[..., Any]) -> bool:
    return not ONLY or measure.__name__ in ONLY


def _said(rows: Rows) -> Rows:
    for name, figure in rows.items():
        sys.stdout.write(f"{name}：{figure}\n")
    sys.stdout.flush()
    return rows


if __name__ == "__main__":
    sys.exit(main())
