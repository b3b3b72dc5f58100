"""Which aid may fit, by the law of the day: written cases around 2026-07-01, when 社会救助法 came into force."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from aid.domain import errors, rules, states
from contracts.vocabulary import AgencyKind, AidKind, Situation

TABLES = rules.load()
LAST, FIRST = date(2026, 6, 30), date(2026, 7, 1)
K, S, A = AidKind, Situation, AgencyKind
J, SUB, DES, DIS, MED, EDU, HOU, EMP, TMP = (
    K.JUDICIAL, K.SUBSISTENCE, K.DESTITUTE, K.DISASTER, K.MEDICAL, K.EDUCATION, K.HOUSING, K.EMPLOYMENT, K.TEMPORARY,
)  # fmt: skip
MAR, RIG, EME, HOM = K.MARGIN, K.RIGID_EXPENDITURE, K.EMERGENCY_MEDICAL, K.HOMELESS

# what was found → what may fit until 06-30, and from 07-01
CASES: list[tuple[str, list[Situation], list[AidKind], list[AidKind]]] = [
    ("nothing was found", [], [], []),
    ("the demo's matter 7", [S.VICTIM_DEATH, S.NO_COMPENSATION, S.NO_INCOME, S.MINOR_SCHOOLING],
     [J, SUB, EDU, TMP], [J, SUB, EDU, TMP]),
    ("a death that was compensated, the family has work", [S.VICTIM_DEATH], [TMP], [TMP]),
    ("a heavy injury without income", [S.VICTIM_INJURY, S.NO_INCOME], [J, SUB, TMP], [J, SUB, TMP]),
    ("urgent treatment", [S.URGENT_TREATMENT], [J, MED], [J, MED, EME]),
    ("a traffic accident nobody pays for", [S.TRAFFIC_HARM, S.NO_COMPENSATION], [J, TMP], [J, TMP]),
    ("property lost, no income", [S.PROPERTY_LOSS, S.NO_INCOME], [J, SUB], [J, SUB]),
    ("property lost, income there is", [S.PROPERTY_LOSS], [], []),
    ("law cannot solve it, and no income", [S.UNSOLVED_BY_LAW, S.LOW_INCOME], [J, SUB], [J, SUB]),
    ("law cannot solve it, and no hardship", [S.UNSOLVED_BY_LAW], [], []),
    ("income per head below the line", [S.LOW_INCOME], [SUB], [SUB]),
    ("income a little above the line", [S.MARGIN_INCOME], [], [MAR]),
    ("expenses that cannot be avoided", [S.RIGID_EXPENSES], [], [RIG]),
    ("incapable and old", [S.INCAPABLE, S.ELDERLY], [DES], [DES]),
    ("incapable and disabled", [S.INCAPABLE, S.DISABLED], [DES], [DES]),
    ("incapable and fifteen", [S.INCAPABLE, S.UNDER_16, S.MINOR], [DES], [DES]),
    ("incapable and seventeen: 16 was the 办法's limit, 18 the law's", [S.INCAPABLE, S.MINOR], [], [DES]),
    ("incapable and neither old, disabled nor a minor", [S.INCAPABLE], [], []),
    ("an old person with a supporter", [S.ELDERLY], [], []),
    ("a flood", [S.DISASTER], [DIS], [DIS]),
    ("medical bills", [S.MEDICAL_COST], [MED], [MED]),
    ("medical bills that are most of what they have", [S.MEDICAL_COST, S.RIGID_EXPENSES], [MED], [RIG, MED]),
    ("a child's schooling, of a family nobody knows to be poor", [S.MINOR_SCHOOLING], [EDU], []),
    ("a student's schooling in a recognised family", [S.SCHOOLING, S.RECOGNISED], [EDU], [EDU]),
    ("a student's schooling in a marginal family", [S.SCHOOLING, S.MARGIN_INCOME], [EDU], [MAR, EDU]),
    ("no dwelling, of a family nobody knows to be poor", [S.HOUSING], [HOU], []),
    ("no dwelling, income below the line", [S.HOUSING, S.LOW_INCOME], [SUB, HOU], [SUB, HOU]),
    ("out of work, of a family nobody knows to be poor", [S.UNEMPLOYED], [EMP], []),
    ("out of work in a recognised family", [S.UNEMPLOYED, S.RECOGNISED], [EMP], [EMP]),
    ("on the street", [S.HOMELESS], [HOM], [HOM]),
]  # fmt: skip
BOTH = [
    *((day, *case[:2], case[2]) for case in CASES for day in (LAST,)),
    *((day, *case[:2], case[3]) for case in CASES for day in (FIRST,)),
]


def test_there_are_sixty() -> None:
    """Thirty, each on the last day of the one and on the first of the other; no two alike."""
    assert len(BOTH) >= 60
    assert len({(day, *found) for day, _, found, _ in BOTH}) == len(BOTH)


@pytest.mark.parametrize(("day", "what", "found", "kinds"), BOTH, ids=lambda each: str(each)[:40])
def test_what_may_fit_on_the_day(day: date, what: str, found: list[Situation], kinds: list[AidKind]) -> None:
    """The table of the day, in its order; social aid beside judicial aid and never instead of it."""
    assert kinds == list(dict.fromkeys(rule.kind for rule in TABLES.in_force(day).determine(found))), what


@pytest.mark.parametrize(("day", "law"), [(LAST, "《社会救助暂行办法》"), (FIRST, "《社会救助法》")])
def test_each_row_cites_the_law_of_its_day(day: date, law: str) -> None:
    """No row of social aid cites what had ended or had not begun; nor does the basis of a lead."""
    table = TABLES.in_force(day)
    assert all(rule.law.zh.startswith(law) for rule in table.rules if rule.kind is not J)
    assert law in table.basis
    assert ("第三十六条" in table.after_judicial) is (day == FIRST)


def test_the_tables_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    """Until 06-30 the one, from 07-01 the other; a gap between two would leave days without a law."""
    assert ["aid-2026.1/2026-11-27", "aid-2026.7"] == [each.version for each in TABLES.tables]
    assert LAST + timedelta(days=1) == FIRST == TABLES.tables[1].since
    assert LAST == TABLES.tables[0].until
    for file in rules.FOLDER.glob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("effective_to: 2026-06-30", "effective_to: 2026-06-29")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    with pytest.raises(rules.RulesError, match="must end on the day before"):
        rules.load(tmp_path)


@pytest.mark.parametrize("day", [LAST, FIRST])
def test_who_decides_is_who_the_law_names(day: date) -> None:
    """受灾 应急管理, 医疗 医疗保障, 住房 住房保障; the township takes in what it takes in; school for schooling."""
    by_kind = {rule.kind: set(rule.agencies) for rule in TABLES.in_force(day).rules}
    assert {A.EMERGENCY} == by_kind[DIS]
    assert {A.MEDICAL_INSURANCE, A.TOWN} == by_kind[MED]
    assert {A.HOUSING, A.TOWN} == by_kind[HOU]
    assert {A.EDUCATION, A.SCHOOL} == by_kind[EDU]
    assert all(A.TOWN in by_kind[kind] for kind in (SUB, DES, EMP, TMP))
    assert A.CIVIL_AFFAIRS not in by_kind[DIS] | by_kind[MED] | by_kind[HOU]


def test_what_can_be_checked_is_not_asked_for() -> None:
    """社会救助法 62(2): no row asks for a household register or for income papers; they are shown as 免提供."""
    table = TABLES.in_force(FIRST)
    social = [rule for rule in table.rules if rule.kind is not J]
    assert not [rule.id for rule in social for each in rule.documents if "户口簿" in each or "收入证明" in each]
    assert all("户口簿" in rule.verifiable for rule in social if rule.kind in (SUB, DES, MAR, RIG, MED, EDU, HOU))


def test_aid_is_given_by_a_row_that_fits() -> None:
    """A ground of another case's is refused, with those of this one."""
    fitting = TABLES.in_force(FIRST).determine([S.VICTIM_DEATH, S.NO_INCOME])
    assert "J1" == states.check_ground(fitting, "J1")
    for ground in ("J2", "S1", "none"):
        with pytest.raises(errors.NoGround) as refused:
            states.check_ground(fitting, ground)
        assert ["J1"] == list(refused.value.more["known"])
