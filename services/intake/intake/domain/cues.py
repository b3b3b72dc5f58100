"""Words that point to what a text says: an accusation of an official or an organ, a proposal, a claim. Plain.

A hint for who registers; whether it is true, or whom it hits, is not asked here. An accusation is seldom said outright:
what counts is the words of `cues.yaml` together with what is learnt at the start, in half a second, from the made-up
texts of `accusations.csv` (decision 026).
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import log, sqrt
from pathlib import Path
from typing import Any
from unicodedata import normalize

import yaml

from contracts.vocabulary import Kind
from intake.domain import learning
from intake.domain.classifier import Classifier
from intake.domain.learning import Example

SHORT = 100  # characters of a text in which every sign counts in full
READ = 2_000  # that are looked at: 20,000 would hold up everybody else
_LABELS = ("no", "yes")
_GAP = "[^。!?;:\n]{0,10}?"
_STANDS_FOR = {
    "〔姓〕": (
        "[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭郎鲁韦昌马苗花方俞任袁柳唐费薛雷"
        "贺倪汤滕殷罗毕郝安常于傅皮卞齐康伍余顾孟黄穆萧尹姚邵湛汪祁毛狄米贝明臧戴宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路江童颜郭梅"
        "盛林钟徐邱骆高夏蔡田樊胡凌霍万柯管卢莫房丁邓洪包左石崔龚程陆段侯武刘龙叶黎白赖卓蔺池乔温曾廖文欧谭]"
    ),
    "〔数额〕": "[一二三四五六七八九十两几多0-9.]+[十百千万]*[多余来]?[元块万千百条瓶箱]",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Entries of the file, to be looked for at once; each by itself tells what of it to show."""

    whole: re.Pattern[str]
    single: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, entries: Sequence[str]) -> "Words":
        """Of an entry's words the longest first: 村支书 before 村. Raises ValueError for an empty one."""
        shapes = [[_alternatives(part) for part in entry.split("…")] for entry in entries]
        whole = "|".join(_GAP.join(shape) for shape in shapes)
        return cls(re.compile(whole), tuple(re.compile(f"({_GAP})".join(shape)) for shape in shapes))

    def found(self, text: str) -> list[str]:
        """Each that is in the text once, in its order: 收了他五万元现金 as 收…现金."""
        return list(dict.fromkeys(map(self._shown, self.whole.findall(text))))

    def _shown(self, found: str) -> str:
        for each in self.single:
            if match := each.fullmatch(found):
                for gap in reversed(range(1, each.groups + 1)):
                    start, end = match.span(gap)
                    found = found[:start] + ("…" if end > start else "") + found[end:]
                break
        return found


@dataclass(frozen=True, slots=True)
class Sign:
    """What speaks for an accusation, or with a weight below 0 against one."""

    id: str
    zh: str
    weight: int
    most: int
    words: Words
    duty_crime: bool = False


@dataclass(frozen=True, slots=True)
class Accusation:
    """That it is suggested, and the words that led to it, the weightiest first."""

    words: tuple[str, ...]
    duty_crime: bool


@dataclass(frozen=True, slots=True)
class Cues:
    """The words of the file and what was learnt, and from which sum on they make an accusation."""

    threshold: float
    lean: float  # how much a sign's weight counts beside what was learnt
    signs: tuple[Sign, ...]
    harmless: Words
    kinds: tuple[tuple[Kind, Words], ...]  # of what is no accusation
    learnt: Classifier

    @classmethod
    def load(cls, path: Path, examples: Sequence[Example]) -> "Cues":
        """Raises KeyError, TypeError or ValueError for a file that is not as its head says."""
        file: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(
            file["threshold"],
            file["lean"],
            tuple(Sign(**row | {"words": Words.of(row["words"])}) for row in file["signs"]),
            Words.of(file["harmless"]),
            ((Kind.PROPOSAL, Words.of(file["proposals"])), (Kind.CLAIM, Words.of(file["claims"]))),
            learning.fit(examples, _LABELS, people=1, rounds=30, by_label=False),
        )

    def accusation(self, text: str) -> Accusation | None:
        """Whether so many signs of one come together that a person should look. None: they do not."""
        text = text[:READ]
        found = list(self._found(text))
        no, yes = self.learnt.probabilities(text) + 1e-9
        signs = sum(sign.weight * min(len(words), sign.most) for sign, words in found)
        # a long text has a word of everything
        if log(yes / no) + self.lean * signs * min(1, sqrt(SHORT / max(len(text), 1))) < self.threshold:
            return None
        for_it = sorted((each for each in found if each[0].weight > 0), key=lambda each: -each[0].weight)
        words = [*(word for _, words in for_it for word in words), *self.learnt.words(text, _LABELS.index("yes"))]
        return Accusation(tuple(_longest(words)), any(sign.duty_crime for sign, _ in for_it))

    def kind(self, text: str) -> tuple[Kind, list[str]] | None:
        """What is no accusation: a proposal or a claim, with the words that say so; None: nothing says so."""
        text = self._plain(text[:READ])
        return next(((kind, found) for kind, words in self.kinds if (found := words.found(text))), None)

    def _found(self, text: str) -> Iterator[tuple[Sign, list[str]]]:
        text = self._plain(text)
        for sign in self.signs:
            if words := sign.words.found(text):
                yield sign, words

    def _plain(self, text: str) -> str:
        text = "\n".join("".join(line.split()) for line in normalize("NFKC", text).casefold().splitlines())
        return self.harmless.whole.sub("。", text)


@cache
def shipped() -> Cues:
    """The words that come with the program, and what its made-up texts teach, once."""
    return Cues.load(Path(__file__).with_name("cues.yaml"), [example for _, example in cases()])


def cases() -> list[tuple[str, Example]]:
    """The made-up texts, each with the half it belongs to: the words were chosen beside `a`, `b` was not looked at."""
    with Path(__file__).with_name("accusations.csv").open(encoding="utf-8", newline="") as file:
        return [
            (row["part"], Example(row["text"], row["accusation"], str(number)))
            for number, row in enumerate(csv.DictReader(file))
        ]


def _longest(words: Sequence[str]) -> list[str]:
    """Each once, and none that stands in a longer one: of 收了 and 收了…五万元 the second."""
    return [word for word in dict.fromkeys(words) if not any(word != other and word in other for other in words)]


def _alternatives(part: str) -> str:
    words = sorted((word.strip() for word in part.split("|")), key=len, reverse=True)
    if not all(words):
        raise ValueError(f"an empty word in {part!r}")
    joined = "|".join(map(re.escape, words))
    for name, shape in _STANDS_FOR.items():
        joined = joined.replace(name, shape)
    return f"(?:{joined})"
