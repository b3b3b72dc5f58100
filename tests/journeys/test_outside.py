"""What somebody would try from the internet: at the petitioners' door, and at an agency's."""

import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from county import Window, done, until
from pages import Browser, stored
from visitor import PDF, TRIAGE, WRONG, Visitor, code_on, decide_all, waiting

from tools.dev import stack
from tools.dev.stack import Stack

RTL, HIDDEN = "\u202e", "\u200b\u2066\u2069\ufeff"
# what would run, be reckoned, be taken for a header or turn what is read, where somebody forgot to make it plain
EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}${7*7}#{7*7}",
    '=HYPERLINK("http://x.invalid","钱")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "'; DROP TABLE contact; --",
]
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def visitor(system: Stack) -> Visitor:
    return Visitor(system)


@pytest.fixture
def triage(system: Stack) -> Window:
    return Window(system, "window", TRIAGE, department="D05", service_point="12309")


@pytest.fixture(autouse=True)
def nothing_waits(system: Stack) -> Iterator[None]:
    yield
    decide_all(system)


def newest(triage: Window) -> str:
    listed = done(triage.request("GET", "/contacts", params={"channel": "online", "sort": "-recorded"}))["contacts"]
    found: str = listed[0]["contact"]
    return found


# -- to find something out ---------------------------------------------------------------------------------------------


def test_codes_cannot_be_walked(visitor: Visitor, system: Stack) -> None:
    """Whatever is wrong with a code is one page; from one address no more than thirty are tried in ten minutes."""
    code_on(visitor.writes(text="有人在试查询码"))
    wrongs = [WRONG, "x", "' OR 1=1 --", "２２２２", "9" * 40, "信2026-619926-000001", "%00"]
    pages = {(each.status, each.answer.text) for each in map(visitor.comes_back, wrongs)}
    assert 1 == len(pages), pages
    guesser = Visitor(system, address=uuid.uuid4().hex)
    tries = [guesser.comes_back(WRONG) for _ in range(62)]  # a slot may end in between
    refused = next(each for each in tries if each.status == 429)
    assert 1 <= int(refused.answer.headers["Retry-After"]) <= 600
    assert 404 == visitor.comes_back(WRONG).status


def test_there_is_no_way_in_behind_the_door(system: Stack, visitor: Visitor) -> None:
    """No address of a service is passed on, whatever it looks like; nothing tells what runs here."""
    for path in ("/petitions", "/contacts", "/metrics", "/openapi.json", "/online/../contacts", "/%2e%2e/contacts",
                 "/static/../app.py", "/static/%2e%2e/app.py", "/online/files?name=x"):  # fmt: skip
        shown = visitor.get(path)
        assert (shown.status in (404, 405), "Traceback" in shown.text) == (True, False), path
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        answer = requests.request(method, f"{visitor.origin}/online/entry", timeout=15)
        assert answer.status_code in (200, 405), method
        assert "Access-Control-Allow-Origin" not in answer.headers
    for name in ("X-Powered-By", "Set-Cookie"):
        assert name not in visitor.get("/online").answer.headers


# -- to be too much ----------------------------------------------------------------------------------------------------


def test_who_writes_too_often_waits_and_loses_no_word(system: Stack, visitor: Visitor) -> None:
    """Ten forms from one address in ten minutes; what was typed stays on the page; others go on."""
    busy = Visitor(system, address=uuid.uuid4().hex)
    shown = [busy.writes(text=f"第{n}件") for n in range(21)]  # a slot may end in between
    refused = next(each for each in shown if each.status == 429)
    assert "分钟后再试" in refused.text
    assert refused.form("提交").controls["text"].values[0].startswith("第")
    assert 1 <= int(refused.answer.headers["Retry-After"]) <= 600
    assert 200 == visitor.writes(text="别人").status


def test_what_is_too_large_is_not_read(system: Stack, visitor: Visitor) -> None:
    """A form at 16 KiB, one with files at 21 MiB, one of a thousand fields, a header; and nothing enters."""
    before = stored(system, "intake", "SELECT count(*) FROM contact")
    url, form = visitor.origin, visitor.get("/online/entry").form("提交")
    long = requests.post(f"{url}/online/back", data={"code": "9" * 50_000}, headers=ORIGIN, timeout=15)
    assert 413 == long.status_code
    many = [("file", (f"{n}.pdf", b"%PDF-", "application/pdf")) for n in range(1000)]
    parts = requests.post(f"{url}/online/entry", files=many, headers=ORIGIN, timeout=30)
    assert 413 == parts.status_code
    content = {"nonce": form.value("nonce")}
    whole = [("file", ("a.pdf", b"%PDF-" + bytes(22 * 1024 * 1024), "application/pdf"))]
    huge = requests.post(f"{url}/online/entry", data=content, files=whole, headers=ORIGIN, timeout=60)
    assert (413, True) == (huge.status_code, "附件太大，没有提交" in huge.text)
    head = requests.get(f"{url}/online", headers={"X-Forwarded-For": "1" * 20_000}, timeout=15)
    assert head.status_code in (400, 431)
    assert before == stored(system, "intake", "SELECT count(*) FROM contact")


def test_uploads_keep_nobody_from_looking(system: Stack, visitor: Visitor) -> None:
    """Eight of several megabytes at once are taken one after the other or told to come again; a look is answered."""
    code = code_on(visitor.writes(text="一边有人上传"))
    file = ("证据.pdf", b"%PDF-1.7 " + bytes(6 * 1024 * 1024), "application/pdf")
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(Visitor(system).writes, file, text=f"上传{n}") for n in range(6)]
        began = time.monotonic()
        assert 200 == visitor.comes_back(code).status
        took = time.monotonic() - began
        statuses = {each.result().status for each in sent}
    assert statuses <= {200, 503}
    assert took < 15
    assert 200 == visitor.comes_back(code).status


# -- to get something in -----------------------------------------------------------------------------------------------


def test_what_an_officer_reads_is_text(system: Stack, visitor: Visitor, triage: Window) -> None:
    """Nothing that was written runs, is reckoned, or turns or hides what stands beside it."""
    said = "\n".join(EVIL) + f"\n{RTL}倒写{HIDDEN}藏\x1b[2J"
    refused = visitor.writes(text=said)
    assert (422, True) == (refused.status, "控制字符" in refused.text)
    code_on(visitor.writes(text=said.replace("\x1b[2J", "").replace("DROP", "DR0P")))
    contact = newest(triage)
    text = done(triage.request("GET", f"/contacts/{contact}"))["text"]
    assert not set(RTL + HIDDEN) & set(text)
    assert "倒写藏" in text
    desk = Browser(system)
    desk.login(TRIAGE)
    page = next(each for each in waiting(desk) if "倒写藏" in each.text)
    assert not re.search(r"<script(?! src)|<img|alert\(1\)</script>", page.answer.text)
    assert "{{ 7 * 7 }}" in page.text
    assert "49" not in page.text.partition("{{ 7 * 7 }}")[2][:30]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (f"石{RTL}川大", "改变书写方向"),
        ("石\r\nX-Evil: 1", "石 X-Evil: 1"),
        ("<b>石</b>", "<b>石</b>"),
        ("\u200b\u200b", "姓名"),
    ],
)
def test_a_name_is_a_name_or_refused(system: Stack, visitor: Visitor, triage: Window, name: str, why: str) -> None:
    """What turns what is read, or is nothing, is refused; markup is shown as it was typed."""
    shown = visitor.writes(name=name, text="姓名")
    if shown.status == 422:
        assert why in shown.text
        return
    assert why == done(triage.request("GET", f"/contacts/{newest(triage)}"))["name"]


def test_a_file_is_what_it_says_and_named_plainly(system: Stack, visitor: Visitor, triage: Window) -> None:
    """A program, a page, an archive under a picture's name are turned away; a path or a turned name loses both."""
    fakes = [
        ("图.png", b"MZ\x90\x00" + bytes(100), "image/png"),
        ("图.jpg", b"<html><script>alert(1)</script>", "image/jpeg"),
        ("文.pdf", b"PK\x03\x04" + bytes(100), "application/pdf"),
        ("空.pdf", b"", "application/pdf"),
    ]
    shown = visitor.writes(*fakes, text="假附件")
    assert len(fakes) == shown.text.count("没有收下")
    path = (f"../../etc/{RTL}fdp.收据.pdf", PDF[1], "application/pdf")
    code_on(visitor.writes(path, text="带路径的附件"))
    contact = newest(triage)
    (file,) = done(triage.request("GET", f"/contacts/{contact}"))["files"]
    assert not set(RTL + "/\\") & set(file["name"])
    answer = triage.request("GET", f"/contacts/{contact}/files/{file['sha256']}")
    assert ("attachment", "nosniff", "application/octet-stream") == tuple(
        answer.headers[each] for each in ("Content-Disposition", "X-Content-Type-Options", "Content-Type")
    )


def test_nothing_typed_becomes_a_header_or_an_answer_of_ours(visitor: Visitor) -> None:
    """A nonce of one's own, a code with line ends or letters of another kind: a page, never an error of ours."""
    form = visitor.get("/online/entry").form("提交")
    for nonce in ("", "x", "a\r\nb", "码" * 32, "a" * 5000):
        assert (422, True) == ((shown := visitor.writes(form=form, nonce=nonce)).status, "再按一次" in shown.text)
    code = code_on(visitor.writes(text="附件的查询码"))
    add = visitor.comes_back(code).form("上传附件")
    for wrong in ("码" * 16, "a\r\nX: 1", WRONG, "\u0000"):
        assert 404 == visitor.hands_in(add, PDF, code=wrong).status
    host = requests.get(f"{visitor.origin}/online", headers={"Host": "evil.invalid"}, timeout=15)
    assert "evil.invalid" not in host.text


def test_another_sites_form_writes_nothing(system: Stack, visitor: Visitor) -> None:
    """In the name of whoever looks at it, from their address."""
    before = stored(system, "intake", "SELECT count(*) FROM contact")
    form = visitor.get("/online/entry").form("提交")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert 403 == visitor.send(form, headers=headers, kind="claim", who="anonymous", text="x").status
    url, data = f"{visitor.origin}/online/entry", {"kind": "claim", "who": "anonymous", "text": "x"}
    for origin in ({"Origin": "https://evil.invalid"}, {"Origin": "null"}, {}):
        assert 403 == requests.post(url, data=data, headers=origin, timeout=15).status_code
    assert before == stored(system, "intake", "SELECT count(*) FROM contact")


# -- an agency's door --------------------------------------------------------------------------------------------------


CODE = "A07-1"


class Stranger(Browser):
    """At the door of an agency without a system."""

    @property
    def origin(self) -> str:
        return stack.agency_url(self.system, CODE)


@pytest.fixture(scope="module")
def stranger(system: Stack) -> Iterator[Stranger]:
    stack.open_agency(system, CODE)
    yield Stranger(system)
    name = f"agency-{CODE}"
    stack.leave(system, name)
    until(lambda: not (system.folder / "running" / name).exists(), f"{name} ended")


def test_an_agencys_pages_are_for_its_people(stranger: Stranger) -> None:
    """Of each address there is nothing but the login, whether or not the matter exists; nothing is done by a form."""
    logins = set()
    for path in (
        "/",
        "/matter?number=移2026-619926-000001",
        "/matter?number=x",
        "/submit",
        "/people",
        "/file?number=x",
    ):
        shown = stranger.get(path)
        logins.add(shown.answer.text)
        assert [each.button for each in shown.forms] == ["登录"], path
    assert 1 == len(logins)
    for path in ("/matter", "/submit", "/people", "/say"):
        sent = requests.post(f"{stranger.origin}{path}", data={"f.text": "x"}, headers=ORIGIN, timeout=15)
        assert (sent.status_code in (200, 401, 403, 404, 405), "已发出" in sent.text) == (True, False), path
        cross = requests.post(f"{stranger.origin}{path}", headers={"Sec-Fetch-Site": "cross-site"}, timeout=15)
        assert cross.status_code in (403, 404, 405), path


def test_an_agencys_login_tells_nobody_apart_and_is_bounded(stranger: Stranger) -> None:
    """Nobody's name and anybody's wrong password are one page; what is too long is not read; markup is text."""
    form = stranger.get("/login").form("登录")
    pages = set()
    for login in (f"nobody{uuid.uuid4().hex[:6]}", "<script>alert(1)</script>"):
        shown = stranger.send(form, login=login, password="错误的密码一二三四五六七八")
        assert "<script>alert" not in shown.answer.text
        pages.add((shown.status, shown.text.replace(login, "")))
    assert 1 == len(pages), pages
    for typed in ({"login": "a\0"}, {"login": "a", "k.f.text": "\0"}):
        assert 400 == stranger.send(form, **typed, password="x").status
    long = requests.post(f"{stranger.origin}/login", data={"login": "x" * 300_000}, headers=ORIGIN, timeout=15)
    assert 413 == long.status_code
