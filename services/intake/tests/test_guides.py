"""Guides for visitors say what officers go by, and a page of them is text, never markup."""

import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from intake.domain import guide_page, guides
from intake.domain.guide_page import Place
from intake.domain.guides import Guide
from statute import Law

LAW = Law.load()
RULES = LAW.packs.in_force(date(2026, 11, 27)).rules
ALL = [guides.build(each, RULES, LAW) for each in guides.ids()]
PLACE = Place("枫禾县人民检察院", "0571-55512309", [("石桥镇检察服务站", "检察服务站")])


@pytest.mark.parametrize("guide", ALL, ids=lambda each: each.id)
def test_a_guide_has_all_that_a_visitor_asks(guide: Guide) -> None:
    """What to bring, the steps to the answer, and by when it comes: a period of the packs, with its mark."""
    assert guide.bring
    assert ["提出", "登记"] == [each.title for each in guide.steps[:2]]
    ends = guides.words().get(guide.id) or guides.words()[guide.id.partition(".")[0]]
    assert ends.rule in RULES, "a guide names a period that no pack has"
    for term in guide.terms:
        assert term.verified == RULES[term.rule].verified


def test_a_visitor_is_told_by_what_binds_a_visit() -> None:
    """规则 163 speaks of letters: of a visit the reply is 未核验; of administrative supervision it has its own text."""
    law = Law.load().packs.packs[-1]
    reply = {each: guides.periods(law, each)["procedural_reply"] for each in ("other", "administrative_supervision")}
    assert (False, "第一百六十一条、第一百六十三条") == (reply["other"].verified, reply["other"].source.article)
    assert "第三十一条" == reply["administrative_supervision"].source.article
    assert "of_ours" != guides.periods(law, "complaint_appeal.procedure_complaint")["procedure_violation"].variant


@pytest.mark.parametrize("guide", ALL, ids=lambda each: each.id)
def test_the_chart_says_what_stands_beside_it(guide: Guide) -> None:
    """Who does not see the drawing reads the same; nothing is drawn outside it, nothing runs over its box."""
    page = guide_page.html(PLACE, guide)
    drawing = ElementTree.fromstring(guide_page.chart(guide))
    width, height = (float(drawing.get(name) or 0) for name in ("width", "height"))
    names = {"svg": "http://www.w3.org/2000/svg"}
    said = drawing.findtext("svg:desc", namespaces=names) or ""
    for step in guide.steps:
        assert step.title in said
        assert step.text in said
        assert all(to in said for _, to in step.aside)
    for box in drawing.iterfind("svg:rect", names):
        x, y, wide, tall = (float(box.get(name) or 0) for name in ("x", "y", "width", "height"))
        assert x + wide <= width
        assert y + tall <= height
    marked = len(re.findall(guide_page.UNVERIFIED, page))
    unread = sum(not each.verified for each in guide.terms) + sum(not each.law.verified for each in guide.checks)
    assert marked >= unread
    assert all(len(line) * 15 <= 300 for line in guide_page._wrapped("，".join(each.text for each in guide.steps), 300))


def test_what_a_county_writes_is_text() -> None:
    """A name with a bracket in it is shown, not run."""
    sly = replace(ALL[0], zh="<script>1</script>", bring=("<b>证</b>",))
    page = guide_page.html(Place("<i>院</i>", "<u>1</u>", [("<p>站</p>", "站")]), sly)
    assert not re.search(r"<(script|b|i|u)>", page)
    assert "&lt;b&gt;证&lt;/b&gt;" in page
