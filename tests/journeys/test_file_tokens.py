"""A file's token: one agency, one referral while it lasts, one download at a time, once."""

import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from county import Agency, Window, done, kill, until
from sqlalchemy import create_engine, text
from test_files import fetch, give

from tools.dev import stack
from tools.dev.stack import COUNTY, Stack

# larger than what the kernels of both ends take in without anybody reading
PDF = b"%PDF-1.7\n" + os.urandom(8 * 1024 * 1024 + 100)


@dataclass
class Given:
    """A petition with a file, in an agency's hands, and the offer it was told."""

    system: Stack
    window: Window
    agency: Agency
    number: str
    offer: dict[str, Any]
    message: str

    @property
    def file(self) -> dict[str, Any]:
        file: dict[str, Any] = self.offer["files"][0]
        return file

    @property
    def referral(self) -> str:
        number: str = self.offer["referral"]
        return number

    def act(self, action: str, **body: Any) -> None:
        done(self.window.request("POST", f"/referrals/{self.referral}/{action}", service="referral", json=body))

    def says(self, *steps: str) -> None:
        for step in steps:
            more = {
                "objected": {"reason": "not_competent", "text": "不属职责"},
                "pass_on": {"to": "A13", "text": "属市场监管"},
                "answered": {"result": "withdrawn", "text": "已撤回"},
            }.get(step, {})
            self.agency.reply(step, self.referral, **more)

    def waits_for(self, state: str) -> None:
        path = f"/referrals/{self.referral}"
        look = lambda: self.window.request("GET", path, service="referral").json()["state"] == state  # noqa: E731
        until(look, state)

    def fetch(self, token: str | None = None) -> Any:
        return fetch(self.system, self.file, token or self.file["token"])

    def opens(self) -> None:
        """Once intake has heard of it, its token opens the file; asked so that it is not used up."""
        Slow.begun(self).cut()

    def is_dead(self, token: str | None = None) -> None:
        """Not at once: the last byte arrives a moment before that is written down, and an end is heard of.

        Asked so that a token that is good stays good: one that is used up by asking would look dead.
        """

        def refused() -> bool:
            asked = Slow(self, token)
            asked.cut()
            return asked.status == 403

        until(refused, "refused")
        answer = self.fetch(token)
        assert (403, True) == (answer.status_code, "移送已经结束" in answer.json()["detail"])

    def content(self, token: str | None = None) -> bytes:
        """Fetched whole, once intake has heard of it or has heard that the download before ended."""
        whole: bytes = until(lambda: (answer := self.fetch(token)).status_code == 200 and answer, "fetched").content
        return whole


class Slow:
    """A download over a raw socket that has taken the first bytes and no more."""

    def __init__(self, given: Given, token: str | None = None):
        place = urlsplit(given.system.url("intake"))
        self.connection = socket.socket()
        self.connection.settimeout(15)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.connection.connect((place.hostname, place.port))
        ask = f"GET /files/{given.file['sha256']} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        ask += f"Authorization: Bearer {token or given.file['token']}\r\n\r\n"
        self.connection.sendall(ask.encode())
        self.status = int(self.connection.recv(16).split()[1])

    @classmethod
    def begun(cls, given: Given) -> "Slow":
        """Once intake has heard of the grant."""

        def begin() -> "Slow | None":
            asked = cls(given)
            if asked.status == 200:
                return asked
            asked.cut()
            return None

        slow: Slow = until(begin, "the download has begun")
        return slow

    def cut(self) -> None:
        """With a reset, as a machine that went away and came back answers."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def rest(self) -> bytes:
        came = bytearray()
        try:
            while piece := self.connection.recv(1 << 20):
                came += piece
        except ConnectionResetError:
            pass
        self.connection.close()
        return bytes(came)


def hand_over(system: Stack, code: str = "A12", content: bytes = PDF, basis: str = "regulation_31", **of: Any) -> Given:
    window, agency = Window(system), Agency(system, code)
    number = window.number(**of)
    assert 201 == give(window, number, content).status_code
    assert 200 == window.refer(number, code, basis).status_code
    heard = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)
    return Given(system, window, agency, number, heard["data"], heard["id"])


def closed(given: Given) -> None:
    given.says("signed", "accepted", "answered")
    until(lambda: "referral.answered.v1" in given.window.steps(given.number), "answered")
    done(given.window.act(given.number, "withdraw"))
    done(given.window.act(given.number, "close"))


def returned(given: Given) -> None:
    given.says("signed", "objected")
    given.waits_for("objected")
    given.act("rule", ruling="upheld")


def voided(given: Given) -> None:
    given.says("signed", "accepted")
    given.waits_for("accepted")
    given.act("void", reason="misdirected")


ENDS: dict[str, Callable[[Given], None]] = {
    "recalled": lambda given: given.act("recall"),
    "returned": returned,
    "voided": voided,
    "passed_on": lambda given: given.says("signed", "pass_on"),
    "closed": closed,
}


@pytest.mark.parametrize("how", ENDS)
def test_what_ends_a_referral_ends_its_tokens(system: Stack, how: str) -> None:
    """By whichever move: what was not fetched by then is not fetched any more."""
    given = hand_over(system)
    given.opens()
    ENDS[how](given)
    given.waits_for(how)
    given.is_dead()


def test_what_is_withdrawn_meanwhile_stops_where_it_is(system: Stack) -> None:
    """Also the download that had begun."""
    given = hand_over(system)
    slow = Slow.begun(given)
    given.act("recall")
    until(lambda: "referral.recalled.v1" in given.window.steps(given.number), "told to intake")
    assert len(slow.rest()) < len(PDF)
    given.is_dead()


@pytest.fixture
def directory(system: Stack, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Changes an entry of the county's directory; at the end all is as it was."""
    county = yaml.safe_load((COUNTY / "agencies.yaml").read_text(encoding="utf-8"))["agencies"]
    file = tmp_path / "agencies.yaml"

    def change(code: str, **entry: Any) -> None:
        entries = [each | (entry if each["code"] == code else {}) for each in county]
        file.write_text(yaml.safe_dump({"agencies": entries}, allow_unicode=True), encoding="utf-8")
        stack.provision(system, file)

    yield change
    stack.provision(system, COUNTY / "agencies.yaml")


def test_whom_the_ban_hits_later_fetches_nothing_more(system: Stack, directory: Callable[..., None]) -> None:
    """The directory tells after the offer that the receiver stands with the accused: token and offer stay away."""
    accused = {"kind": "accusation", "line": "complaint_appeal", "respondents": [{"unit": "A13", "name": "周某"}]}
    given = hand_over(system, "A06", basis="regulation_30", **accused)
    given.opens()
    directory("A13", parent="A06")
    given.is_dead()
    given.agency.say("inbox.resync.v1", {})
    # what comes after it on the same queue: nothing of the accusation was between
    last = hand_over(system, "A06", b"%PDF-1.7")
    assert last.number != given.number
    with create_engine(system.database("referral")).connect() as connection:
        unsent = "SELECT count(*) FROM outbox WHERE subject = :n"
        until(lambda: connection.scalar(text(unsent), {"n": given.referral}) == 0, "all sent")
    method, _, _ = given.agency.channel.basic_get("agency.A06.inbox", auto_ack=True)
    assert method is None


def test_of_ten_at_once_one_gets_it(system: Stack) -> None:
    """While one has it the others are told to wait; once it has all, they are refused."""
    given = hand_over(system)
    slow = Slow.begun(given)
    others = [given.fetch() for _ in range(9)]
    assert {409} == {other.status_code for other in others}
    assert {"10"} == {other.headers["Retry-After"] for other in others}
    assert slow.rest().endswith(PDF[-1000:])
    given.is_dead()


def test_a_connection_that_breaks_leaves_it_good(system: Stack) -> None:
    """Cut in the middle, and cut when only the last bytes were on their way; then it is fetched whole, once."""
    given = hand_over(system)
    Slow.begun(given).cut()
    assert PDF == given.content()
    given.is_dead()
    # all of it fits into our kernel's memory: written, and never sent
    letter = b"%PDF-1.7" + os.urandom(100_000)
    small = hand_over(system, content=letter)
    Slow.begun(small).cut()
    assert letter == small.content()
    small.is_dead()


def test_a_killed_service_does_not_keep_it(system: Stack) -> None:
    """Nobody says what became of the download: the others wait until it has said nothing for too long."""
    given = hand_over(system)
    slow = Slow.begun(given)
    kill(system, "intake")
    slow.cut()
    until(lambda: given.fetch().status_code == 409, "intake is back, and knows")
    with create_engine(system.database("intake")).begin() as connection:
        aged = connection.execute(text("UPDATE file_grant SET claimed_until = now() WHERE claim IS NOT NULL"))
        assert 1 == aged.rowcount
    assert PDF == given.fetch().content


def test_who_lost_its_store_gets_a_token_that_works(system: Stack) -> None:
    """The same message with another token; the one before opens nothing, whether it was used or not."""
    used, unused = hand_over(system), hand_over(system)
    assert PDF == used.content()
    unused.opens()
    used.agency.say("inbox.resync.v1", {})
    for given in (used, unused):
        again = given.agency.hear("referral.offered.v1", lambda data, n=given.number: data["petition"] == n)  # type: ignore[misc]
        assert given.message == again["id"]
        (file,) = again["data"]["files"]
        assert {**given.file, "token": ""} == {**file, "token": ""}
        assert PDF == given.content(file["token"])
        given.is_dead()
        given.is_dead(file["token"])


def test_what_is_offered_again_opens_by_either(system: Stack) -> None:
    """Nobody asked: who knows it by its id keeps the first token, who does not has the second."""
    given = hand_over(system)
    assert PDF == given.content()
    kept = hand_over(system)
    with create_engine(system.database("referral")).begin() as connection:
        due = text("UPDATE handed SET again_at = now() WHERE subject = ANY(:numbers)")
        connection.execute(due, {"numbers": [given.referral, kept.referral]})
    heard = {}
    for _ in range(2):
        again = given.agency.hear("referral.offered.v1")["data"]
        heard[again["referral"]] = again["files"][0]["token"]
    assert PDF == given.content(heard[given.referral])
    assert PDF == kept.content()
    assert PDF == kept.content(heard[kept.referral])
