"""What is printed for the petitioner: only what has happened, only what who prints may read, nothing that runs."""

from typing import Any

import pytest
from county import BOXES, PETITIONER, Agency, Window, done, until

from tools.dev.stack import Stack

EVIL = "<script>alert(1)</script>石某 & 家人"


def page(window: Window, number: str, kind: str) -> str:
    answer = window.request("GET", f"/petitions/{number}/documents/{kind}")
    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.headers["Content-Type"]), answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    answer.encoding = "utf-8"
    return answer.text


def kinds(window: Window, number: str) -> list[str]:
    found = window.request("GET", f"/petitions/{number}/documents").json()["documents"]
    return [each["kind_zh"] for each in found]


def test_a_claims_papers_from_receipt_to_reply(system: Stack) -> None:
    """Each when its step was made; the reply with its result and remedy; a name with markup in it stays a name."""
    window, agency = Window(system), Agency(system, "A12")
    number = window.number(petitioner=PETITIONER | {"name": EVIL}, title="讨薪 <b>11.6万</b>")
    assert ["收件回执"] == kinds(window, number)
    receipt = page(window, number, "receipt")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;石某 &amp; 家人：" in receipt
    assert "<script" not in receipt
    assert number in receipt
    assert 409 == window.request("GET", f"/petitions/{number}/documents/reply").status_code
    assert 404 == window.request("GET", f"/petitions/{number}/documents/poem").status_code
    done(window.act(number, "accept", department="D05", route="litigation"))
    accepted = page(window, number, "accepted")
    assert "第五检察部" in accepted
    assert "你有权申请回避" in accepted
    done(window.refer(number, "A12"))
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    until(lambda: "移送告知书" in kinds(window, number), "sent")
    assert "尚未签收" in page(window, number, "transfer")
    for step, data in (("signed", {}), ("accepted", {}), ("answered", {"result": "supported", "text": "已付"})):
        agency.reply(step, offer["referral"], **data)
    until(lambda: "referral.answered.v1" in window.steps(number), "answered")
    transfer = page(window, number, "transfer")
    assert "县教育局" in transfer
    assert offer["referral"] in transfer
    done(window.act(number, "replies", kind="progress_reply", means="post", text="正在核对工资表。"))
    assert "正在核对工资表。" in page(window, number, "progress")
    done(window.act(number, "liability", **BOXES))
    done(window.act(number, "conclude", result="supported"))
    done(window.act(number, "replies", kind="outcome_reply", means="post", text="查明欠薪属实。\n应予支持。"))
    reply = page(window, number, "reply")
    for words in ("讨薪 &lt;b&gt;11.6万&lt;/b&gt;", "查明欠薪属实。", "三、结论：支持", "依照诉讼程序"):
        assert words in reply


@pytest.mark.parametrize(
    ("action", "body", "kind", "words"),
    [
        ("material-asked", {"lacking": ["身份证复印件", "劳动合同"], "means": "post"}, "material", "2. 劳动合同"),
        ("not-accept", {"reason": "under_handling"}, "not_accepted", "参照《信访工作条例》第十九条第三款"),
        ("not-accept", {"reason": "out_of_time"}, "not_accepted", "本文书所引依据未核验"),
        ("guide", {"to": "A10"}, "guidance", "县人民法院"),
    ],
)
def test_what_is_told_instead_of_acceptance(
    system: Stack, action: str, body: dict[str, Any], kind: str, words: str
) -> None:
    """What is lacking, why not and what one can do, or where to go and with which papers."""
    window = Window(system)
    number = window.number()
    done(window.act(number, action, **body))
    assert words in page(window, number, kind)


def test_who_accuses_is_told_of_false_accusation_and_a_paper_cites_its_lines_law(system: Stack) -> None:
    """刑诉法 111(2), both halves, of accusations alone; a supervision is accepted by its own rules."""
    window = Window(system)
    accusation = window.number(kind="accusation", line="complaint_appeal", sub_line="procedure_complaint")
    claim = window.number(line="civil_supervision", sub_line="enforcement")
    told = {number: "与诬告严格区别" in page(window, number, "receipt") for number in (accusation, claim)}
    assert {accusation: True, claim: False} == told
    done(window.act(claim, "accept", department="D05"))
    accepted = page(window, claim, "accepted")
    assert "依据《人民检察院民事诉讼监督规则》第二十六条、第三十二条第一项予以受理" in accepted
    assert "未核验" not in accepted


def test_the_window_prints_what_it_may_know_and_a_secret_has_no_name(system: Stack) -> None:
    """Who may not read what was said does not read it off the paper either; a paper is left lying about."""
    window, handler = Window(system, "window", "900100"), Window(system, "handler", "900105", department="D05")
    number, secret = window.number(), window.number(secrecy=True)
    for officer in (window, handler):
        assert PETITIONER["name"] in page(officer, number, "receipt")
        assert PETITIONER["name"] not in page(officer, secret, "receipt")
    done(window.act(number, "material-asked", lacking=["身份证复印件"], means="post"))
    assert "身份证复印件" not in page(window, number, "material")
    clerk = Window(system, "station", "900120", service_point="SP-QINGXI")
    assert 403 == clerk.request("GET", f"/petitions/{number}/documents/receipt").status_code
