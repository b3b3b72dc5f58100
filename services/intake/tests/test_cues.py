"""Words that point to an accusation: on cases that somebody else wrote, who had not seen the words."""

import random
from collections import Counter
from pathlib import Path

import pytest

from contracts.vocabulary import Kind
from intake.domain import cues
from intake.domain.cues import Cues, Words
from intake.domain.learning import Example

CASES = cues.cases()
FILE = Path(cues.__file__).with_name("cues.yaml")


def rates(pairs: list[tuple[Cues, Example]]) -> tuple[float, float, float]:
    """(how many accusations are found, how many others are taken for one, how many of those suggested are none)."""
    found = [(case.label == "yes", learnt.accusation(case.text) is not None) for learnt, case in pairs]
    right, wrong = found.count((True, True)), found.count((False, True))
    return (
        right / (right + found.count((True, False))),
        wrong / (wrong + found.count((False, False))),
        wrong / (wrong + right),
    )


def test_there_are_cases_enough() -> None:
    """At least 300 that somebody else wrote, half of which nobody looked at while the words were chosen."""
    count = Counter(part for part, _ in CASES)
    assert {"a", "b", "own"} == set(count)
    assert min(count["a"], count["b"]) >= 150


def test_half_of_the_cases_finds_the_other() -> None:
    """Words chosen beside `a`, learnt from `a` and our own: of `b` 98 in 100 accusations, one false in five at most."""
    learnt = Cues.load(FILE, [case for part, case in CASES if part != "b"])
    recall, false, wrong = rates([(learnt, case) for part, case in CASES if part == "b"])
    assert recall >= 0.98
    assert max(false, wrong) <= 0.20


def test_each_case_is_found_by_what_the_others_teach() -> None:
    """The same of all that somebody else wrote, in ten parts: as good as what is shipped will be on a new text."""
    others = [case for part, case in CASES if part != "own"]
    own = [case for part, case in CASES if part == "own"]
    pairs = []
    random.Random(1).shuffle(others)
    for fold in range(10):
        learnt = Cues.load(FILE, own + [case for at, case in enumerate(others) if at % 10 != fold])
        pairs += [(learnt, case) for case in others[fold::10]]
    recall, false, wrong = rates(pairs)
    assert recall >= 0.98
    assert max(false, wrong) <= 0.20


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("镇长收了老板送的五万元", "收了…五万元"),
        ("民警有案不立，把举报信给了被举报人", "有案不立"),
        ("村干部吃拿卡要，低保都给了小舅子", "吃拿卡要"),
    ],
)
def test_what_is_said_outright_is_found_with_its_words(said: str, shown: str) -> None:
    """Shown as the file has them, with the gap."""
    found = cues.shipped().accusation(said)
    assert found is not None
    assert any(shown in word for word in found.words)


PRIVATE = ["我要举报", "我要控告他", "邻居打人，我报了警，请问怎么办？", "老板拖欠工资，请求支持起诉"]


@pytest.mark.parametrize("said", PRIVATE)
def test_neither_the_word_nor_a_private_quarrel_makes_one(said: str) -> None:
    """举报 alone is of nobody, and a boss is no official."""
    assert cues.shipped().accusation(said) is None


def test_a_proposal_and_a_claim_are_told_apart() -> None:
    """By their own words; of what has none nothing is said."""
    words = cues.shipped()
    assert (words.kind("建议在路口增设红绿灯") or [None])[0] is Kind.PROPOSAL
    assert (words.kind("不服判决，申请监督") or [None])[0] is Kind.CLAIM
    assert words.kind("天气很好") is None


def test_an_entry_is_words_and_nothing_else() -> None:
    """No regular expression in it works; an empty word is refused when the file is read."""
    assert [] == Words.of(["收.*钱"]).found("收了很多钱")
    assert ["收…钱"] == Words.of(["收|拿 … 钱|款"]).found("他收了我的钱，")
    with pytest.raises(ValueError, match="empty"):
        Words.of(["收|"])


def test_a_text_of_any_length_is_read_in_no_time() -> None:
    """20,000 characters of the same words, over and over."""
    found = Cues.accusation(cues.shipped(), "村支书收了我的钱不办事，" * 1_600)
    assert found is not None
