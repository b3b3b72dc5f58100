"""A registration that is put right, end to end: who has the old is told or listed, and nothing leaves that may not."""

import json
from datetime import timedelta

from county import Agency, Window, approve, done, logs, today, until
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack

OLD, RIGHT = "+8619900001208", "19900001219"


def test_who_has_the_old_is_told_or_listed(system: Stack) -> None:
    """The agency that holds it, aid and notify are told; the paper is listed; no event or log holds either number."""
    window, agency = Window(system), Agency(system, "A12")
    number = window.number()
    window.request("GET", f"/petitions/{number}/documents/receipt")
    done(window.act(number, "hardship", situations=["no_income"], wish=True))
    done(window.refer(number, "A12"))
    referral = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]["referral"]
    agency.reply("signed", referral)
    until(lambda: "referral.signed.v1" in window.steps(number), "signed")
    done(window.ask(number, "persons/1/corrections", phone=RIGHT, name="石大山", reason="听错一位"))
    said = agency.hear("referral.material_added.v1", lambda data: data["referral"] == referral)["data"]["text"]
    assert "电话更正为：+8619900001219" in said, said
    until(lambda: "referral.material_added.v1" in window.steps(number), "told")
    (shown,) = done(window.request("GET", f"/petitions/{number}/corrections"))["corrections"]
    assert {"name": "石大川", "phone": "199****1208"} == shown["was"]
    told = {(each["to"], each["what"]): each["told"] for each in shown["had"]}
    assert told[("A12", "移交")]
    assert told[("aid", "救助申请")]
    assert told[("paper", "收件回执")] is False
    look = lambda: window.request("GET", f"/petitions/{number}/aid-cases", service="aid").json().get("aid_cases")  # noqa: E731
    case = f"/aid-cases/{until(look, 'an aid case')[0]['number']}"
    until(lambda: "石大山" in window.request("GET", case, service="aid").text, "aid knows")
    agency.close()
    _nowhere_in_clear(system, number)


def _nowhere_in_clear(system: Stack, number: str) -> None:
    for service in ("intake", "referral", "aid", "notify"):
        engine = create_engine(system.database(service))
        with engine.connect() as connection:
            said = connection.scalars(text("SELECT body FROM events")).all()
        engine.dispose()
        bodies = json.dumps([json.loads(bytes(each)) for each in said], ensure_ascii=False)
        for each in ("199000012", "石大山", "听错一位"):
            assert each not in bodies, (service, number)
    assert RIGHT not in logs(system.folder)


def test_what_becomes_an_accusation_goes_nowhere_near_whom_it_names(system: Stack) -> None:
    """A claim about A09 may go to A09. Approved as an accusation, it may not; nor may it at referral's own door."""
    window = Window(system)
    number = window.number(respondents=[{"unit": "A09"}])
    asked = done(window.ask(number, "classification", kind="accusation", line="complaint_appeal", reason="实为检举"))[
        "approval"
    ]
    assert "claim" == window.look(number)["kind"]
    approve(system, asked)
    assert "accusation" == window.look(number)["kind"]
    refused = window.refer(number, "A09", basis="regulation_30")
    assert 409 == refused.status_code, refused.text

    def barred() -> bool:
        path = f"/petitions/{number}/receivers"
        found = window.request("GET", path, service="referral").json().get("receivers", [])
        return any(each["agency"] == "A09" and not each["lawful"] for each in found)

    until(barred, "referral's ban goes by the right kind")


def test_a_later_day_takes_the_chief_who_sees_both_last_days(system: Stack) -> None:
    """The clerk asks and nothing moves; approved, the period ends on the later day, and the old one is stopped."""
    window, clerk = Window(system), Window(system, "window", "900100")
    early, late = (today() - timedelta(days=each) for each in (4, 1))
    number = window.number(received_on=early.isoformat(), received_reason="邮路")
    body = {"shift": "later", "received_on": late.isoformat(), "postmark": late.isoformat(), "reason": "邮戳"}
    asked = done(clerk.ask(number, "receipt-day", **body))["approval"]
    assert "chief" == asked["by"]
    chief = Window(system, "chief", "900000")
    ends = done(chief.request("GET", f"/approvals/{asked['id']}"))["given"]["ends"]
    assert "程序性回复" in ends
    before = window.look(number)["reply_by"]
    assert before in ends
    approve(system, asked)
    after = window.look(number)
    assert late.isoformat() == after["received_on"]
    assert after["reply_by"] in ends
    clocks = done(window.request("GET", f"/petitions/{number}/clocks"))["clocks"]
    assert {"stopped", "running"} == {each["state"] for each in clocks}
