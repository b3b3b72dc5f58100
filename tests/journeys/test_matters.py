"""The county's twelve matters by the API: what each is, who sees it, what is refused, by when, and where it ends."""

from datetime import UTC, date, datetime

import pytest
import yaml
from county import Window, done, until

from statute import day_of
from tools.dev.stack import COUNTY, Stack

# (matter, part) → kind, line, how the petitioner is reached, last day of the first reply
EXPECTED = {
    (1, None): ("accusation", "complaint_appeal", "none", "2026-10-19"),
    (2, None): ("accusation", "complaint_appeal", "sealed", "2026-10-20"),
    (3, None): ("accusation", "complaint_appeal", "sms", "2026-11-09"),
    (4, None): ("claim", "criminal_appeal", "sms", "2026-10-08"),  # 10-05 lies in the holiday
    (5, None): ("claim", "complaint_appeal", "sms", "2026-10-26"),
    (6, None): ("claim", "civil_supervision", "sms", "2026-11-16"),
    (7, None): ("claim", "judicial_aid", "sms", "2026-10-26"),
    (8, None): ("claim", "support_prosecution", "sms", "2026-11-23"),
    (9, None): ("claim", "other", "call", "2026-11-09"),
    (10, None): ("proposal", "other", "sms", "2026-11-16"),
    (11, None): ("claim", "public_interest", "sms", "2026-10-19"),
    (12, 1): ("claim", "public_interest", "sms", "2026-11-23"),
    (12, 2): ("accusation", "complaint_appeal", "sealed", "2026-11-23"),
    (12, 3): ("claim", "other", "sms", "2026-11-23"),
    (12, 4): ("proposal", "other", "sms", "2026-11-23"),
}
BOXES = dict.fromkeys(("criminal", "civil", "administrative", "public_interest"), False)
MATTERS = yaml.safe_load((COUNTY / "matters.yaml").read_text(encoding="utf-8"))["matters"]
Key = tuple[int, int | None]


@pytest.fixture(scope="module")
def officers(system: Stack) -> dict[str, Window]:
    handlers = {
        code: Window(system, "handler", f"9002{code[1:]}", department=code) for code in ("D01", "D04", "D05", "D06")
    }
    return handlers | {
        "window": Window(system, "window", "900100"),
        "chief": Window(system, "chief", "900000"),
        "named": Window(system, "handler", "900007", department="D02"),
        "all": Window(system),
    }


@pytest.fixture(scope="module")
def numbers(officers: dict[str, Window]) -> dict[Key, str]:
    """All registered at the window, in the file's words."""
    today = day_of(datetime.now(UTC))
    found = {}
    for matter in MATTERS:
        body = dict(matter["petition"])
        key = matter["matter"], matter["part"]
        if "sent_by" in matter:
            # its sender's own system hands it in: tests/journeys/test_inbound.py, and here as it comes on paper
            body |= {"channel": "forwarded", "forwarded": {"by": "A01", "number": "综治2026-0009"}}
            body["received_reason"] = "补登"
        if (today - date.fromisoformat(body["received_on"])).days > 360:
            pytest.skip("the matters' year is 2026; later they lie too far in the past to be registered on their day")
        answer = officers["window"].request(
            "POST", "/petitions", json=body, headers={"Idempotency-Key": f"matter-{key}".replace(" ", "")}
        )
        assert answer.status_code == 201, (key, answer.text)
        shown = answer.json()
        assert EXPECTED[key] == (shown["kind"], shown["line"], shown["reach"], shown["reply_by"]), key
        found[key] = shown["number"]
    assert EXPECTED.keys() == found.keys()
    return found


def barred(officer: Window, number: str) -> set[str]:
    look = lambda: officer.request("GET", f"/petitions/{number}/receivers", service="referral").json().get("receivers")  # noqa: E731
    return {each["agency"] for each in until(look, "registered there") if each["reason"] == "accused"}


def in_an_envelope(officers: dict[str, Window], number: str, to: str, refused: set[str]) -> None:
    """Whoever could warn the accused is refused; who has the power signs on paper, and holds it from then on."""
    everything = officers["all"]
    assert refused == barred(everything, number)
    for agency in sorted(refused):
        answer = everything.refer(number, agency, "regulation_30")
        assert (409, "urn:fengqiao:problem:secret-stays") == (answer.status_code, answer.json()["type"])
    done(everything.refer(number, to, "regulation_30"))
    referral = everything.referral(number)["number"]
    for move in ("sign", "accept"):
        done(everything.request("POST", f"/referrals/{referral}/record", service="referral", json={"move": move}))
    until(lambda: everything.look(number)["state"] == "handling", "theirs")
    assert ["A00", to] == everything.holders(number)


def answered(officer: Window, number: str, result: str, means: str, proof: str) -> None:
    """From acceptance to closing, the officer's own department."""
    proposed = officer.look(number)["kind"] == "proposal"
    if not proposed:
        done(officer.act(number, "liability", **BOXES))
    done(officer.act(number, "conclude", result=result, **({"adoption": "adopted"} if proposed else {})))
    done(officer.act(number, "replies", kind="outcome_reply", means=means, text="答复书"))
    assert 409 == officer.act(number, "close").status_code
    done(officer.act(number, "replies/1/proof", proof=proof))
    done(officer.act(number, "close"))
    until(lambda: officer.look(number)["state"] == "closed", "closed")


def test_1_an_anonymous_letter_goes_to_the_discipline_organ_by_hand(
    officers: dict[str, Window], numbers: dict[Key, str]
) -> None:
    """Not a word of it is here; 低保 makes no aid lead; nobody can be answered."""
    number, handler = numbers[1, None], officers["D05"]
    shown = handler.look(number)
    assert ("机2026-0041", "检举控告", None, None) == tuple(
        shown[n] for n in ("sealed_post", "title", "statement", "petitioner")
    )
    hardship = handler.act(number, "hardship", situations=["no_income"], wish=True)
    assert (409, "urn:fengqiao:problem:accusation-stays") == (hardship.status_code, hardship.json()["type"])
    assert 409 == handler.act(number, "material-asked", lacking=["身份证"], means="post").status_code
    owed = done(handler.request("GET", f"/petitions/{number}/owed"))
    assert ([], "anonymous") == (owed["owed"], owed["impossible"])
    in_an_envelope(officers, number, "A02", {"A14", "A14-1", "A07-1", "A08"})


def test_2_who_asked_for_secrecy_is_opened_to_one_officer_only(
    officers: dict[str, Window], numbers: dict[Key, str]
) -> None:
    """The police is the natural receiver, and the barred one; no SMS; the person only as the chief approved."""
    number, handler = numbers[2, None], officers["D05"]
    assert handler.look(number)["petitioner"] is None
    assert 422 == handler.act(number, "replies", kind="procedural_reply", means="sms", text="x").status_code
    opening = done(handler.act(number, "openings", purpose="verify", reason="核实伤情"))["opening"]
    done(officers["chief"].request("POST", f"/openings/{opening}/approve", json={}))
    looks = {name: officers[name].request("GET", f"/openings/{opening}/person") for name in ("D05", "D01", "window")}
    assert {"D05": 200, "D01": 403, "window": 403} == {name: answer.status_code for name, answer in looks.items()}
    assert "钱大禾" == looks["D05"].json()["person"]["name"]
    until(lambda: officers["all"].notices(number) == {"receipt": "impossible"}, "no SMS")
    in_an_envelope(officers, number, "A01", {"A06", "A06-1"})


def test_3_what_concerns_us_is_hidden_inside_our_office(officers: dict[str, Window], numbers: dict[Key, str]) -> None:
    """Until the colleague is named no department sees it; then all but theirs; inspection handles it."""
    number = numbers[3, None]
    assert 403 == officers["D06"].request("GET", f"/petitions/{number}").status_code
    done(officers["window"].act(number, "walls", reason="concerned", officer="900007", department="D02"))
    for action in ("", "/clocks", "/owed"):
        assert 403 == officers["named"].request("GET", f"/petitions/{number}{action}").status_code
    assert 403 == officers["named"].act(number, "accept", department="D02").status_code
    assert 422 == officers["D06"].act(number, "accept", department="D02").status_code
    assert 422 == officers["D06"].act(number, "accept", department="D06").status_code, "nobody named"
    done(officers["D06"].act(number, "accept", department="D06", handler="900099"))
    assert 403 == officers["D05"].request("GET", f"/petitions/{number}").status_code
    answered(officers["D06"], number, "partly_supported", "post", "post_receipt")


def test_4_an_appeal_is_answered_in_writing(officers: dict[str, Window], numbers: dict[Key, str]) -> None:
    """Its first reply was due on 10-05, which the holiday moves to 10-08; a call tells no conclusion."""
    number, handler = numbers[4, None], officers["D01"]
    done(handler.act(number, "accept", department="D01"))
    clocks = {each["rule"]: each for each in handler.request("GET", f"/petitions/{number}/clocks").json()["clocks"]}
    assert "2026-10-08" == clocks["procedural_reply"]["due"]
    assert "2026-12-28" == clocks["outcome_promise"]["due"]
    done(handler.act(number, "liability", **BOXES))
    done(handler.act(number, "conclude", result="not_supported"))
    call = {"kind": "outcome_reply", "means": "call", "text": "x"}
    assert ["in_person", "post"] == handler.act(number, "replies", **call).json()["lawful"]
    done(handler.act(number, "replies", **(call | {"means": "in_person"})))
    assert 422 == handler.act(number, "replies/1/proof", proof="call_confirmed").status_code
    done(handler.act(number, "replies/1/proof", proof="refused_witnessed"))
    done(handler.act(number, "close"))
    until(lambda: handler.look(number)["state"] == "closed", "closed")


def test_5_a_complaint_of_the_police_not_filing_is_a_claim(
    officers: dict[str, Window], numbers: dict[Key, str]
) -> None:
    """控告 in its words makes no accusation; ours, told on the phone."""
    number, handler = numbers[5, None], officers["D01"]
    assert set() == barred(officers["all"], number)
    done(handler.act(number, "accept", department="D01"))
    answered(handler, number, "supported", "call", "call_confirmed")


def test_6_who_must_ask_the_court_first_is_guided_there(officers: dict[str, Window], numbers: dict[Key, str]) -> None:
    """No referral, no three months; the slip is served before it is closed."""
    number, handler = numbers[6, None], officers["D05"]
    refused = handler.act(number, "refer", to="A10", basis="regulation_31", petitioner_wish=True)
    assert (422, "to") == (refused.status_code, refused.json()["field"])
    done(handler.act(number, "guide", to="A10"))
    rules = {each["rule"] for each in handler.request("GET", f"/petitions/{number}/clocks").json()["clocks"]}
    assert {"procedural_reply"} == rules
    assert 409 == handler.act(number, "close").status_code
    done(handler.act(number, "replies", kind="procedural_reply", means="post", text="引导单"))
    done(handler.act(number, "replies/1/proof", proof="post_receipt"))
    done(handler.act(number, "close"))
    until(lambda: handler.look(number)["state"] == "closed", "closed")


def test_7_hardship_asks_for_aid_once(officers: dict[str, Window], numbers: dict[Key, str]) -> None:
    """At her wish a case is opened; a second asking is refused."""
    number, window = numbers[7, None], officers["window"]
    wished = {"situations": ["victim_death", "no_income"], "wish": True, "case_number": "枫检刑诉〔2026〕7号"}
    done(window.act(number, "hardship", **wished))
    assert 409 == window.act(number, "hardship", **wished).status_code
    everything = officers["all"]
    until(
        lambda: everything.request("GET", f"/petitions/{number}/aid-cases", service="aid").json()["aid_cases"], "case"
    )


def test_8_the_labour_bureau_answers_and_we_tell(officers: dict[str, Window], numbers: dict[Key, str]) -> None:
    """Without the petitioner's wish nothing goes; while they have it nothing is concluded here."""
    number, handler = numbers[8, None], officers["D05"]
    done(handler.act(number, "accept", department="D05"))
    assert 422 == handler.act(number, "refer", to="A09", basis="regulation_31", petitioner_wish=False).status_code
    done(handler.refer(number, "A09"))
    assert 409 == handler.act(number, "conclude", result="supported").status_code
    until(lambda: "referral.answered.v1" in handler.steps(number), "answered")
    answered(handler, number, "supported", "post", "post_receipt")


def test_9_who_gave_no_consent_is_called(officers: dict[str, Window], numbers: dict[Key, str]) -> None:
    """The centre's petition is registered with us under their contact; no SMS."""
    assert "call" == officers["window"].look(numbers[9, None])["reach"]


@pytest.mark.parametrize("key", [(10, None), (12, 4)])
def test_10_and_12_a_proposal_is_answered_in_public(
    officers: dict[str, Window], numbers: dict[Key, str], key: Key
) -> None:
    """No box is asked of it; a public answer is one."""
    number, handler = numbers[key], officers["D05"]
    done(handler.act(number, "accept", department="D05"))
    answered(handler, number, "supported", "public", "published")


@pytest.mark.parametrize("key", [(11, None), (12, 1)])
def test_11_and_12_a_lead_stays_with_its_department(
    officers: dict[str, Window], numbers: dict[Key, str], key: Key
) -> None:
    """Only the public interest's department sees it once it is theirs; the petitioner is told so in time."""
    number, handler = numbers[key], officers["D04"]
    done(handler.act(number, "accept", department="D04"))
    assert 403 == officers["D05"].request("GET", f"/petitions/{number}").status_code
    done(handler.act(number, "replies", kind="procedural_reply", means="call", text="已转办案部门"))
    done(handler.act(number, "replies/1/proof", proof="call_confirmed"))
    owed = done(handler.request("GET", f"/petitions/{number}/owed"))["owed"]
    assert ["outcome_reply"] == [each["reply"] for each in owed]


def test_12_the_accusation_among_four_shows_in_none_of_the_others(
    officers: dict[str, Window], numbers: dict[Key, str]
) -> None:
    """The caller is in the safe for it, and named in the rest; the bureau of education is barred."""
    handler, number = officers["D01"], numbers[12, 2]
    assert handler.look(number)["petitioner"] is None
    for part in (1, 3, 4):
        text = officers["chief"].request("GET", f"/petitions/{numbers[12, part]}").text
        assert number not in text
        assert "冯小满" in text
        assert "机2026-0057" not in text
    in_an_envelope(officers, number, "A02", {"A12"})
