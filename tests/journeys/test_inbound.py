"""What other agencies send to us: signed, objected to, taken on, reported on, answered, always under their number."""

from datetime import timedelta
from typing import Any

import pytest
from county import BOXES, Agency, Window, done, today, until

from tools.dev.stack import Stack

TEXT = "宅基地通道争议应由石桥镇政府处理，石桥司法所可先行调解。"


class Sent:
    """A petition the governance centre sent by its own system."""

    def __init__(self, system: Stack, submission: str, **changes: Any):
        self.window, self.centre, self.submission = Window(system), Agency(system, "A04"), submission
        self.body = {
            "submission": submission,
            "received_on": today().isoformat(),
            "kind": "claim",
            "line": "other",
            "title": "宅基地通道争议",
            "statement": "与邻居争宅基地0.6米通道，今年第三次来访。",
            "petitioner": {"name": "孙长根", "resident_id": None, "phone": None, "address": "石桥镇"},
        } | changes
        self.centre.say("petition.submitted.v1", self.body)
        self.number = self.window.submitted(submission)

    def hear(self, what: str) -> dict[str, Any]:
        heard = self.centre.hear(f"submission.{what}.v1", lambda data: data["submission"] == self.submission)["data"]
        assert self.number == heard["petition"]
        return heard

    def rule(self, ruling: str) -> str:
        data = {"submission": self.submission, "officer": "经办员", "ruling": ruling}
        return self.centre.say("reply.ruling.v1", data)

    def act(self, action: str, **body: Any) -> Any:
        return self.window.act(self.number, action, **body)

    @property
    def state(self) -> str:
        state: str = self.window.look(self.number)["state"]
        return state


def rows(window: Window, number: str) -> set[str]:
    """By which rows of the law the clocks of what was sent to us run, once referral has heard of it."""
    look = lambda: window.request("GET", f"/petitions/{number}/clocks", service="referral").json().get("clocks")  # noqa: E731
    return {each["row"] for each in until(look, "clocks of the submission")}


def test_what_is_anothers_is_objected_to_and_taken_back(system: Stack) -> None:
    """Matter 9: theirs until we sign, ours until they take it back; nothing else is lawful while they rule."""
    sent = Sent(system, "综治2026-0101")
    assert ["A04"] == sent.window.holders(sent.number)
    assert {"sign", "wall"} == {each["action"] for each in sent.window.look(sent.number)["allowed_actions"]} & {
        "sign", "object", "accept", "refer", "wall", "withdraw",
    }  # fmt: skip
    assert 409 == sent.act("object", reason="other_competent", text=TEXT).status_code
    done(sent.act("sign"))
    assert sent.window.look(sent.number)["reply_by"] == sent.hear("signed")["reply_by"]
    until(lambda: ["A04", "A00"] == sent.window.holders(sent.number), "ours by our signature")
    done(sent.act("object", reason="other_competent", text=TEXT))
    heard = sent.hear("objected")
    assert ("other_competent", TEXT) == (heard["reason"], heard["text"])
    for action, body in (
        ("accept", {"department": "D05"}),
        ("refer", {"to": "A14-1", "basis": "regulation_31"}),
        ("close", {}),
    ):
        refused = sent.act(action, **body, **({"petitioner_wish": True} if action == "refer" else {}))
        assert (409, "objected") == (refused.status_code, refused.json()["state"])
    sent.rule("upheld")
    until(lambda: sent.state == "sent_back", "taken back")
    assert ["A04", "A00", "A04"] == sent.window.holders(sent.number)
    done(sent.act("close"))
    until(lambda: sent.state == "closed", "closed")
    assert ["A04", "A00", "A04", None] == sent.window.holders(sent.number)
    clocks = sent.window.request("GET", f"/petitions/{sent.number}/clocks").json()["clocks"]
    assert {"stopped"} == {each["state"] for each in clocks}


def test_what_they_stand_by_is_taken_on_reported_on_and_answered(system: Stack) -> None:
    """Overruled: ours to deal with; their day is a clock; it is not closed before they have their answer."""
    answer_by = today() + timedelta(days=30)
    sent = Sent(system, "综治2026-0102", answer_by=answer_by.isoformat())
    done(sent.act("sign"))
    done(sent.act("object", reason="not_competent", text=TEXT))
    sent.hear("objected")
    sent.rule("overruled")
    until(lambda: sent.state == "registered", "ours to deal with")
    done(sent.act("accept", department="D05"))
    sent.hear("accepted")
    clocks = until(
        lambda: sent.window.request("GET", f"/petitions/{sent.number}/clocks", service="referral").json()["clocks"],
        "clocks of the submission",
    )
    due = {each["rule"]: each["due"] for each in clocks}
    assert answer_by.isoformat() == due["answer_to_sender"]
    assert 409 == sent.act("object", reason="not_competent", text=TEXT).status_code
    done(sent.act("sender-told", text="已听取双方意见。"))
    assert "已听取双方意见。" == sent.hear("progress")["text"]
    done(sent.act("liability", **BOXES))
    done(sent.act("conclude", result="not_supported"))
    done(sent.act("replies", kind="outcome_reply", means="post", text="经审查不支持。"))
    done(sent.act("replies/1/proof", proof="post_receipt"))
    waits = sent.act("close")
    assert (409, "urn:fengqiao:problem:sender-waits") == (waits.status_code, waits.json()["type"])
    done(sent.act("sender-answered", text="经审查，原处理并无不当，已向信访人释明。"))
    heard = sent.hear("answered")
    assert ("not_supported", True) == (heard["result"], "并无不当" in heard["text"])
    assert 409 == sent.act("sender-answered", text="再答").status_code
    done(sent.act("close"))
    until(lambda: sent.state == "closed", "closed")


def test_what_we_hand_on_ourselves_is_answered_to_its_sender_too(system: Stack) -> None:
    """Their number and the other agency's referral are two things: both end before the petition does."""
    sent, police = Sent(system, "综治2026-0103"), Agency(system, "A06")
    done(sent.act("sign"))
    done(sent.window.refer(sent.number, "A06"))
    offer = police.hear("referral.offered.v1", lambda data: data["petition"] == sent.number)["data"]
    for step, data in (("signed", {}), ("accepted", {}), ("answered", {"result": "supported", "text": "已处理"})):
        police.reply(step, offer["referral"], **data)
    until(lambda: "referral.answered.v1" in sent.window.steps(sent.number), "answered")
    assert ["A04", "A00", "A06"] == sent.window.holders(sent.number)
    done(sent.act("conclude", result="supported"))
    done(sent.act("replies", kind="outcome_reply", means="post", text="已处理。"))
    done(sent.act("replies/1/proof", proof="post_receipt"))
    done(sent.act("sender-answered", text="县公安局已处理。"))
    assert "supported" == sent.hear("answered")["result"]
    done(sent.act("close"))
    until(lambda: sent.state == "closed", "closed")


def test_an_accusation_is_taken_whoever_sends_it(system: Stack) -> None:
    """刑诉法 110(3): no objection; and who stands with whom it hits hears that it was answered, not what was found."""
    sent = Sent(
        system, "综治2026-0104", kind="accusation", line="complaint_appeal", title="反映镇干部", statement="收受财物",
        respondents=[{"unit": "A14-1", "name": "某"}],
    )  # fmt: skip
    done(sent.act("sign"))
    sent.hear("signed")
    refused = sent.act("object", reason="not_competent", text=TEXT)
    assert (409, "urn:fengqiao:problem:must-take") == (refused.status_code, refused.json()["type"])
    done(sent.act("not-accept", reason="not_ours"))
    done(sent.act("replies", kind="procedural_reply", means="post", text="不属本院管辖，已依法移送。"))
    done(sent.act("replies/1/proof", proof="post_receipt"))
    done(sent.act("sender-answered", text="已依法移送。"))
    until(lambda: "routing.refused.v1" in sent.window.steps(sent.number), "nothing said to the town's guide")
    done(sent.act("close"))
    until(lambda: sent.state == "closed", "closed")
    method, _, _ = sent.centre.channel.basic_get("agency.A04.inbox", auto_ack=True)
    assert method is None, "the centre guides the town's own"


def test_what_comes_on_paper_is_ruled_on_on_paper(system: Stack) -> None:
    """The city procuratorate has no queue: an officer registers its number, and writes down what it ruled."""
    window = Window(system)
    forwarded = {"by": "A01", "number": "青检转〔2026〕12号", "handover": "assign"}
    number = window.number(channel="forwarded", forwarded=forwarded)
    again = window.register(channel="forwarded", forwarded=forwarded)
    assert (422, "forwarded.number") == (again.status_code, again.json()["field"])
    assert "submitted" == window.look(number)["state"]
    done(window.act(number, "sign"))
    done(window.act(number, "object", reason="not_competent", text=TEXT))
    look = lambda: [each for each in referrals(window, number) if each["state"] == "objected"]  # noqa: E731
    (paper,) = until(look, "the objection")
    assert ["rule"] == [each["action"] for each in paper["allowed_actions"]]
    path = f"/referrals/{paper['number']}"
    assert 409 == window.request("POST", f"{path}/recall", "referral", json={}).status_code
    done(window.request("POST", f"{path}/rule", "referral", json={"ruling": "overruled"}))
    until(lambda: window.look(number)["state"] == "registered", "ours to deal with")


@pytest.mark.parametrize(
    ("forwarded", "field"),
    [
        ({"by": "A04", "number": "1"}, "forwarded.by"),
        ({"by": "A99", "number": "1"}, "forwarded.by"),
        ({"by": "A01"}, "forwarded.number"),
        ({"by": "A01", "number": "2", "answer_by": "2020-01-01"}, "forwarded.answer_by"),
        ({"by": "A01", "number": "2", "handover": "assist"}, "forwarded.handover"),
        # 交办 is for who stands above us or answers for petitions
        ({"by": "A02", "number": "2", "handover": "assign"}, "forwarded.handover"),
    ],
)
def test_a_wrong_sender_is_named(system: Stack, forwarded: dict[str, str], field: str) -> None:
    """Who has a system of its own sends by it; the rest is refused by its field."""
    refused = Window(system).register(channel="forwarded", forwarded=forwarded)
    assert (422, field) == (refused.status_code, refused.json()["field"])


def test_only_some_assign_and_the_law_of_an_objection_is_the_senders(system: Stack) -> None:
    """条例 22, 23(3): a governance centre hands over and cannot assign; its objection's days are an agreement's."""
    sent = Sent(system, "综治2026-0109")
    assert "移送协作协议" == sent.window.look(sent.number)["sender"]["object_law"]
    assert "objection_to_sender.agreed" in rows(sent.window, sent.number)
    asked = sent.body | {"submission": "综治2026-0110", "handover": "assign"}
    said = sent.centre.say("petition.submitted.v1", asked)
    told = sent.centre.hear("message.rejected.v1", lambda data: data["message"] == said)["data"]
    assert "handover" == told["field"]
    forwarded = {"by": "A01", "number": "青检交〔2026〕31号", "handover": "assign"}
    number = sent.window.number(channel="forwarded", forwarded=forwarded)
    assert "objection_to_sender" in rows(sent.window, number)
    assert "《信访工作条例》第二十三条第三款" == sent.window.look(number)["sender"]["object_law"]


def test_a_ruling_on_nothing_is_rejected_with_the_state(system: Stack) -> None:
    """A sender that rules too early, or on another's submission."""
    sent = Sent(system, "综治2026-0105")
    until(lambda: referrals(sent.window, sent.number), "known to referral")
    said = sent.rule("upheld")
    early = sent.centre.hear("message.rejected.v1", lambda data: data["message"] == said)["data"]
    assert ("type", "sent") == (early["field"], early["state"])
    police = Agency(system, "A05")
    another = police.say("reply.ruling.v1", {"submission": sent.submission, "officer": "经办员", "ruling": "upheld"})
    told = police.hear("message.rejected.v1", lambda data: data["message"] == another)["data"]
    assert "submission" == told["field"]


def referrals(window: Window, number: str) -> list[dict[str, Any]]:
    path = f"/petitions/{number}/referrals"
    found: list[dict[str, Any]] = window.request("GET", path, service="referral").json().get("referrals", [])
    return found
