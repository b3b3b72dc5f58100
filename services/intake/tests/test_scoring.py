"""Risk as a rule: more facts never weigh less, a red is a person's to lower, and nothing else asks for it."""

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import registry
from contracts.reference import json_schema
from contracts.vocabulary import RiskColour
from intake.domain import scoring
from intake.domain.scoring import ORDER, Scheme
from intake.domain.states import Snapshot

SCHEME = Scheme.load(None)
facts = st.frozensets(st.sampled_from(sorted(SCHEME.factors)))
colours = st.sampled_from(RiskColour)
# matter → what an officer enters and the system sees, and the colour that must come of it
MATTERS = {
    1: ((), RiskColour.NONE),
    2: (("injury", "perishing_evidence"), RiskColour.YELLOW),
    3: (("concerns_us", "open_case"), RiskColour.YELLOW),
    4: (("injury", "own_decision"), RiskColour.YELLOW),
    7: (("minors", "no_income"), RiskColour.YELLOW),
    8: (("threat_to_life", "group"), RiskColour.RED),
    9: (("third_visit",), RiskColour.BLUE),
    11: (("many_affected",), RiskColour.BLUE),
    12: (("minors", "injury"), RiskColour.YELLOW),
}


@pytest.mark.parametrize("matter", MATTERS)
def test_the_countys_matters_have_their_colours(matter: int) -> None:
    """What the fictional county expects of its own scheme."""
    found, expected = MATTERS[matter]
    assert expected is SCHEME.colour(SCHEME.score(found))


@given(facts, facts)
def test_more_facts_never_weigh_less(some: frozenset[str], more: frozenset[str]) -> None:
    """And the reasons are at most three, the weightiest of those that are so."""
    assert SCHEME.score(some) <= SCHEME.score(some | more)
    low, high = SCHEME.colour(SCHEME.score(some)), SCHEME.colour(SCHEME.score(some | more))
    assert ORDER.index(low) <= ORDER.index(high)
    reasons = SCHEME.reasons(some)
    assert min(3, len(some)) == len(reasons)
    told = [factor for factor in SCHEME.factors.values() if factor.zh in reasons]
    left = [SCHEME.factors[each] for each in some if SCHEME.factors[each].zh not in reasons]
    assert not left or max(each.weight for each in left) <= min(each.weight for each in told)


@given(colours, colours, st.integers(0, 300), st.none() | st.integers(0, 300))
def test_no_scoring_lowers_a_red(found: RiskColour, now: RiskColour, score: int, lowered_at: int | None) -> None:
    """Only a person does; and what a person lowered does not rise again on what they knew."""
    settled = scoring.settle(found, now, score, lowered_at)
    if now is RiskColour.RED:
        assert settled is RiskColour.RED
    elif lowered_at is not None and score <= lowered_at:
        assert ORDER.index(settled) <= ORDER.index(now)
    else:
        assert settled is found


def test_no_rule_of_what_may_be_done_knows_it_and_nobody_outside_hears_it() -> None:
    """It narrows no action, and rides in no letter, no message to an agency and no task of a channel."""
    assert not [field.name for field in fields(Snapshot) if "risk" in field.name or "colour" in field.name]
    for contract in registry.CONTRACTS:
        if contract.category != "event":
            said = [*json_schema(contract.schema)["properties"], *(contract.personal or contract.schema)().fields]
            assert not [name for name in said if name in ("risk", "colour", "score")], contract.name


def test_a_scheme_whose_colours_do_not_rise_is_refused(tmp_path: Path) -> None:
    """Said at the start, not at the first petition."""
    shipped = (Path(scoring.__file__).with_name("risk.yaml")).read_text(encoding="utf-8")
    (tmp_path / "risk.yaml").write_text(shipped.replace("blue: 20", "blue: 60"), encoding="utf-8")
    with pytest.raises(ValueError, match="rising"):
        Scheme.load(tmp_path / "risk.yaml")
