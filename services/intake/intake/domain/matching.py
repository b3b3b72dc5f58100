"""First or repeat: what an earlier petition means for one that comes now, and which words tell an issue. Plain Python.

Why two are alike and what follows from it in law are kept apart: the first is seen, the second a person decides.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from contracts.vocabulary import MatchedBy, MatchEffect, PetitionState
from intake.domain.states import ENDED

# by these it is the same person, by the others the same matter
PERSON = frozenset({MatchedBy.RESIDENT_ID, MatchedBy.PHONE, MatchedBy.NAME, MatchedBy.ORGANISATION})
FEWEST = 2  # words in common: three characters in a row are two
# rows of the index that one question reads: the words are taken from the rarest on until they are spent
POSTINGS, MOST_WORDS = 1_000, 64


def is_match(by: Sequence[MatchedBy]) -> bool:
    """Whether it is worth a look: many bear one name, and many complain of one unit, in one place."""
    alone = {*PERSON, MatchedBy.TEXT, MatchedBy.CASE} - {MatchedBy.NAME}
    return not alone.isdisjoint(by) or (MatchedBy.NAME in by and len(by) > 1)


def is_repeat(by: Sequence[MatchedBy], ended_on: date | None, today: date, within: timedelta) -> bool:
    """Whether it is the same person with the same matter while the earlier is open, or `within` a time of its end."""
    both = not PERSON.isdisjoint(by) and not PERSON.issuperset(by)
    return both and (ended_on is None or today - ended_on <= within)


def effect(state: PetitionState, elsewhere: bool) -> MatchEffect:
    """What the law says of the same matter brought again. `elsewhere`: another agency has the earlier one.

    条例 19(3), 36(3).
    """
    if state is PetitionState.TERMINATED:
        return MatchEffect.CONCLUDED
    if state in ENDED or state is PetitionState.CLOSING:
        return MatchEffect.ENDED
    return MatchEffect.ELSEWHERE if elsewhere else MatchEffect.SUPPLEMENT


def telling(words: Sequence[int], counted: Mapping[int, int], of: int) -> dict[int, float]:
    """Word → how much it tells that two speak of one issue; as many as one question can read.

    `counted`: word → in how many of `of` petitions it stands. The rarest of those first; then others in the order
    given: when it was counted nobody else had said them. Before anything was counted all tell the same.
    """
    chosen: dict[int, float] = {}
    left, of = POSTINGS, max(of, 1)
    for word in sorted(words, key=lambda each: (each not in counted, counted.get(each, 0))):
        its = counted.get(word, 1)
        if len(chosen) < MOST_WORDS and its <= left:
            chosen[word] = math.log((of + 2) / (its + 1)) ** 2
            left -= its
    return chosen
