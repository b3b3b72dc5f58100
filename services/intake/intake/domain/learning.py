"""Weights for the classifier from texts whose label is known, and how often they are right on texts not seen. numpy.

Multinomial logistic regression by accelerated gradient descent over all texts: as good as scikit-learn's on what was
measured (decision 026), and no second dependency.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intake.domain.classifier import BUCKETS, Classifier, Floats, features, softmax

PEOPLE = 5  # a feature that fewer have written is not learnt: a name, a number, a street of theirs
ROUNDS, STEP = 80, 12.0
FOLDS = 10
RIGHT_FIRST, RIGHT_OF_TWO = 0.95, 0.97  # how often a suggestion must be right to be called likely; to be made at all
CHUNK = 500  # texts whose gradient is in memory at once


@dataclass(frozen=True, slots=True)
class Example:
    """A text, the label a person gave it, and who wrote it: what one person writes often is one person's."""

    text: str
    label: str
    person: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Of texts that it was not trained on: how often the right label came first, and was among the first two.

    `curve`: of so large a share, the surest, how many were right first.
    """

    texts: int
    first: float
    of_two: float
    sure: float
    floor: float
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Texts as rows of (bucket, value), one behind another; row n is from starts[n] to starts[n + 1]."""

    buckets: NDArray[np.intp]
    values: Floats
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Table":
        """Every feature of each."""
        rows = [features(text) for text in texts]
        lengths = [len(buckets) for buckets, _ in rows]
        return cls(
            np.concatenate([buckets for buckets, _ in rows]),
            np.concatenate([values for _, values in rows]),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp),
        )

    def kept(self, scale: Floats) -> "Table":
        """Its values scaled by bucket and each row made one long; what is scaled to nothing falls out."""
        rows = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        values = self.values * (scale[self.buckets] > 0)
        squares = np.bincount(rows, values**2, len(self.starts) - 1)
        scaled = values * scale[self.buckets] / np.sqrt(np.maximum(squares, 1e-12))[rows]
        stays = scaled > 0
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows[stays], minlength=len(self.starts) - 1))])
        return Table(self.buckets[stays], scaled[stays].astype(np.float32), starts.astype(np.intp))

    def rows(self, first: int, last: int) -> tuple[NDArray[np.intp], Floats, NDArray[np.intp]]:
        """(bucket, value, number of the row) of some."""
        start, end = self.starts[first], self.starts[last]
        numbers = np.repeat(np.arange(last - first), np.diff(self.starts[first : last + 1]))
        return self.buckets[start:end], self.values[start:end], numbers


def read(file: Path) -> list[Example]:
    """A CSV's rows: `text` (after `subject`, if there is one), `label` or `category`, `author`. Raises KeyError."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    return [
        Example(
            "\n".join(filter(None, (row.get("subject", "").strip(), row["text"].strip()))),
            row["label"] if "label" in row else row["category"],
            row.get("author") or str(number),
        )
        for number, row in enumerate(rows)
    ]


def fit(
    examples: Sequence[Example],
    labels: Sequence[str],
    sure: float = 1.0,
    floor: float = 0.0,
    *,
    people: int = PEOPLE,
    rounds: int = ROUNDS,
    by_label: bool = True,
) -> Classifier:
    """A classifier of these labels; every example has one of them. `people`: who must have written a feature.

    `by_label`: what tells a label from the others is learnt sooner than what all have (the log-count ratio of Wang and
    Manning 2012, softmax instead of their SVM). Short texts show it by chance only, if a feature of one person counts.
    """
    scale = _scale(examples, people)
    table = Table.of([each.text for each in examples]).kept(scale)
    right = np.array([labels.index(each.label) for each in examples])
    weights, bias = np.zeros((BUCKETS, len(labels)), np.float32), np.zeros(len(labels), np.float32)
    telling = _telling(table, right, len(labels)) if by_label else np.ones_like(weights)
    ahead, ahead_bias = weights.copy(), bias.copy()
    for round_ in range(rounds):
        slope, slope_bias = _slope(table, right, ahead * telling, ahead_bias)
        moved, moved_bias = ahead - STEP * slope * telling, ahead_bias - slope_bias
        gain = round_ / (round_ + 3)
        ahead, ahead_bias = moved + gain * (moved - weights), moved_bias + gain * (moved_bias - bias)
        weights, bias = moved, moved_bias
    return Classifier(tuple(labels), (weights * telling * scale[:, None]).astype(np.float16), bias, sure, floor)


def measure(examples: Sequence[Example], labels: Sequence[str], seed: int = 1) -> Figures:
    """Each text suggested a label by what was learnt from the others, in ten parts; one person's stay together."""
    people = sorted({each.person for each in examples})
    part = dict(zip(people, np.random.default_rng(seed).permutation(len(people)) % FOLDS, strict=True))
    found: list[tuple[float, int]] = []  # how likely the first was, and at which place the right one
    for fold in range(FOLDS):
        learnt = fit([each for each in examples if part[each.person] != fold], labels)
        found += [_place(learnt, each) for each in examples if part[each.person] == fold]
    return figures(found)


def compare(classifier: Classifier, examples: Sequence[Example]) -> Figures:
    """How it does on texts that it was not trained on."""
    return figures([_place(classifier, each) for each in examples])


def figures(found: Sequence[tuple[float, int]]) -> Figures:
    """Of (how likely the first was, at which place the right one) of each text."""
    surest = sorted(found, reverse=True)
    first = np.cumsum([place == 0 for _, place in surest]) / np.arange(1, len(surest) + 1)
    of_two = np.cumsum([place <= 1 for _, place in surest]) / np.arange(1, len(surest) + 1)
    likely = [each for each, _ in surest]

    def least(shares: NDArray[np.float64], wanted: float) -> float:
        """The least probability down to which so many are right; over one where not even the surest are."""
        good = np.flatnonzero(shares >= wanted)
        return likely[int(good[-1])] if len(good) else 1.01

    shares = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    curve = tuple((share, round(float(first[max(int(share * len(first)) - 1, 0)]), 4)) for share in shares)
    return Figures(
        texts=len(found),
        first=round(float(first[-1]), 4),
        of_two=round(float(of_two[-1]), 4),
        sure=least(first, RIGHT_FIRST),
        floor=least(of_two, RIGHT_OF_TWO),
        curve=curve,
    )


def _place(classifier: Classifier, example: Example) -> tuple[float, int]:
    likely = classifier.probabilities(example.text)
    order = [classifier.labels[each] for each in np.argsort(-likely)]
    return float(likely.max()), order.index(example.label) if example.label in order else len(order)


def _scale(examples: Sequence[Example], least: int) -> Floats:
    """How much each bucket counts: the rarer the more; nothing where too few people wrote it."""
    by: dict[str, list[NDArray[np.intp]]] = {}
    for each in examples:
        by.setdefault(each.person, []).append(features(each.text)[0])
    wrote = np.zeros(BUCKETS)
    for texts in by.values():
        wrote[np.unique(np.concatenate(texts))] += 1
    rare = np.log((len(by) + 1) / (wrote + 1)) + 1
    return np.where(wrote >= least, rare, 0).astype(np.float32)


def _telling(table: Table, right: NDArray[np.intp], labels: int) -> Floats:
    """How much each bucket tells of each label: the share of its texts that have it over that of the others, as log."""
    label = np.repeat(right, np.diff(table.starts))
    having = np.stack([np.bincount(table.buckets[label == each], minlength=BUCKETS) for each in range(labels)], axis=1)
    texts = np.bincount(right, minlength=labels)
    elsewhere = (having.sum(axis=1, keepdims=True) - having + 1) / (len(right) - texts + 2)
    ratio: Floats = np.abs(np.log((having + 1) / (texts + 2) / elsewhere)).astype(np.float32)
    return ratio


def _slope(table: Table, right: NDArray[np.intp], weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """The gradient of the mean loss."""
    slope, slope_bias, count = np.zeros_like(weights), np.zeros_like(bias), len(right)
    for first, last in pairwise([*range(0, count, CHUNK), count]):
        buckets, values, rows = table.rows(first, last)
        scores = np.stack(
            [np.bincount(rows, values * weights[buckets, label], last - first) for label in range(len(bias))], axis=1
        )
        off = softmax((scores + bias).astype(np.float32))
        off[np.arange(last - first), right[first:last]] -= 1
        off /= count
        for label in range(len(bias)):
            slope[:, label] += np.bincount(buckets, values * off[rows, label], BUCKETS)
        slope_bias += off.sum(axis=0)
    return slope, slope_bias
