"""The routing ban over the bus: an accusation comes back from the wrong door and goes the lawful way only."""

from typing import Any

from county import PETITIONER, Agency, Window, until

from tools.dev.stack import Stack

ACCUSED = [{"unit": "A06-1", "name": "郑某"}]
ACCUSATION: dict[str, Any] = {"kind": "accusation", "line": "complaint_appeal", "respondents": ACCUSED}


def receivers(window: Window, number: str) -> dict[str, str | None]:
    path = f"/petitions/{number}/receivers"
    found = until(lambda: window.request("GET", path, service="referral").json().get("receivers"), "registered there")
    return {each["agency"]: each["reason"] for each in found}


def test_the_accused_never_gets_it_and_the_choices_are_shown(system: Stack) -> None:
    """Its own house is barred, a department without the power too: said in the answer, and nothing was asked for."""
    window = Window(system)
    number = window.number(**ACCUSATION)
    seen = receivers(window, number)
    assert ("accused", "accused", "no_power", None) == (seen["A06"], seen["A06-1"], seen["A09"], seen["A02"])
    for wrong, why in (("A06", "可能使被反映人或其单位获知"), ("A09", "无权处理检举控告")):
        refused = window.refer(number, wrong, "regulation_30")
        assert (409, "urn:fengqiao:problem:barred-receiver") == (refused.status_code, refused.json()["type"])
        assert why in refused.json()["detail"]
        assert ["A01", "A02", "A10"] == refused.json()["lawful"]
        assert ("registered", []) == (window.look(number)["state"], window.look(number)["pending"])
    assert "petition.referred.v1" not in window.steps(number)
    assert [] == window.request("GET", f"/petitions/{number}/referrals", service="referral").json()["referrals"]


def test_in_secrecy_it_goes_in_an_envelope(system: Stack) -> None:
    """No queue, no field of it; what the city's procuratorate signs on paper is written down and moves custody."""
    window = Window(system)
    number = window.number(**ACCUSATION, secrecy=True)
    refused = window.refer(number, "A04", "regulation_30")
    assert (409, "urn:fengqiao:problem:secret-stays") == (refused.status_code, refused.json()["type"])
    assert window.refer(number, "A01", "regulation_30").status_code == 200
    referral = window.referral(number)
    assert ("A01", "sent", True) == (referral["agency"], referral["state"], referral["statutory"])
    path = f"/referrals/{referral['number']}/record"
    assert (
        409
        == window.request("POST", path, service="referral", json={"move": "object", "reason": "duplicate"}).status_code
    )
    assert 200 == window.request("POST", path, service="referral", json={"move": "sign"}).status_code
    assert ["A00", "A01"] == window.holders(number)


def test_a_statutory_transfer_cannot_be_objected_to_nor_passed_to_the_accused(system: Stack) -> None:
    """To the police about a clerk of the town: theirs when signed for, and the town does not get it from them."""
    window, police = Window(system), Agency(system, "A06")
    number = window.number(**ACCUSATION | {"respondents": [{"unit": "A14", "name": "周某"}]})
    assert window.refer(number, "A06", "regulation_30").status_code == 200
    offer = police.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    assert (True, PETITIONER["name"]) == (offer["statutory"], offer["material"]["name"])
    police.reply("signed", offer["referral"])
    said = police.reply("objected", offer["referral"], reason="not_competent", text="不属我局")
    told = police.hear("message.rejected.v1", lambda data: data["message"] == said)["data"]
    assert ["reply.accepted.v1", "reply.pass_on.v1"] == told["allowed"]
    passed = police.reply("pass_on", offer["referral"], to="A14", text="转石桥镇政府")
    told = police.hear("message.rejected.v1", lambda data: data["message"] == passed)["data"]
    assert "不能转由该单位办理" == told["reason_zh"]
    assert ["A00", "A06"] == window.holders(number)


def test_a_claim_about_a_department_goes_to_it(system: Stack) -> None:
    """控告 is no accusation there: the organ it is about is the one to answer."""
    window, police = Window(system), Agency(system, "A06")
    number = window.number(line="criminal_appeal", respondents=[{"unit": "A06", "name": None}])
    assert window.refer(number, "A06").status_code == 200
    offer = police.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    assert False is offer["statutory"]
