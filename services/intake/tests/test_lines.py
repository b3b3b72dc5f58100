"""Lines as data: every one complete, its periods ones that exist, and advice that never says more than was asked."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import Code
from contracts.vocabulary import (
    ActKind,
    Admission,
    AgencyKind,
    ApproverLevel,
    ClaimRoute,
    DocumentKind,
    Kind,
    Line,
    RefusalReason,
)
from intake.domain import legal, lines, papers, states
from intake.domain.assigning import assigners, may_assign
from intake.domain.claim_routes import ways
from intake.domain.lines import Check, Meaning
from statute import Law, cited
from statute.hearings import NOTICE, hearings

A = Admission
checks = st.lists(
    st.builds(
        Check,
        id=st.text("abcdefgh", min_size=1, max_size=3),
        ask=st.just("？"),
        yes=st.sampled_from([Meaning(A.ACCEPT), Meaning(A.NOT_OURS, "法院")]),
        no=st.sampled_from(
            [Meaning(A.ACCEPT), Meaning(A.LACKING, "合同"), Meaning(A.OUT_OF_TIME, "两年"), Meaning(A.NOT_OURS, "法院")]
        ),
        law=st.just(cited({"source": {"law": "《法》", "confidence": "M"}}, "法")),
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
    for worse in (A.LACKING, A.OUT_OF_TIME, A.NOT_OURS):
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
        "minors_protection",
    } == set(shipped.subs[Line.COMPLAINT_APPEAL])
    assert {"judgment", "judges", "enforcement"} == set(shipped.subs[Line.CIVIL_SUPERVISION])
    rules = set(Law.load().packs.names)
    for sheet in shipped.everything():
        assert all((sheet.clocks, sheet.documents, sheet.liability, sheet.department)), sheet.id
        assert not set(sheet.clocks) - rules, sheet.id
        assert not {check.bar for check in sheet.checks if check.bar} - rules, sheet.id
        assert sheet.checks or shipped.subs[Line(sheet.id)]
        assert len({check.id for check in sheet.checks}) == len(sheet.checks)
        for check in sheet.checks:
            assert (check.ask.endswith("？") and "《" in check.law.zh) or "本院" in check.law.zh
            # one answer lets it through, the other does not
            assert (check.yes.result is A.ACCEPT) != (check.no.result is A.ACCEPT)


@given(st.sampled_from(Kind), st.integers(0, 3))
def test_an_accusation_of_nobody_is_doubted_and_goes_on(kind: Kind, respondents: int) -> None:
    """It warns the officer; it is no refusal."""
    assert (kind is Kind.ACCUSATION and respondents == 0) == bool(states.doubts(kind, respondents))


def test_a_hearing_has_its_lines_steps_and_is_open_as_its_law_says() -> None:
    """民事规则 59: seven steps; 行政规则 69, 72, 74: nine others, 人民监督员, recorded; a minor's is closed."""
    shipped, rows = lines.shipped(), Law.load().packs.packs[-1].rows
    notices = {row.variant for row in rows if row.id == NOTICE}
    for sheet in shipped.everything():
        assert (sheet.hearing is not None) == (ActKind.HEARING_HELD in sheet.acts), sheet.id
        if (held := sheet.hearing) is not None:
            assert held.notice in notices
            assert ApproverLevel(held.approval)
            assert "《" in held.law.zh
            assert "当事人为未成年人" in held.closed
            assert len(held.steps) == (9 if sheet.id == "administrative_supervision" else 7)
    known = {sheet.id: sheet.hearing for sheet in shipped.everything()}
    civil, administrative = known["civil_supervision"], known["administrative_supervision"]
    assert civil
    assert administrative
    assert known["judgment"] is civil, "a sub-line's is its line's"
    assert (civil.recorded, administrative.recorded) == (False, True)
    assert ((), ("人民监督员",)) == (civil.invites, administrative.invites)
    assert (minors := known["minors_protection"])
    assert (True, True, False) == (civil.open, administrative.open, minors.open)
    assert known["other"] is known["report"] is None
    assert set(hearings()) <= set(known)


def test_each_of_the_six_ways_says_what_follows() -> None:
    """条例 31: of a litigation matter no opinion, no 复查; another's is shown the way, and doubted if accepted."""
    assert set(ClaimRoute) == set(ways())
    rules = set(Law.load().packs.names)
    for way in ways().values():
        assert set(way.periods) <= rules
        assert way.means
        assert way.remedy.endswith("。")
        assert way.law.verified, "the text of 条例 31 was read"
        assert bool(states.doubts(Kind.CLAIM, 0, way, accepted=True)) is not way.ours
        assert not states.doubts(Kind.CLAIM, 0, way)
    assert {ClaimRoute.LITIGATION} == {way.route for way in ways().values() if way.ours}
    assert not ways()[ClaimRoute.LITIGATION].periods


def test_who_may_assign_is_who_the_law_names() -> None:
    """条例 22(1)(3), 23: 信访部门, a procuratorate above ours; 政法委 is not in it, and waits for a legal officer."""
    assert may_assign(AgencyKind.PETITION_OFFICE, above=False)
    assert [True, False] == [may_assign(AgencyKind.PROCURATORATE, above=each) for each in (True, False)]
    assert {AgencyKind.POLITICAL_LEGAL} == {kind for kind, each in assigners().items() if not each.law.verified}
    others = set(AgencyKind) - set(assigners())
    assert not any(may_assign(kind, above=each) for kind in others for each in (True, False))


def test_a_paper_cites_its_lines_own_law() -> None:
    """Civil supervision is not accepted by the criminal rules; what is cited by analogy alone is not verified."""
    for line, sub, name in (
        ("civil_supervision", "judgment", "民事诉讼监督规则"),
        ("complaint_appeal", "state_compensation", "国家赔偿法"),
        ("complaint_appeal", "filing_supervision", "刑事诉讼规则"),
        ("other", None, "信访工作条例"),
    ):
        assert name in papers.law_of(DocumentKind.ACCEPTED, line, sub).zh
    assert {RefusalReason.NOT_OURS} == {reason for reason, each in papers.grounds().items() if each.law.verified}
    for kind in papers.laws():
        for line in Line:
            assert papers.law_of(kind, line, None).source.law


def test_all_data_of_the_law_is_there_for_a_legal_officer_and_each_row_once() -> None:
    """Every question, paper, hearing, way and guide, in words; a name and a file that an event can carry."""
    found = list(legal.data())
    names = [(each.pack, each.name) for each in found]
    assert len(set(names)) == len(names)
    shipped = lines.shipped()
    for sheet in shipped.everything():
        for check in sheet.checks:
            assert any(each.law == check.law and check.ask in each.says for each in found)
        assert any(each.law == sheet.bring_law for each in found)
    assert {"lines", "hearings", "claim_routes", "papers", "guides", "assigning", "purposes"} == {p for p, _ in names}
    for each in found:
        assert all((each.zh, each.says, each.law.zh, each.used))
        assert Code().deserialize(each.name)
        assert Code().deserialize(each.pack)
