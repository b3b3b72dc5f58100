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
