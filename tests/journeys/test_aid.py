"""The hardship path: a petition, judicial aid, a lead to civil affairs, its answer, an SMS."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from county import PETITIONER, Agency, Window, done, sent_texts, until

from tools.dev.stack import Stack

SITUATIONS = ["victim_death", "no_compensation", "no_income", "minor_schooling"]


def ask_for_aid(window: Window, case_number: str | None = None, person: dict[str, Any] = PETITIONER) -> dict[str, Any]:
    """Registers a petition, marks hardship with the petitioner's wish; the case that came of it."""
    number = window.number(line="judicial_aid", petitioner=person)
    answer = window.act(number, "hardship", situations=SITUATIONS, wish=True, case_number=case_number)
    assert answer.status_code == 200, answer.text
    return case_of(window, number)


def case_of(window: Window, number: str) -> dict[str, Any]:
    path = f"/petitions/{number}/aid-cases"
    look = lambda: window.request("GET", path, service="aid").json().get("aid_cases")  # noqa: E731
    case: dict[str, Any] = until(look, "an aid case")[0]
    return case


def decide(window: Window, case: str, action: str, **body: Any) -> Any:
    return window.request("POST", f"/aid-cases/{case}/{action}", service="aid", json=body)


def offered(civil: Agency, answer: Any) -> dict[str, Any]:
    """What the agency hears of the lead; others' stories may have sent it leads before."""
    lead = done(answer)["leads"][-1]["number"]
    data: dict[str, Any] = civil.hear("aid.lead_offered.v1", lambda said: said["lead"] == lead)["data"]
    return data


def test_from_hardship_to_the_answer_and_an_sms(system: Stack) -> None:
    """What may fit is said with reason and documents, a person decides, civil affairs answers, two SMS, no amount."""
    window, civil = Window(system), Agency(system, "A08")
    case = ask_for_aid(window, "鄂0102刑初1号")
    assert {"judicial", "subsistence", "education"} <= {row["kind"] for row in case["determination"]}
    assert all(row["reason"] and row["documents"] and row["source"] for row in case["determination"])
    assert {"未核验"} == {row["verified"] for row in case["determination"]}
    assert (
        decide(window, case["number"], "grant", amount="20000.50", ground="J1", opinion="符合").json()["amount"]
        == "20000.50"
    )
    offer = offered(civil, decide(window, case["number"], "leads", to="A08"))
    assert PETITIONER["name"] == offer["material"]["name"]
    assert "statement" not in offer["material"]
    about = {"lead": offer["lead"], "officer": "经办员"}
    signed = civil.say("aid.lead_signed.v1", about, receipt=True)
    taken = civil.hear("message.taken.v1", lambda said: said["message"] == signed)["data"]
    assert ("signed", ["aid.lead_answered.v1"]) == (taken["state"], taken["allowed"])
    civil.say("aid.lead_answered.v1", about | {"result": "pending", "text": "正在核查"})
    civil.say("aid.lead_answered.v1", about | {"result": "granted", "text": "已给予临时救助"})
    number = case["petition"]
    told = {"receipt": "delivered", "aid_decided": "delivered", "aid_answered": "delivered"}
    until(lambda: window.notices(number) == told, "three messages")
    texts = [each["text"] for each in sent_texts(system) if "救助" in each["text"]]
    assert not [text for text in texts if "20000" in text or PETITIONER["name"] in text or "刑初" in text]
    lead = window.request("GET", f"/aid-cases/{case['number']}", service="aid").json()["leads"][0]
    assert ("answered", "granted", "已给予临时救助") == (lead["state"], lead["result"], lead["text"])


def test_an_answer_may_come_before_its_receipt(system: Stack) -> None:
    """Two messages that overtook each other: the early one is held, then both are done."""
    window, civil = Window(system), Agency(system, "A08")
    case = ask_for_aid(window)
    lead = offered(civil, decide(window, case["number"], "leads", to="A08"))["lead"]
    about = {"lead": lead, "officer": "经办员"}
    civil.say("aid.lead_answered.v1", about | {"result": "refused", "text": "不符合条件"})
    civil.say("aid.lead_signed.v1", about)
    until(lambda: case_of(window, case["petition"])["leads"][0]["state"] == "answered", "answered")


def test_judicial_aid_is_given_once_to_a_person_in_a_case(system: Stack) -> None:
    """Two petitions about one case, decided at the same moment: one is given, the other names it."""
    window = Window(system)
    person = PETITIONER | {"name": "温玉兰"}
    for turn in range(5):
        cases = [ask_for_aid(window, f"鄂刑初{turn}号", person)["number"] for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(lambda case: decide(window, case, "grant", amount="1000", ground="J1", opinion="符合"), cases)
            )
        assert [200, 409] == sorted(answer.status_code for answer in answers)
        given, refused = sorted(answers, key=lambda answer: answer.status_code)
        assert given.json()["number"] == refused.json()["first"]
        assert "社会救助" in refused.json()["detail"]


def test_what_may_not_be_decided_is_refused_by_name(system: Stack) -> None:
    """Above the cap, no amount, twice, a lead to who does not decide on it, to nobody, twice."""
    window, civil = Window(system), Agency(system, "A08")
    case = ask_for_aid(window)["number"]
    for amount in ("0", "-1", "1e9", "很多", "1.001", "99999999"):
        answer = decide(window, case, "grant", amount=amount, ground="J1", opinion="符合")
        assert (422, "amount") == (answer.status_code, answer.json()["field"]), amount
    assert decide(window, case, "leads", to="A06").json()["field"] == "kinds"
    assert decide(window, case, "leads", to="A99").json()["field"] == "to"
    assert decide(window, case, "refuse", ground="own_fault").status_code == 200
    again = decide(window, case, "grant", amount="100", ground="J1", opinion="符合")
    assert (409, "refused") == (again.status_code, again.json()["state"])
    assert {"offer-lead"} == {each["action"] for each in again.json()["allowed_actions"]}
    assert decide(window, case, "leads", to="A08").status_code == 201
    assert decide(window, case, "leads", to="A08").status_code == 409
    civil.hear("aid.lead_offered.v1")


def test_without_the_petitioners_wish_nothing_goes_to_aid(system: Stack) -> None:
    """Hardship is noted and no more; an accusation cannot be marked at all."""
    window = Window(system)
    number = window.number()
    assert window.act(number, "hardship", situations=SITUATIONS, wish=False).status_code == 200
    accusation = window.number(kind="accusation", line="complaint_appeal")
    refused = window.act(accusation, "hardship", situations=SITUATIONS, wish=True)
    assert "urn:fengqiao:problem:accusation-stays" == refused.json()["type"]
    later = ask_for_aid(window)  # by now whatever the first two set off has gone its way
    assert later["number"]
    for silent in (number, accusation):
        path = f"/petitions/{silent}/aid-cases"
        assert [] == window.request("GET", path, service="aid").json()["aid_cases"]
