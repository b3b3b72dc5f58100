"""The door of an agency without a system: a transfer, an objection, a submission; killed at each step."""

import base64
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from county import Window, done, today, until
from dying_line import STEPS
from pages import Browser, Shown, change, stored
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session
from test_aid import ask_for_aid, decide
from test_convened import Convened

from desk import codes
from desk.agency import saying
from desk.agency.tables import Heard, Matter, Said
from tools.dev import stack
from tools.dev.stack import Stack
from vault import Safe

CODE, DYING = "A06-1", "A14-1"  # no other story reads their queues while this one runs
DATABASE = stack.agency_database(CODE)
NEW = "床前明月光疑是地上霜举头"


@dataclass
class Clerk(Browser):
    """Whoever works at the agency, with a browser that has no script."""

    code: str = CODE

    @property
    def origin(self) -> str:
        return stack.agency_url(self.system, self.code)

    def enter(self, login: str, password: str) -> Shown:
        return self.send(self.get("/login").form("登录"), login=login, password=password)

    def at(self, number: str) -> Shown:
        return self.get(f"/matter?number={number}")

    def press(self, number: str, button: str, **typed: Any) -> Shown:
        """Fills in a form and sends it, then looks until the other side said that it was taken, or was not."""
        shown = self.send(self.at(number).form(button), **{f"f.{name}": each for name, each in typed.items()})
        assert shown.status == 200, shown.text
        return self.settled(number)

    def settled(self, number: str) -> Shown:
        looked: Shown = until(lambda: self._settled(number), f"{number} settled")
        return looked

    def _settled(self, number: str) -> Shown | None:
        shown = self.at(number)
        return None if "正在发出" in shown.text or "等待检察院回复收到" in shown.text else shown


@pytest.fixture(scope="module")
def door(system: Stack) -> Iterator[str]:
    yield stack.open_agency(system, CODE)
    left(system, CODE)


def left(system: Stack, code: str) -> None:
    """The door is shut, and the queue another's to read."""
    name = f"agency-{code}"
    stack.leave(system, name)
    until(lambda: not (system.folder / "running" / name).exists(), f"{name} ended")


@pytest.fixture
def clerk(system: Stack, door: str) -> Clerk:
    made = Clerk(system)
    assert "待办" in made.enter(*stack.agency_account(system, CODE)).text
    return made


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system)


def handed_over(window: Window, clerk: Clerk, by: Window | None = None, **more: Any) -> tuple[str, str]:
    """A petition and its referral to the agency, which has it on its page; `by`: who registers it."""
    number = (by or window).number(**more)
    assert 200 == window.refer(number, CODE).status_code
    referral = window.referral(number)["number"]
    until(lambda: clerk.at(referral).status == 200, "offered")
    return number, referral


def test_a_transfer_from_its_offer_to_its_answer(window: Window, clerk: Clerk) -> None:
    """What was handed over is there; each step says 检察院已收到 once it stands so there, and offers the next.
    Objected to, overruled, taken on, reported on, answered; asked for more."""
    number, referral = handed_over(window, clerk, title="<script>门卡</script>坏了三个月")
    assert f"<script>门卡</script>坏了三个月 移送 {referral} 待签收" in clerk.get("/").text
    offered = clerk.at(referral)
    for word in ("石大川", "石桥安置房工地欠我们7人工资11.6万。", "未签名", "到期自动删除"):
        assert word in offered.text
    assert "<script" not in offered.answer.text
    form = offered.form("签收")
    clerk.send(form)
    clerk.send(form)  # pressed twice
    signed = clerk.settled(referral)
    assert 1 == signed.text.count("已发出，检察院已收到")
    assert {"受理", "提出异议", "转由他单位"} <= {each.button for each in signed.forms}
    assert window.referral(number)["state"] == "signed"
    objected = clerk.press(referral, "提出异议", reason="other_competent", text="应由县人社局办理。")
    assert "异议中" in objected.text
    ruled = f"/referrals/{referral}/rule"
    assert window.request("POST", ruled, service="referral", json={"ruling": "overruled"}).ok
    until(lambda: "异议不成立" in clerk.at(referral).text, "the ruling")
    assert "已受理" in clerk.press(referral, "受理").text
    assert "办理中" in clerk.press(referral, "报告进展", text="已联系信访人。").text
    wrong = clerk.send(clerk.at(referral).form("反馈结果"), **{"f.text": "已责令改正"})
    assert (422, True, True) == (wrong.status, "结果：" in wrong.text, "已责令改正" in wrong.answer.text)
    answered = clerk.press(referral, "反馈结果", result="supported", text="已责令改正，信访人满意。")
    assert "已反馈" in answered.text
    assert not [each for each in answered.forms if "type" in each.controls]
    assert ("answered", "supported") == tuple(window.referral(number)[each] for each in ("state", "result"))
    figures = clerk.get("/metrics").answer.text
    assert f'fengqiao_agency_line_up{{agency="{CODE}"}} 1' in figures
    assert f'fengqiao_agency_unsent_seconds{{agency="{CODE}"}} 0' in figures
    # what is said of it there comes here
    path = f"/referrals/{referral}/rework"
    assert window.request("POST", path, service="referral", json={"text": "请补充核实情况"}).ok
    until(lambda: "请补充核实情况" in clerk.at(referral).text, "rework")
    assert "退回补办" in clerk.at(referral).text


def test_what_is_handed_in_is_put_right_and_followed(window: Window, clerk: Clerk) -> None:
    """Turned back with its reason beside the field, sent again put right, signed for; one number once."""
    own = f"柳所〔2026〕{time.monotonic_ns()}号"
    typed = {
        "submission": own, "received_on": today().isoformat(), "kind": "claim", "line": "other", "title": "邻里纠纷",
        "statement": "通道被占", "petitioner.name": "石大川", "petitioner.resident_id": "619926198503120015",
    }  # fmt: skip
    form = clerk.get("/submit").form("移送")
    clerk.send(form, **{f"f.{name}": each for name, each in typed.items()})
    turned = until(lambda: shown if "退回原因" in (shown := clerk.at(own)).text else None, "turned back")
    assert re.search(r"退回原因：证件号码：\S*校验", turned.text)
    assert own in clerk.get("/").text
    mended = clerk.get(turned.link("改正再发")).form("移送")
    assert mended.value("f.statement") == "通道被占"
    clerk.send(mended, **{"f.petitioner.resident_id": "619926198503120014"})
    until(lambda: "检察院已收到" in clerk.at(own).text, "taken")
    assert "被退回的消息" not in clerk.get("/").text
    once = clerk.get("/submit").form("移送")
    assert "只能移送一次" in clerk.send(once, **{f"f.{name}": each for name, each in typed.items()}).text
    number = window.submitted(own)
    assert 200 == window.act(number, "sign").status_code
    until(lambda: number in clerk.at(own).text or "检察院已签收" in clerk.at(own).text, "signed")


def test_what_was_left_at_that_is_handed_in_again(clerk: Clerk, system: Stack) -> None:
    """Its number was taken by nobody; who left it at that is written down. Twice at once it is one."""
    own = f"柳所〔2026〕{time.monotonic_ns()}号"
    typed = {
        "f.submission": own, "f.received_on": today().isoformat(), "f.kind": "claim", "f.line": "other",
        "f.title": "邻里纠纷", "f.statement": "通道被占", "f.petitioner.name": "石大川",
        "f.petitioner.resident_id": "619926198503120014",
    }  # fmt: skip
    mistyped = {"f.petitioner.resident_id": "619926198503120015"}
    clerk.send(clerk.get("/submit").form("移送"), **typed | mistyped)
    until(lambda: "退回原因" in clerk.at(own).text, "turned back")
    rows = [each for each in clerk.get("/").forms if each.button == "知道了，不再发"]
    clerk.send(rows[0])
    assert "被退回的消息" not in clerk.get("/").text
    written = f"SELECT what FROM entry WHERE of = '{own}' ORDER BY id"
    assert "left-at-that" == stored(system, DATABASE, written)[-1].what
    form = clerk.get("/submit").form("移送")

    def press(_: int) -> str:
        return Clerk(system, clerk.cookie, dict(clerk.others)).send(form, **typed).text

    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(press, range(4)))
    assert not [each for each in shown if own not in each or "系统内部出错" in each or "只能移送一次" in each]
    until(lambda: "检察院已收到" in clerk.at(own).text, "taken")
    said = f"SELECT count(*) FILTER (WHERE rejected IS NULL) AS taken FROM said WHERE matter = '{own}'"
    assert 1 == stored(system, DATABASE, said)[0].taken


def test_a_file_is_fetched_once_and_kept_closed(window: Window, clerk: Clerk, system: Stack) -> None:
    """Its token is good once; it is here after that, as an attachment, and in no column in clear."""
    number = window.number()
    pdf = b"%PDF-1.4 independent sheet"
    headers = {"Content-Type": "application/pdf"}
    path = f"/petitions/{number}/files?name=工资表.pdf"
    assert 201 == window.request("POST", path, data=pdf, headers=headers).status_code
    assert 200 == window.refer(number, CODE).status_code
    referral = window.referral(number)["number"]
    until(lambda: clerk.at(referral).status == 200, "offered")
    link = clerk.at(referral).link("工资表.pdf")
    for _ in range(2):
        got = clerk.get(link).answer
        assert (200, pdf) == (got.status_code, got.content)
        assert got.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote('工资表.pdf')}"
    (kept,) = stored(system, DATABASE, f"SELECT content FROM fetched WHERE matter = '{referral}'")
    assert pdf not in bytes(kept.content)
    # its days are over: the number stays, what it said does not
    change(system, DATABASE, "UPDATE heard SET forget_at = now() WHERE matter = :n", n=referral)
    change(system, DATABASE, "UPDATE fetched SET forget_at = now() WHERE matter = :n", n=referral)
    engine = create_engine(system.database(DATABASE))
    with Session(engine) as session:
        assert 2 <= saying.forget(session)
        session.commit()
    engine.dispose()
    gone = clerk.at(referral)
    assert (200, False, True) == (gone.status, "石大川" in gone.text, "已按保存期限删除" in gone.text)
    assert 404 == clerk.get(link).status


def test_an_answer_goes_with_its_files(window: Window, clerk: Clerk, system: Stack) -> None:
    """Chosen in the form, refused there for what they are, kept closed; handed in once the answer was taken, and gone
    from here; the office opens them beside the answer."""
    by = Window(system, "window", "900100", department="D05", service_point="12309")
    number, referral = handed_over(window, clerk, by)
    clerk.press(referral, "签收")
    clerk.press(referral, "受理")
    pdf, name = b"%PDF-1.4 a decision " + os.urandom(300_000), "处理决定书.pdf"
    typed = {"f.result": "supported", "f.text": "已责令改正。"}
    program = [("f.files", ("照片.jpg", b"MZ a program", "image/jpeg"))]
    wrong = clerk.send(clerk.at(referral).form("反馈结果"), chosen=program, **typed)
    assert (422, True, True) == (
        wrong.status,
        "照片.jpg 的类型不支持" in wrong.text,
        "已责令改正。" in wrong.answer.text,
    )
    # the login ends before it is sent: what was chosen is in no page, and is asked for again
    form, chosen = clerk.at(referral).form("反馈结果"), [("f.files", (name, pdf, "application/pdf"))]
    clerk.cookie = "nobody"
    asked = clerk.send(form, chosen=chosen, **typed)
    login, password = stack.agency_account(system, CODE)
    kept = clerk.send(asked.form("登录"), login=login, password=password)
    assert "刚才选的材料没有保存" in kept.text
    clerk.send(kept.form("提交"), chosen=chosen)
    until(lambda: f"{name} 已送到" in clerk.at(referral).text, "handed in")
    assert "已反馈" in clerk.settled(referral).text
    assert [(None, None)] == [
        (each.content, each.key_id)
        for each in stored(system, DATABASE, f"SELECT e.* FROM enclosed e WHERE matter = '{referral}'")
    ]
    (shown,) = window.look(number)["answers"]
    ((file),) = shown["files"]
    assert (name, True) == (file["name"], file["here"])
    assert pdf == window.request("GET", f"/petitions/{number}/files/{file['sha256']}").content
    officer = Browser(system)
    officer.login("900105")
    assert name in officer.get(f"/petitions/{number}/files").text
    assert 'fengqiao_agency_enclosed_seconds{agency="A06-1"} 0' in clerk.get("/metrics").answer.text


def test_a_matter_is_passed_on(window: Window, clerk: Clerk) -> None:
    """转由他单位: to whom the county's directory has with a queue, not to itself; the other is offered it, and here
    nothing more is to be done."""
    number, referral = handed_over(window, clerk)
    form = clerk.press(referral, "签收").form("转由他单位")
    choices = form.controls["f.to"].choices
    assert {"A05": True, CODE: False, "A00": False} == {each: each in choices for each in ("A05", CODE, "A00")}
    missing = clerk.send(form, **{"f.text": "应由信访局办理。"})
    assert (422, True) == (missing.status, "应由信访局办理。" in missing.answer.text)
    passed = clerk.press(referral, "转由他单位", to="A05", text="应由信访局办理。")
    assert not [each for each in passed.forms if "type" in each.controls]
    assert referral not in clerk.get("/").text.partition("已办和等待检察院的")[0]
    until(lambda: window.referral(number)["agency"] == "A05", "the other is offered it")
    assert "referral.passed_on.v1" in window.steps(number)


def test_who_is_let_in(clerk: Clerk, system: Stack) -> None:
    """Its administrator opens accounts, a first password is changed; a foreign form, an ended login, a guess: no."""
    login = f"c{time.monotonic_ns()}"
    made = clerk.send(clerk.get("/accounts").form("开立"), login=login, name="王某")
    once = re.search(r"一次性密码： ?(\S+)", made.text)
    assert once is not None
    form = clerk.get("/accounts").form("开立")

    def press(_: int) -> Shown:
        return Clerk(system, clerk.cookie, dict(clerk.others)).send(form, login=f"{login}x", name="赵某")

    with ThreadPoolExecutor(2) as pool:
        twice = sorted(pool.map(press, range(2)), key=lambda each: each.status)
    assert [(200, True), (409, True)] == [
        (each.status, word in each.text) for each, word in zip(twice, ("一次性密码", "请按“换新密码”"), strict=True)
    ]
    other = Clerk(system)
    assert "更改密码" in other.enter(login, once[1]).text
    form = other.get("/password").form("更改密码")
    assert "容易被猜到" in other.send(form, password=once[1], new="123456789012", again="123456789012").text
    assert "待办" in other.send(form, password=once[1], new=NEW, again=NEW).text
    assert 403 == other.send(form, headers={"Sec-Fetch-Site": "cross-site"}).status
    assert 403 == other.send(form, csrf="forged").status
    made_up = requests.post(f"{other.origin}/accounts", data={}, headers={"Cookie": ""}, timeout=10)
    assert 403 == made_up.status_code  # by no page of ours
    assert (
        "只有管理员" in other.send(clerk.get("/accounts").form("开立"), csrf=csrf_of(other), login="x", name="x").text
    )
    change(system, DATABASE, "UPDATE session SET used_at = now() - interval '31 minutes' WHERE login = :l", l=login)
    asked = other.get("/submit")
    assert "登录" in asked.text
    assert "登录名或密码有误" in other.enter(login, "wrong").text
    # where a try takes longer than the wait before it, the tenth closes the login
    assert any("多次有误" in Clerk(system).enter(login, "wrong").text for _ in range(11))


def made(clerk: Clerk, system: Stack, name: str) -> tuple[str, Clerk]:
    """An account that the administrator has opened, and its owner's browser, which is in."""
    login = f"c{time.monotonic_ns()}"
    once = re.search(
        r"一次性密码： ?(\S+)", clerk.send(clerk.get("/accounts").form("开立"), login=login, name=name).text
    )
    assert once is not None
    own = Clerk(system)
    own.send(own.enter(login, once[1]).form("更改密码"), password=once[1], new=NEW, again=NEW)
    return login, own


def test_a_second_factor_is_ones_own_and_the_administrator_takes_it_away(clerk: Clerk, system: Stack) -> None:
    """Begun by password and a code; then no login without one, none twice; what was typed waits for it, too."""
    login, own = made(clerk, system, "王某")
    begun = own.get("/accounts/code")
    key = base64.b32decode(re.search(r"密钥 (\w+)", begun.text)[1])  # type: ignore[index]
    step = int(time.time()) // codes.STEP
    form = begun.form("启用")
    assert "登录名或密码有误" in own.send(form, password="wrong", code=codes.code(key, step)).text
    assert "口令有误" in own.send(form, password=NEW, code="000000").text
    assert "动态口令：已启用" in own.send(form, password=NEW, code=codes.code(key, step)).text
    other = Clerk(system)
    typed = other.send(clerk.get("/submit").form("移送"), **{"f.submission": login, "f.statement": "很长的一段话"})
    asked = other.send(typed.form("登录"), login=login, password=NEW)
    assert "六位口令" in asked.text
    assert "待办" not in other.get("/").text
    assert "已用过" in other.send(asked.form("确定"), code=codes.code(key, step)).text
    kept = other.send(asked.form("确定"), code=codes.code(key, step + 1))
    assert "很长的一段话" in kept.text
    assert "待办" in other.get("/").text
    row = next(
        each for each in clerk.get("/accounts").forms if "login" in each.controls and each.value("login") == login
    )
    clerk.send(row, what="unprove")
    assert "登录" in other.get("/").text
    assert "待办" in other.enter(login, NEW).text


def test_logins_are_listed_and_ended(clerk: Clerk, system: Stack) -> None:
    """One's own from each browser, of nobody else's; the administrator ends all of somebody's."""
    login, own = made(clerk, system, "李某")
    other = Clerk(system)
    other.enter(login, NEW)
    listed = own.get("/accounts")
    (row,) = (each for each in listed.forms if each.action.endswith("/accounts/session"))
    assert "本机" in listed.text
    clerk.send(row, csrf=csrf_of(clerk))  # another's, by its id
    assert "李某" in other.get("/accounts").text
    own.send(row)
    assert "待办" not in other.get("/").text
    row = next(
        each for each in clerk.get("/accounts").forms if "login" in each.controls and each.value("login") == login
    )
    clerk.send(row, what="end")
    assert "待办" not in own.get("/").text


def csrf_of(clerk: Clerk) -> str:
    return clerk.get("/accounts").forms[0].value("csrf")


def test_what_was_typed_survives_the_login(clerk: Clerk, system: Stack) -> None:
    """Sent with a login that had ended, it is there after the next and goes with one press."""
    form = clerk.get("/submit").form("移送")
    ended, own = clerk.cookie, f"再{time.monotonic_ns()}"
    clerk.cookie = "nobody"
    shown = clerk.send(form, **{"f.submission": own, "f.statement": "很长的一段话"})
    login, password = stack.agency_account(system, CODE)
    kept = clerk.send(shown.form("登录"), login=login, password=password)
    assert "很长的一段话" in kept.text
    assert clerk.cookie not in (ended, "nobody")
    sent = clerk.send(kept.form("提交"))
    assert "没有提交，请改正" in sent.text
    assert own in sent.answer.text


@pytest.mark.long
def test_a_lead_about_aid(window: Window, system: Stack) -> None:
    """Signed for, reported on and answered by the page of who decides on it; others hear that queue by hand."""
    case = ask_for_aid(window)
    stack.open_agency(system, "A12")
    try:
        clerk = Clerk(system, code="A12")
        clerk.enter(*stack.agency_account(system, "A12"))
        lead = done(decide(window, case["number"], "leads", to="A12"))["leads"][-1]["number"]
        until(lambda: clerk.at(lead).status == 200, "offered")
        offered = clerk.at(lead).text
        assert {"教育救助", "石大川"} <= {word for word in ("教育救助", "石大川") if word in offered}
        clerk.press(lead, "签收线索")
        assert "已签收" in clerk.press(lead, "反馈线索", result="pending", text="正在核查").text
        assert "已反馈" in clerk.press(lead, "反馈线索", result="granted", text="已免除学杂费").text
        (kept,) = window.request("GET", f"/aid-cases/{case['number']}", service="aid").json()["leads"]
        assert ("answered", "granted", "已免除学杂费") == (kept["state"], kept["result"], kept["text"])
    finally:
        left(system, "A12")


def test_what_it_is_invited_to_and_has_to_do(window: Window, clerk: Clerk) -> None:
    """It says that it comes, and what it did of what was resolved; each by the form of the published contract."""
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    meeting = Convened(window, number, "meeting", form="case", subject="other")
    meeting.do("approve")
    meeting.do("parts", role="agency", agency=CODE)
    meeting.plan(0)
    meeting.do("notify", text="商议门卡一事")
    until(lambda: clerk.at(meeting.number).status == 200, "invited")
    assert {"商议门卡一事", "县检察院听证室", "待答复"} <= {
        word for word in ("商议门卡一事", "县检察院听证室", "待答复") if word in clerk.at(meeting.number).text
    }
    clerk.press(meeting.number, "答复邀请", answer="accepted", text="派一人参加")
    assert "accepted" == meeting.look("parts")[0]["answer"]
    meeting.do("hold", on=today().isoformat(), text="议定一项")
    task = {"agency": CODE, "due": (today() + timedelta(5)).isoformat(), "text": "五日内修好门卡"}
    meeting.do("resolve", tasks=[task])
    name = f"{meeting.number}/1"
    until(lambda: "五日内修好门卡" in clerk.at(name).text, "the task")
    assert "已办结" in clerk.press(name, "反馈任务", result="done", text="已修好").text
    meeting.stands("fulfilled")


@pytest.mark.long
def test_a_door_that_was_restored_catches_up(window: Window, system: Stack, door: str) -> None:
    """Its database put back to the moment of a backup, with what it said since then gone: a rejection tells where the
    matter stands, 请求重发 brings what was lost, and nothing is done twice."""
    clerk = Clerk(system)
    clerk.enter(*stack.agency_account(system, CODE))
    number, before = handed_over(window, clerk)
    backup = f"{DATABASE}_backup"
    try:
        left(system, CODE)
        copied(system, DATABASE, backup)
        stack.open_agency(system, CODE)
        clerk.enter(*stack.agency_account(system, CODE))
        clerk.press(before, "签收")
        clerk.press(before, "受理")
        _, since = handed_over(window, clerk, title="备份以后才来的")
        left(system, CODE)
        copied(system, backup, DATABASE)
        stack.open_agency(system, CODE)
        clerk.enter(*stack.agency_account(system, CODE))
        assert (404, "待签收" in clerk.at(before).text) == (clerk.at(since).status, True)
        clerk.send(clerk.get("/accounts").form("请求重发"))
        until(lambda: clerk.at(since).status == 200, "what came since the backup came again")
        assert "退回原因" in clerk.press(before, "签收").text
        assert "已受理" in clerk.at(before).text
        assert "已反馈" in clerk.press(before, "反馈结果", result="supported", text="已办").text
        steps = [each for each in window.steps(number) if each in ("referral.signed.v1", "referral.answered.v1")]
        assert ["referral.signed.v1", "referral.answered.v1"] == steps
    finally:
        stack.open_agency(system, CODE)
        owned(system, f"DROP DATABASE IF EXISTS {backup} WITH (FORCE)")


def copied(system: Stack, source: str, target: str) -> None:
    """A database as another; nobody is connected to either."""
    owned(system, f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
    owned(system, f"CREATE DATABASE {target} TEMPLATE {source} OWNER {DATABASE}_owner")


def owned(system: Stack, statement: str) -> None:
    """Said by who may make databases."""
    engine = create_engine(system.database_admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_killed_at_each_step_nothing_is_lost_and_nothing_doubled(window: Window, system: Stack, tmp_path: Path) -> None:
    """kill -9 after a message is written, committed, acknowledged; before and after one of ours is at the broker."""
    name, environment = f"agency-{DYING}", stack.agency_door(system, DYING)
    number = window.number()
    assert 200 == window.refer(number, DYING).status_code
    referral = window.referral(number)["number"]
    command = [sys.executable, "-m", "tests.journeys.dying_line", str(tmp_path)]
    stack._want(system, name, command, environment)
    engine = create_engine(system.database(stack.agency_database(DYING)))
    safe = Safe.from_file(Path(environment["AGENCY_KEY_FILE"]))
    try:

        def look() -> Any:
            with Session(engine) as session:
                return session.get(Matter, referral)

        until(look, "offered")
        with Session(engine) as session:
            matter = session.get_one(Matter, referral)
            data = {"referral": referral, "officer": "经办员"}
            assert saying.plan(session, safe, DYING, "reply.signed.v1", data, "经办员", saying.fresh(), matter)
            session.commit()

        def settled() -> Any:
            with Session(engine) as session:
                return session.get_one(Matter, referral).state == "signed"

        until(settled, "signed, and told so")
        assert set(STEPS) == {each.name for each in tmp_path.iterdir()}
        with Session(engine) as session:
            said = session.scalars(select(Said).where(Said.matter == referral)).all()
            heard = session.scalars(select(Heard.type).where(Heard.matter == referral)).all()
        assert [True] == [each.taken_at is not None for each in said]
        assert ["message.taken.v1", "referral.offered.v1"] == sorted(heard)
        steps = [each for each in window.steps(number) if each == "referral.signed.v1"]
        assert 1 == len(steps)
    finally:
        left(system, DYING)
        engine.dispose()
