"""What is done to many at once, over a service that waits, fails and loses its answers: a step each, and none twice."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from desk_context import RIGHT, Listed
from desk_house import DESK, House, go
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.serving import make_server

from desk.browsers import SESSION, csrf
from vault import Safe


class Handovers:
    """Answers as who has handovers does. `came`: an urge has, and waits for `open`; `urged`: by which key which was.

    `lost`: how often one is done and not answered.
    """

    def __init__(self) -> None:
        self.came, self.open, self.urged = Event(), Event(), dict[str, str]()
        self.lost, self.dice = 0.0, random.Random(7)
        app = Flask("handovers")

        @app.get("/referrals/<number>")
        def read(number: str) -> Any:
            offer = {"action": "urge", "href": f"/referrals/{number}/urge", "title": "催办"}
            return {"number": number, "petition": f"信{number}", "state_zh": "待签收", "allowed_actions": [offer]}

        @app.post("/referrals/<number>/urge")
        def urge(number: str) -> Any:
            self.came.set()
            self.open.wait(30)
            if number in self.urged.values() and request.headers["Idempotency-Key"] not in self.urged:
                return {"detail": "刚刚催办过"}, 409
            self.urged[request.headers["Idempotency-Key"]] = number
            return ({}, 503) if self.dice.random() < self.lost else ({}, 200)

        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def handovers() -> Iterator[Handovers]:
    made = Handovers()
    yield made
    made.open.set()
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def house(engine: Engine, accounts_safe: Safe, office: Listed, tmp_path: Path, handovers: Handovers) -> Iterator[House]:
    made = House(engine, accounts_safe, office, None, tmp_path)
    services = dict(made.office.settings.services) | {"referral": f"http://127.0.0.1:{handovers.server.port}"}
    made.office.settings = replace(made.office.settings, services=services)
    made.account("900105", None, RIGHT)
    yield made
    made.close()


@pytest.fixture
def officer(house: House) -> FlaskClient:
    browser = house.browser()
    login(browser)
    return browser


def login(browser: FlaskClient) -> None:
    send(browser, "/login", login="900105", password=RIGHT)


def send(browser: FlaskClient, path: str, **typed: Any) -> Any:
    cookie = browser.get_cookie(SESSION, domain="desk.example")
    data = typed | {"csrf": csrf(cookie.value) if cookie else ""}
    return browser.post(path, base_url=DESK, data=data, headers={"Sec-Fetch-Site": "same-origin"})


def urge(browser: FlaskClient, many: int, key: str = "a key") -> Any:
    return send(browser, "/flow/together", action="urge", of=[str(each) for each in range(many)], key=key)


def says(browser: FlaskClient, *sentences: str) -> str:
    """Waits until the page of them has all."""
    found: str = until(lambda: all(each in (shown := seen(browser)) for each in sentences) and shown, sentences)
    return found


def seen(browser: FlaskClient) -> str:
    shown: str = go(browser, "/batches").text
    return shown


def until(look: Callable[[], Any], what: object) -> Any:
    deadline = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def press(browser: FlaskClient, engine: Engine, what: str) -> None:
    with engine.connect() as connection:
        (id_,) = connection.execute(text("SELECT id FROM batch")).scalars()
    assert 302 == send(browser, f"/batches/{id_}/{what}").status_code


def test_it_is_seen_how_far_it_is_and_stopped_between_steps(
    officer: FlaskClient, engine: Engine, handovers: Handovers
) -> None:
    """Without a script, too; the step on its way is done, no other is; and another batch waits for its end."""
    assert "/batches" == urge(officer, 3).headers["Location"]
    begun = seen(officer)
    assert [] == [each for each in ("正在办理", "0 / 3", 'http-equiv="refresh"', "data-hx-get") if each not in begun]
    refused = urge(officer, 3, "another key")
    assert (409, True) == (refused.status_code, "另一批还在办理" in refused.text)
    assert 302 == urge(officer, 3).status_code  # a second press is the same batch
    assert handovers.came.wait(20)
    press(officer, engine, "stop")
    stopped = says(officer, "已办理 0 件，3 件还没有办")
    assert 'http-equiv="refresh"' not in stopped
    handovers.open.set()
    says(officer, "已办理 1 件，2 件还没有办")
    assert ["0"] == list(handovers.urged.values())
    press(officer, engine, "go-on")
    says(officer, "已办理 3 件")
    assert ["0", "1", "2"] == list(handovers.urged.values())
    press(officer, engine, "drop")
    assert "没有批量办理" in seen(officer)


def test_a_process_that_ended_is_no_end(officer: FlaskClient, engine: Engine, handovers: Handovers) -> None:
    """Nobody takes its steps any more: the page says so, and whoever goes on does nothing twice."""
    urge(officer, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE batch SET stepped_at = now() - interval '1 minute'"))
    says(officer, "已停下", "2 件还没有办")
    press(officer, engine, "go-on")
    handovers.open.set()  # for whom was thought to be gone, too
    says(officer, "已办理 2 件")
    assert ["0", "1"] == sorted(handovers.urged.values())


def test_who_is_out_does_nothing_more(officer: FlaskClient, engine: Engine, handovers: Handovers) -> None:
    """What is not begun waits for the officer's next login, and for nobody else's."""
    urge(officer, 2)
    assert handovers.came.wait(20)
    send(officer, "/logout")
    handovers.open.set()
    until(lambda: list(handovers.urged.values()), "the step on its way")
    login(officer)
    says(officer, "登录已失效", "已办理 1 件，1 件还没有办")
    assert ["0"] == list(handovers.urged.values())
    press(officer, engine, "go-on")
    says(officer, "已办理 2 件")


def test_what_was_done_and_not_answered_is_not_done_again(
    officer: FlaskClient, engine: Engine, handovers: Handovers
) -> None:
    """Of every second urge the answer is lost: however often one has to go on, each is urged once, and none is left."""
    handovers.open.set()
    handovers.lost = 0.5
    for turn in range(4):
        handovers.urged.clear()
        urge(officer, 6, f"key {turn}")
        while "已办理 6 件" not in until(lambda: "正在办理" not in (shown := seen(officer)) and shown, "it stands"):
            assert "没有办成" not in seen(officer)
            press(officer, engine, "go-on")
        assert [str(each) for each in range(6)] == list(handovers.urged.values())
        press(officer, engine, "drop")


def test_nobody_sees_or_touches_anothers(
    house: House, officer: FlaskClient, engine: Engine, handovers: Handovers
) -> None:
    """Not even by its address; and at rest nobody reads which petitions they are."""
    handovers.open.set()
    urge(officer, 2)
    kept = says(officer, "已办理 2 件")
    house.account("900106", None, RIGHT)
    other = house.browser()
    send(other, "/login", login="900106", password=RIGHT)
    for what in ("stop", "go-on", "drop"):
        press(other, engine, what)
    assert (True, kept) == ("没有批量办理" in seen(other), seen(officer))
    with engine.connect() as connection:
        content = connection.execute(text("SELECT content FROM batch")).scalar()
    assert "信0".encode() not in bytes(content or b"")
