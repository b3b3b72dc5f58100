"""Lines as data: every one complete, its periods ones that exist, and advice that never says more than was asked."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Admission, Kind, Line
from intake.domain import lines, states
from intake.domain.lines import Check, Meaning
from statute import Law

A = Admission
checks = st.lists(
    st.builds(
        Check,
        id=st.text("abcdefgh", min_size=1, max_size=3),
        ask=st.just("？"),
        yes=st.sampled_from([Meaning(A.ACCEPT), Meaning(A.NOT_OURS, "法院")]),
        no=st.sampled_from([Meaning(A.ACCEPT), Meaning(A.LACKING, "合同"), Meaning(A.NOT_OURS, "法院")]),
        law=st.just("法"),
        verified=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda check: check.id,
)


@given(checks, st.data())
def test_advice_is_the_worst_that_an_answer_says(asked: list[Check], data: st.DataObject) -> None:
    """Not ours before lacking before what is not asked yet; accepted only when all was asked and all is well."""
    answers = {check.id: data.draw(st.booleans()) for check in asked if data.draw(st.booleans())}
    told = [(check.yes if answers[check.id] else check.no).result for check in asked if check.id in answers]
    complete = len(answers) == len(asked)
    expected = A.ACCEPT if complete else A.OPEN
    for worse in (A.LACKING, A.NOT_OURS):
        expected = worse if worse in told else expected
    advice = lines.advise(asked, answers)
    assert expected == advice.result
    assert {check.id for check in asked} == set(answers) | {check.id for check in advice.open}
    assert all(meaning.text for _, meaning in advice.reasons)


def test_every_line_and_sub_line_is_complete() -> None:
    """Each of the eight lines; each sub-line of the design; questions once, in Chinese, with their law."""
    shipped = lines.shipped()
    assert {
        "filing_supervision",
        "procedure_complaint",
        "lawyer_obstructed",
        "report",
        "colleague",
        "state_compensation",
    } == set(shipped.subs[Line.COMPLAINT_APPEAL])
    assert {"judgment", "judges", "enforcement"} == set(shipped.subs[Line.CIVIL_SUPERVISION])
    rules = set(Law.load().packs.names)
    for sheet in shipped.everything():
        assert all((sheet.clocks, sheet.documents, sheet.liability, sheet.department)), sheet.id
        assert not set(sheet.clocks) - rules, sheet.id
        assert sheet.checks or shipped.subs[Line(sheet.id)]
        assert len({check.id for check in sheet.checks}) == len(sheet.checks)
        for check in sheet.checks:
            assert (check.ask.endswith("？") and "《" in check.law) or "本院" in check.law
            # one answer lets it through, the other does not
            assert (check.yes.result is A.ACCEPT) != (check.no.result is A.ACCEPT)


@given(st.sampled_from(Kind), st.integers(0, 3))
def test_an_accusation_of_nobody_is_doubted_and_goes_on(kind: Kind, respondents: int) -> None:
    """It warns the officer; it is no refusal."""
    assert (kind is Kind.ACCUSATION and respondents == 0) == bool(states.doubts(kind, respondents))
