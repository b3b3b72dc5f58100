"""The lifecycle beyond the main path: what is lacking, standing still, giving up, ending, looking at it anew."""

from datetime import timedelta
from typing import Any

from county import BOXES, Agency, Window, approve, done, sentences, today, until

from tools.dev.stack import Stack


def clocks(window: Window, number: str) -> dict[str, dict[str, Any]]:
    found = window.request("GET", f"/petitions/{number}/clocks").json()["clocks"]
    return {each["rule"]: each for each in found}


def test_an_accepted_claim_is_concluded_only_with_its_boxes(system: Stack) -> None:
    """S14 before the end; the result and whether the trouble is over are two facts; a proposal needs no box."""
    window = Window(system)
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    refused = window.act(number, "conclude", result="supported")
    assert (409, "urn:fengqiao:problem:liability-open") == (refused.status_code, refused.json()["type"])
    assert "review-liability" in [each["action"] for each in refused.json()["allowed_actions"]]
    assert 422 == window.act(number, "liability", criminal=True).status_code
    done(window.act(number, "liability", **BOXES))
    assert 409 == window.act(number, "resolution", resolution="explained").status_code
    done(window.act(number, "conclude", result="supported"))
    shown = done(window.act(number, "resolution", resolution="procedure_only"))
    assert ("supported", "procedure_only", BOXES) == (shown["result"], shown["resolution"], shown["liability"])
    assert {"一案三查：刑事无，民事有线索，行政无，公益无", "化解情况：程序办结未息诉"} <= {*sentences(window, number)}
    proposal = window.number(kind="proposal", line="other")
    done(window.act(proposal, "accept", department="D05"))
    done(window.act(proposal, "conclude", result="supported", adoption="adopted"))


def test_a_proposal_is_adopted_in_part_or_not_told_so_and_counted(system: Stack) -> None:
    """条例 29: said with its conclusion and of nothing else, on the paper for who proposed it, and counted."""
    window, place = Window(system), {"kind": "proposal", "line": "other", "service_point": "SP-LIUTANG"}
    number, claim = window.number(**place), window.number()
    for each in (number, claim):
        done(window.act(each, "accept", department="D05"))
    done(window.act(claim, "liability", **BOXES))
    for each, said in ((number, {}), (claim, {"adoption": "adopted"})):
        refused = window.act(each, "conclude", result="supported", **said)
        assert (422, "adoption") == (refused.status_code, refused.json()["field"])
    fields = {
        each: {field["name"]: field["required"] for field in action["fields"]}
        for each in (number, claim)
        for action in window.look(each)["allowed_actions"]
        if action["action"] == "conclude"
    }
    assert {"result": True, "adoption": True} == fields[number]
    assert {"result": True} == fields[claim]
    done(window.act(number, "conclude", result="partly_supported", adoption="partly"))
    done(window.act(number, "replies", kind="outcome_reply", means="post", text="已转有关部门改进"))
    paper = window.request("GET", f"/petitions/{number}/documents/reply").text
    assert "对你提出的建议：部分采纳。" in paper
    assert "部分采纳" == window.look(number)["adoption_zh"]
    counted = {
        word: done(window.request("GET", "/petitions", params={"adoption": word, "service_point": "SP-LIUTANG"}))
        for word in ("adopted", "partly", "not_adopted")
    }
    assert ["partly"] == [word for word, page in counted.items() if number in {n["number"] for n in page["petitions"]}]
    assert counted["partly"]["total"] >= 1


def test_what_is_lacking_is_a_reply_and_acceptance_counts_from_the_day_it_came(system: Stack) -> None:
    """规则 161-163: the 7 days are met by telling what is lacking; the 3 months count from the complete petition."""
    window = Window(system)
    received = today() - timedelta(days=20)
    number = window.number(received_on=received.isoformat(), received_reason="补登")
    done(window.act(number, "material-asked", lacking=["身份证复印件", "劳动合同"], means="post"))
    assert ("stopped", "petition.material_asked.v1") == tuple(
        clocks(window, number)["procedural_reply"][name] for name in ("state", "stopped_by")
    )
    assert ["身份证复印件", "劳动合同"] == window.look(number)["lacking"]
    assert 409 == window.act(number, "accept", department="D05").status_code
    done(window.act(number, "complete"))
    assert [] == window.look(number)["lacking"]
    done(window.act(number, "accept", department="D05"))
    assert today().isoformat() == clocks(window, number)["progress_or_outcome"]["start"]
    assert not [each for each in window.look(number)["timeline"] if "身份证" in str(each)]
    anonymous = window.number(petitioner=None, anonymous=True)
    assert 409 == window.act(anonymous, "material-asked", lacking=["合同"], means="post").status_code


def test_standing_still_stops_the_periods_that_know_the_reason(system: Stack) -> None:
    """The chief suspends; the 7-day reply and the progress (规则 163) run on; nothing is decided meanwhile."""
    window, chief = Window(system), Window(system, "chief", "900000")
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    assert 403 == Window(system, "handler", "900105", department="D05").act(
        number, "suspend", reason="appraisal"
    ).status_code  # fmt: skip
    assert "suspended" == done(chief.act(number, "suspend", reason="appraisal"))["state"]
    states = {rule: each["state"] for rule, each in clocks(window, number).items()}
    assert ("running", "suspended") == (states["progress_or_outcome"], states["outcome_promise"])
    assert states["procedural_reply"] in ("running", "stopped")
    refused = window.act(number, "conclude", result="supported")
    assert (409, "suspended") == (refused.status_code, refused.json()["state"])
    actions = dict.fromkeys(each["action"] for each in refused.json()["allowed_actions"])
    assert ["reply", "resume", "withdraw", "terminate"] == list(actions)[:4]
    assert "accepted" == done(chief.act(number, "resume"))["state"]
    assert {"running"} == {clocks(window, number)[each]["state"] for each in ("progress_or_outcome", "outcome_promise")}


def test_a_withdrawn_petition_is_closed_once_who_has_it_has_answered(system: Stack) -> None:
    """Withdrawn while an agency had it: closing is refused at once; and it is withdrawn still, not answered."""
    window, agency = Window(system), Agency(system, "A06")
    number = window.number()
    window.refer(number, "A06")
    referral = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]["referral"]
    for step in ("signed", "accepted"):
        agency.reply(step, referral)
    until(lambda: window.look(number)["state"] == "handling", "taken up")
    assert "withdrawn" == done(window.act(number, "withdraw"))["result"]
    refused = window.act(number, "close")
    assert (409, "urn:fengqiao:problem:answer-missing") == (refused.status_code, refused.json()["type"])
    assert "withdrawn" == window.look(number)["state"]
    assert 409 == window.act(number, "reopen", reason="not_voluntary").status_code
    agency.reply("answered", referral, result="withdrawn", text="已撤回")
    until(lambda: "referral.answered.v1" in window.steps(number), "answered")
    done(window.act(number, "close"))
    until(lambda: window.look(number)["state"] == "closed", "closed")


def test_what_ends_without_an_answer_is_told_before_it_is_closed(system: Stack) -> None:
    """Terminated by the chief; closing needs the petitioner told; then nothing is owed."""
    window = Window(system)
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    done(window.act(number, "terminate", reason="settled"))
    assert 409 == window.act(number, "close").status_code
    done(window.act(number, "replies", kind="outcome_reply", means="post", text="因已和解，终结办理。"))
    done(window.act(number, "replies/1/proof", proof="post_receipt"))
    done(window.act(number, "close"))
    until(lambda: window.look(number)["state"] == "closed", "closed")
    assert {"stopped"} == {each["state"] for each in clocks(window, number).values()}


def test_what_is_looked_at_anew_counts_from_today(system: Stack) -> None:
    """Reopened with a reason: nothing found before still stands, and no period is missed by its old date."""
    window = Window(system)
    received = today() - timedelta(days=200)
    number = window.number(received_on=received.isoformat(), received_reason="补登")
    done(window.act(number, "not-accept", reason="out_of_time"))
    shown = done(window.act(number, "reopen", reason="new_evidence"))
    assert ("registered", None, None) == (shown["state"], shown["result"], shown["liability"])
    done(window.act(number, "accept", department="D05"))
    assert today().isoformat() == clocks(window, number)["outcome_promise"]["start"]


def test_what_was_closed_is_looked_at_anew_with_a_custodian(system: Stack) -> None:
    """New evidence after closing: its periods begin again, and we hold it again; of a void one there is nothing."""
    window = Window(system)
    number, void = window.number(kind="proposal", line="other"), window.number()
    approve(system, done(window.ask(void, "void", reason="重复扫描"))["approval"])
    done(window.ask(void, "close"))

    def ours_again(times: int) -> None:
        until(lambda: window.steps(number).count("custody.moved.v1") == times, "ours again")

    for times in (1, 2):
        done(window.act(number, "accept", department="D05"))
        assert ("running", today().isoformat()) == tuple(
            clocks(window, number)["outcome_promise"][name] for name in ("state", "start")
        )
        done(window.act(number, "conclude", result="supported", adoption="adopted"))
        done(window.act(number, "replies", kind="outcome_reply", means="post", text="答复书"))
        last = len(done(window.request("GET", f"/petitions/{number}/owed"))["told"])
        done(window.act(number, f"replies/{last}/proof", proof="post_receipt"))
        done(window.act(number, "close"))
        until(lambda: window.look(number)["state"] == "closed", "closed")
        shown = done(window.act(number, "reopen", reason="new_evidence"))
        assert ("registered", None) == (shown["state"], shown["result"])
        ours_again(times)
    held = done(window.request("GET", f"/petitions/{number}/custody", service="referral"))["custody"]
    assert ["A00", None, "A00", None, "A00"] == [each["agency"] for each in held]
    until(lambda: window.look(void)["state"] == "closed", "closed")
    refused = window.act(void, "reopen", reason="wrong")
    assert 409 == refused.status_code
    assert "reopen" not in [each["action"] for each in refused.json()["allowed_actions"]]


def test_the_backlog_is_what_is_owed_and_was_not_told(system: Stack) -> None:
    """The longest owed first, page by page; gone once the outcome is told; out of sight behind a wall."""
    window = Window(system)
    numbers = []
    for days in (150, 210):
        received = today() - timedelta(days=days)
        number = window.number(received_on=received.isoformat(), received_reason="补登")
        done(window.act(number, "accept", department="D05"))
        numbers.insert(0, number)

    def listed(officer: Window) -> list[str]:
        found, query = list[str](), dict[str, Any]()
        while True:
            page = officer.request("GET", "/backlog", params={"limit": 1, **query}).json()
            found += [each["number"] for each in page["petitions"] if each["number"] in numbers]
            if page["next"] is None:
                return found
            query = {"after": page["next"]}

    until(lambda: listed(window) == numbers, "both, the older first")
    done(window.act(numbers[0], "walls", reason="recused", officer="900106"))
    assert numbers[1:] == listed(Window(system, "handler", "900106", department="D05"))
    done(window.act(numbers[1], "liability", **BOXES))
    done(window.act(numbers[1], "conclude", result="supported"))
    done(window.act(numbers[1], "replies", kind="outcome_reply", means="post", text="答复书"))
    assert numbers[:1] == listed(window)
