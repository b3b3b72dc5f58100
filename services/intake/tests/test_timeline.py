"""What of a petition's steps is shown to who may not read what was said in it."""

import json
import re
from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest
from marshmallow.fields import List

from contracts.fields import Flag, WordOf
from contracts.reference import SAMPLES as ALL_SAMPLES
from contracts.registry import CONTRACTS, Contract
from contracts.vocabulary import Barred
from intake.tables import Step
from intake.use_cases import timeline

SAMPLES = ALL_SAMPLES / "event"
NAMES = {"A06": "县公安局", "A02": "县纪委监委", "A09": "县人社局"}
# the fields that tell whom a petition hits
TELLS = {"respondent_units", "respondents_known", "lawful", "department", "place", "person"}


def step(type_: str, **data: Any) -> Step:
    return Step(petition="信", at=datetime.now(UTC), type=type_, agency="A00", officer="1", data=data)


@pytest.mark.parametrize("event", [each for each in CONTRACTS if each.sentence], ids=lambda each: each.name)
def test_who_may_not_read_gets_what_the_sentence_says_and_no_more(event: Contract) -> None:
    """Whatever a newer event adds: a step of every type, with a field nobody listed and those that tell."""
    type_, template = event.name, event.brief or event.sentence or ""
    data = dict.fromkeys((*event.schema().fields, *TELLS, "newer"), "A06")
    shown = timeline.present(step(type_, **data), NAMES, reads=False)
    assert {name for _, name, _, _ in Formatter().parse(template) if name} == set(shown["data"])
    assert "newer" not in shown["data"]
    allowed = {"department"} if type_ in ("petition.accepted.v1", "petition.assigned.v1") else set()
    assert TELLS & set(shown["data"]) == allowed, "which department has it is in every list"
    assert shown["sentence"]
    assert set(data) == set(timeline.present(step(type_, **data), NAMES, reads=True)["data"])


@pytest.mark.parametrize(
    ("type_", "data", "sentence"),
    [
        ("routing.refused.v1", {"to": "A06", "reason": "accused", "lawful": ["A02"]}, "未发出"),
        ("petition.walled.v1", {"reason": "concerned", "department": "D03"}, "设置回避"),
        ("petition.referred.v1", {"to": "A06"}, "提请移交"),
        ("escalation.requested.v1", {"reason": "bounced", "to": "A02", "agencies": ["A06"]}, "提请协调：两次被退回"),
        ("petition.held.v1", {}, "须经核对后发出"),
    ],
)
def test_the_sentence_names_nobody_it_hits(type_: str, data: dict[str, Any], sentence: str) -> None:
    """Neither the agency that may not have it, nor by the lawful ones' list, nor the walled department."""
    shown = timeline.present(step(type_, **data), NAMES, reads=False)
    assert sentence == shown["sentence"]
    assert not {"A06", "A02", "D03", "县公安局", "accused", "concerned"} & {*map(str, shown["data"].values())}


def test_what_is_held_is_refused_in_one_sentence_for_readers_too() -> None:
    """A door that was shut by the ban names the lawful ones; by a hold it names none."""
    refused = step("routing.refused.v1", to="A09", reason=Barred.HELD, lawful=[])
    assert "发往 县人社局：须经核对后发出" == timeline.present(refused, NAMES, reads=True)["sentence"]


def test_coordination_with_nobody_to_ask_says_what_to_do() -> None:
    """It said 未指明, and nobody knew whose turn it was."""
    asked = step("escalation.requested.v1", reason="unsigned", to=None, agencies=["A09"], days=[9])
    said = timeline.present(asked, NAMES, reads=True)["sentence"]
    assert said.startswith("催办后仍未签收，提请协调：依法没有可以提请的单位，请报检察长决定")
    assert "县人社局" in said


def _named(event: Contract) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(event.sentence or "") if name}


@pytest.mark.parametrize("event", [each for each in CONTRACTS if each.sentence], ids=lambda each: each.name)
def test_a_sentence_says_every_word_in_chinese(event: Contract) -> None:
    """By the vocabulary its event names: 重复移交 once was told as 同一事项正在办理, the first that had the code."""
    sample = json.loads((SAMPLES / f"{event.name}.json").read_text(encoding="utf-8"))["data"]
    for name, declared in event.schema().fields.items():
        if name not in _named(event):
            continue
        inner = declared.inner if isinstance(declared, List) else declared
        if isinstance(inner, WordOf):
            for word in inner.enum:
                said = [word.value] if isinstance(declared, List) else word.value
                assert word.zh in timeline.sentence(event.name, sample | {name: said}, NAMES), name
        if isinstance(inner, Flag):
            yes, no = (timeline.sentence(event.name, sample | {name: each}, NAMES) for each in (True, False))
            assert yes != no
            assert not re.search("True|False", yes + no), name
        if declared.allow_none:
            assert "None" not in timeline.sentence(event.name, sample | {name: None}, NAMES), name
