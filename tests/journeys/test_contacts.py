"""Contacts apart from petitions: answered on the spot, joined, registered, or split into several."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from county import CLAIM, PETITIONER, SAID, Agency, Window, becomes, recorded, until
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack


def test_a_consultation_is_answered_and_has_no_number(system: Stack) -> None:
    """No petition, no clock; decided once; what was said is for who keeps the contacts, not for every handler."""
    window = Window(system, "window", "900100")
    contact = recorded(window)
    answered = becomes(window, contact, "consultation", answer="请先向法院申请再审。")
    assert (200, "咨询答复", None) == (
        answered.status_code,
        answered.json()["outcome_zh"],
        answered.json()["petition"],
    )
    again = becomes(window, contact, "join", petition=window.number(), joining="chase")
    assert (409, "urn:fengqiao:problem:contact-decided") == (again.status_code, again.json()["type"])
    shown = window.request("GET", f"/contacts/{contact}").json()
    assert (SAID, "请先向法院申请再审。") == (shown["text"], shown["answer"])
    handler = Window(system, "handler", "900105", department="D05")
    assert 403 == handler.request("GET", f"/contacts/{contact}").status_code
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        about = text("SELECT type FROM events WHERE subject = :subject ORDER BY version")
        said = connection.scalars(about, {"subject": f"contact/{contact}"}).all()
        assert ["contact.recorded.v1", "contact.decided.v1"] == said
        for table in ("events", "contact", "step"):
            found = text(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%独一无二的补充%'")
            assert 0 == connection.scalar(found), table
    engine.dispose()


def test_a_supplement_follows_to_whoever_has_the_petition(system: Stack) -> None:
    """It is for the handler to read, and goes to the agency; a reminder does not, and neither is lost."""
    window, agency = Window(system), Agency(system, "A12")
    number = window.number()
    early = recorded(window, text="移送前的补充")
    assert becomes(window, early, "join", petition=number, joining="supplement").status_code == 200
    assert window.refer(number, "A12").status_code == 200
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    agency.reply("signed", offer["referral"])
    until(lambda: "referral.signed.v1" in window.steps(number), "signed")
    for text_, joining in (("几时办好？", "chase"), (SAID, "supplement")):
        contact = recorded(window, text=text_, group_size=3)
        joined = becomes(window, contact, "join", petition=number, joining=joining)
        assert (200, number) == (joined.status_code, joined.json()["petition"])
    added = agency.hear("referral.material_added.v1")["data"]
    assert (SAID, offer["referral"]) == (added["text"], added["referral"])
    until(lambda: "referral.material_added.v1" in window.steps(number), "sent on")
    shown = window.look(number)
    assert {"催问：来电（3 人）", "补充：来电（3 人）"} <= {step["sentence"] for step in shown["timeline"]}
    assert ["移送前的补充", "几时办好？", SAID] == [each["text"] for each in shown["contacts"]]
    assert "contacts" not in Window(system, "window", "900100").look(number)


def test_a_contact_becomes_a_petition_once(system: Stack) -> None:
    """How and where it came is the contact's; of two clerks who decide at once, one is told."""
    clerk = Window(system, "station", "900120", service_point="SP-QINGXI")
    contact = recorded(clerk, channel="letter", service_point="SP-QINGXI")
    assert 404 == clerk.register(contact="0" * 32).status_code
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: clerk.register(contact=contact), range(3)))
    assert [201, 409, 409] == sorted(each.status_code for each in answers)
    number = next(each.json()["number"] for each in answers if each.ok)
    shown = clerk.request("GET", f"/contacts/{contact}").json()
    assert ("registered", number, SAID) == (shown["outcome"], shown["petition"], shown["text"])
    assert "登记（来信" in clerk.look(number)["timeline"][0]["sentence"]
    elsewhere = recorded(Window(system, "window", "900100"))
    assert 403 == becomes(clerk, elsewhere, "consultation", answer="x").status_code
    listed = clerk.request("GET", "/contacts", params={"undecided": "true"}).json()["contacts"]
    assert not {contact, elsewhere} & {each["contact"] for each in listed}
    assert 400 == clerk.request("GET", "/contacts", params={"undecided": "1"}).status_code


def test_what_is_registered_nowhere_is_refused_with_the_known_points(system: Stack) -> None:
    """A contact and a petition alike; the net is there to be read."""
    window = Window(system)
    known = [each["code"] for each in window.request("GET", "/service-points").json()["service_points"]]
    body = {"channel": "visit", "text": "来访", "service_point": "SP-NOWHERE"}
    contact = window.request("POST", "/contacts", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
    for refused in (contact, window.register(service_point="SP-NOWHERE")):
        assert (422, "service_point") == (refused.status_code, refused.json()["field"])
        assert known == [each["code"] for each in refused.json()["known"]]


def test_who_comes_about_a_closed_petition_registers_again(system: Stack) -> None:
    """Nobody holds a closed one: the new one is linked to it, and says so both ways."""
    window = Window(system)
    closed = window.number()
    for action in ("withdraw", "close"):
        assert window.act(closed, action).ok
    until(lambda: window.look(closed)["state"] == "closed", "closed")
    contact = recorded(window)
    assert 409 == becomes(window, contact, "join", petition=closed, joining="repeat").status_code
    new = window.number(contact=contact)
    assert window.act(new, "link", to=closed, reason="repeat").status_code == 201
    assert [(closed, "重复信访")] == [(each["number"], each["reason_zh"]) for each in window.look(new)["linked"]]
    assert [new] == [each["number"] for each in window.look(closed)["linked"]]
    assert [409, 422] == [window.act(new, "link", to=to, reason="related").status_code for to in (closed, new)]


FOOD = {"kind": "claim", "line": "public_interest", "title": "食堂过期肉", "statement": "公办二小食堂用过期肉。"}
BRIBE = {
    "kind": "accusation",
    "line": "complaint_appeal",
    "title": "校长收回扣",
    "statement": "听说校长收供货商回扣。",
    "typed_anyway": True,
    "respondents": [{"unit": "A12", "name": "二小校长"}],
}
COSTS = {"kind": "claim", "line": "other", "title": "住院费", "statement": "孩子住院花3260元。"}
IDEA = {"kind": "proposal", "line": "other", "title": "陪餐", "statement": "建议家长轮流陪餐。"}


def test_a_letter_of_four_claims_is_split_and_no_part_betrays_another(system: Stack) -> None:
    """Each has its kind, custodian and clocks; who handles one is not told that its writer accuses somebody."""
    window, chief = Window(system, "window", "900100"), Window(system, "chief", "900000")
    contact = recorded(window, channel="call", text="食堂、校长、住院费、陪餐")
    refused = becomes(window, contact, "split", petitioner=PETITIONER, parts=[FOOD, BRIBE | {"place": "000000"}])
    assert (422, "parts.1.place") == (refused.status_code, refused.json()["field"])
    made = becomes(window, contact, "split", petitioner=PETITIONER, parts=[FOOD, BRIBE, COSTS, IDEA])
    assert made.status_code == 201, made.text
    food, bribe, costs, idea = [each["number"] for each in made.json()["petitions"]]
    assert ["claim", "accusation", "claim", "proposal"] == [each["kind"] for each in made.json()["petitions"]]
    assert 409 == becomes(window, contact, "split", petitioner=PETITIONER, parts=[FOOD, COSTS]).status_code
    assert chief.act(bribe, "assign", department="D06").status_code == 409  # not accepted yet
    assert Window(system, "handler", "900106", department="D06").act(bribe, "accept", department="D06").ok
    handler = Window(system, "handler", "900105", department="D05")
    assert handler.act(food, "accept", department="D05").ok

    def linked(officer: Window, number: str) -> list[str]:
        return [each["number"] for each in officer.look(number)["linked"]]

    assert [costs, idea] == linked(handler, food)
    assert [bribe, costs, idea] == linked(window, food)
    assert bribe not in str(handler.look(food))
    assert handler.request("GET", f"/petitions/{bribe}").status_code == 403
    # what the letter said as a whole is for nobody who may not read each part
    assert window.request("GET", f"/contacts/{contact}").status_code == 200
    assert window.act(bribe, "walls", reason="recused", officer="900101").ok
    walled = Window(system, "window", "900101")
    assert walled.request("GET", f"/contacts/{contact}").status_code == 403
    assert contact not in str(walled.request("GET", "/contacts").json())
    assert contact in str(window.request("GET", "/contacts").json())


def test_a_secret_is_not_sent_after_what_went_in_the_clear(system: Stack) -> None:
    """A supplement to what was said in secrecy stays here, on the timeline and for the handler."""
    window = Window(system)
    number = window.number(**(CLAIM | {"secrecy": True}))
    contact = recorded(window)
    assert becomes(window, contact, "join", petition=number, joining="supplement").ok
    assert [SAID] == [each["text"] for each in window.look(number)["contacts"]]
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        sent = text("SELECT count(*) FROM outbox WHERE subject = :number AND routing_key = 'material.added.v1'")
        assert 0 == connection.scalar(sent, {"number": number})
    engine.dispose()
