"""What a petitioner gives: kept encrypted, the same twice is one, another agency fetches it once by its digest."""

import hashlib
import os
import re
from typing import Any

import pytest
import requests
from county import Agency, Window, until
from sqlalchemy import create_engine, text

from tools.dev.stack import Stack

PDF = b"%PDF-1.7\n" + os.urandom(700_000)


def give(window: Window, number: str, content: bytes, media: str = "application/pdf", name: str = "工资表.pdf") -> Any:
    path, headers = f"/petitions/{number}/files", {"Content-Type": media}
    return window.request("POST", path, params={"name": name}, data=content, headers=headers)


def fetch(system: Stack, file: dict[str, Any], token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{system.url('intake')}/files/{file['sha256']}", headers=headers, timeout=15)


def test_a_file_goes_with_the_matter_and_is_fetched_once(system: Stack) -> None:
    """Its digest in the offer, its bytes by a token of the agency's own; passed on, the other has another token."""
    window, first, second = Window(system), Agency(system, "A06"), Agency(system, "A05")
    number = window.number()
    assert 201 == give(window, number, PDF).status_code
    assert give(window, number, PDF).json() == give(window, number, PDF, name="另一个名字.pdf").json()
    (kept,) = window.look(number)["files"]
    assert (hashlib.sha256(PDF).hexdigest(), len(PDF), "工资表.pdf") == (kept["sha256"], kept["size"], kept["name"])
    assert PDF == window.request("GET", f"/petitions/{number}/files/{kept['sha256']}").content
    assert 200 == window.refer(number, "A06").status_code
    offer = first.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    (offered,) = offer["files"]
    assert kept == {name: offered[name] for name in kept}
    answer = until(lambda: fetch(system, offered, offered["token"]), "granted")
    assert (PDF, "attachment") == (answer.content, answer.headers["Content-Disposition"])
    # the last byte arrives a moment before that is written down
    look = lambda: (again := fetch(system, offered, offered["token"])).status_code == 403 and again.json()  # noqa: E731
    assert "已经用过" in until(look, "used up")["detail"]
    assert 403 == fetch(system, offered | {"sha256": "0" * 64}, offered["token"]).status_code
    first.reply("signed", offer["referral"])
    first.reply("pass_on", offer["referral"], to="A05", text="应由信访局办理")
    (passed,) = second.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]["files"]
    assert passed["token"] != offered["token"]
    assert PDF == until(lambda: fetch(system, passed, passed["token"]), "granted to the other").content


def test_nothing_of_it_is_readable_in_the_database(system: Stack) -> None:
    """Neither a piece nor the name."""
    window = Window(system)
    number = window.number()
    marked = b"%PDF-1.7\n" + "金丝雀材料".encode() * 50_000
    assert 201 == give(window, number, marked, name="金丝雀.pdf").status_code
    engine = create_engine(system.database("intake"))
    with engine.connect() as connection:
        seen = "position(convert_to('金丝雀', 'UTF8') in {}) > 0"
        pieces = connection.scalar(text(f"SELECT count(*) FROM file_piece WHERE {seen.format('sealed')}"))
        names = connection.scalar(text(f"SELECT count(*) FROM file WHERE {seen.format('name')}"))
        count = connection.scalar(text("SELECT count(*) FROM file_piece p JOIN file f ON f.id = p.file"
                                       " WHERE f.petition = :n"), {"n": number})  # fmt: skip
    engine.dispose()
    assert (0, 0, 3) == (pieces, names, count)


@pytest.mark.parametrize(
    ("content", "media", "name", "status", "said"),
    [
        (b"MZ" + bytes(100), "application/pdf", "a.pdf", 422, "与所填类型不符"),
        (b"<html>", "text/html", "a.html", 415, "文件类型不支持"),
        (b"", "application/pdf", "a.pdf", 422, "文件为空"),
        (b"%PDF-" + bytes(21 * 1024 * 1024), "application/pdf", "a.pdf", 413, "20 MiB"),
        (b"%PDF-1.7", "application/pdf", "", 422, "文件名"),
    ],
    ids=["another type", "no such type", "empty", "too large", "no name"],
)
def test_what_is_not_let_in_leaves_nothing(
    system: Stack, content: bytes, media: str, name: str, status: int, said: str
) -> None:
    """Refused with a sentence; no piece of it stays."""
    window = Window(system)
    number = window.number()
    refused = give(window, number, content, media, name)
    assert (status, True) == (refused.status_code, bool(re.search(said, refused.json()["detail"]))), refused.text
    assert [] == window.look(number)["files"]


def test_twenty_mebibytes_pass(system: Stack) -> None:
    """The largest there may be, in pieces, and back whole."""
    window = Window(system)
    number = window.number()
    whole = b"\x89PNG\r\n\x1a\n" + os.urandom(20 * 1024 * 1024 - 8)
    kept = give(window, number, whole, "image/png", "照片.png").json()
    assert whole == window.request("GET", f"/petitions/{number}/files/{kept['sha256']}").content


def hand_in(
    system: Stack, sha256: str, token: str, content: bytes, media: str = "application/pdf"
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
    return requests.put(f"{system.url('intake')}/files/{sha256}", headers=headers, data=content, timeout=15)


def test_an_answer_brings_its_files(system: Stack) -> None:
    """Named in the answer, asked for by a token each, handed in over HTTPS; of what was not named nothing comes in.

    Answered anew after rework it names others; whoever gets the petition next gets the petitioner's files alone.
    """
    window, agency = Window(system), Agency(system, "A06")
    number = window.number()
    assert 201 == give(window, number, PDF).status_code
    assert 200 == window.refer(number, "A06").status_code
    referral = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]["referral"]
    for step in ("signed", "accepted"):
        agency.reply(step, referral)
    for content, name in ((b"%PDF-1.7 a decision", "决定书.pdf"), (b"%PDF-1.7 a receipt", "补充回执.pdf")):
        sha256 = hashlib.sha256(content).hexdigest()
        named = {"sha256": sha256, "size": len(content), "media_type": "application/pdf", "name": name}
        id_ = agency.reply("answered", referral, result="supported", text="已责令改正", files=[named])
        wanted = agency.hear("referral.files_wanted.v1", lambda data: data["referral"] == referral)["data"]
        assert (id_, [sha256]) == (wanted["message"], [each["sha256"] for each in wanted["files"]])
        (token,) = (each["token"] for each in wanted["files"])
        until(lambda: len(window.look(number)["answers"]) == 1 + (name == "补充回执.pdf"), "the answer")  # noqa: B023
        assert [named | {"here": False}] == window.look(number)["answers"][-1]["files"]
        assert 403 == hand_in(system, sha256, "guessed", content).status_code
        assert 422 == hand_in(system, sha256, token, content + b" and more").status_code
        assert [201, 201] == [hand_in(system, sha256, token, content).status_code for _ in range(2)]
        assert [named | {"here": True}] == window.look(number)["answers"][-1]["files"]
        assert content == window.request("GET", f"/petitions/{number}/files/{sha256}").content
        if name == "决定书.pdf":
            path = f"/referrals/{referral}/rework"
            assert window.request("POST", path, service="referral", json={"text": "请附回执"}).ok
            agency.hear("referral.rework.v1", lambda data: data["referral"] == referral)
    assert [hashlib.sha256(PDF).hexdigest()] == [each["sha256"] for each in window.look(number)["files"]]


def test_an_answer_that_names_what_is_no_file_is_not_taken(system: Stack) -> None:
    """Too many, of a type that is not let in, too large: by the contract, with the field."""
    window, agency = Window(system), Agency(system, "A06")
    number = window.number()
    assert 200 == window.refer(number, "A06").status_code
    referral = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]["referral"]
    for step in ("signed", "accepted"):
        agency.reply(step, referral)
    named = {"sha256": "9f" * 32, "size": 9, "media_type": "application/pdf", "name": "决定书.pdf"}
    wrong = {
        "files": [named | {"sha256": f"{n:064x}"} for n in range(21)],
        "files.0.media_type": [named | {"media_type": "text/html"}],
        "files.0.size": [named | {"size": 20 * 1024 * 1024 + 1}],
        "files.0.name": [named | {"name": "..."}],
    }
    for field, files in wrong.items():
        id_ = agency.reply("answered", referral, result="supported", text="已办", files=files)
        told = agency.hear("message.rejected.v1", lambda data: data["message"] == id_)["data"]  # noqa: B023
        assert field == told["field"]
    assert "accepted" == window.referral(number)["state"]
