"""The directory changes: who comes gets its corner, who leaves takes nothing with it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest
import yaml
from county import Agency, Window, until
from pika.exceptions import AMQPError

from tools.dev import stack
from tools.dev.stack import COUNTY, Stack

NEW = {"code": "A15", "name": "县水利局", "kind": "town", "transport": "queue", "own_system": True}


@pytest.fixture
def directory(system: Stack, tmp_path: Path) -> Iterator[Any]:
    """Writes the county's directory with A15 as given, or without it, and carries the change out."""
    system.passwords.setdefault("A15", "only-for-tests-a15")
    (system.folder / "passwords.json").write_text(json.dumps(system.passwords))
    county = yaml.safe_load((COUNTY / "agencies.yaml").read_text(encoding="utf-8"))["agencies"]
    file = tmp_path / "agencies.yaml"

    there = False

    def change(entry: dict[str, Any] | None) -> str:
        nonlocal there
        entries = county + ([entry] if entry else [])
        file.write_text(yaml.safe_dump({"agencies": entries}, allow_unicode=True), encoding="utf-8")
        said = stack.provision(system, file)
        there = entry is not None
        return said

    yield change
    if there:
        change(None)


def known(window: Window, service: str) -> bool:
    agencies = window.request("GET", "/agencies", service=service).json()["agencies"]
    return "A15" in {agency["code"] for agency in agencies}


def test_an_agency_comes_and_leaves_and_nothing_is_lost(system: Stack, directory: Any) -> None:
    """It works like any other; when it goes, what it signed for is answered first and the rest comes back to us."""
    window = Window(system)
    assert "A15 已接入" in directory(NEW)
    until(lambda: known(window, "intake"), "told to intake")
    agency, numbers = Agency(system, "A15"), [window.number(), window.number()]
    for number in numbers:
        assert window.refer(number, "A15").status_code == 200
    offers = [agency.hear("referral.offered.v1")["data"] for _ in numbers]
    held = next(offer for offer in offers if offer["petition"] == numbers[0])["referral"]
    agency.reply("signed", held)
    until(lambda: window.referral(numbers[0])["state"] == "signed", "signed")

    assert "尚有 1 件移交在办" in directory(None)
    agency.reply("accepted", held)
    agency.reply("answered", held, result="supported", text="已办理")
    until(lambda: window.referral(numbers[0])["state"] == "answered", "answered by who is leaving")

    assert "A15 已移除：1 件未签收的移交退回本院" in directory(None)
    until(lambda: window.look(numbers[1])["state"] == "registered", "back with us")
    assert "undelivered" == window.referral(numbers[1])["state"]
    with pytest.raises(AMQPError):
        agency.channel.basic_get("agency.A15.inbox")
    with pytest.raises(AMQPError):
        pika.BlockingConnection(pika.URLParameters(system.amqp("A15")))
    refused = window.refer(numbers[1], "A15")
    assert (422, "to") == (refused.status_code, refused.json()["field"])


def test_who_a_matter_belongs_to_is_suggested_with_the_reason(system: Stack, directory: Any) -> None:
    """The place's own come first, each with why; an agency's earlier entries stay to be seen."""
    window = Window(system)
    number = window.number(line="other", place="619926101")
    path = f"/petitions/{number}/receivers"
    found = until(lambda: window.request("GET", path, service="referral").json().get("receivers"), "registered there")
    assert [("A07-1", "石桥镇的民间纠纷可由司法所先行调解"), ("A14", "石桥镇的邻里、土地纠纷由镇政府处理")] == [
        (each["agency"], each["suggested"]) for each in found[:2]
    ]
    assert {None} == {each["suggested"] for each in found[2:]}
    directory(NEW)
    directory(NEW | {"parent": "A07"})
    path = "/agencies/A15/revisions"
    kept = window.request("GET", path, service="referral").json()["revisions"]
    assert (None, "A07") == (kept[-2]["parent"], kept[-1]["parent"])
    assert 404 == window.request("GET", "/agencies/A99/revisions", service="referral").status_code


def test_a_change_is_carried_out_once_and_says_so(system: Stack, directory: Any) -> None:
    """Provisioning again changes nothing; what was carried out is not told again."""
    assert "A15 已接入" in directory(NEW)
    assert "A15" not in directory(NEW)
    assert "A15 已移除" in directory(None)
    assert "A15" not in directory(None)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"code": "A04"}, "重复"),
        ({"code": "县水利局"}, "agencies[18]"),
        ({"parent": "A77"}, "A77"),
        ({"kind": "水利"}, "agencies[18]"),
        ({"transport": "pigeon"}, "agencies[18]"),
    ],
)
def test_a_wrong_directory_changes_nothing(system: Stack, directory: Any, wrong: dict[str, Any], named: str) -> None:
    """The entry is named; neither the directory nor the broker moved."""
    with pytest.raises(stack.MachineError, match=named.replace("[", r"\[").replace("]", r"\]")):
        directory(NEW | wrong)
    assert not known(Window(system), "intake")
