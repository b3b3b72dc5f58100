"""Whose eyes, on the pages: of a petition out of sight there is nothing in any page, count, suggestion or search."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from county import PETITIONER, Window, done, until
from pages import Browser, Shown

from desk import codes
from tests.browser import forget_steps
from tools.dev import stack
from tools.dev.stack import Stack

# officer, the role of their token, and where they sit
OFFICERS: dict[str, tuple[str, dict[str, str]]] = {
    "900100": ("window", {"department": "D05", "service_point": "12309"}),
    "900102": ("handler", {"department": "D02"}),
    "900103": ("handler", {"department": "D03"}),
    "900105": ("handler", {"department": "D05"}),
    "900109": ("department_head", {"department": "D03"}),
    "900003": ("leader", {}),
    "900000": ("chief", {}),
    "900009": ("aid", {"department": "D05"}),
    "900120": ("station", {"service_point": "SP-QINGXI"}),
    "900121": ("station", {"service_point": "SP-SHIQIAO"}),
    "900007": ("operations", {}),
}
LISTS = (
    "/today", "/today?scope=mine", "/today?scope=department", "/today/intake/owed", "/today/intake/due",
    "/today/intake/red", "/today/intake/tasks", "/today/notify/calls", "/today/aid/to_decide", "/flow?clear=1",
    "/flow?inbound=false&tab=unsigned", "/notices", "/notices/calls", "/chief", "/led", "/led?vacant=true",
    "/receptions", "/approvals", "/calendar", "/rooms", "/roster", "/proceedings", "/officers", "/handover",
    "/accounts", "/running", "/running/intake", "/sessions", "/batches", "/new/contact", "/register",
)  # fmt: skip
TABS = ("", "/timeline", "/transfers", "/notices", "/files", "/aid", "/team", "/proceedings")


@dataclass(frozen=True)
class Subject:
    """A petition, and what nobody else's has."""

    number: str
    name: str
    phone: str
    title: str

    def plain(self, shown: Shown) -> str:
        """What is read on a page, whoever's it is."""
        text = shown.text
        for mark in (self.number, self.name, self.phone, self.title):
            text = text.replace(mark, "…")
        return text


@dataclass(frozen=True)
class Eyes:
    """An officer's pages, and which of the subjects they may know of."""

    browser: Browser
    seen: frozenset[str]


# nobody's: what is out of sight must look like it
NOBODY = Subject("信2026-619926-999999", "甄查无此", "19955443322", "要求查无此件")


@pytest.fixture(scope="module")
def subjects(system: Stack) -> list[Subject]:
    """Of three departments and two points: walled from each officer in turn, sealed, red, led, handed on, aided."""
    all_ = Window(system)
    made: list[Subject] = []

    def register(**more: Any) -> Subject:
        mark = "".join(random.Random(len(made)).choices("琮璟瑄玥琬珂瑾瑜", k=3)) + uuid.uuid4().hex[:4]
        phone = f"199{random.randrange(10**8):08}"
        person = PETITIONER | {
            "name": f"甄{mark}",
            "phone": phone,
            "resident_id": None,
            "sms_consent": len(made) % 2 == 0,
        }
        title = f"要求{mark}"
        made.append(Subject(all_.number(title=title, petitioner=person, **more), f"甄{mark}", phone, title))
        return made[-1]

    for index, officer in enumerate(OFFICERS):
        subject = register()
        department = ("D05", "D02", "D03")[index % 3]
        handler = Window(system, "handler", "987001", department=department)
        done(handler.act(subject.number, "accept", department=department))
        if index % 2:
            done(all_.act(subject.number, "risk", facts=["threat_to_life"]))
        if index % 3 == 0:
            done(all_.act(subject.number, "hardship", situations=["no_income"], wish=True))
        if index % 3 == 1:
            done(handler.refer(subject.number, "A12"))
        done(all_.ask(subject.number, "walls", officer=officer, reason="recused"))
    register(secrecy=True)
    station = Window(system, "station", "900120", service_point="SP-QINGXI")
    person = PETITIONER | {"name": "甄清溪", "phone": "19900004321", "resident_id": None}
    number = station.number(service_point="SP-QINGXI", title="要求清溪独一", petitioner=person)
    made.append(Subject(number, "甄清溪", "19900004321", "要求清溪独一"))
    for subject in made[:-2]:
        until(lambda number=subject.number: all_.notices(number), "told to notify")
    return made


@pytest.fixture(scope="module")
def eyes(system: Stack, subjects: list[Subject]) -> dict[str, Eyes]:
    found = {}
    for officer, (role, place) in OFFICERS.items():
        name, password, secret = stack.account(system, officer)
        browser = Browser(system)
        shown = browser.send(browser.get("/login").forms[0], login=name, password=password)
        if secret:
            forget_steps(system, name)
            browser.send(shown.form("确定"), code=codes.now(secret))
        asked = {"numbers": [each.number for each in subjects]}
        cards = Window(system, role, officer, **place).request("POST", "/cards", json=asked)
        known = {each["number"] for each in cards.json()["cards"]} if cards.ok else set()
        assert len(known) < len(subjects)
        found[officer] = Eyes(browser, frozenset(known))
    return found


# by what it is called: how it is asked for, given the petition
LOOKS: dict[str, Callable[[Browser, Subject, str], Shown]] = {
    "petition": lambda browser, of, tab: browser.get(f"/petitions/{of.number}{tab}"),
    "find by number": lambda browser, of, _: _sent(browser, "/find", "查找", q=of.number),
    "find by name": lambda browser, of, _: _sent(browser, "/find", "查找", q=of.name),
    "find by phone": lambda browser, of, _: _sent(browser, "/find", "查找", q=of.phone),
    "check": lambda browser, of, _: _sent(
        browser,
        "/register",
        "登记并打印回执",
        "/register/check",
        **{"petitioner.name": of.name, "petitioner.phone": of.phone},
    ),
    "handover": lambda browser, of, _: _sent(
        browser, "/handover", "预览，不作变更", handler="900105", to="900106", reason="leave", petitions=of.number
    ),
    "a link that nobody drew": lambda browser, of, _: browser.get(f"/do/intake?of=/petitions/{of.number}&href=&seal=0"),
}


def _sent(browser: Browser, page: str, button: str, at: str = "", **typed: str) -> Shown:
    """A form of a page; of who has no such page what they are told instead."""
    shown = browser.get(page)
    form = next((each for each in shown.forms if each.button == button), None)
    return shown if form is None else browser.send(form, at=at, **typed)


def test_nothing_of_what_is_out_of_sight(eyes: dict[str, Eyes], subjects: list[Subject]) -> None:
    """Sixty random officers, pages and petitions."""
    _try(eyes, subjects, 60)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_nothing_of_what_is_out_of_sight_two_thousand_times(eyes: dict[str, Eyes], subjects: list[Subject]) -> None:
    """The same, for as long as it takes."""
    _try(eyes, subjects, 2_000)


def _try(eyes: dict[str, Eyes], subjects: list[Subject], times: int) -> None:
    """No list has anything of it, and a page that is asked for it is the page of what nobody ever registered."""
    dice = random.Random(20261127)
    out = [(officer, each) for officer, its in eyes.items() for each in subjects if each.number not in its.seen]
    for _ in range(times):
        officer, subject = dice.choice(out)
        browser, what, tab = eyes[officer].browser, dice.choice(["list", "list", *LOOKS]), dice.choice(TABS)
        if what == "list":
            path = dice.choice(LISTS)
            html = browser.get(path).answer.text
            told = [mark for mark in (subject.number, subject.name, subject.phone, subject.title) if mark in html]
            assert not told, (officer, path, told)
            continue
        shown, nobody = (LOOKS[what](browser, each, tab) for each in (subject, NOBODY))
        assert (nobody.status, NOBODY.plain(nobody)) == (shown.status, subject.plain(shown)), (officer, what, tab)
        assert subject.title not in shown.answer.text
