"""Who asks for secrecy is shown by nothing that comes beside: a contact, a part of a letter, a link, an agency's word.

Asked for later, it takes back what can be taken back, and says who has what already.
"""

import uuid
from typing import Any

import pytest
import requests
from county import PETITIONER, Agency, Window, becomes, done, recorded, sent_texts, today, until
from sqlalchemy import create_engine, text
from test_channels import Operator
from test_privacy import PAGES, _queued, _search

from tools.dev.stack import SERVICES, Stack

SECRET: dict[str, Any] = {"kind": "accusation", "line": "complaint_appeal", "secrecy": True}
# the mark, and a person made of it
NAME, PHONE, ADDRESS = "紫貂人", "19900006611", "紫貂巷6号"
MARKS = (NAME, PHONE, ADDRESS, "紫貂信")
MARKED = {"name": NAME, "phone": PHONE, "address": ADDRESS, "sms_consent": True}


@pytest.fixture
def clerk(system: Stack) -> Window:
    return Window(system, "window", "900100")


@pytest.fixture
def handler(system: Stack) -> Window:
    return Window(system, "handler", "900105", department="D05")


def rows(system: Stack, service: str, query: str, **given: Any) -> list[Any]:
    engine = create_engine(system.database(service))
    with engine.connect() as connection:
        found = list(connection.execute(text(query), given).all())
    engine.dispose()
    return found


def opened(handler: Window, number: str) -> dict[str, Any]:
    """Everybody in the petition's safe, as an officer sees them whom another let."""
    opening = done(handler.act(number, "openings", purpose="verify", reason="核实"))["opening"]
    chief = Window(handler.system, "chief", "900000")
    done(chief.request("POST", f"/openings/{opening}/approve", json={}))
    return done(handler.request("GET", f"/openings/{opening}/person"))


def nowhere(system: Stack, marks: tuple[str, ...] = MARKS, queues: dict[str, set[str]] | None = None) -> None:
    """In no database in clear, no log, no page, and in no queue but of who may have it."""
    for service in SERVICES:
        _search(system.database(service), marks)
        for path in PAGES:
            page = requests.get(system.url(service) + path, timeout=10).text
            assert not [mark for mark in marks if mark in page], (service, path)
    for path in (system.folder / "log").iterdir():
        written = path.read_text(errors="replace")
        assert not [mark for mark in marks if mark in written], path
    for each in requests.get(f"{system.management}/api/queues", timeout=30).json():
        found = {mark for mark in marks for body in _queued(system, each["name"]) if mark in body}
        assert found <= (queues or {}).get(each["name"], set()), each["name"]


# -- what comes beside -----------------------------------------------------------------------------------------------


def test_a_contact_that_joins_a_secret_petition_shows_nobody(system: Stack, clerk: Window, handler: Window) -> None:
    """Its name and phone are in the safe, its words are for who reads the material; it is counted as before."""
    number = handler.number(**(SECRET | {"service_point": "SP-QINGXI"}))
    contact = recorded(clerk, name=NAME, phone=PHONE, text=f"我是{NAME}，补充紫貂信")
    assert NAME == done(clerk.request("GET", f"/contacts/{contact}"))["name"]
    done(becomes(clerk, contact, "join", petition=number, joining="supplement"))
    station = Window(system, "station", "900120", service_point="SP-QINGXI")
    for officer in (clerk, station):
        shown = done(officer.request("GET", f"/contacts/{contact}"))
        assert (None, None, None) == (shown["name"], shown["phone"], shown["text"])
        assert ("joined", number) == (shown["outcome"], shown["petition"])
        assert not [mark for mark in MARKS if mark in officer.request("GET", f"/petitions/{number}").text]
    chief = done(Window(system, "chief", "900000").request("GET", f"/contacts/{contact}"))
    assert (None, None, True) == (chief["name"], chief["phone"], "紫貂信" in chief["text"])
    assert 1 == len(handler.look(number)["contacts"])
    assert [(None, None)] == rows(system, "intake", "SELECT name, phone FROM contact WHERE id = :id", id=contact)
    found = opened(handler, number)
    assert PETITIONER["name"] == found["person"]["name"]
    assert [(NAME, PHONE)] == [(each["name"], each["phone"]) for each in found["others"]]
    nowhere(system)


def test_secrecy_of_one_part_is_secrecy_of_the_letter(system: Stack, clerk: Window, handler: Window) -> None:
    """The part beside it goes to nobody with a name: not to the unit it is about, and not on the page."""
    contact = recorded(clerk, name=NAME, phone=PHONE, text="紫貂信：两件事")
    parts = [
        {"kind": "claim", "line": "other", "title": "欠薪", "statement": "欠薪", "respondents": [{"unit": "A12"}]},
        {"kind": "accusation", "line": "complaint_appeal", "title": "回扣", "statement": "收回扣", "secrecy": True,
         "typed_anyway": True,
         "respondents": [{"unit": "A12"}]},
    ]  # fmt: skip
    made = done(becomes(clerk, contact, "split", petitioner=MARKED, parts=parts))["petitions"]
    assert [(True, "sealed")] * 2 == [(each["secrecy"], each["reach"]) for each in made]
    claim, accusation = (each["number"] for each in made)
    refused = handler.refer(claim, "A12")
    assert (409, "urn:fengqiao:problem:held-back") == (refused.status_code, refused.json()["type"])
    for officer in (clerk, handler):
        shown = officer.request("GET", f"/petitions/{claim}")
        assert not [mark for mark in MARKS if mark in shown.text]
        # both are secret: that one belongs to the other names nobody
        assert [accusation] == [each["number"] for each in shown.json()["linked"]]
    said = done(clerk.request("GET", f"/contacts/{contact}"))
    assert (None, None, None) == (said["name"], said["phone"], said["text"])
    assert NAME == opened(handler, claim)["person"]["name"] == opened(handler, accusation)["person"]["name"]
    for number in (claim, accusation):
        until(lambda number=number: clerk.notices(number) == {"receipt": "impossible"}, "no SMS")
    nowhere(system)


def test_several_who_ask_for_secrecy_have_a_box_each(system: Stack, clerk: Window, handler: Window) -> None:
    """A joint petition, and a unit: all of them and its name are in the safe, from the first word on."""
    joint = handler.number(**SECRET, party="joint", petitioner=MARKED, others=[PETITIONER])
    found = opened(handler, joint)
    assert (NAME, [PETITIONER["name"]]) == (found["person"]["name"], [each["name"] for each in found["others"]])
    unit = handler.number(**SECRET, party="organisation", organisation="紫貂信厂", petitioner=MARKED)
    assert (None, []) == (handler.look(unit)["organisation"], handler.look(unit)["others"])
    assert "紫貂信厂" == opened(handler, unit)["person"]["organisation"]
    assert [] == rows(system, "intake", "SELECT 1 FROM person WHERE petition IN (:a, :b)", a=joint, b=unit)
    nowhere(system)


def test_a_link_to_a_secret_petition_is_shown_to_nobody(clerk: Window, handler: Window) -> None:
    """Beside the one that names its petitioner, the number of the other would say who asked for secrecy."""
    secret, named = handler.number(**SECRET), clerk.number(kind="claim")
    nobody = clerk.number(petitioner=None, anonymous=True)
    for one, other in ((named, secret), (secret, nobody)):
        assert 201 == clerk.act(one, "link", to=other, reason="related").status_code
    everything = Window(clerk.system)
    for officer in (clerk, handler, everything):
        assert secret not in officer.request("GET", f"/petitions/{named}").text
        assert named not in officer.request("GET", f"/petitions/{secret}").text
        assert [nobody] == [each["number"] for each in officer.look(secret)["linked"]]
    assert {"because": [], "secret": True, "barred": []}.items() <= everything.look(named)["held"].items()
    # once both are secret, neither names anybody
    done(clerk.act(named, "secrecy"))
    assert [secret] == [each["number"] for each in handler.look(named)["linked"]]


# -- what an agency's system says -------------------------------------------------------------------------------------


def submission(**changes: Any) -> dict[str, Any]:
    return {
        "submission": uuid.uuid4().hex,
        "received_on": today().isoformat(),
        "kind": "claim",
        "line": "other",
        "title": "举报",
        "statement": "举报内容",
        "petitioner": MARKED | {"resident_id": None},
    } | changes


def test_secrecy_an_agencys_system_hands_on_is_kept_whole(system: Stack, handler: Window) -> None:
    """In the safe, no SMS, nothing at notify; and no message back names anybody."""
    centre, data = Agency(system, "A04"), submission(secrecy=True)
    before = len(sent_texts(system))
    centre.say("petition.submitted.v1", data, critical=["secrecy", "petitioner.phone", "actorofficer"],
               actoragency="A04", actorofficer="1", actorrole="clerk")  # fmt: skip
    number = handler.submitted(data["submission"])
    shown = handler.look(number)
    assert (True, "sealed", None) == (shown["secrecy"], shown["reach"], shown["petitioner"])
    assert {} == handler.notices(number)  # nothing is said before we signed
    done(handler.act(number, "sign"))
    until(lambda: handler.notices(number) == {"receipt": "impossible"}, "no SMS")
    assert [] == rows(system, "notify", "SELECT 1 FROM contact WHERE petition = :n", n=number)
    told = centre.hear("submission.signed.v1", lambda heard: heard["submission"] == data["submission"])
    assert not [mark for mark in MARKS if mark in str(told)]
    assert before == len(sent_texts(system))
    assert NAME == opened(handler, number)["person"]["name"]
    nowhere(system)


@pytest.mark.parametrize(
    "critical",
    [
        ["confidential"],
        ["secrecy", "petitioner.employer"],
        ["priority"],
        "secrecy confidential",
        [],
        ["secrecy", "secrecy"],
        7,
    ],
)
def test_what_is_critical_and_not_understood_is_refused_whole(system: Stack, critical: Any) -> None:
    """Trimmed off, the sender would believe that we keep to it: nothing is registered, and it is told which field."""
    centre, data = Agency(system, "A04"), submission(secrecy=True, confidential=True)
    said = centre.say("petition.submitted.v1", data, critical=critical, priority=1)
    refused = centre.hear("message.rejected.v1", lambda heard: heard["message"] == said)["data"]
    assert "critical" == refused["field"]
    assert "confidential" not in str(refused)
    query = "SELECT 1 FROM petition WHERE submission = :submission"
    assert [] == rows(system, "intake", query, submission=data["submission"])


def test_an_operators_critical_word_is_refused_too(system: Stack) -> None:
    """One rule for everybody who speaks to us."""
    operator = Operator(system, "phone")
    window = Window(system)
    number = window.number(petitioner=PETITIONER | {"sms_consent": False})
    task = operator.hear("notice.task.v1", number[-6:])["task"]
    operator.report(task, "delivered", critical=["state", "recording"])
    assert "critical" == operator.hear("message.rejected.v1")["field"]
    operator.report(task, "delivered", critical=["state"])
    until(lambda: window.notices(number) == {"receipt": "delivered"}, "called")
    operator.connection.close()


# -- asked for later --------------------------------------------------------------------------------------------------


def test_asked_for_later_it_takes_back_what_can_be_taken_back(system: Stack, clerk: Window, handler: Window) -> None:
    """Offered, told, helped and printed: all who have it are named; from then on it is as if asked at once."""
    window, chief = Window(system), Window(system, "chief", "900000")
    number = window.number(petitioner=MARKED, title="紫貂信", statement="紫貂信的内容")
    done(becomes(clerk, recorded(clerk, name="紫貂人妻", phone="19900006612"), "join", petition=number,
                 joining="supplement"))  # fmt: skip
    until(lambda: window.notices(number) == {"receipt": "delivered"}, "told")
    done(window.act(number, "hardship", situations=["no_income"], wish=True))
    look = lambda: window.request("GET", f"/petitions/{number}/aid-cases", "aid").json().get("aid_cases")  # noqa: E731
    case = until(look, "an aid case")[0]["number"]
    assert NAME in handler.request("GET", f"/petitions/{number}/documents/receipt").text
    done(window.refer(number, "A12"))
    agency = Agency(system, "A12")
    referral = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]["referral"]
    until(lambda: "referral.sent.v1" in window.steps(number), "sent")
    until(lambda: "notice.delivered.v1" in window.steps(number), "told of")

    asked = done(clerk.act(number, "secrecy"))
    assert (True, "sealed") == (asked["secrecy"], asked["reach"])
    had = {(each["to"], each["what"]): each["fields"] for each in asked["known_to"]}
    assert {("A12", "移交"), ("notify", "收件通知"), ("aid", "救助申请"), ("paper", "收件回执")} == {*had}
    assert {"name", "phone"} <= {*had["A12", "移交"]}
    assert not [mark for mark in MARKS if mark in str(asked)]
    shown = handler.look(number)
    assert asked["known_to"] == shown["known_to"]
    assert (None, [], "信访人要求保密，个人信息已封存") == (
        shown["petitioner"], shown["others"],
        next(step["sentence"] for step in shown["timeline"] if step["type"] == "petition.sealed.v1"),
    )  # fmt: skip
    assert "known_to" not in clerk.look(number)
    again = clerk.act(number, "secrecy")
    assert (409, "urn:fengqiao:problem:sealed-already") == (again.status_code, again.json()["type"])
    assert "ask-secrecy" not in {each["action"] for each in again.json()["allowed_actions"]}

    found = opened(handler, number)
    assert (NAME, ["紫貂人妻"]) == (found["person"]["name"], [each["name"] for each in found["others"]])
    assert NAME not in handler.request("GET", f"/petitions/{number}/documents/receipt").text
    assert [] == rows(system, "intake", "SELECT 1 FROM person WHERE petition = :n", n=number)
    gone = lambda: not rows(system, "notify", "SELECT 1 FROM contact WHERE petition = :n", n=number)  # noqa: E731
    until(gone, "the contact withdrawn")
    secret = "SELECT secret FROM guarded WHERE petition = :n"
    until(lambda: [(True,)] == rows(system, "referral", secret, n=number), "the ban")
    assert [] == rows(system, "referral", "SELECT 1 FROM handed WHERE subject = :n", n=referral)
    # what is owed from here on is told by nobody's phone
    agency.reply("signed", referral)
    until(lambda: "impossible" == window.notices(number).get("transferred"), "no SMS")
    sealed = lambda: window.request("GET", f"/aid-cases/{case}", "aid").json()["secrecy"]  # noqa: E731
    until(sealed, "sealed at aid")
    lead = {"to": "A08"}
    refused = window.request("POST", f"/aid-cases/{case}/leads", "aid", json=lead)
    assert (409, "urn:fengqiao:problem:wish-missing") == (refused.status_code, refused.json()["type"])
    # a supplement stays here, and a second handover is refused
    late = recorded(clerk, text="紫貂信补充")
    done(becomes(clerk, late, "join", petition=number, joining="supplement"))
    assert 409 == window.act(number, "involve", to="A09", purpose="assist", basis="cooperation").status_code
    assert chief.request("GET", f"/contacts/{late}").json()["text"] == "紫貂信补充"
    assert None is clerk.request("GET", f"/contacts/{late}").json()["text"]
    for officer in (clerk, handler, chief):
        for path in (f"/petitions/{number}", "/petitions", "/contacts", f"/petitions/{number}/owed"):
            assert not [mark for mark in MARKS[:3] if mark in officer.request("GET", path).text], path
    nowhere(system)
    assert 201 == window.request("POST", f"/aid-cases/{case}/leads", "aid", json=lead | {"wish": True}).status_code


def test_a_call_that_is_not_made_yet_is_recalled(system: Stack, clerk: Window) -> None:
    """The operator is told to forget it; what it did meanwhile it still reports."""
    operator = Operator(system, "phone")
    number = clerk.number(petitioner=MARKED | {"sms_consent": False})
    task = operator.hear("notice.task.v1", number[-6:])["task"]
    done(clerk.act(number, "secrecy"))
    assert task == operator.hear("notice.recalled.v1")["task"]
    operator.report(task, "failed")
    until(lambda: clerk.notices(number) == {"receipt": "failed"}, "not called")
    operator.connection.close()


def test_one_part_that_asks_later_seals_the_letter(system: Stack, clerk: Window, handler: Window) -> None:
    """Also a part that has ended; each part's people are in its own safe."""
    part = {"kind": "claim", "line": "other", "title": "一事", "statement": "一事"}
    contact = recorded(clerk, name=NAME, phone=PHONE)
    made = done(becomes(clerk, contact, "split", petitioner=MARKED, parts=[part, part]))["petitions"]
    one, other = (each["number"] for each in made)
    for action in ("withdraw", "close"):
        done(Window(system).act(other, action))
    until(lambda: clerk.look(other)["state"] == "closed", "closed")
    done(clerk.act(one, "secrecy"))
    for number in (one, other):
        assert (True, None) == (clerk.look(number)["secrecy"], handler.look(number)["petitioner"])
        assert NAME == opened(handler, number)["person"]["name"]
    assert None is clerk.request("GET", f"/contacts/{contact}").json()["name"]


def test_nobody_has_nothing_to_keep_secret(clerk: Window) -> None:
    """An anonymous petition says so in a sentence, and offers it to nobody."""
    number = clerk.number(petitioner=None, anonymous=True)
    refused = clerk.act(number, "secrecy")
    assert (409, "urn:fengqiao:problem:nobody-to-seal") == (refused.status_code, refused.json()["type"])
    assert "ask-secrecy" not in {each["action"] for each in clerk.look(number)["allowed_actions"]}
