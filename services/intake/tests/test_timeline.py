"""What of a petition's steps is shown to who may not read what was said in it."""

from datetime import UTC, datetime
from string import Formatter
from typing import Any

import pytest

from contracts.registry import CONTRACTS
from contracts.vocabulary import Barred
from intake.tables import Step
from intake.use_cases import timeline

NAMES = {"A06": "县公安局", "A02": "县纪委监委", "A09": "县人社局"}
# the fields that tell whom a petition hits
TELLS = {"respondent_units", "respondents_known", "lawful", "department", "place", "person"}


def step(type_: str, **data: Any) -> Step:
    return Step(petition="信", at=datetime.now(UTC), type=type_, agency="A00", officer="1", data=data)


@pytest.mark.parametrize("type_", sorted(timeline._SENTENCES))
def test_who_may_not_read_gets_what_the_sentence_says_and_no_more(type_: str) -> None:
    """Whatever a newer event adds: a step of every type, with a field nobody listed and those that tell."""
    schema = next(each.schema for each in CONTRACTS if (each.category, each.name) == ("event", type_))
    data = dict.fromkeys((*schema().fields, *TELLS, "newer"), "A06")
    shown = timeline.present(step(type_, **data), NAMES, reads=False)
    template = timeline._BRIEF.get(type_, timeline._SENTENCES[type_])
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


def test_a_word_of_one_field_says_one_thing() -> None:
    """A code is read by the first vocabulary that has it: 信访人死亡 once turned into what an SMS says of it."""
    for field, vocabularies in timeline._WORDS.items():
        said: dict[str, set[str]] = {}
        for word in (each for words in vocabularies for each in words):
            said.setdefault(word.value, set()).add(word.zh)
        assert {} == {code: sentences for code, sentences in said.items() if len(sentences) > 1}, field
