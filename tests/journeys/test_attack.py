"""What somebody would try who wants in, or wants an officer out: at the login, the sessions and the signer."""

import base64
import http.client
import json
import os
import socket
import stat
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from county import Window
from pages import Browser, change, stored, unused
from sqlalchemy.exc import DBAPIError

from tools.dev import stack
from tools.dev.stack import Stack


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system, "window", "900100", department="D05", service_point="12309")


@pytest.fixture(autouse=True)
def forgotten(system: Stack) -> Iterator[None]:
    """Failures that a story made are nobody's behind it."""
    yield
    change(system, "signer", "DELETE FROM attempt")


def opened(system: Stack) -> None:
    """What a clock would bring: who failed may try again, and what was counted stays."""
    change(system, "signer", "UPDATE attempt SET closed_until = NULL")


def signer(system: Stack, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """As whoever got hold of the door's socket asks it."""
    connection = http.client.HTTPConnection("signer", timeout=12)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(system.folder / "signer.socket"))
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = json.loads(answer.read() or b"{}")
    connection.close()
    return answer.status, said


def test_nobody_closes_an_officers_login_to_the_officer(system: Stack) -> None:
    """Ten wrong passwords from elsewhere close it there; from a browser that was logged in before it stays open."""
    name, password, _ = stack.account(system, "900106")
    officer, stranger = Browser(system), Browser(system)
    officer.login("900106")
    officer.send(officer.get("/today").form("退出"))
    form = stranger.get("/login").forms[0]
    for _ in range(10):
        opened(system)
        stranger.send(form, login=name, password="wrong")
    assert "分钟 后再试" in stranger.send(form, login=name, password=password).text
    assert "今日" in officer.send(officer.get("/login").forms[0], login=name, password=password).text
    # what such a browser has is of one login, and who steals it has a count of their own
    other, theirs, _ = stack.account(system, "900104")
    for _ in range(10):
        opened(system)
        stranger.send(form, login=other, password="wrong")
    stranger.others = dict(officer.others)
    assert "分钟 后再试" in stranger.send(form, login=other, password=theirs).text
    for _ in range(10):
        opened(system)
        stranger.send(form, login=name, password="wrong")
    assert "分钟 后再试" in stranger.send(form, login=name, password=password).text


def test_who_knows_no_login_learns_none(system: Stack) -> None:
    """Not by the words, not by the status, and not by the time: a password is looked at where there is no account."""
    name, _, _ = stack.account(system, "900106")
    took: dict[str, list[float]] = {name: [], "nobody": []}
    answers = dict[str, tuple[int, str]]()
    for _ in range(7):
        for login in took:
            change(system, "signer", "DELETE FROM attempt")
            begun = time.monotonic()
            status, said = signer(system, "/grants", login=login, password="wrong", grant="0")
            took[login].append(time.monotonic() - begun)
            answers[login] = status, said["detail"]
    assert answers[name] == answers["nobody"]
    known, unknown = (statistics.median(each) for each in took.values())
    # a third of a second is spent on the password; without it an answer takes a hundredth
    assert known / 3 < unknown < known * 3


def test_a_session_that_was_there_before_is_no_session_after(system: Stack) -> None:
    """Whoever planted a cookie has nothing, and whoever was logged in on this machine is out."""
    name, password, _ = stack.account(system, "900105")
    planted = "a" * 43
    victim = Browser(system, cookie=planted)
    victim.send(victim.get("/login").forms[0], login=name, password=password)
    assert victim.cookie != planted
    assert "登录名" in Browser(system, cookie=planted).get("/today").text
    before = victim.cookie
    victim.send(victim.get("/login").form("登录"), login=name, password=password)
    assert victim.cookie != before
    assert "登录名" in Browser(system, cookie=before).get("/today").text


def test_a_code_counts_as_wrong_whatever_it_is(system: Stack) -> None:
    """A million codes are no more than ten tries, also over several logins with the right password."""
    name, password, secret = stack.account(system, "900000")
    browser = Browser(system)
    for _ in range(11):
        opened(system)
        half = browser.send(browser.get("/login").forms[0], login=name, password=password)
        browser.send(half.form("确定"), code="000000")
    half = browser.send(browser.get("/login").forms[0], login=name, password=password)
    assert "分钟 后再试" in browser.send(half.form("确定"), code=unused(name, secret)).text


def test_no_page_sends_somebody_elsewhere(system: Stack) -> None:
    """Whatever `next` says, and whatever host the request names."""
    name, password, _ = stack.account(system, "900105")
    for wanted in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "\t//evil.example",
    ):
        answer = requests.post(
            f"{system.url('desk')}/login",
            data={"login": name, "password": password, "next": wanted},
            headers={"Sec-Fetch-Site": "same-origin"},
            allow_redirects=False,
            timeout=20,
        )
        assert answer.headers["Location"] in ("/today", wanted if wanted.startswith("/%") else "/today")
    asked = requests.get(
        f"{system.url('desk')}/today", headers={"Host": "evil.example"}, allow_redirects=False, timeout=20
    )
    assert (302, True) == (asked.status_code, asked.headers["Location"].startswith("/login"))
    assert "evil" not in asked.text
    # a form of a page that some other name leads to is none of ours
    foreign = {"Host": "evil.example", "Origin": system.url("desk")}
    sent = requests.post(f"{system.url('desk')}/login", data={}, headers=foreign, timeout=20)
    assert sent.status_code == 403


def test_the_door_says_nothing_that_the_signer_believes(system: Stack) -> None:
    """Who has the door's socket and database, and no browser's cookie, gets no token, by whichever path."""
    browser = Browser(system)
    browser.login("900105")
    ids = stored(system, "desk", "SELECT id, grant_id FROM session WHERE officer = '900105'")
    assert ids
    for row in ids:
        for kept in row:
            assert 401 == signer(system, "/tokens", grant=bytes(kept).hex())[0]
    for path, body in {
        "/tokens": {"grant": ""},
        "/grants/code": {"grant": "0", "code": "000000"},
        "/grants/key": {"grant": "0", "answer": "{}"},
        "/grants/password": {"grant": "0", "password": "x", "new": "y"},
        "/grants/unlock": {"grant": "0", "password": "x"},
        "/accounts": {"grant": "0"},
        "/accounts/ask": {"grant": "0", "kind": "open", "login": "evil", "officer": "900000"},
        "/accounts/decide": {"grant": "0", "id": "0", "approve": "yes"},
        "/ways": {"way": "0"},
        "/ways/back": {"way": "0", "grant": "0"},
    }.items():
        assert signer(system, path, **body)[0] in (401, 403), path


def test_the_signers_socket_is_its_owners(system: Stack) -> None:
    """Neither the group nor the rest of the machine opens it."""
    assert 0o600 == stat.S_IMODE(os.stat(system.folder / "signer.socket").st_mode)


def test_two_people_are_two(system: Stack) -> None:
    """Neither who asked nor whose account it is approves, not by the form of another, and not past the pages."""
    chief, operations = Browser(system), Browser(system)
    chief.login("900000")
    operations.login("900007")
    operations.send(operations.get("/accounts").form("提出申请"), kind="password", login="900000")
    [(id_,)] = stored(system, "signer", "SELECT id FROM request WHERE login = '900000' AND state = 'asked'")
    # whose it is, and who asked
    for browser in (chief, operations):
        any_form = browser.get("/today").form("退出")
        assert browser.send(any_form, at=f"/accounts/{id_}", approve="yes").status == 403
    handler = Browser(system)
    handler.login("900105")
    any_form = handler.get("/today").form("退出")
    assert handler.send(any_form, at="/accounts", kind="open", login="evil", officer="900000").status == 403
    assert handler.send(any_form, at=f"/accounts/{id_}", approve="yes").status == 403
    with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
        change(system, "signer", "DELETE FROM entry")
    change(system, "signer", "DELETE FROM request WHERE state = 'asked'")


def test_what_is_anothers_is_not_there(system: Stack, window: Window) -> None:
    """Their sessions are not ended, their drafts not read, overwritten or dropped by knowing what they are called."""
    owner, other = Browser(system), Browser(system)
    owner.login("900105")
    other.login("900106")
    number = window.number()
    form = owner.get(f"/petitions/{number}").form("补正")
    assert owner.send(form, at="/drafts", lacking="独一无二的底稿").status == 204
    ends = next(each for each in owner.get("/sessions").forms if each.button.startswith("结束"))
    mine = other.get("/today").form("退出")
    assert other.send(mine, at=ends.action).status == 200
    assert other.send(form, at="/drafts", csrf=mine.value("csrf"), lacking="别人的").status == 204
    assert other.send(form, at="/drafts/drop", csrf=mine.value("csrf")).status == 200
    again = owner.get(f"/petitions/{number}").form("补正")
    assert "独一无二的底稿" in again.value("f.lacking~lines")


def test_no_page_is_framed_or_kept(system: Stack, window: Window) -> None:
    """Whichever it is: a page in another's frame is pressed by who does not see it, a kept one is read by the next."""
    browser = Browser(system)
    number = window.number()
    pages = ["/login", "/health/ready", "/metrics"]
    for path in pages:
        headers = requests.get(f"{system.url('desk')}{path}", timeout=20).headers
        assert ("DENY", "no-store") == (headers["X-Frame-Options"], headers["Cache-Control"])
    browser.login("900105")
    for path in ("/today", "/sessions", f"/petitions/{number}", "/drafts", "/nowhere", "/login/code", "/locked"):
        headers = browser.get(path).answer.headers
        assert ("DENY", "no-store") == (headers["X-Frame-Options"], headers["Cache-Control"])
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_a_token_never_reaches_a_browser(system: Stack, window: Window) -> None:
    """Neither in a page nor in a header or cookie: what a script could take would be good for minutes."""
    browser = Browser(system)
    browser.login("900105")
    number = window.number()
    for path in ("/today", f"/petitions/{number}", "/sessions"):
        shown = browser.get(path).answer
        assert "eyJ" not in shown.text + str(shown.headers)
    for cookie in (browser.cookie, *browser.others.values()):
        assert len(base64.urlsafe_b64decode(cookie + "=")) >= 32
