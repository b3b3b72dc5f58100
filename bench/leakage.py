"""How much of the words index, and of the names', a dump and a dictionary tell: no key, and nothing else of ours.

`python bench/leakage.py`: FENGQIAO_TEXTS names a folder with texts (messages.csv and the like: `subject`, `text`),
which are not ours to ship. Half of them are what was registered; the other half is the attacker's: what people write
there, how often each pair of characters comes and beside what. He matches by how often, then by what stands beside
what, beginning with petitions that he knows: some he wrote himself.
"""

import argparse
import csv
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intake.domain import finding, texts

TOP = 1200  # of the commonest that he matches: what comes twice cannot be told from what else comes twice
KNOWN = (0, 5, 50)
ROUNDS = 8
Document = frozenset[str]
Matrix = NDArray[np.float64]
# in the order in which they are common
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = (
    "英华文明玉秀兰国金建春红志丽云海平梅林桂伟生德小永军成荣光清福晓庆东新艳凤宝立玲霞学芳珍强燕中俊辉忠杰家天祥娟杨洪龙美"
    "瑞世良敏波莲静爱宏振慧一兴胜惠亚少琴民萍雪勇利香仁全义娜淑涛峰子思雨欣佳宇浩然婷颖磊鑫旭丹倩超翠力飞毅江山河长远"
)


def read(folder: Path) -> list[tuple[str, str]]:
    """(title, text) of each, none twice."""
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                if "text" in row and "subject" in row:
                    found[row["text"]] = (row["subject"], row["text"])
    return list(found.values())


def everything(title: str, statement: str) -> Iterable[str]:
    """Every pair of characters of the whole text: what an index without a cap would hold."""
    for piece in [*texts.pieces(title), *texts.pieces(statement)]:
        yield from map("".join, pairwise(piece))


def attack(ours: Sequence[Document], his: Sequence[Document], known: int, dice: random.Random) -> dict[str, float]:
    """Shares told: of different words, of all that are indexed, of one petition's words on average and at best.

    A word's key is a name that says nothing, here the word itself: only how often and beside what it comes is used.
    """
    tokens, words = _top(ours), _top(his)
    sure: dict[int, int] = {}
    for document in dice.sample(list(ours), known):
        # he knows its words and its keys, in no order: half of them he tells apart, which is generous
        each = [word for word in sorted(document) if word in tokens and word in words and dice.random() < 0.5]
        sure |= {tokens[word]: words[word] for word in each}
    guess = _by_neighbours(_beside(ours, tokens), _beside(his, words), sure) if sure else {n: n for n in range(TOP)}
    of_word = list(words)
    told = {token for token, place in tokens.items() if of_word[guess[place]] == token}
    every = Counter(word for document in ours for word in document)
    share = [len(document & told) / len(document) for document in ours if document]
    return {
        "words": len(told) / len(every),
        "occurrences": sum(every[each] for each in told) / every.total(),
        "best_petition": max(share),
    }


def _top(documents: Sequence[Document]) -> dict[str, int]:
    counted = Counter(each for document in documents for each in document)
    ranked = sorted(counted, key=lambda each: (-counted[each], each))
    return {each: place for place, each in enumerate(ranked[:TOP])}


def _beside(documents: Sequence[Document], names: dict[str, int]) -> Matrix:
    """How often each comes beside each, and, on the diagonal, at all; as roots, so that the rare count too."""
    there = np.zeros((len(documents), TOP))
    for row, document in enumerate(documents):
        there[row, [names[each] for each in document if each in names]] = 1
    return np.asarray(np.sqrt(there.T @ there / len(documents)))


def _by_neighbours(ours: Matrix, his: Matrix, sure: dict[int, int]) -> dict[int, int]:
    """The score attack (Damie et al. 2021), in rounds: what agrees best with what is sure becomes sure itself."""
    given, guess = dict(sure), dict[int, int]()
    for turn in range(ROUNDS):
        one = np.column_stack([ours[:, list(sure)], ours.diagonal()])
        other = np.column_stack([his[:, list(sure.values())], his.diagonal()])
        apart = (one**2).sum(1)[:, None] + (other**2).sum(1)[None, :] - 2 * one @ other.T
        best = np.sort(apart, axis=1)
        guess = dict(enumerate(map(int, apart.argmin(axis=1)))) | given
        certain = np.argsort(best[:, 0] - best[:, 1])[: TOP * (turn + 1) // (ROUNDS * 2)]
        sure = {int(token): guess[int(token)] for token in certain} | given
    return guess


def words(folder: Path) -> dict[str, Any]:
    """By how they are indexed and how many petitions he knows: what `attack` says."""
    dice = random.Random(22)  # noqa: S311 - the same each time
    rows = read(folder)
    dice.shuffle(rows)
    half = len(rows) // 2
    kinds: dict[str, tuple[Callable[[str, str], Iterable[str]], int]] = {
        "all pairs, one key": (everything, 1),
        "64, one key": (finding.words_of, 1),
        "64, a key a quarter": (finding.words_of, 4),
    }
    found: dict[str, Any] = {"texts": len(rows)}
    for name, (of, labels) in kinds.items():
        his, ours = ([frozenset(of(*row)) for row in part] for part in (rows[:half], rows[half:]))
        parts = [ours[label::labels] for label in range(labels)]
        for known in KNOWN:
            # of so many that he knows, a part lies in each quarter
            each = [attack(part, his, -(-known // labels), dice) for part in parts]
            mean = {what: round(sum(one[what] for one in each) / len(each), 4) for what in each[0]}
            found[f"{name}, {known} known"] = mean
            sys.stdout.write(
                f"{name:<22} 已知 {known:>2} 件：不同词 {mean['words']:.1%}，词次 {mean['occurrences']:.1%}，"
                f"最多的一件 {mean['best_petition']:.0%}\n"
            )
            sys.stdout.flush()
    return found


def names(people: int = 100_000) -> dict[str, float]:
    """Shares told of a made-up year: as uneven as our surnames and given names, and he knows exactly how uneven."""
    dice = random.Random(22)  # noqa: S311 - the same each time
    common = [1 / (n + 2.5) for n in range(len(SURNAMES))]
    usual = [1 / (n + 8) ** 0.9 for n in range(len(GIVEN))]

    def year() -> list[str]:
        lengths = dice.choices((1, 2), (0.15, 0.85), k=people)
        return [
            surname + "".join(dice.choices(GIVEN, usual, k=length))
            for surname, length in zip(dice.choices(SURNAMES, common, k=people), lengths, strict=True)
        ]

    ours, his = year(), year()
    of: dict[str, Callable[[str], str]] = {"names": finding.name, "initials": lambda name: min(finding.initials(name))}
    found = {}
    for what, key in of.items():
        mine, theirs = (Counter(map(key, each)) for each in (ours, his))
        guess = zip((each for each, _ in mine.most_common()), (each for each, _ in theirs.most_common()), strict=False)
        told = sum(mine[one] for one, other in guess if one == other)
        found[what] = round(told / people, 5)
        sys.stdout.write(f"{people:,} 人的{'姓名' if what == 'names' else '首字母'}：按频次猜中 {found[what]:.2%}\n")
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    folder = Path(os.environ.get("FENGQIAO_TEXTS", Path(__file__).parents[2] / "shared" / "data"))
    result: dict[str, Any] = {"names": names()}
    if folder.is_dir():
        result["words"] = words(folder)
    else:
        sys.stdout.write("没有 FENGQIAO_TEXTS 所指的文件夹：只量了姓名\n")
    if asked.json:
        asked.json.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
