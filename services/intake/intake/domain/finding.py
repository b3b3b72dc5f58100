"""What a petition can be found by: how names and texts are made comparable, and what somebody who searches may mean.

Plain Python: which keys come of it is the vault's.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from unicodedata import normalize

from contracts.fields import REFERRAL_NUMBER
from contracts.vocabulary import FoundBy
from intake.domain import identity, texts

# without it the library reads 47,000 phrases, of which names are none
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
from pypinyin.constants import PINYIN_DICT

MOST_WORDS = 64  # of a statement, whose beginning says what it is about: each more tells a thief more
_INITIALS = 3
_READINGS = 8  # ways to read one name: 单, 曾 and 乐 have several each
_NUMBER = re.compile(r"信?([0-9]{4})-?([0-9]{6})-?([0-9]{6})")
# how a name is also written on papers that do not have the character
_VARIANTS = str.maketrans("𠮷髙淸栁", "吉高清柳")
_FUNCTION = frozenset(
    "的了是我们你您他她它这那在有和就也都与及不没为以于从到对把被其之而且或并上下个一吗呢吧啊请将会能"
)
# so common in petitions that they find everything and nothing; and the commonest is what a dump tells first
_COMMON = frozenset(
    """
    问题 领导 政府 尊敬 部门 严重 什么 希望 工作 投诉 咨询 相关 反映 解决 本人 关部 已经 书记 影响 时间 关于 人员 情况
    要求 生活 进行 国家 多次 开始 建议 时候 政策 每天 现在 但是 因为 所以 如果 可以 自己 多年 处理 答复 回复 求助 恳求
    """.split()  # noqa: SIM905 - as it is read
)
_DIGITS = re.compile(r"[0-9]+")
_YEAR = re.compile(r"(19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that what was typed may mean; `value`: as the index of that has it."""

    by: FoundBy
    value: str


def ways(typed: str, today: date, area_code: str) -> list[Way]:
    """Everything that it may mean, the surest first; nothing where it is too short for any."""
    text = normalize("NFKC", typed).strip()
    if found := _NUMBER.fullmatch(text):
        return [Way(FoundBy.NUMBER, "信" + "-".join(found.groups()))]
    if REFERRAL_NUMBER.fullmatch(text):
        return [Way(FoundBy.REFERRAL, text)]
    return [*_numbers(typed.strip(), text, today, area_code), *_names(text)]


def _numbers(typed: str, text: str, today: date, area_code: str) -> Iterator[Way]:
    if re.fullmatch(r"[0-9]{1,6}", text):
        yield Way(FoundBy.TAIL, str(int(text)))
    with suppress(identity.IdentityError):
        yield Way(FoundBy.RESIDENT_ID, identity.resident_id(text, today=today).number)
        return
    yield from (Way(FoundBy.RESIDENT_ID, each) for each in identity.papers(text))
    with suppress(identity.IdentityError):
        yield Way(FoundBy.PHONE, identity.phone(text, area_code=area_code).number)
    if any(each.isdecimal() for each in text):
        # as it was given: a partner's own number is kept letter for letter
        yield Way(FoundBy.PARTNER, typed)


def _names(text: str) -> Iterator[Way]:
    if re.fullmatch(r"[A-Za-z]{2,6}", text):
        yield Way(FoundBy.INITIALS, text.lower()[:_INITIALS])
    whole = name(text)
    if 2 <= len(whole) <= 60 and not any(each.isdecimal() for each in whole):
        yield from (Way(by, whole) for by in (FoundBy.NAME, FoundBy.UNIT, FoundBy.RESPONDENT))
    if any(words(text)):
        yield Way(FoundBy.WORDS, text)


def name(written: str) -> str:
    """A name however it is written: any width, with or without the middle dot, a rare character or its usual form."""
    return texts.folded(written.translate(_VARIANTS))


def initials(written: str) -> frozenset[str]:
    """The first letters of the first three characters, of each part between dots; several where one reads several ways.

    A character that no dictionary reads is passed over.
    """
    found: set[str] = set()
    for part in texts.pieces(written.translate(_VARIANTS)):
        read = [""]
        for each in part[:_INITIALS]:
            letters = _letters(each)
            read = [before + letter for before in read for letter in letters][:_READINGS] if letters else read
        found |= {each for each in read if len(each) > 1}
    return frozenset(found)


@cache
def _letters(character: str) -> tuple[str, ...]:
    if character.isascii():
        return (character,) if character.isalpha() else ()
    readings = PINYIN_DICT.get(ord(character), "").split(",")
    # NFD: è is an e with a sign
    return tuple(dict.fromkeys(normalize("NFD", each)[0] for each in readings if each))


def words(text: str) -> Iterator[str]:
    """The pairs of characters it is found by, and numbers of three digits and more; no pair twice."""
    return iter(dict.fromkeys(_words(texts.pieces(text))))


def _words(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        yield from (each for each in _DIGITS.findall(piece) if len(each) > 2 and not _YEAR.fullmatch(each))
        for pair in map("".join, pairwise(piece)):
            if pair not in _COMMON and _FUNCTION.isdisjoint(pair) and not any(each.isdecimal() for each in pair):
                yield pair


def words_of(title: str | None, statement: str | None) -> list[str]:
    """Of a petition: all of its title's and so many of its statement's."""
    its_title = dict.fromkeys(words(title or ""))
    more = [each for each in words(statement or "") if each not in its_title]
    return [*its_title, *more[:MOST_WORDS]]
