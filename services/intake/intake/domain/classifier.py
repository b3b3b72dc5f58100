"""Which label a text would get, by its characters: one and two at a time, hashed, weighed. Plain arithmetic.

What it was trained on is the office's own texts: see `fit`, and decision 026 for what the weights tell of them.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import log
from operator import itemgetter
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from intake.domain.texts import pieces

BUCKETS = 1 << 16
LONGEST = 500  # characters of a text that are looked at: what it is about is said at its beginning
TITLE = 5  # how often the first line counts, which says it in a few words
WORDS = 3  # that are shown for a label

Buckets = NDArray[np.intp]
Floats = NDArray[np.float32]


class Broken(ValueError):  # noqa: N818 - what the weights are
    """They are not what was kept: a suggestion by them would be chance."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A label, how likely it is, and the words of the text that speak for it."""

    label: str
    likely: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Classifier:
    """`weights`: bucket × label, float16. A bucket without weights was in too few people's texts to be looked at.

    `sure`: from which probability on the first label is right in 19 of 20 texts it was not trained on. `floor`: below
    it the right one is not even among the first two often enough to be worth a look.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float16]
    bias: Floats
    sure: float
    floor: float

    def suggest(self, text: str) -> list[Suggestion]:
        """The first two, the likelier first; nothing where it would be a guess."""
        likely = self.probabilities(text)
        best = np.argsort(-likely)[:2]
        if likely[best[0]] < self.floor:
            return []
        found = [Suggestion(self.labels[each], float(likely[each]), self.words(text, int(each))) for each in best]
        return found if found[0].words else []

    def probabilities(self, text: str) -> Floats:
        """Of each label, in their order; they sum up to one."""
        buckets, values = features(text)
        weights = self.weights[buckets].astype(np.float32)
        values[~weights.any(axis=1)] = 0
        scores = values / max(float(np.linalg.norm(values)), 1e-6) @ weights + self.bias
        return softmax(scores.astype(np.float32))

    def words(self, text: str, label: int) -> tuple[str, ...]:
        """Pairs of characters that speak most for it, with those that overlap in one: 拖欠 and 欠工 as 拖欠工."""
        found: list[tuple[float, str]] = []
        for run in pieces(text[:LONGEST]):
            rows = self.weights[[_bucket(a + b) for a, b in pairwise(run)]].astype(np.float32)
            speaks = rows[:, label] - rows.mean(axis=1)
            for _, each in groupby(enumerate(speaks), lambda pair: bool(pair[1] > 0)):
                places = list(each)
                if places[0][1] > 0:
                    first, last = places[0][0], places[-1][0] + 1
                    found.append((float(sum(score for _, score in places)), run[first : last + 1]))
        best = sorted(set(found), key=itemgetter(0), reverse=True)
        return tuple(dict.fromkeys(word for _, word in best if len(word) <= 8))[:WORDS]

    def dump(self) -> bytes:
        """For `load`."""
        head = {"labels": self.labels, "sure": self.sure, "floor": self.floor}
        parts = (json.dumps(head).encode() + b"\n", self.weights.tobytes(), self.bias.tobytes())
        return zlib.compress(b"".join(parts))

    @classmethod
    def load(cls, kept: bytes) -> "Classifier":
        """Raises Broken."""
        try:
            head, _, rest = zlib.decompress(kept).partition(b"\n")
            said = json.loads(head)
            labels = tuple(map(str, said["labels"]))
            size = BUCKETS * len(labels)
            weights = np.frombuffer(rest, np.float16, size).reshape(BUCKETS, len(labels))
            bias = np.frombuffer(rest, np.float32, len(labels), 2 * size)
            found = cls(labels, weights, bias, float(said["sure"]), float(said["floor"]))
        except (zlib.error, ValueError, KeyError, TypeError) as fault:
            raise Broken("the weights cannot be read") from fault
        if len(labels) < 2 or not np.isfinite(weights).all() or not np.isfinite(bias).all():
            raise Broken("the weights are no numbers")
        return found


def features(text: str) -> tuple[Buckets, Floats]:
    """The buckets of a text's characters and pairs of characters, each once, and how much each counts."""
    counts = Counter[int]()
    for gram, times in _grams(text).items():
        counts[_bucket(gram)] += times
    buckets = np.fromiter(counts, np.intp, len(counts))
    return buckets, np.fromiter((1 + log(times) for times in counts.values()), np.float32, len(counts))


def softmax(scores: Floats) -> Floats:
    """The scores as probabilities, along the last axis."""
    likely: Floats = np.exp(scores - scores.max(axis=-1, keepdims=True))
    likely /= likely.sum(axis=-1, keepdims=True)
    return likely


def _grams(text: str) -> Counter[str]:
    title, _, rest = text.partition("\n")
    found = Counter[str]()
    for part, times in ((title[:LONGEST], TITLE if rest else 1), (rest[:LONGEST], 1)):
        for run in pieces(part):
            for gram in _pairs(run):
                found[gram] += times
    return found


def _pairs(run: str) -> Iterator[str]:
    yield from run
    yield from map("".join, pairwise(run))


def _bucket(gram: str) -> int:
    return crc32(gram.encode()) % BUCKETS
