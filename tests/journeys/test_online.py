"""网上信访: as a browser without a script sends it from the internet, to the one officer who reads it, and back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from county import PETITIONER, Window, becomes, done
from pages import Browser, stored
from sqlalchemy import create_engine, text
from visitor import PDF, TRIAGE, WRONG, Visitor, code_on, decide_all, waiting

from contracts import enclosure
from tools.dev.stack import Stack


@pytest.fixture
def visitor(system: Stack) -> Visitor:
    return Visitor(system)


@pytest.fixture
def triage(system: Stack) -> Window:
    return Window(system, "window", TRIAGE, department="D05", service_point="12309")


@pytest.fixture
def another(system: Stack) -> Window:
    return Window(system, "window", "900100", department="D05", service_point="12309")


@pytest.fixture(autouse=True)
def nothing_waits(system: Stack) -> Iterator[None]:
    yield
    decide_all(system)


def undecided(officer: Window) -> list[str]:
    rows = done(officer.request("GET", "/contacts", params={"undecided": "true", "channel": "online"}))["contacts"]
    return [each["contact"] for each in rows]


def the_one(officer: Window, before: list[str]) -> str:
    """What came since."""
    (found,) = [each for each in undecided(officer) if each not in before]
    return found


def becomes_a_petition(officer: Window, contact: str, **changes: Any) -> dict[str, Any]:
    return done(officer.register(contact=contact, channel="online", **changes))


def everywhere(system: Stack, *words: str) -> list[str]:
    """The tables of intake's database in which one of the words stands."""
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        look = "SELECT count(*) FROM {} AS row WHERE row::text LIKE :word"
        found = [
            table
            for table in tables
            for word in words
            if connection.scalar(text(look.format(table)), {"word": f"%{word}%"})
        ]
    engine.dispose()
    return found


def test_a_claim_comes_in_is_decided_and_looked_up(
    system: Stack, visitor: Visitor, triage: Window, another: Window
) -> None:
    """With a file; one officer alone reads it, in the box of what waits; then it is a petition with its own code."""
    before = undecided(triage)
    code = code_on(visitor.writes(PDF, text="网上来件一：请帮我们讨工钱。"))
    contact = the_one(triage, before)
    # nobody else, whatever their role: no list, no reading, no deciding, no file
    assert contact not in undecided(another)
    for officer in (another, Window(system, "chief", "900000"), Window(system, "handler", "900105", department="D05")):
        assert 403 == officer.request("GET", f"/contacts/{contact}").status_code
        assert contact not in officer.request("GET", "/contacts").text
    assert 403 == becomes(another, contact, "consultation", answer="x").status_code
    assert 403 == another.register(contact=contact).status_code
    shown = done(triage.request("GET", f"/contacts/{contact}"))
    assert ("网上来件一：请帮我们讨工钱。", "石大川", "申诉求决") == (shown["text"], shown["name"], shown["kind_zh"])
    assert "19900001208" not in str(shown)
    (file,) = shown["files"]
    path = f"/contacts/{contact}/files/{file['sha256']}"
    assert (PDF[0], PDF[1]) == (file["name"], triage.request("GET", path).content)
    assert 403 == another.request("GET", path).status_code
    desk = Browser(system)
    desk.login(TRIAGE)
    assert [each for each in waiting(desk) if "网上来件一" in each.text and PDF[0] in each.text]
    # it becomes a petition: its code is the one that was shown, and the officer is shown none
    assert "正在由专人审阅" in visitor.comes_back(code).text
    made = becomes_a_petition(triage, contact)
    assert made["query_code"] is None
    back = visitor.comes_back(code.replace("-", "").lower())
    assert made["number"] in back.text
    assert "已登记，正在审查" in visitor.send(back.form("查看办理进展")).text
    assert [file["sha256"]] == [each["sha256"] for each in Window(system).look(made["number"])["files"]]
    assert 404 == triage.request("GET", path).status_code
    read = Window(system).request("GET", f"/petitions/{made['number']}/files/{file['sha256']}")
    assert PDF[1] == read.content


def test_who_signs_nothing_comes_back_by_the_code(visitor: Visitor, triage: Window) -> None:
    """A proposal by nobody; a file later; the answer is for who has the code, and then nothing can be added."""
    before = undecided(triage)
    form = visitor.get("/online/entry").form("提交")
    # what else was typed is not sent on: nobody is nobody
    code = code_on(visitor.writes(form=form, kind="proposal", who="anonymous", text="建议给公交站加个棚。"))
    contact = the_one(triage, before)
    assert (None, None) == tuple(
        done(triage.request("GET", f"/contacts/{contact}"))[name] for name in ("name", "phone")
    )
    added = visitor.hands_in(visitor.comes_back(code).form("上传附件"), PDF)
    assert "附件已收到" in added.text
    assert "附件1 份" in added.text
    assert becomes(triage, contact, "consultation", answer="已转交通部门考虑，谢谢。").ok
    back = visitor.comes_back(code)
    assert "已转交通部门考虑，谢谢。" in back.text
    assert not [each for each in back.forms if each.button == "上传附件"]
    late = visitor.hands_in(added.form("上传附件"), ("a.png", b"\x89PNG\r\n\x1a\n" + b"x", "image/png"))
    assert "不能再补充附件" in late.text
    wrong = visitor.comes_back(WRONG)
    assert (404, "没有查到，请核对查询码。") == (wrong.status, re.search(r"没有查到[^。]*。", wrong.text)[0])  # type: ignore[index]


def test_a_report_on_an_official_is_sent_away(system: Stack, visitor: Visitor, triage: Window) -> None:
    """By the first question, before a word can be typed; and by its words, of which nothing stays."""
    before, contacts = undecided(triage), stored(system, "intake", "SELECT count(*) FROM contact")
    sent = visitor.get(visitor.get("/online").link("是，反映国家工作人员"))
    assert [] == sent.forms
    for way in ("12388", "检察长亲收", "到检察服务中心"):
        assert way in sent.text
    said = "石桥镇周某利用职务便利索贿独一无二两万元，收受贿赂。"
    away = visitor.writes(text=said)
    assert (409, True) == (away.status, "内容没有提交，也没有保存" in away.text)
    assert contacts == stored(system, "intake", "SELECT count(*) FROM contact")
    assert [] == everywhere(system, "独一无二两万元")
    assert "独一无二两万元" not in "".join(each.read_text() for each in (system.folder / "log").glob("*.log"))
    # whoever says that it is about no official goes on
    code_on(visitor.send(away.form("不是，照原样提交")))
    shown = done(triage.request("GET", f"/contacts/{the_one(triage, before)}"))
    assert said == shown["text"]


def test_who_asks_for_secrecy_is_in_the_safe_at_once(system: Stack, visitor: Visitor, triage: Window) -> None:
    """Nobody reads who it is, not even who reads what was said; it is looked up like any; opening it takes two."""
    before = undecided(triage)
    code = code_on(visitor.writes(who="secret", name="隐姓埋名甲", phone="19900005511", text="请给我保密：低保停了。"))
    contact = the_one(triage, before)
    shown = done(triage.request("GET", f"/contacts/{contact}"))
    assert (None, None, [], True) == tuple(shown[each] for each in ("name", "phone", "reveals", "secrecy"))
    assert "请给我保密" in shown["text"]
    assert 409 == triage.request("POST", f"/contacts/{contact}/reveals", json={}).status_code
    safe = f"SELECT count(*) FROM sealed_person WHERE petition = '{contact}'"
    assert [(1,)] == [tuple(each) for each in stored(system, "intake", safe)]
    assert [] == everywhere(system, "隐姓埋名甲", "19900005511")
    # into a petition that more people read it cannot go
    assert 409 == becomes(triage, contact, "join", petition=triage.number(), joining="supplement").status_code
    made = becomes_a_petition(triage, contact, petitioner=None, anonymous=True, title="低保停发", respondents=[])
    number = made["number"]
    assert (True, False, "sealed") == (made["secrecy"], made["anonymous"], made["reach"])
    assert [(0,)] == [tuple(each) for each in stored(system, "intake", safe)]
    assert [] == everywhere(system, "隐姓埋名甲", "19900005511")
    assert number in visitor.comes_back(code).text
    handler, chief = Window(system, "handler", "900105", department="D05"), Window(system, "chief", "900000")
    opening = done(
        handler.request("POST", f"/petitions/{number}/openings", json={"purpose": "verify", "reason": "核实"})
    )
    done(chief.request("POST", f"/openings/{opening['opening']}/approve", json={}))
    person = done(handler.request("GET", f"/openings/{opening['opening']}/person"))["person"]
    assert ("隐姓埋名甲", "19900005511") == (person["name"], person["phone"].removeprefix("+86"))


def test_pressed_twice_it_is_one(visitor: Visitor, triage: Window) -> None:
    """The same code; other words under the same form are not taken for it, and are not lost unsaid."""
    before = undecided(triage)
    form = visitor.get("/online/entry").form("提交")
    codes = {code_on(visitor.writes(PDF, form=form, text="按了两次")) for _ in range(2)}
    contact = the_one(triage, before)
    assert 1 == len(codes)
    assert 1 == len(done(triage.request("GET", f"/contacts/{contact}"))["files"])
    other = visitor.writes(form=form, text="另一件事")
    assert (409, True) == (other.status, "这份表已经提交过" in other.text)


def test_what_is_missing_is_said_and_what_was_typed_stays(visitor: Visitor, triage: Window) -> None:
    """Each in a sentence, nothing entered; a phone that is none; a file of another kind, by name or bytes."""
    before = undecided(triage)
    empty = visitor.writes(kind="", who="", name="", phone="", sure="", text="")
    assert (422, True) == (empty.status, all(each in empty.text for each in ("诉求还是建议", "署名、要求保密", "写明")))
    unsure = visitor.writes(PDF, sure="", phone="", text="写好的字")
    assert "请勾选确认" in unsure.text
    assert "附件没有保存，请重新选择" in unsure.text
    assert ["写好的字"] == unsure.form("提交").controls["text"].values
    assert "电话" in visitor.writes(phone="12").text
    assert "附件只收" in visitor.writes(("a.exe", b"MZ", "application/pdf")).text
    assert "最多 5 份" in visitor.writes(*[PDF] * 6).text
    assert before == undecided(triage)
    # what says it is a picture and is a program: the entry is there, and of the file it is said
    fake = visitor.writes(("照片.jpg", b"MZ" * 100, "image/jpeg"))
    assert "没有收下 照片.jpg" in fake.text
    assert "附件0 份" in visitor.comes_back(code_on(fake)).text


def test_a_text_of_many_lines_is_as_long_as_the_browser_counts(visitor: Visitor) -> None:
    """A browser sends two characters for a line's end and lets five thousand be typed, each end one of them."""
    code_on(visitor.writes(text="\r\n".join("行" * 2_500)))
    assert "内容最长 5000 字" in visitor.writes(text="行" * 5_001).text


def test_how_much_may_come_with_it_is_what_intake_says(visitor: Visitor) -> None:
    """On the form and where more is handed in."""
    most = f"最多 {enclosure.MOST_OF_ENTRY} 份，合计 {enclosure.LARGEST_ZH}"
    code = code_on(visitor.writes())
    assert most in visitor.get("/online/entry").text
    assert most in visitor.comes_back(code).text


def test_larger_letters_keep_what_was_found(visitor: Visitor, triage: Window) -> None:
    """Whoever cannot read the answer does not type the code again; nor of a petition."""
    before = undecided(triage)
    code = code_on(visitor.writes())
    number = becomes_a_petition(triage, the_one(triage, before))["number"]
    for found, said in ((visitor.comes_back(code), "已登记为信访件"), (visitor.asked(number, code), "正在审查")):
        assert "标准字" not in found.text
        large = visitor.send(found.form("大字"), view="large")
        assert (200, True, True) == (large.status, 'class="large"' in large.answer.text, said in large.text)
        again = visitor.send(large.form("标准字"), view="")
        assert (False, True) == ('class="large"' in again.answer.text, said in again.text)


def test_every_page_is_small_and_has_no_script(visitor: Visitor) -> None:
    """15 KB with its style; no cookie; nobody's name on the way back."""
    code = code_on(visitor.writes())
    pages = [visitor.get(each) for each in ("/online", "/online/officials", "/online/entry", "/online/back")]
    pages += [visitor.comes_back(code), visitor.writes(text="")]
    style = len(visitor.get("/static/public.css").answer.content)
    for each in pages:
        assert len(each.answer.content) + style <= 15_000
        assert "<script" not in each.answer.text
        assert "Set-Cookie" not in each.answer.headers
    assert PETITIONER["name"] not in pages[4].text
