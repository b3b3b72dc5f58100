"""An agency's system as a vendor writes it, in two languages: polite, objecting, killed, long away.

And an agency that has none: its door, with somebody who presses the buttons.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from county import Agency, Window, done, kill, today, until
from sqlalchemy import create_engine, text
from test_convened import Convened

from tools.dev import machine, stack
from tools.dev.stack import ROOT, Stack

JAVASCRIPT = ROOT / "examples" / "agency" / "javascript"
# who is played by which language here; no other story uses them
CODES = {"python": "A13", "javascript": "A11", "page": "A06-1"}
# what was garbled is told later, to whoever runs under the code by then
GARBLED = {"python": "A07", "javascript": "A07-1"}
GUIDED = {"python": "A14", "javascript": "A03"}


@pytest.fixture(params=["python", "javascript", pytest.param("page", marks=pytest.mark.long)])
def language(request: pytest.FixtureRequest) -> str:
    if request.param == "javascript":
        try:
            machine.node(JAVASCRIPT)
        except machine.MachineError as fault:
            pytest.skip(f"no JavaScript agency: {fault}")
    return str(request.param)


@pytest.fixture
def code(system: Stack, language: str) -> Iterator[str]:
    yield CODES[language]
    leave(system, CODES[language])


def leave(system: Stack, code: str) -> None:
    name = f"agency-{code}"
    stack.leave(system, name)
    until(lambda: not (system.folder / "running" / name).exists(), f"{name} ended")


def hand_over(window: Window, code: str, count: int) -> list[str]:
    """Petitions referred to the agency."""

    def one(_: int) -> str:
        number = window.number()
        assert window.refer(number, code).status_code == 200
        return number

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(one, range(count)))


def paths(system: Stack, numbers: list[str]) -> dict[str, list[str]]:
    """Petition → the events of its referral, in order."""
    engine = create_engine(system.database("referral"))
    query = text(
        "SELECT r.petition, array_agg(e.type ORDER BY e.version) AS types FROM referral r"
        " JOIN events e ON e.subject = r.number WHERE r.petition = ANY(:numbers) GROUP BY 1"
    )
    with engine.connect() as connection:
        found = {row.petition: list(row.types) for row in connection.execute(query, {"numbers": numbers})}
    engine.dispose()
    return found


def went(*steps: str) -> list[str]:
    return [f"referral.{step}.v1" for step in ("drafted", "sent", *steps)]


def test_killed_in_the_middle_it_answers_each_once(system: Stack, language: str, code: str) -> None:
    """kill -9 four times while twenty referrals come: each is signed, accepted, reported on and answered once."""
    window = Window(system)
    stack.play(system, code, language, ["--pause", "0.3"])
    numbers = hand_over(window, code, 20)
    name = f"agency-{code}"

    def signed() -> int:
        return sum("referral.signed.v1" in path for path in paths(system, numbers).values())

    for wanted in (1, 5, 9, 13):
        until(lambda wanted=wanted: signed() >= wanted, f"{wanted} signed")  # type: ignore[misc]
        kill(system, name)
    expected = dict.fromkeys(numbers, went("signed", "accepted", "progressed", "answered"))
    until(lambda: paths(system, numbers) == expected, "all answered once", 90)


def test_killed_between_an_answer_and_its_file_it_hands_it_in(
    system: Stack, language: str, code: str, tmp_path: Path
) -> None:
    """kill -9 once the answer came and before the file did: back again, it hands in what it named, once."""
    window, paper = Window(system), tmp_path / "处理决定书.pdf"
    paper.write_bytes(b"%PDF-1.7 " + os.urandom(100_000))
    stack.play(system, code, language, ["--pause", "0", "--enclose", str(paper)])
    numbers = hand_over(window, code, 3)

    def came() -> list[bool]:
        answers = [each for number in numbers for each in window.look(number).get("answers", ())]
        return [file["here"] for answer in answers for file in answer["files"]]

    until(lambda: came(), "the first answer")
    kill(system, f"agency-{code}")
    until(lambda: came() == [True] * 3, "each file is there, once", 60)
    assert dict.fromkeys(numbers, went("signed", "accepted", "progressed", "answered")) == paths(system, numbers)


def test_it_mediates_what_it_is_invited_to(system: Stack, language: str, code: str) -> None:
    """It takes it on, they meet, agree and perform: each said once, in order."""
    if language == "page":
        pytest.skip("the buttons of its door: test_agency_door.py")
    window = Window(system)
    stack.play(system, code, language, ["--pause", "0.1"])
    number = window.number()
    done(window.act(number, "accept", department="D05"))
    mediation = Convened(window, number, "mediation", form="administrative")
    mediation.do("parts", role="other_side", name="赵某")
    mediation.do("parts", role="mediator", agency=code)
    mediation.do("ask")
    for side in ("petitioner", "other_side"):
        mediation.do(f"parts/{mediation.part(side)}/consent", consent="given")
    mediation.do("invite", text="双方愿意调解")
    mediation.stands("performed")
    told = lambda: [each for each in window.steps(number) if each.startswith("mediation.")]  # noqa: E731
    steps = ["asked", "consented", "consented", "invited", "taken_on", "sat", "agreed", "performed"]
    until(lambda: told() == [f"mediation.{each}.v1" for each in steps], "each step once")


def test_it_objects_and_obeys_the_ruling(system: Stack, language: str, code: str) -> None:
    """Overruled, it goes on and answers."""
    window = Window(system)
    stack.play(system, code, language, ["--object", "--pause", "0.1"])
    (number,) = hand_over(window, code, 1)
    until(lambda: window.referral(number)["state"] == "objected", "objected")
    path = f"/referrals/{window.referral(number)['number']}/rule"
    assert window.request("POST", path, service="referral", json={"ruling": "overruled"}).status_code == 200
    until(lambda: window.referral(number)["state"] == "answered", "answered after all")
    steps = went("signed", "objected", "overruled", "accepted", "progressed", "answered")
    assert {number: steps} == paths(system, [number])


def test_it_hands_in_once_and_rules_on_our_objection(system: Stack, language: str, code: str, tmp_path: Path) -> None:
    """Started twice with the same petition it sends it once; what we object to it takes back, or stands by."""
    window, handed_in = Window(system), tmp_path / "petition.json"
    for manner, outcome in (((), "sent_back"), (("--overrule",), "registered")):
        submission = f"{code}-{outcome}"
        data = {"submission": submission, "received_on": today().isoformat(), "kind": "claim", "line": "other",
                "title": "邻里纠纷", "statement": "通道被占", "petitioner": None}  # fmt: skip
        handed_in.write_text(json.dumps(data), encoding="utf-8")
        stack.play(system, code, language, ["--submit", str(handed_in), "--pause", "0", *manner])
        number = window.submitted(submission)
        kill(system, f"agency-{code}")  # it is started again, with the same petition
        assert 200 == window.act(number, "sign").status_code
        assert 200 == window.act(number, "object", reason="not_competent", text="应由镇政府处理").status_code
        until(lambda number=number, outcome=outcome: window.look(number)["state"] == outcome, outcome)  # type: ignore[misc]
        leave(system, code)
    assert "消息被退回" not in (system.folder / "log" / f"agency-{code}.log").read_text()


def test_a_silent_system_changes_nothing(system: Stack, language: str, code: str) -> None:
    """Silence leaves the offer open."""
    window, log = Window(system), system.folder / "log" / f"agency-{code}.log"
    stack.play(system, code, language, ["--silent"])
    (number,) = hand_over(window, code, 1)
    offered = window.referral(number)["number"]
    until(lambda: log.exists() and offered in log.read_text(), "heard")
    assert "sent" == window.referral(number)["state"]


def test_a_garbled_system_is_told_and_changes_nothing(system: Stack, language: str) -> None:
    """What it garbles is told to it."""
    if language not in GARBLED:
        pytest.skip("the door says what its forms have")
    window, code = Window(system), GARBLED[language]
    log = system.folder / "log" / f"agency-{code}.log"
    stack.play(system, code, language, ["--garbage", "--pause", "0"])
    (number,) = hand_over(window, code, 1)
    until(lambda: log.exists() and "消息被退回：body" in log.read_text(), "told")
    assert "sent" == window.referral(number)["state"]
    leave(system, code)


@pytest.mark.parametrize(
    "count", [40, pytest.param(1_000, marks=[pytest.mark.long, pytest.mark.timeout(900)])], ids=str
)
def test_all_offers_wait_for_who_was_away(system: Stack, language: str, code: str, count: int) -> None:
    """Away while many offers came, and every one of them comes again: all signed, none twice, in order."""
    if language == "page" and count > 40:
        pytest.skip("a clerk has no thousand hands; the door's own thousand is in services/desk/tests/test_agency.py")
    window = Window(system)
    numbers = hand_over(window, code, count)
    until(lambda: len(paths(system, numbers)) == count, "all referred", 300)
    waiting = Agency(system, code)
    waiting.say("inbox.resync.v1", {})  # as after a day without a receipt: each offer once more, with the same id
    stack.play(system, code, language, ["--pause", "0", "--until", "accepted"])
    expected = dict.fromkeys(numbers, went("signed", "accepted"))
    until(lambda: paths(system, numbers) == expected, "all signed and accepted once", 300)
    # what came twice is behind the last of what came once
    log = system.folder / "log" / f"agency-{code}.log"
    (last,) = hand_over(window, code, 1)
    until(lambda: paths(system, [last]) == {last: went("signed", "accepted")}, "the one after them")
    assert expected == paths(system, numbers)
    assert "消息被退回" not in log.read_text().rpartition("已连接")[2]


def test_the_guides_first_message_works(system: Stack, language: str, tmp_path: Path) -> None:
    """The lines a vendor copies from docs/agency.md sign for an offer."""
    if language not in GUIDED:
        pytest.skip("no vendor copies the door")
    window, code = Window(system), GUIDED[language]
    (number,) = hand_over(window, code, 1)
    guide = (ROOT / "docs" / "agency.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```{language}\n(.*?)```", guide, re.DOTALL)
    program = tmp_path / {"python": "first.py", "javascript": "first.mjs"}[language]
    program.write_text(block)
    # where a vendor's own program finds its library
    (tmp_path / "node_modules").symlink_to(JAVASCRIPT / "node_modules")
    command = [sys.executable if language == "python" else "node", str(program)]
    environment = {**os.environ, "AGENCY_CODE": code, "AGENCY_AMQP_URL": system.amqp(code)}
    subprocess.run(command, env=environment, check=True, timeout=30)
    until(lambda: window.referral(number)["state"] == "signed", "signed by ten lines")


def test_it_answers_with_what_it_has_when_the_petition_ended(system: Stack, language: str, code: str) -> None:
    """Accepted and then withdrawn: told, it answers so, and says nothing that would only be rejected."""
    window = Window(system)
    stack.play(system, code, language, ["--pause", "0", "--until", "accepted"])
    (number,) = hand_over(window, code, 1)
    until(lambda: window.look(number)["state"] == "handling", "taken up")
    assert 200 == window.act(number, "withdraw").status_code
    until(lambda: window.referral(number)["state"] == "answered", "answered")
    assert "withdrawn" == window.referral(number)["result"]
    assert "消息被退回" not in (system.folder / "log" / f"agency-{code}.log").read_text()
