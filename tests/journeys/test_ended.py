"""A petition ends while others have it, or on its way to them: recalled or told, over the real broker; told once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from county import Agency, Window, done, sent_texts, sentences, until

from tests.journeys.test_inbound import Sent
from tools.dev.stack import Stack

ENDS = {"referral.stopped.v1", "referral.recalled.v1"}


def offered(window: Window, agency: Agency) -> tuple[str, str]:
    """A claim handed to an agency: its number and the referral's."""
    number = window.number()
    done(window.refer(number, agency.code))
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    return number, offer["referral"]


def about(referral: str) -> Any:
    return lambda data: data["referral"] == referral


@pytest.mark.parametrize("how", ["withdraw", "terminate"])
def test_what_nobody_accepted_is_recalled_and_cannot_be_accepted_any_more(system: Stack, how: str) -> None:
    """Signed for and then withdrawn: the agency hears it, its acceptance is refused with the state, custody stays."""
    window, agency = Window(system), Agency(system, "A12")
    number, referral = offered(window, agency)
    agency.reply("signed", referral)
    until(lambda: "referral.signed.v1" in window.steps(number), "signed")
    done(window.act(number, how, **({"reason": "settled"} if how == "terminate" else {})))
    agency.hear("referral.recalled.v1", about(referral))
    late = agency.reply("accepted", referral)
    assert "recalled" == agency.hear("message.rejected.v1", lambda data: data["message"] == late)["data"]["state"]
    assert ["A00"] == window.holders(number)
    until(lambda: window.look(number)["referred_to"] is None, "told to intake")
    assert window.look(number)["state"] == ("withdrawn" if how == "withdraw" else "terminated")
    if how == "withdraw":
        done(window.act(number, "close"))
        until(lambda: window.look(number)["state"] == "closed", "closed")
        assert ["A00", None] == window.holders(number)


def test_who_had_accepted_is_told_and_answers(system: Stack) -> None:
    """It keeps what it took on until it answers; nothing moves custody after that."""
    window, agency = Window(system), Agency(system, "A12")
    number, referral = offered(window, agency)
    for step in ("signed", "accepted"):
        agency.reply(step, referral)
    until(lambda: window.look(number)["state"] == "handling", "taken up")
    done(window.act(number, "withdraw"))
    assert "withdrawn" == agency.hear("referral.stopped.v1", about(referral))["data"]["reason"]
    until(lambda: "县教育局 不必再办：信访人撤回" in sentences(window, number), "on the timeline")
    agency.reply("answered", referral, result="withdrawn", text="已停止办理")
    until(lambda: "referral.answered.v1" in window.steps(number), "answered")
    done(window.act(number, "close"))
    until(lambda: window.look(number)["state"] == "closed", "closed")
    assert ["A00", "A12", None] == window.holders(number)


def test_an_acceptance_and_a_withdrawal_that_cross_have_one_order_for_all(system: Stack) -> None:
    """Whoever was first: custody, the referral, what the agency was told and the timeline say the same."""
    window, agency = Window(system), Agency(system, "A12")
    crossing = [offered(window, agency) for _ in range(8)]
    for _, referral in crossing:
        agency.reply("signed", referral)
    for number, _ in crossing:
        until(lambda number=number: "referral.signed.v1" in window.steps(number), "signed")  # type: ignore[misc]
    with ThreadPoolExecutor(2) as pool:
        withdrawn = pool.submit(lambda: [done(window.act(number, "withdraw")) for number, _ in crossing])
        for _, referral in crossing:
            agency.reply("accepted", referral)
        withdrawn.result()
    for number, referral in crossing:
        (end,) = until(lambda number=number: ENDS & {*window.steps(number)}, "its end")  # type: ignore[misc]
        agency.hear(end, about(referral))
        accepted = end == "referral.stopped.v1"
        assert (["A00", "A12"] if accepted else ["A00"]) == window.holders(number)
        assert accepted == ("referral.accepted.v1" in window.steps(number))
        assert "withdrawn" == window.look(number)["state"]


def test_a_recall_leaves_an_acceptance_as_it_was_and_tells_it_once(system: Stack) -> None:
    """Accepted, told so, handed on, recalled: accepted still, its periods as they were, and one 受理 message."""
    window, agency = Window(system), Agency(system, "A12")
    number = window.number()
    by = done(window.act(number, "accept", department="D05"))["outcome_by"]
    until(lambda: window.notices(number).get("accepted") == "delivered", "told")
    for _ in range(2):
        done(window.refer(number, "A12"))
        offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
        done(window.request("POST", f"/referrals/{offer['referral']}/recall", "referral", json={}))
        until(lambda: window.look(number)["state"] != "referred", "back with us")
        shown = window.look(number)
        assert ("accepted", "D05", by) == (shown["state"], shown["department"], shown["outcome_by"])
        assert 409 == window.act(number, "accept", department="D05").status_code
    assert 1 == len([each for each in sent_texts(system) if number[-6:] in each["text"] and "受理" in each["text"]])


def test_what_another_service_has_still_to_do_is_shown_as_pending(system: Stack) -> None:
    """The answer does not say that it is done; the petition says since when it waits, until it was heard."""
    window, agency = Window(system), Agency(system, "A12")
    number = window.number()
    answer = done(window.refer(number, "A12"))
    assert ("referred", "移交中（待确认）", "refer", "移交") == (
        answer["state"], answer["state_zh"], answer["pending"][0]["command"], answer["pending"][0]["command_zh"],
    )  # fmt: skip
    assert datetime.now(UTC) - datetime.fromisoformat(answer["pending"][0]["since"]) < timedelta(minutes=2)
    agency.hear("referral.offered.v1", lambda data: data["petition"] == number)
    until(lambda: window.look(number)["pending"] == [], "confirmed")
    assert "已移交" == window.look(number)["state_zh"]
    other = window.number()
    done(window.act(other, "hardship", situations=["no_income"], wish=True))
    done(window.act(other, "involve", to="A12", purpose="assist", basis="cooperation"))
    until(lambda: window.look(other)["pending"] == [], "both confirmed")
    assert 409 == window.act(other, "close").status_code


def test_its_sender_hears_that_it_was_withdrawn(system: Stack) -> None:
    """What an agency sent to us: told at once under its number; it is answered in words before it is closed."""
    sent = Sent(system, "综治2026-0901")
    done(sent.act("sign"))
    done(sent.act("withdraw"))
    assert "信访人已撤回此件。" == sent.hear("progress")["text"]
    done(sent.act("sender-answered", text="信访人撤回。"))
    assert "withdrawn" == sent.hear("answered")["result"]
    until(lambda: sent.window.look(sent.number)["pending"] == [], "nothing pends")
    done(sent.act("close"))
    until(lambda: sent.state == "closed", "closed")
