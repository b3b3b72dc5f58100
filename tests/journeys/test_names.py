"""Names where they are needed: whom the window registered, what everybody wrote; each look at a number is kept."""

import random
import uuid
from typing import Any

import pytest
import requests
from county import PETITIONER, Agency, Window, done, today, until
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack

FULL, STARRED = f"+86{PETITIONER['phone']}", "199****1208"
ID, ID_STARRED = PETITIONER["resident_id"], f"{'*' * 14}0014"
NOT_SHOWN = "不显示"
ACCUSATION: dict[str, Any] = {
    "kind": "accusation",
    "line": "complaint_appeal",
    "title": "反映赤狐某打人",
    "statement": "赤狐某打人。",
    "typed_anyway": True,
    "respondents": [{"unit": "A06-1", "name": "赤狐某", "position": "民警"}],
}
ANONYMOUS = {"anonymous": True, "petitioner": None}


@pytest.fixture(scope="module")
def clerk(system: Stack) -> Window:
    return Window(system, "window", "900100")


@pytest.fixture(scope="module")
def beside(system: Stack) -> Window:
    """Another at the same window."""
    return Window(system, "window", "900101")


@pytest.fixture(scope="module")
def handler(system: Stack) -> Window:
    return Window(system, "handler", "900105", department="D05")


def reveal(officer: Window, number: str, field: str, key: str | None = None, **more: Any) -> requests.Response:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return officer.request("POST", f"/petitions/{number}/reveals", json={"field": field} | more, headers=headers)


def cards(officer: Window, *numbers: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(officer.request("POST", "/cards", json={"numbers": numbers}))["cards"]
    return found


def scalar(system: Stack, service: str, query: str, **given: Any) -> Any:
    engine = create_engine(system.database(service))
    with engine.connect() as connection:
        found = connection.scalar(text(query), given)
    engine.dispose()
    return found


def denials(system: Stack, service: str, officer: Window) -> int:
    query = "SELECT count(*) FROM events WHERE subject = :subject AND type = 'access.denied.v1'"
    return int(scalar(system, service, query, subject=f"officer/{officer.officer}"))


# -- who is shown ----------------------------------------------------------------------------------------------------


def test_the_window_sees_whom_it_registered(clerk: Window, beside: Window, handler: Window) -> None:
    """Name, title and a phone with stars; in full to who wrote it down today; what was said stays the handler's."""
    number = clerk.number()
    for officer, phone in ((clerk, FULL), (beside, STARRED), (handler, STARRED)):
        shown = officer.look(number)
        person = shown["petitioner"]
        assert ("请求支持起诉讨薪", PETITIONER["name"]) == (shown["title"], person["name"])
        assert (phone, ID_STARRED) == (person["phone"], person["resident_id"])
        assert ["resident_id", *(["phone"] if phone == STARRED else [])] == person["reveals"]
        (card,) = cards(officer, number)
        assert ("请求支持起诉讨薪", PETITIONER["name"], phone) == (card["title"], card["petitioner"], card["contact"])
    assert not {"statement", "respondents", "replies", "acts"} & clerk.look(number).keys()
    assert "address" not in clerk.look(number)["petitioner"]


def test_of_an_accusation_the_window_sees_that_it_is_one(clerk: Window, beside: Window, handler: Window) -> None:
    """Neither what it is called nor of whom; who accuses, only to who registered it."""
    number = clerk.number(**ACCUSATION)
    for officer, name in ((clerk, PETITIONER["name"]), (beside, NOT_SHOWN)):
        (card,) = cards(officer, number)
        assert ("检举控告", name) == (card["title"], card["petitioner"])
        page = officer.request("GET", f"/petitions/{number}")
        assert "检举控告" == page.json()["title"]
        assert "赤狐某" not in page.text
    assert beside.look(number)["petitioner"] is None
    assert PETITIONER["name"] not in beside.request("GET", f"/petitions/{number}").text
    shown = handler.look(number)
    assert "反映赤狐某打人" == shown["title"]
    (accused,) = shown["respondents"]
    assert ("A06-1", "赤狐某", "民警") == (accused["unit"], accused["name"], accused["position"])


@pytest.mark.parametrize("kind", [{}, ACCUSATION])
def test_nobody_and_who_asked_for_secrecy_look_alike(
    system: Stack, clerk: Window, handler: Window, kind: dict[str, Any]
) -> None:
    """On cards, on the petition, on paper and when somebody looks: the same members, words and sizes."""
    clerks = Window(system, "window", "900102")
    secret = clerk.register(**kind, secrecy=True).json()
    nobody = clerk.register(**kind, **ANONYMOUS).json()
    one, other = secret["number"], nobody["number"]
    for officer in (clerk, clerks, handler):
        a, b = cards(officer, one, other)
        assert NOT_SHOWN == a["petitioner"]
        assert a | {"number": other} == b
        shown = [officer.look(each) for each in (one, other)]
        names = ("title", "petitioner", "organisation", "others")
        assert [shown[0][name] for name in names] == [shown[1][name] for name in names]
        assert shown[0].keys() == shown[1].keys()
        before = denials(system, "intake", officer)
        answers = [reveal(officer, each, "phone") for each in (one, other)]
        assert [403, 403] == [each.status_code for each in answers]
        assert answers[0].json() == answers[1].json()
        assert before + 2 == denials(system, "intake", officer)
        papers = [
            officer.request("POST", f"/petitions/{made['number']}/receipt", json={"query_code": made["query_code"]})
            for made in (secret, nobody)
        ]
        first, second = (
            paper.text.replace(made["number"], "N").replace(made["query_code"], "C")
            for paper, made in zip(papers, (secret, nobody), strict=True)
        )
        assert first == second
        assert PETITIONER["name"] not in first
    assert {"petition.printed.v1", "petition.revealed.v1"}.isdisjoint(handler.steps(one))


@pytest.mark.parametrize("cases", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_no_window_ever_learns_who_asked_for_secrecy_or_of_what_one_is_accused(system: Stack, cases: int) -> None:
    """Random petitions, each looked at by random officers of the window in every way there is."""
    dice, clerks = random.Random(21), [Window(system, "window", f"90010{serial}") for serial in range(4)]
    stations = [Window(system, "station", "900120", service_point="SP-QINGXI")]
    for serial in range(cases):
        kind, secret = dice.choice(["claim", "accusation", "proposal"]), dice.random() < 0.5
        point = dice.choice(["12309", "SP-QINGXI"])
        who = PETITIONER | {"name": f"紫貂{serial}号", "phone": f"1990001{serial:04d}"}
        given = {
            "kind": kind,
            "line": "complaint_appeal",
            "secrecy": secret,
            "service_point": point,
            "title": f"紫貂事{serial}由",
            "petitioner": who,
        }
        number = dice.choice(clerks).number(**given)
        officer = dice.choice(clerks + (stations if point == "SP-QINGXI" else []))
        ways = [
            ("GET", f"/petitions/{number}", None),
            ("POST", "/cards", {"numbers": [number]}),
            ("POST", f"/petitions/{number}/reveals", {"field": dice.choice(["phone", "resident_id"])}),
            ("GET", f"/petitions/{number}/documents/receipt", None),
            ("GET", "/petitions", None),
        ]
        for method, path, body in dice.sample(ways, 3):
            told = officer.request(method, path, json=body).text
            if secret:
                hidden = [who["name"], who["phone"], f"紫貂事{serial}由"]
            else:
                hidden = [f"紫貂事{serial}由"] if kind == "accusation" else []
            assert not [each for each in hidden if each in told], (officer.officer, method, path, kind, secret)


# -- a look at a number ----------------------------------------------------------------------------------------------


def test_each_look_at_a_number_is_on_the_trail(system: Stack, clerk: Window, beside: Window, handler: Window) -> None:
    """Who, when, which; the same key shows it once, and what was seen is kept nowhere."""
    number = clerk.number()
    key = uuid.uuid4().hex
    looked = reveal(beside, number, "phone", key)
    assert (201, {"petition": number, "seq": 1, "field": "phone", "value": FULL}) == (looked.status_code, looked.json())
    assert reveal(beside, number, "phone", key).json()["value"] is None
    assert ID == reveal(handler, number, "resident_id").json()["value"]
    steps = [step for step in handler.look(number)["timeline"] if step["type"] == "petition.revealed.v1"]
    assert [("900101", "查看信访人电话全号"), ("900105", "查看信访人身份证号全号")] == [
        (step["officer"], step["sentence"]) for step in steps
    ]
    for role, officer in (("chief", "900000"), ("leader", "900003")):
        kept_out = Window(system, role, officer)
        before = denials(system, "intake", kept_out)
        assert 403 == reveal(kept_out, number, "phone").status_code
        assert before + 1 == denials(system, "intake", kept_out)
    bare = clerk.number(petitioner={"name": "石小川"})
    answer = reveal(clerk, bare, "phone")
    assert (409, "urn:fengqiao:problem:nothing-to-reveal") == (answer.status_code, answer.json()["type"])
    assert 409 == reveal(clerk, number, "phone", seq=2).status_code
    body = "SELECT string_agg(convert_from(body, 'UTF8'), '') FROM events WHERE subject = :n"
    told = scalar(system, "intake", body, n=number)
    assert not [each for each in (FULL, ID, PETITIONER["phone"]) if each in told]


def test_the_second_of_several_is_looked_at_by_their_place(clerk: Window, beside: Window) -> None:
    """Joint petitioners each have a number of their own."""
    number = clerk.number(party="joint", others=[PETITIONER | {"name": "石二", "phone": "19900001209"}])
    (other,) = beside.look(number)["others"]
    assert ("石二", "199****1209") == (other["name"], other["phone"])
    assert "+8619900001209" == reveal(beside, number, "phone", seq=2).json()["value"]


def test_a_contacts_phone_has_stars_and_is_looked_at(system: Stack, clerk: Window, beside: Window) -> None:
    """As of a petition; of one that became an accusation only who wrote it down reads who came."""
    given = {"channel": "call", "name": "石大川", "phone": "19900001208", "text": "举报赤狐某"}
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    contact = done(clerk.request("POST", "/contacts", json=given, headers=headers))["contact"]
    path = f"/contacts/{contact}"
    assert ("19900001208", []) == tuple(done(clerk.request("GET", path))[name] for name in ("phone", "reveals"))
    assert (STARRED, ["phone"]) == tuple(done(beside.request("GET", path))[name] for name in ("phone", "reveals"))
    looked = beside.request("POST", f"{path}/reveals", json={})
    assert (201, "19900001208") == (looked.status_code, looked.json()["value"])
    assert 1 == scalar(
        system, "intake", "SELECT count(*) FROM events WHERE type = 'contact.revealed.v1' AND subject = :s",
        s=f"contact/{contact}",
    )  # fmt: skip
    assert 403 == Window(system, "chief", "900000").request("POST", f"{path}/reveals", json={}).status_code
    clerk.number(**ACCUSATION, contact=contact)
    shown = done(beside.request("GET", path))
    assert (None, None, None, []) == tuple(shown[name] for name in ("name", "phone", "text", "reveals"))
    assert 403 == beside.request("POST", f"{path}/reveals", json={}).status_code
    own = done(clerk.request("GET", path))
    assert ("石大川", None) == (own["name"], own["text"])


def test_an_aid_cases_applicant_has_stars(system: Stack, clerk: Window) -> None:
    """Who pays looks, one number at a time; the chief, who decides, does not."""
    number = clerk.number()
    done(clerk.act(number, "hardship", situations=["no_income"], wish=True))
    aid, chief = Window(system, "aid", "900110"), Window(system, "chief", "900000")
    path = f"/petitions/{number}/aid-cases"
    case = until(lambda: aid.request("GET", path, "aid").json().get("aid_cases"), "a case")[0]["number"]
    for officer, reveals in ((aid, ["resident_id", "phone"]), (chief, [])):
        who = done(officer.request("GET", f"/aid-cases/{case}", "aid"))["applicant"]
        assert (PETITIONER["name"], STARRED, ID_STARRED, reveals) == tuple(
            who[name] for name in ("name", "phone", "resident_id", "reveals")
        )
    look = f"/aid-cases/{case}/reveals"
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    for value in (ID, None):
        answer = aid.request("POST", look, "aid", json={"field": "resident_id"}, headers=headers)
        assert (201, {"case": case, "field": "resident_id", "value": value}) == (answer.status_code, answer.json())
    assert 403 == chief.request("POST", look, "aid", json={"field": "phone"}).status_code
    count = "SELECT count(*) FROM events WHERE type = 'aid.revealed.v1' AND subject = :s"
    assert 1 == scalar(system, "aid", count, s=case)


# -- what is printed -------------------------------------------------------------------------------------------------


def test_a_receipt_has_no_blanks(clerk: Window, beside: Window) -> None:
    """Whom it is for, what was handed in, the code of who holds it; another code is refused and nothing is kept."""
    made = done(clerk.register(pieces=3, pages=12))
    number, code = made["number"], made["query_code"]
    path = f"/petitions/{number}/receipt"
    paper = clerk.request("POST", path, json={"query_code": code.lower().replace("-", " ")})
    assert (200, "text/html; charset=utf-8") == (paper.status_code, paper.headers["Content-Type"])
    paper.encoding = "utf-8"
    for words in (f"{PETITIONER['name']}：", "你提交的材料共3件12页已于", f"登记编号 {number}", f"查询码 {code}，"):
        assert words in paper.text
    assert "＿" not in paper.text
    wrong = clerk.request("POST", path, json={"query_code": "2222-2222-2222-2222"})
    assert (422, "query_code") == (wrong.status_code, wrong.json()["field"])
    renewed = done(clerk.act(number, "query-code"))["query_code"]
    assert 422 == clerk.request("POST", path, json={"query_code": code}).status_code
    assert renewed in beside.request("POST", path, json={"query_code": renewed}).text
    without = beside.request("GET", f"/petitions/{number}/documents/receipt").text
    assert "＿" not in without
    assert renewed not in without
    assert 3 == clerk.steps(number).count("petition.printed.v1")


def test_a_receipt_counts_the_files_where_nobody_counted(clerk: Window, handler: Window) -> None:
    """Nothing handed in is no blank either; a station prints for who came to it."""
    number = clerk.number()
    paper = f"/petitions/{number}/documents/receipt"
    assert "你反映的事项已于" in clerk.request("GET", paper).text
    pdf = {"data": b"%PDF-1.7 a receipt", "headers": {"Content-Type": "application/pdf"}}
    done(clerk.request("POST", f"/petitions/{number}/files", params={"name": "收据.pdf"}, **pdf))
    assert "你提交的材料共1件已于" in clerk.request("GET", paper).text
    station = Window(clerk.system, "station", "900120", service_point="SP-QINGXI")
    own = station.number(service_point="SP-QINGXI")
    assert PETITIONER["name"] in station.request("GET", f"/petitions/{own}/documents/receipt").text


# -- what everybody wrote --------------------------------------------------------------------------------------------


def test_the_handler_reads_what_everybody_wrote(system: Stack, clerk: Window, handler: Window) -> None:
    """Our replies and acts with who and when; an agency's objection, progress and answer; nobody else reads them."""
    agency = Agency(system, "A12")
    number = handler.number()
    done(handler.act(number, "accept", department="D05", route="litigation"))
    done(handler.refer(number, "A12"))
    offered = lambda: agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]  # noqa: E731
    referral = offered()["referral"]
    agency.reply("signed", referral)
    agency.reply("objected", referral, reason="not_competent", text="紫貂异议：应由镇政府处理")
    until(lambda: handler.referral(number)["state"] == "objected", "objected")
    ruled = handler.request("POST", f"/referrals/{referral}/rule", "referral", json={"ruling": "overruled"})
    done(ruled)
    agency.reply("accepted", referral)
    agency.reply("progress", referral, text="紫貂进展：正在核对")
    agency.reply("answered", referral, result="supported", text="紫貂反馈：已付")
    until(lambda: handler.look(number).get("answers"), "answered")
    remarks = done(handler.request("GET", f"/petitions/{number}/remarks", "referral"))["remarks"]
    assert [
        ("object", "紫貂异议：应由镇政府处理"), ("progress", "紫貂进展：正在核对"), ("answer", "紫貂反馈：已付"),
    ] == [(each["move"], each["text"]) for each in remarks]  # fmt: skip
    assert {("A12", "县教育局", False, "经办员", None)} == {
        (each["agency"], each["agency_zh"], each["ours"], each["by"], each["officer"]) for each in remarks
    }
    done(handler.request("POST", f"/referrals/{referral}/rework", "referral", json={"text": "紫貂补办：缺工资表"}))
    last = done(handler.request("GET", f"/petitions/{number}/remarks", "referral"))["remarks"][-1]
    assert ("rework", True, "900105", "紫貂补办：缺工资表") == tuple(
        last[name] for name in ("move", "ours", "officer", "text")
    )
    for kept_out in (clerk, Window(system, "leader", "900003")):
        assert 403 == kept_out.request("GET", f"/petitions/{number}/remarks", "referral").status_code
    act = {"kind": "heard", "done_on": "2026-11-02", "people": ["900105"], "record": "紫貂笔录"}
    done(handler.act(number, "acts", **act))
    done(handler.act(number, "replies", kind="progress_reply", means="post", text="紫貂答复：正在核对"))
    shown = handler.look(number)
    assert [("A12", "紫貂反馈：已付")] == [(each["agency"], each["text"]) for each in shown["answers"]]
    (reply,) = shown["replies"]
    name = next(
        each["name"] for each in handler.request("GET", "/officers").json()["officers"] if each["number"] == "900105"
    )
    assert ("紫貂答复：正在核对", "900105", name) == (reply["text"], reply["officer"], reply["officer_name"])
    (done_,) = shown["acts"]
    assert ("紫貂笔录", [name], name) == (done_["record"], done_["people_names"], done_["officer_name"])
    assert "紫貂" not in clerk.request("GET", f"/petitions/{number}").text
    for service in ("intake", "referral"):
        query = "SELECT count(*) FROM events WHERE position('紫貂' in convert_from(body, 'UTF8')) > 0"
        assert 0 == scalar(system, service, query)


def test_what_we_wrote_to_a_sender_is_kept(system: Stack, handler: Window) -> None:
    """Its ruling is on our objection: who answers it must be able to read what we said."""
    centre, own = Agency(system, "A04"), f"综转{uuid.uuid4().hex[:8]}"
    data = {
        "submission": own, "received_on": today().isoformat(), "kind": "claim", "line": "other", "title": "邻里纠纷",
        "statement": "通道被占", "petitioner": {"name": "孙长根"}, "respondents": [],
    }  # fmt: skip
    centre.say("petition.submitted.v1", data)
    number = Window(system).submitted(own)
    done(handler.act(number, "sign"))
    done(handler.act(number, "object", reason="not_competent", text="应由镇政府处理"))
    path = f"/petitions/{number}/remarks"
    (said,) = until(lambda: handler.request("GET", path, "referral").json().get("remarks"), "kept")
    assert ("object", True, "900105", "应由镇政府处理") == tuple(
        said[name] for name in ("move", "ours", "officer", "text")
    )
