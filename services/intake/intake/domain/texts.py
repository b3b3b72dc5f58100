"""What people wrote, made comparable: one way of folding text for every index of words. Plain Python."""

import hashlib
import re
from functools import cache
from unicodedata import category, normalize

import numpy as np

ALIKE = 0.5  # from this likeness on two texts are the same one again
SHORTEST = 10  # shingles: 详见附件 is the same in thousands of letters
# measured on real letters by `./dev bench matches`: of those alike this finds .99, 16 bands of 4 would .97
BANDS, _ROWS = 24, 3
_CASE = re.compile(
    r"([\u4e00-\u9fff]{0,8})[(\[〔【〈]((?:19|20)[0-9]{2})[)\]〕】〉]([\u4e00-\u9fff0-9]{0,24}?[0-9]+)号"
)


def pieces(text: str) -> list[str]:
    """The runs of letters and digits in lower case and half width; what stood between them is left out.

    Traditional and simplified characters stay two: 后 and 後 are two surnames.
    """
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    return "".join(c if _is_kept(c) else " " for c in folded).split()


def folded(text: str) -> str:
    """The same in one: how it was broken into lines and sentences does not count."""
    # a mark that stood alone may have come to stand on a letter
    return normalize("NFKC", "".join(pieces(text)))


@cache
def _is_kept(c: str) -> bool:
    # planes 2 and 3 hold nothing but ideographs, some newer than this Python's tables
    return category(c)[0] in "LNM" or 0x20000 <= ord(c) < 0x3FFFE


def shingles(text: str, length: int = 3) -> frozenset[str]:
    """Every so many characters that follow each other in the folded text."""
    plain = folded(text)
    return frozenset(plain[at : at + length] for at in range(len(plain) - length + 1))


def pairs(text: str) -> frozenset[str]:
    """What two texts are compared by: what is half the same by threes is so by pairs, hardly the other way round."""
    return shingles(text, 2)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of what either says both say, 0 to 1: Jaccard's, of the pairs of two texts."""
    return len(one & other) / len(one | other) if one or other else 0.0


def cases(text: str) -> set[str]:
    """The numbers of cases and papers in a text, each in one way of writing: 2026枫0623民初12, 民监202612."""
    plain = "".join(normalize("NFKC", text).split())
    found = set()
    for before, year, after in _CASE.findall(plain):
        # of a court the letters stand behind the year; of a paper before it, where prose runs into them
        found.add(folded(year + after if not after.isdecimal() else before[-2:] + year + after))
    return found


class MinHash:
    """Keyed MinHash: two texts that say half the same have a band in common nearly always, others nearly never.

    Of the key alone it depends which: who has the rows and not the key can make no row of a text of their own.
    """

    def __init__(self, key: bytes):
        drawn = np.frombuffer(hashlib.shake_256(key + b"permutations").digest(16 * BANDS * _ROWS), "<u8")
        self._key, (self._times, self._plus) = key, drawn.reshape(2, -1, 1)

    def bands(self, text: str) -> list[int]:
        """One signed number of 32 bits a band; none of a text too short to say whether it is the same."""
        its = shingles(text)
        if len(its) < SHORTEST:
            return []
        hashed = b"".join(hashlib.blake2b(each.encode(), digest_size=8, key=self._key).digest() for each in its)
        # a permutation by multiplying modulo 2^64: of that the upper half is mixed well
        mixed = (np.frombuffer(hashed, "<u8")[None, :] * (self._times | np.uint64(1)) + self._plus) >> np.uint64(32)
        least = mixed.min(axis=1).astype("<u4").reshape(BANDS, _ROWS)
        return [self._band(index, row.tobytes()) for index, row in enumerate(least)]

    def _band(self, index: int, row: bytes) -> int:
        # of the rows that share one by chance a look at the texts is enough
        keyed = hashlib.blake2b(index.to_bytes(1) + row, digest_size=4, key=self._key)
        return int.from_bytes(keyed.digest(), signed=True)
