"""Who may be entitled to what, how much at most, and what a lead may become."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from aid import tables
from aid.domain import errors, rules, states
from aid.domain.states import LEAD_MOVES, Caps
from authorization import placements
from contracts.vocabulary import AgencyKind, AidKind, LeadResult, LeadState, Situation

RULES = rules.load().in_force(date(2026, 11, 27))
S = Situation


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        ([], []),
        ([S.VICTIM_DEATH], [AidKind.TEMPORARY]),
        (
            # matter 7: the husband was killed, nothing was paid, two children, the elder about to leave school
            [S.VICTIM_DEATH, S.NO_COMPENSATION, S.NO_INCOME, S.MINOR_SCHOOLING],
            [AidKind.JUDICIAL, AidKind.SUBSISTENCE, AidKind.EDUCATION, AidKind.TEMPORARY],
        ),
        ([S.VICTIM_INJURY, S.NO_INCOME], [AidKind.JUDICIAL, AidKind.SUBSISTENCE, AidKind.TEMPORARY]),
        ([S.URGENT_TREATMENT], [AidKind.JUDICIAL, AidKind.MEDICAL, AidKind.EMERGENCY_MEDICAL]),
        ([S.TRAFFIC_HARM], [AidKind.TEMPORARY]),
        ([S.TRAFFIC_HARM, S.NO_COMPENSATION], [AidKind.JUDICIAL, AidKind.TEMPORARY]),
        ([S.UNEMPLOYED, S.RECOGNISED], [AidKind.EMPLOYMENT]),
        ([S.NO_COMPENSATION], []),
    ],
)
def test_what_fits(found: list[Situation], kinds: list[AidKind]) -> None:
    """The table's rows, read from the file, with social aid beside judicial aid and never instead of it."""
    assert kinds == list(dict.fromkeys(rule.kind for rule in RULES.determine(found)))


@given(st.frozensets(st.sampled_from(Situation)), st.sampled_from(Situation))
def test_finding_more_never_takes_a_kind_away(found: frozenset[Situation], another: Situation) -> None:
    """Rules only ask for what was found: there is no situation that shuts a door."""
    assert set(RULES.determine(found)) <= set(RULES.determine(found | {another}))


def test_a_lead_names_only_what_fits_and_the_agency_decides_on() -> None:
    """Civil affairs is not asked about school, and nobody is asked about what was not found."""
    fitting = RULES.determine([S.VICTIM_DEATH, S.NO_INCOME, S.MINOR_SCHOOLING])
    assert states.check_lead(fitting, AgencyKind.CIVIL_AFFAIRS, []) == [AidKind.SUBSISTENCE, AidKind.TEMPORARY]
    assert states.check_lead(fitting, AgencyKind.EDUCATION, [AidKind.EDUCATION]) == [AidKind.EDUCATION]
    for agency, kinds in ((AgencyKind.CIVIL_AFFAIRS, [AidKind.EDUCATION]), (AgencyKind.POLICE, [])):
        with pytest.raises(errors.NotFitting):
            states.check_lead(fitting, agency, kinds)


@pytest.mark.parametrize(
    "row", ["all_of: [fame]", "kind: fame", "documents:", "all_of: []\n    any_of: []", "agencies: [civil_affairs]"]
)
def test_a_wrong_rule_file_is_refused_by_row(tmp_path: Path, row: str) -> None:
    """An unknown word, a missing column, a rule that fits everybody, judicial aid decided elsewhere."""
    good = "id: X\n    kind: judicial\n    all_of: [disaster]\n    zh: 某\n    documents: [某]\n"
    good += "    source: 某\n    confidence: M\n"
    key = row.partition(":")[0]
    lines = [line for line in good.splitlines() if line.strip().partition(":")[0] != key]
    file = tmp_path / "rules.yaml"
    head = "version: v\neffective_from: 2026-01-01\nlead: {basis: 某, after_judicial: 某}\nrules:\n  - "
    file.write_text(head + "\n".join(lines) + f"\n    {row}\n", encoding="utf-8")
    with pytest.raises(rules.RulesError, match=r"rules\.yaml: rules\[0\]"):
        rules.table(file)


@given(st.decimals("0.01", "21000000", places=2))
def test_money_is_exact(amount: Decimal) -> None:
    """Yuan as written → fen → yuan: nothing is rounded on the way."""
    assert Decimal(states.yuan(states.fen(str(amount)))) == amount


@pytest.mark.parametrize("written", ["0", "-1", "0.001", "1e-3", "NaN", "Infinity", "", "两万", "1,000", "99999999999"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    """No rounding, no sign, no words."""
    with pytest.raises(errors.WrongAmount):
        states.fen(written)


@given(st.integers(1, 10**7), st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1))
def test_the_lower_cap_binds(wage: int, local: int, amount: int) -> None:
    """36 months' wage or the county's own cap, whichever is less, to the fen."""
    caps = Caps(wage, local)
    if amount <= min(36 * wage, local):
        assert amount == states.check_amount(amount, caps)
    else:
        with pytest.raises(errors.TooMuch):
            states.check_amount(amount, caps)


@given(st.lists(st.sampled_from([None, *LeadResult]), max_size=8))
def test_a_lead_is_signed_once_and_answered_once(said: list[LeadResult | None]) -> None:
    """Whatever an agency says in whatever order: reports may repeat between receipt and answer, nothing else."""
    state, made = LeadState.OFFERED, []
    for result in said:
        move = states.lead_move(result)
        if state in LEAD_MOVES[move][0]:
            state = states.check_lead_move(move, state)
            made.append(move)
            continue
        with pytest.raises(errors.IllegalLeadMove) as refused:
            states.check_lead_move(move, state)
        assert isinstance(refused.value, errors.EarlyLead) == (state is LeadState.OFFERED)
    assert made.count("sign") <= 1
    assert made.count("answer") <= 1
    assert not made or made[0] == "sign"
    assert "answer" not in made or made[-1] == "answer"


def test_two_grants_for_one_person_and_case_cannot_be_written(engine: Engine) -> None:
    """The schema refuses the second, whatever the code did."""
    values = "(:n, 'p', 'granted', '[]', '', 'same', :n, 'v', now(), now(), now(), '1', 100, NULL)"
    columns = (
        "number, petition, state, situations, applicant, once, requested_by, rules, opened_at, decide_by, decided_at"
    )
    row = f"INSERT INTO aid_case ({columns}, decided_by, amount_fen, ground) VALUES {values}"
    for each in (placements.metadata, tables.Base.metadata):
        each.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(row), {"n": "a"})
    with pytest.raises(IntegrityError, match="aid_case_once"), engine.begin() as connection:
        connection.execute(text(row), {"n": "b"})
