"""The officers' pages over the running services, without a script: in, to what waits, through one petition, out."""

import re
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
import requests
from county import PETITIONER, Window, done, today, until
from pages import Browser, Drawn, Shown, change, held, stored, unused

from tools.dev import stack
from tools.dev.stack import Stack
from web.tokens import Officer, issue


@pytest.fixture
def window(system: Stack) -> Window:
    return Window(system, "window", "900100", department="D05", service_point="12309")


@pytest.fixture
def handler(system: Stack) -> Browser:
    browser = Browser(system)
    browser.login("900105")
    return browser


def late(window: Window, **more: Any) -> str:
    return window.number(received_on=(today().replace(day=1)).isoformat(), received_reason="补登", **more)


def test_a_handler_finds_what_is_due_and_does_it(system: Stack, window: Window, handler: Browser) -> None:
    """From 今日 to the form of the one next step, refused beside its field with all that was typed, then done, once."""
    number = late(window, title="请求讨要工钱")
    shown = handler.get("/today")
    assert "辰承办" in shown.text
    assert "请求讨要工钱" in shown.text
    matter = handler.get(shown.link(number))
    assert matter.status == 200
    assert PETITIONER["name"] in matter.text
    assert PETITIONER["phone"] not in matter.text
    form = matter.form("补正")
    refused = handler.send(form, lacking="收" * 201, means="post")
    assert refused.status == 422
    again = refused.form("补正")
    assert ("收" * 201, ["post"]) == (again.value("f.lacking~lines"), again.controls["f.means~choice"].values)
    assert "需补正的材料" in refused.text
    assert form.value("key") == again.value("key")
    assert "已登记" in handler.get(f"/petitions/{number}").text
    after = handler.send(again, lacking="收据\r\n劳动合同", means="post")
    assert (200, True) == (after.status, "待补正" in after.text)
    # a second press is the same request
    twice = handler.send(again, lacking="收据\r\n劳动合同", means="post")
    assert (200, "待补正" in twice.text) == (twice.status, True)
    assert 1 == str(window.look(number)["timeline"]).count("petition.material_asked")
    for tab in ("时间线", "移交", "告知", "材料", "救助"):
        assert handler.get(after.link(tab)).status == 200
    assert "补正" in handler.get(after.link("时间线")).text


def test_what_is_possible_no_more_keeps_the_text(window: Window, handler: Browser) -> None:
    """A colleague was faster: 409 says what is so now, and what was typed is still there."""
    number = window.number()
    form = handler.get(f"/petitions/{number}").form("补正")
    done(window.request("POST", f"/petitions/{number}/withdraw", json={}))
    refused = handler.send(form, lacking="独一无二的收据", means="post")
    assert refused.status == 409
    assert "独一无二的收据" in refused.text


def test_what_is_out_of_sight_is_not_there(window: Window, handler: Browser) -> None:
    """Of who is kept away: the page of a petition, each tab and each form, as if nobody had ever registered it."""
    number = window.number(title="独一无二的回避件")
    shown = handler.get(f"/petitions/{number}")
    form, reveal = shown.form("受理"), shown.form("显示电话")
    done(window.ask(number, "walls", officer="900105", reason="recused"))
    for tab in ("", "/timeline", "/transfers", "/notices", "/files", "/aid"):
        there, nowhere = handler.get(f"/petitions/{number}{tab}"), handler.get(f"/petitions/信2026-619926-999999{tab}")
        assert (404, there.text) == (there.status, nowhere.text)
        assert "独一无二的回避件" not in there.answer.text
    assert "独一无二的回避件" not in handler.get("/today").answer.text
    assert handler.send(form, department="D05").status == 404
    never = handler.send(reveal, at="/petitions/信2026-619926-999999/reveal")
    walled = handler.send(reveal)
    assert (404, never.text) == (walled.status, walled.text)


def test_nobody_is_let_in_by_trying(system: Stack) -> None:
    """Who has no account is told the same as who has another password, and after some tries to wait."""
    stack.account(system, "900106")
    answers = {}
    for login in ("900106", "nobody"):
        browser = Browser(system)
        # where a try takes longer than the wait before it, the tenth closes the login
        tries = (browser.send(browser.get("/login").forms[0], login=login, password="wrong").text for _ in range(11))
        first, waits = next(tries), next(each for each in tries if "多次有误" in each)
        assert "登录名或密码有误" in first
        answers[login] = [first, re.sub(r"请在 .+? 后再试", "", waits)]
    assert answers["900106"] == [each.replace("nobody", "900106") for each in answers["nobody"]]
    change(system, "signer", "DELETE FROM attempt")
    # and who only tries fills no disk
    assert [] == stored(system, "desk", "SELECT 1 FROM session WHERE officer IS NULL")


def test_a_form_of_another_site_does_nothing(window: Window, handler: Browser) -> None:
    """Nor one without this browser's own word, nor one whose address was changed: each is refused, and nothing done."""
    number = window.number()
    form = handler.get(f"/petitions/{number}").form("撤回")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}):
        assert handler.send(form, headers=headers).status == 403
    assert handler.send(form, csrf="0" * 64).status == 403
    assert handler.send(form, csrf="假").status == 403
    assert handler.send(form, seal="假").status == 403
    assert handler.send(form, href=f"/petitions/{window.number()}/withdraw").status == 403
    assert "已登记" in handler.get(f"/petitions/{number}").text


def test_what_every_answer_says(handler: Browser) -> None:
    """Nothing is kept, framed or fetched from elsewhere; a file of ours says its own digest."""
    for path in ("/login", "/today", "/petitions/信2026-619926-999999", "/nowhere"):
        headers = handler.get(path).answer.headers
        assert "no-store" == headers["Cache-Control"]
        assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]
        assert ("nosniff", "no-referrer", "same-origin") == tuple(
            headers[name] for name in ("X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
        )
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
        assert "waitress" not in str(headers).lower()


def test_a_role_that_needs_one_gives_its_second_factor_and_once(system: Stack) -> None:
    """The password alone opens nothing; a code is good for one login."""
    name, password, secret = stack.account(system, "900000")
    browser, other = Browser(system), Browser(system)
    half = browser.send(browser.get("/login").forms[0], login=name, password=password)
    assert "六位口令" in half.text
    assert "登录名" in browser.get("/today").text
    code = unused(name, secret)
    assert "今日" in browser.send(half.form("确定"), code=code).text
    half = other.send(other.get("/login").forms[0], login=name, password=password)
    assert "已用过" in other.send(half.form("确定"), code=code).text


def test_a_locked_screen_shows_nothing_until_the_password(system: Stack, window: Window, handler: Browser) -> None:
    """The session stays, the page comes back; who has another password stays outside."""
    number = window.number(title="独一无二的锁屏件")
    shown = handler.get(f"/petitions/{number}")
    locked = handler.send(shown.form("锁屏"))
    assert "已锁屏" in locked.text
    for path in (f"/petitions/{number}", "/today", "/sessions", "/login/code", "/login/password"):
        assert "独一无二的锁屏件" not in handler.get(path).answer.text
        assert "已锁屏" in handler.get(path).text
    assert "有误" in handler.send(locked.form("解锁"), password="wrong-wrong-wrong").text
    back = handler.send(locked.form("解锁"), password=stack.account(system, "900105")[1])
    assert "独一无二的锁屏件" in back.text


def test_what_was_to_open_a_lock_is_kept_by_nobody(system: Stack, handler: Browser) -> None:
    """Locked for longer than a login lasts: a password is no work that is sent again, and stands on no page."""
    name, password, _ = stack.account(system, "900105")
    locked = handler.send(handler.get("/today").form("锁屏"))
    change(system, "desk", "UPDATE session SET used_at = used_at - interval '31 minutes' WHERE officer = '900105'")
    asked = handler.send(locked.form("解锁"), password=password)
    assert "登录名" in asked.text
    after = handler.send(asked.forms[0], login=name, password=password)
    assert (True, False) == ("今日" in after.text, password in after.answer.text)


def test_what_meets_an_ended_login_is_sent_after_the_next(system: Stack, window: Window, handler: Browser) -> None:
    """Half an hour away, then 提交: log in, press once, and it is done as it was typed."""
    number = window.number()
    form = handler.get(f"/petitions/{number}").form("补正")
    change(system, "desk", "UPDATE session SET used_at = used_at - interval '31 minutes' WHERE officer = '900105'")
    asked = handler.send(form, lacking="独一无二的收据", means="post")
    assert "登录名" in asked.text
    assert "独一无二的收据" not in asked.answer.text
    name, password, _ = stack.account(system, "900105")
    again = handler.send(asked.forms[0], login=name, password=password)
    assert "独一无二的收据" in again.text
    assert "待补正" in handler.send(again.form("继续提交")).text


def test_a_draft_is_closed_and_comes_back_to_its_officer_alone(system: Stack, window: Window, handler: Browser) -> None:
    """What was typed and not sent is in no column in clear, is filled in again, and is gone once it is sent."""
    number = window.number()
    form = handler.get(f"/petitions/{number}").form("补正")
    saved = handler.send(form, at="/drafts", lacking="独一无二的草稿")
    assert saved.status == 204
    rows = stored(system, "desk", "SELECT content FROM draft")
    assert rows
    assert not [row for row in rows if "独一无二".encode() in bytes(row.content)]
    assert "独一无二的草稿" in handler.get(f"/petitions/{number}").form("补正").value("f.lacking~lines")
    other = Browser(system)
    other.login("900106")
    assert "独一无二的草稿" not in other.get(f"/petitions/{number}").answer.text
    handler.send(form, lacking="收据", means="post")
    assert "独一无二的草稿" not in handler.get(f"/petitions/{number}").answer.text


def test_forms_for_several_targets_have_drafts_of_their_own(window: Window, officer: Window, handler: Browser) -> None:
    """A reply of each kind goes to one address: what was typed of one is not filled in where another is written."""
    number = window.number()
    done(officer.act(number, "accept", department="D05", handler="900105"))
    one, other = (form for form in handler.get(f"/petitions/{number}").forms if form.button.startswith("答复"))
    assert one.value("form") != other.value("form")
    handler.send(one, at="/drafts", text="独一无二的程序性回复")
    one, other = (form for form in handler.get(f"/petitions/{number}").forms if form.button.startswith("答复"))
    assert ("独一无二的程序性回复", "") == (one.value("f.text~text"), other.value("f.text~text"))
    refused = handler.send(other, text="", means="post")
    assert [other.value("form")] == [form.value("form") for form in refused.forms if "form" in form.controls]


def test_out_is_out(system: Stack, handler: Browser) -> None:
    """Logging out, or ending it from another browser, leaves a cookie that opens nothing, here and at the signer."""
    other = Browser(system)
    other.login("900105")
    listed = other.get("/sessions")
    ends = [form for form in listed.forms if form.button.startswith("结束")]
    assert len(ends) >= 2
    for form in ends[1:]:  # the first is the one that was begun last, its own
        other.send(form)
    assert "登录名" in handler.get("/today").text
    handler.login("900105")
    cookie = handler.cookie
    handler.send(handler.get("/today").form("退出"))
    handler.cookie = cookie
    assert "登录名" in handler.get("/today").text


def test_an_account_and_a_password_need_two(system: Stack) -> None:
    """One asks, another approves, the third logs in with what was shown once and chooses a password of their own."""
    chief, operations = Browser(system), Browser(system)
    chief.login("900000")
    operations.login("900007")
    listed = operations.get("/accounts")
    assert listed.status == 200
    asked = operations.send(listed.form("提出申请"), kind="open", login="mao", officer="900111")
    assert "开立账户" in asked.text
    assert not [form for form in asked.forms if form.button == "批准"]
    waiting = chief.get("/accounts")
    shown = chief.send(waiting.form("批准"))
    once = next(word for word in shown.text.split() if word.count("-") == 3)
    browser = Browser(system)
    first = browser.send(browser.get("/login").forms[0], login="mao", password=once)
    assert "更改密码" in first.text
    assert "登录名" in browser.get("/today").text
    weak = browser.send(first.form("更改"), password=once, new="password1234", again="password1234")
    assert "容易被猜到" in weak.text
    own = f"月落乌啼 {uuid.uuid4().hex}"
    assert "戌承办" in browser.send(first.form("更改"), password=once, new=own, again=own).text
    handler = Browser(system)
    handler.login("900105")
    assert handler.get("/accounts").status == 403


def test_a_token_of_the_signer_says_when_somebody_proved_themselves(system: Stack) -> None:
    """Who is in the safe is shown after a second factor of minutes ago; what the signer signs is good for minutes."""
    keys = system.folder / "keys"
    url = f"{system.url('intake')}/openings/none/person"
    asked = {}
    for proved_at in (None, 0, int(today().strftime("%s"))):
        who = Officer(stack.OUR_AGENCY, "900105", frozenset({"handler"}), "D05", None, proved_at)
        token = issue(keys / "signer.key", stack.JURISDICTION, who, 300 / 3600)
        asked[proved_at] = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert asked[None].status_code == 401
    assert "second-factor" in asked[0].json()["type"]
    long = issue(
        keys / "signer.key", stack.JURISDICTION, Officer("A00", "900105", frozenset({"handler"}), "D05", None, 0), 1
    )
    assert requests.get(url, headers={"Authorization": f"Bearer {long}"}, timeout=10).status_code == 401


def test_the_first_administrator_is_made_by_command(system: Stack) -> None:
    """It prints a password for one login, and makes no second account of one number."""
    environment = {"DATABASE_URL": system.database("signer")}
    made = stack.command(
        system, "desk", "account", "create", "--login", "first", "--officer", "900109", settings=environment
    )
    assert made.returncode == 0, made.stderr
    browser = Browser(system)
    shown = browser.send(browser.get("/login").forms[0], login="first", password=made.stdout.strip())
    assert "更改密码" in shown.text
    again = stack.command(
        system, "desk", "account", "create", "--login", "other", "--officer", "900109", settings=environment
    )
    assert again.returncode == 1
    assert "已有账户" in again.stderr


def test_the_window_registers_and_hands_the_code_over(system: Stack) -> None:
    """Refused beside the field with all that was typed; then the number, and its code for as long as it takes."""
    window = Browser(system)
    window.login("900100")
    form = window.get("/register").form("登记并打印回执")
    person = {"petitioner.name": "石大川", "petitioner.phone": "19900001208", "petitioner.resident_id": "12"}
    matter = {"title": "独一无二的登记", "statement": "欠我们工资", "kind": "claim", "line": "support_prosecution"}
    refused = window.send(form, channel="visit", **person, **matter)
    assert refused.status == 422
    assert "身份证号" in refused.text
    again = refused.form("登记并打印回执")
    assert "独一无二的登记" == again.value("f.title~line")
    made = window.send(again, **{"petitioner.resident_id": "619926198503120014"})
    assert "已登记" in made.text
    number = next(word for word in made.text.split() if word.startswith("信"))
    assert "查询码" in made.text
    assert len([form for form in made.forms if form.button == "已交给信访人"]) == 1
    twice = window.send(again, **{"petitioner.resident_id": "619926198503120014"})
    assert number in twice.text
    handed = window.send(made.form("已交给信访人"))
    assert "查询码不再显示" in handed.text
    assert "visit" in window.get("/register").form("登记并打印回执").controls["f.channel~choice"].values
    receipt = window.get(made.link("收件回执"))
    assert (200, "sandbox" in receipt.answer.headers["Content-Security-Policy"]) == (receipt.status, True)


def test_what_begins_with_nothing_is_drawn_by_itself(system: Stack) -> None:
    """A call that becomes no petition yet: the form is the service's, the page has no line of its own for it."""
    window = Browser(system)
    window.login("900100")
    form = next(each for each in window.get("/new/contact").forms if "f.text~text" in each.controls)
    shown = window.send(form, channel="call", text="独一无二的来电", name="孙长根", phone="19900001209")
    assert shown.status == 200
    waiting = window.get("/today/intake/contacts")
    assert "来电待处理" in waiting.text
    # what it says is read where it is decided
    read = [window.get(address) for address, zh in waiting.links if zh == "办理"]
    assert any("独一无二的来电" in each.text for each in read)


def test_a_number_in_full_is_on_the_trail(window: Window, handler: Browser) -> None:
    """With stars everywhere but on the page that was asked for it, which the service has written down."""
    number = window.number()
    shown = handler.get(f"/petitions/{number}")
    assert PETITIONER["phone"] not in shown.answer.text
    full = handler.send(shown.form("显示电话"))
    assert PETITIONER["phone"] in full.text
    assert "petition.revealed.v1" in window.steps(number)


def test_what_a_token_may_say_is_asked_by_the_signer_alone(system: Stack) -> None:
    """No officer reads it, and the signer's own token opens nothing else."""
    url = f"{system.url('intake')}/officers/900000/roles"
    ask = lambda token, at=url: requests.get(at, headers={"Authorization": f"Bearer {token}"}, timeout=10)  # noqa: E731
    signer = stack.token(system, "system", "signer")
    assert {"number": "900000", "roles": ["chief"], "second_factor": True} == {
        name: ask(signer).json()[name] for name in ("number", "roles", "second_factor")
    }
    assert ask(signer, url.replace("900000", "nobody")).status_code == 404
    for role in ("window", "chief", "operations"):
        assert ask(stack.token(system, role)).status_code == 403
    for path in ("/officers", "/petitions", "/worklist", "/departments"):
        assert ask(signer, system.url("intake") + path).status_code == 403


def test_a_list_is_asked_for_as_the_last_time(handler: Browser) -> None:
    """The toggle of 今日 stays until it is changed, in this login alone."""
    handler.get("/today?scope=mine")
    again = handler.get("/today")
    assert 'scope=mine" aria-current="true"' in again.answer.text
    assert 'scope=mine" aria-current="true"' not in handler.get("/today?clear=1").answer.text


def test_a_narrowed_list_is_kept_by_a_name(system: Stack, handler: Browser) -> None:
    """Of its officer and its list alone, closed where it rests, and gone when it is not wanted."""
    narrowed = handler.get("/flow?line=support_prosecution&clear=1")
    kept = handler.send(narrowed.form("保存"), name="独一无二的筛选")
    link = kept.link("独一无二的筛选")
    assert "line=support_prosecution" in link
    assert "独一无二的筛选" in handler.get("/flow?clear=1").text
    assert "独一无二的筛选" not in handler.get("/officers?clear=1").text
    kept_names = stored(system, "desk", "SELECT content FROM saved")
    assert kept_names
    assert not [row for row in kept_names if "独一无二".encode() in bytes(row.content)]
    other = Browser(system)
    other.login("900106")
    assert "独一无二的筛选" not in other.get("/flow").text
    gone = next(form for form in handler.get(link).forms if form.action == "/saved/drop")
    assert "独一无二的筛选" not in handler.send(gone, name="独一无二的筛选").text
    handler.get("/flow?clear=1")


def test_a_page_that_asks_by_itself_keeps_nobody_in(system: Stack, handler: Browser) -> None:
    """Half an hour before an empty chair ends the login, whatever the page polls."""
    change(system, "desk", "UPDATE session SET used_at = used_at - interval '29 minutes' WHERE officer = '900105'")
    assert handler.get("/today/count").status == 200
    change(system, "desk", "UPDATE session SET used_at = used_at - interval '2 minutes' WHERE officer = '900105'")
    assert "登录名" in handler.get("/today").text


def test_a_second_factor_begins_with_the_password(system: Stack) -> None:
    """Whoever found the screen open tells no authenticator of their own what it is reckoned from."""
    name, password, _ = stack.account(system, "900103")
    browser = Browser(system)
    browser.login("900103")
    begun = browser.get("/login/code")
    key = begun.text.partition("密钥 ")[2].split()[0]
    without = browser.send(begun.form("确定"), code=unused(name, key), password="wrong-wrong-wrong")
    assert "有误" in without.text
    assert "今日" in browser.send(without.form("确定"), code=unused(name, key), password=password).text
    change(system, "signer", "DELETE FROM account WHERE login = '900103'")


def test_no_page_shows_the_name_of_a_field(system: Stack) -> None:
    """A refusal names its field by standing beside it, in the words that an officer reads."""
    window = Browser(system)
    window.login("900100")
    form = window.get("/register").form("登记并打印回执")
    typed = {
        "petitioner.name": "石大川",
        "petitioner.phone": "12",
        "statement": "讨薪",
        "kind": "claim",
        "line": "other",
    }
    refused = window.send(form, channel="visit", **typed)
    assert "电话号码不正确" in refused.text
    assert "petitioner.phone" not in refused.text


@pytest.fixture
def officer(system: Stack) -> Window:
    return Window(system, "handler", "900105", department="D05")


@pytest.fixture
def clerk(system: Stack) -> Browser:
    browser = Browser(system)
    browser.login("900100")
    return browser


def test_what_is_typed_is_checked_before_it_has_a_number(window: Window, clerk: Browser) -> None:
    """核对 with a script and without: what it would come to, all that was typed, and no petition of it."""
    form = clerk.get("/register").form("登记并打印回执")
    typed = {
        "title": "独一无二的核对",
        "statement": "村支书收了我三千元现金才给盖章",
        "petitioner.phone": "19900007730",
    }
    checked = clerk.send(form, at="/register/check", **typed)
    assert checked.status == 200
    assert "检举控告" in checked.text
    assert "机要信封" in checked.text
    assert "现金" in checked.text.partition("依据")[2]
    again = checked.form("登记并打印回执")
    assert typed["title"] == again.value("f.title~line")
    assert form.value("key") == again.value("key")
    part = clerk.send(form, at="/register/check", headers={"HX-Request": "true"}, **typed)
    assert ("检举控告" in part.text, "<html" in part.answer.text) == (True, False)
    person = {"petitioner.name": "商陆白", "petitioner.phone": "19900007741"}
    assert "可能相同" not in clerk.send(form, at="/register/check", **person).text
    came = window.number(petitioner=PETITIONER | {"name": "商陆白", "phone": "19900007741", "resident_id": None})
    alike = clerk.send(form, at="/register/check", **person).text
    assert [True, True] == [each in alike.partition("可能相同")[2] for each in (came, "电话相同")]
    more = {"channel": "visit", "service_point": "12309", "statement": "独一无二的补充", "to": came}
    asked = clerk.send(form, at="/register/join", **person, **more)
    joins = next(each for each in asked.forms if "f.petition~code" in each.controls)
    assert came == joins.value("f.petition~code")
    assert came in clerk.send(joins, joining="supplement").text
    assert 1 == str(window.steps(came)).count("joined")
    wrong = clerk.send(form, at="/register/check", **typed | {"received_on": "2099-01-01"})
    assert (422, "收到日期" in wrong.text.partition("核对")[2]) == (wrong.status, True)
    assert "没有找到" in clerk.send(clerk.get("/find").form("查找"), q=typed["petitioner.phone"]).text
    clerk.cookie = ""
    assert clerk.send(form, at="/register/check", headers={"HX-Request": "true"}, **typed).status == 401


def test_who_came_before_is_found_and_stands_in_no_address(window: Window, clerk: Browser, handler: Browser) -> None:
    """By the box of any page, with why; behind a wall the page is the one on which nothing was found."""
    number = window.number(petitioner=PETITIONER | {"name": "独孤晚照", "phone": "19900007719", "resident_id": None})
    box = next(each for each in clerk.get("/today").forms if each.action == "/find")
    found = clerk.send(box, **{"f.q~line": "19900007719"})
    assert [True, True, True] == [each in found.text for each in (number, "独孤晚照", "电话相同")]
    assert "19900007719" not in found.url
    assert clerk.get(found.link(number)).status == 200
    assert number in clerk.get("/find?last=1").text
    nothing = clerk.send(found.form("查找"), q="19900007718")
    assert (True, False) == ("没有找到" in nothing.text, number in nothing.text)
    narrowed = clerk.send(found.form("查找"), q="19900007719", kind="accusation")
    assert number not in narrowed.text
    seen = handler.send(handler.get("/find").form("查找"), q=number)
    assert number in [text for _, text in seen.links]
    done(window.ask(number, "walls", officer="900105", reason="recused"))
    walled = handler.send(seen.form("查找"), q="独孤晚照")
    nowhere = handler.send(seen.form("查找"), q="独孤晚早")
    assert walled.text.replace("独孤晚照", "") == nowhere.text.replace("独孤晚早", "")


def referred(window: Window, officer: Window, title: str, many: int) -> tuple[list[str], list[str]]:
    """Petitions, and the handover of each, which nobody has signed for."""
    numbers, handed = [window.number(title=f"{title}{which}") for which in range(many)], []
    for number in numbers:
        done(officer.act(number, "accept", department="D05", handler="900105"))
        done(officer.refer(number, "A12"))
        handed.append(window.referral(number)["number"])
    return numbers, handed


def pressed(shown: Shown, button: str) -> Drawn:
    """The form of what is done with a batch."""
    return next(each for each in shown.forms if each.button.startswith(button))


@pytest.mark.long
def test_what_a_service_did_not_answer_goes_on(
    system: Stack, window: Window, officer: Window, handler: Browser
) -> None:
    """Where it stood, and none twice; what is out of sight by then has no number, and at rest none has."""
    numbers, referrals = referred(window, officer, "独一无二的批量", 2)
    asked = handler.get(f"/flow/together?{urlencode({'action': 'urge', 'of': referrals}, doseq=True)}")
    with held(system):
        assert "/batches" in handler.send(asked.form("催办 2 件")).url
        away = until(lambda: (shown := handler.get("/batches")) and "没有回应" in shown.text and shown, "it stands")
    assert "已办理 0 件，2 件还没有办" in away.text
    handler.send(pressed(away, "继续办理"))
    kept = until(lambda: (shown := handler.get("/batches")) and "已办理 2 件" in shown.text and shown, "both are urged")
    assert [1, 1] == [window.referral(each)["urged"] for each in numbers]
    assert all(each in kept.text for each in numbers)
    done(window.ask(numbers[0], "walls", officer="900105", reason="recused"))
    shown = handler.get("/batches").text
    assert (True, False, True) == ("编号现在不能显示" in shown, numbers[0] in shown, numbers[1] in shown)
    rows = stored(system, "desk", "SELECT content FROM batch")
    assert rows
    assert not [row for row in rows if numbers[1].encode() in bytes(row.content)]
    handler.send(pressed(kept, "已阅"))


def test_several_are_urged_at_once(system: Stack, window: Window, officer: Window, handler: Browser) -> None:
    """From the list to a page that says how many and which, then each once, and none twice for a second press."""
    numbers, referrals = referred(window, officer, "独一无二的流转", 2)
    until(lambda: all(each in handler.get("/flow").text for each in numbers), "both are listed")
    listed = handler.get("/flow?tab=unsigned&clear=1")
    assert listed.status == 200
    assert "独一无二的流转0" in listed.text
    chosen = next(form for form in listed.forms if form.button.startswith("催办"))
    asked = handler.send(chosen, of=referrals, action="urge")
    assert "催办：2 件" in asked.text
    assert all(each in asked.text for each in numbers)
    begun = handler.send(asked.form("催办 2 件"))
    assert "催办 2 件" in begun.text
    handler.send(asked.form("催办 2 件"))
    kept = until(lambda: (shown := handler.get("/batches")) and "已办理 2 件" in shown.text and shown, "both are urged")
    assert [1, 1] == [window.referral(each)["urged"] for each in numbers]
    forged = handler.send(asked.form("催办 2 件"), action="recall")
    assert forged.status == 404
    # it is their officer's alone, and stays until it was read
    other = Browser(system)
    other.login("900106")
    theirs = other.get("/batches")
    assert numbers[0] not in theirs.text
    drop = pressed(kept, "已阅")
    other.send(drop, csrf=theirs.forms[0].value("csrf"))
    assert numbers[0] in handler.get(handler.get("/today").link("批量办理")).text
    assert numbers[0] not in handler.send(drop).text
    assert handler.get("/flow?inbound=true&clear=1").status == 200
    # a hundred rows of a list are not heavier than 60 KB
    for path in ("/flow?clear=1", "/officers?clear=1"):
        frame, _, rest = handler.get(path).answer.text.partition("<tbody>")
        rows, _, after = rest.partition("</tbody>")
        assert len((frame + after).encode()) + 100 * len(rows.encode()) / rows.count("<tr>") <= 60_000


def test_calls_are_made_one_at_a_time(window: Window, officer: Window, handler: Browser) -> None:
    """What to say and a press for what came of it; then the next one, and the notice says how it ended."""
    number = window.number(petitioner=PETITIONER | {"sms_consent": False, "name": "甘棠树"})
    done(officer.act(number, "accept", department="D05", handler="900105"))

    def waits() -> Any:
        shown = handler.get("/notices/calls")
        while number not in shown.text and any("下一个" in text for _, text in shown.links):
            shown = handler.get(shown.link("下一个"))
        return shown if number in shown.text else None

    call = until(waits, "a call that may be made")
    assert PETITIONER["phone"] not in call.answer.text
    form = next(each for each in call.forms if each.action == "/act")
    after = handler.send(form, **{"f.outcome~choice": "told"})
    assert (200, False) == (after.status, str(form.value("href")) in after.answer.text)
    assert "已" in handler.get(f"/petitions/{number}/notices").text.partition("短信和电话")[2]
    assert handler.get("/notices").status == 200


def test_one_sheet_for_who_leads(system: Stack, window: Window, officer: Window, handler: Browser) -> None:
    """Five panels, by titles and officers; what a call refuses is not there, and only who leads has it in the menu."""
    number = late(window, title="独一无二的包案件")
    done(officer.act(number, "accept", department="D05", handler="900105"))
    done(window.act(number, "risk", facts=["threat_to_life"]))
    leader, chief = Browser(system), Browser(system)
    leader.login("900003")
    chief.login("900000")
    shown = chief.get(chief.get("/today").link("院领导"))
    for panel in ("红色", "逾期和到期", "包案", "两率", "待批"):
        assert panel in shown.text
    assert number in shown.text
    assert PETITIONER["name"] not in shown.answer.text
    assert "程序性回复" in shown.text
    assert leader.get("/chief").status == 200
    assert "院领导" not in [text for _, text in handler.get("/today").links]
    done(officer.ask(number, "walls", officer="900000", reason="recused"))
    assert number not in chief.get("/chief").answer.text


def test_a_day_of_receiving_is_planned_and_booked(system: Stack, window: Window, clerk: Browser) -> None:
    """From nothing to a place on a leader's day, by what the service describes; and 包案 by who leads."""
    number = window.number(title="独一无二的接访件")
    plan = next(each for each in clerk.get("/new/reception").forms if "f.leader~code" in each.controls)
    day = (today() + timedelta(days=23)).isoformat()
    clerk.send(plan, day=day, leader="900004", places="3", room="独一无二的接待室")
    listed = clerk.get("/receptions")
    assert "独一无二的接待室" in listed.text
    days = done(window.request("GET", "/receptions", params={"leader": "900004", "day_from": day}))["receptions"]
    books = f"receptions/{days[0]['reception']}/bookings"
    book = clerk.get(next(address for address, zh in listed.links if zh == "预约接访" and books in unquote(address)))
    booked = clerk.send(next(each for each in book.forms if "f.petition~code" in each.controls), petition=number)
    assert number in booked.text
    assert "独一无二的接访件" in clerk.get("/receptions").text
    leads = Browser(system)
    leads.login("900003")
    assert leads.get("/led").status == 200
    assert clerk.get("/led").status == 403


def test_the_offices_list_and_handing_over(system: Stack, window: Window, officer: Window, handler: Browser) -> None:
    """A leave is entered by who may; work goes to another only after its preview; others see no such thing."""
    head = Browser(system)
    head.login("900108")
    listed = head.get("/officers?department=D05")
    assert "辰承办" in listed.text
    one = head.get("/officers/900106")
    since, until_ = (today() + timedelta(days=days) for days in (40, 41))
    form = next(each for each in one.forms if "f.since~date" in each.controls and "f.until~date" in each.controls)
    assert head.send(form, since=since.isoformat(), until=until_.isoformat()).status == 200
    assert f"{since:%m-%d}" in head.get("/officers?department=D05").text
    number = window.number()
    done(officer.act(number, "accept", department="D05", handler="900105"))
    form = head.get("/handover").form("预览，不作变更")
    asked = head.send(form, handler="900105", to="900106", reason="leave", petitions=number)
    assert "将交接 1 件" in asked.text
    assert "900105" == window.look(number)["handler"]
    given = next(each for each in asked.forms if each.action == "/handover/preview")
    moved = head.send(given, at="/handover")
    assert "已交接 1 件" in moved.text
    assert "900106" == window.look(number)["handler"]
    assert "f.since~date" not in handler.get("/officers/900106").answer.text


def test_operations_see_how_it_stands_and_no_content(system: Stack, handler: Browser) -> None:
    """Counts and envelopes of every service; nobody else has such a page."""
    operations = Browser(system)
    operations.login("900007")
    shown = operations.get(operations.get("/accounts").link("运行"))
    for service in ("intake", "referral", "aid", "notify"):
        assert service in shown.text
        assert operations.get(f"/running/{service}").status == 200
    assert "停住的通道" in shown.text
    for path in ("/running", "/running/intake"):
        assert handler.get(path).status == 403
