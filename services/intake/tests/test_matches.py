"""First or repeat: what is like what, by which reason and for whom; what a person says of it; what follows in law."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_context import OFFICER, build_context, index, petition, staff
from sqlalchemy import Engine, delete, select, update

from contracts.problems import Problem
from contracts.vocabulary import Kind, MatchDecision, MatchedBy, MatchEffect, PetitionState, Role
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from intake.domain import matching, texts
from intake.tables import Agency, MatchedPair, Petition, Respondent, Step, TextIndex
from intake.use_cases import (
    links,
    matches,
    petitions,
    registration,
    secrecy,
    walls,
    word_counts,
)
from intake.use_cases.drafts import DraftInput, DraftPerson
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RegisterInput, RespondentInput
from service_kit.vaults import vault_of
from statute import day_of
from web.tokens import Officer

CLERK = Officer("A00", "900100", frozenset({Role.WINDOW}))
BESIDE = Officer("A00", "900101", frozenset({Role.WINDOW}))
HANDLER = Officer("A00", "900105", frozenset({Role.HANDLER}), "D05")
ACCUSED = Officer("A00", "900103", frozenset({Role.HANDLER}), "D03")
ID, OTHER_ID = "110101199003070310", "110101199003070337"
SAID = "枫禾县石桥镇云杉建筑工地拖欠二十三名工人三个月工资，多次上门讨要无果，请求依法督促支付。"
AGAIN = SAID.replace("三个月", "四个月").replace("多次上门", "今年多次上门")
ISSUES = [
    f"紫杉湾小区{what}，夜里{when}都是烟，孩子咳嗽，物业说管不了，请管一管楼下烧烤店的油烟。"
    for what, when in (("楼下烧烤店排烟", "两点"), ("三栋底商油烟扰民", "一直"), ("烧烤店没有烟道", "到天亮"))
]


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made = build_context(engine, tmp_path)
    with made.begin(OFFICER) as work:
        work.session.add(Agency(code="A00", revision=1, name="本院", kind="labour", transport="queue", active=True))
    staff(made, {"D03": ["900103"], "D05": ["900105"]})
    return made


def register(context: ServiceContext, by: str = "900100", **changes: Any) -> str:
    anonymous = changes.pop("anonymous", False)
    command: RegisterInput = replace(petition(changes.pop("kind", Kind.CLAIM), anonymous=anonymous), **changes)
    with context.begin(Actor("A00", by, "window")) as work:
        number = registration.register(work, command).number
    index(context)
    return number


def person(name: str, resident_id: str | None = None, phone: str | None = None) -> PetitionerInput:
    return PetitionerInput(name, resident_id, phone, None, sms_consent=False)


def draft(who: PetitionerInput | None = None, **known: Any) -> DraftInput:
    first = who and DraftPerson(who.name, who.resident_id, who.phone, who.address, other_phones=who.other_phones)
    return DraftInput(petitioner=first, **known)


def asked(context: ServiceContext, officer: Officer, about: DraftInput | str) -> matches.Matches:
    with context.begin(Actor("A00", officer.id, "officer")) as work:
        if isinstance(about, DraftInput):
            return matches.of_draft(work, officer, about)
        return matches.of_petition(work, officer, work.session.get_one(Petition, about))


def decide(context: ServiceContext, number: str, to: str, decision: MatchDecision) -> None:
    with context.begin(Actor("A00", "900105", "handler")) as work:
        matches.decide(work, number, to, decision, "看过材料")


# -- the rules -------------------------------------------------------------------------------------------------------


@given(st.text(alphabet="枫禾县拖欠工资石桥镇云杉", min_size=30, max_size=200), st.integers(0, 29))
def test_the_same_text_again_has_a_band_in_common(text: str, at: int) -> None:
    """However it is broken and pointed, and with a word changed; by another key nothing is in common."""
    one, other = texts.MinHash(b"one"), texts.MinHash(b"other")
    bands = one.bands(text)
    assert bands == one.bands(text[:at] + "，\n " + text[at:])
    if len(texts.shingles(text)) >= texts.SHORTEST:
        assert len(bands) == texts.BANDS
        assert set(bands).isdisjoint(other.bands(text))
    else:
        assert bands == []


def test_what_is_written_anew_says_the_same() -> None:
    """A word here and there: half of the pairs are left, and less than half of the threes."""
    one = "石桥镇云杉小区三号楼的电梯坏了两个月，物业一直不修，老人上下楼很困难，请求有关部门督促物业尽快维修。"
    other = "石桥镇云杉小区三号楼电梯坏了三个月，物业一直没修，老人上下楼困难，请求部门督促物业尽快来修。"
    assert texts.likeness(texts.pairs(one), texts.pairs(other)) >= texts.ALIKE
    assert texts.likeness(texts.shingles(one), texts.shingles(other)) < texts.ALIKE


def test_cases_are_read_in_one_way() -> None:
    """Of courts and of papers, in any brackets; a day is no case."""
    assert (
        texts.cases("不服（2026）枫0623民初12号判决")
        == texts.cases("案号是 [2026] 枫 0623 民初 12 号，")
        == {"2026枫0623民初12"}
    )
    assert texts.cases("根据枫检民监〔2026〕12号决定") == {"民监202612"}
    assert texts.cases("2026年3月12日在12号楼") == set()


@pytest.mark.parametrize(
    ("state", "elsewhere", "effect"),
    [
        (PetitionState.REGISTERED, False, MatchEffect.SUPPLEMENT),
        (PetitionState.HANDLING, True, MatchEffect.ELSEWHERE),
        (PetitionState.TERMINATED, True, MatchEffect.CONCLUDED),
        (PetitionState.CLOSED, True, MatchEffect.ENDED),
        (PetitionState.WITHDRAWN, False, MatchEffect.ENDED),
    ],
)
def test_what_follows_in_law(state: PetitionState, elsewhere: bool, effect: MatchEffect) -> None:
    """Of the same matter alone; why two are alike says nothing of it. 条例 19(3), 36(3)."""
    assert matching.effect(state, elsewhere) is effect


def test_a_repeat_is_of_one_person_and_one_matter_within_the_time() -> None:
    """The day after it is none; a name and a unit are worth a look, either alone is not."""
    today, within = date(2026, 11, 27), timedelta(days=180)
    both = [MatchedBy.PHONE, MatchedBy.TEXT]
    assert matching.is_repeat(both, None, today, within)
    assert matching.is_repeat(both, today - within, today, within)
    assert not matching.is_repeat(both, today - within - timedelta(days=1), today, within)
    assert not matching.is_repeat([MatchedBy.PHONE], None, today, within)
    assert not matching.is_repeat([MatchedBy.TEXT], None, today, within)
    assert matching.is_match([MatchedBy.NAME, MatchedBy.UNIT])
    assert not matching.is_match([MatchedBy.NAME])
    assert not matching.is_match([MatchedBy.UNIT, MatchedBy.PLACE])


@given(st.dictionaries(st.integers(0, 500), st.integers(1, 3_000), max_size=80), st.integers(1, 10**6))
def test_one_question_reads_no_more_than_it_may(counted: dict[int, int], of: int) -> None:
    """However common its words are; the rarest are taken, and weigh the most."""
    chosen = matching.telling(range(100), counted, of)
    assert sum(counted.get(word, 0) for word in chosen) <= matching.POSTINGS
    assert len(chosen) <= matching.MOST_WORDS
    left = [each for each in counted.keys() & set(range(100)) if each not in chosen]
    assert all(counted[taken] <= counted[each] for taken in counted.keys() & chosen.keys() for each in left)


# -- who came before -------------------------------------------------------------------------------------------------


def test_the_same_person_is_seen_by_id_phone_and_name(context: ServiceContext) -> None:
    """At the window at once, before a word is indexed; a name alone is nobody; a closed one is found too."""
    number = register(context, petitioner=person("石大川", ID, "19900001208"), place="330102")
    with context.begin(OFFICER) as work:
        work.session.get_one(Petition, number).state = PetitionState.CLOSED
    found = asked(context, CLERK, draft(person("单小明", ID, "199 0000 1208")))
    assert found.why == {number: [MatchedBy.RESIDENT_ID, MatchedBy.PHONE]}
    assert asked(context, CLERK, draft(person("石大川"))).why == {}
    assert asked(context, HANDLER, draft(person("石大川"), place="330102")).why == {
        number: [MatchedBy.NAME, MatchedBy.PLACE]
    }
    assert asked(context, HANDLER, draft(person("石大川"), place="330106")).why == {}
    assert asked(context, CLERK, draft(person("石大川", "1101", "199"))).why == {}


def test_who_has_several_numbers_is_the_same_by_any(context: ServiceContext) -> None:
    """Either way, first or not, with an extension or without; a number that is not all there yet is nobody's."""
    several = replace(person("石大川", phone="19900001208"), other_phones=["0571-87654321转801", "19900001209"])
    number, other = register(context, petitioner=several), register(context, petitioner=person("石大川", ID))
    for phone in ("19900001208", "199 0000 1209", "0571-87654321"):
        assert asked(context, CLERK, draft(person("单小明", phone=phone))).why == {number: [MatchedBy.PHONE]}
        also = replace(person("单小明", phone="1990000"), other_phones=["1990", phone])
        assert asked(context, CLERK, draft(also)).why == {number: [MatchedBy.PHONE]}
    assert asked(context, CLERK, draft(person("单小明", phone="19900001297"))).why == {}
    again = register(context, petitioner=replace(person("单小明", phone="19900001299"), other_phones=["19900001209"]))
    assert asked(context, HANDLER, again).why == {number: [MatchedBy.PHONE]}
    assert asked(context, HANDLER, number).why == {again: [MatchedBy.PHONE]}
    assert asked(context, HANDLER, other).why == {}


def test_the_same_matter_is_for_who_may_read_it(context: ServiceContext) -> None:
    """Text and case by themselves; unit, respondent and place beside another reason. The window is told of none."""
    about = (RespondentInput("A09", "云杉建筑"),)
    number = register(context, statement=SAID + "案号（2026）枫0623民初12号。", respondents=about, place="330102")
    new = draft(person("单小明"), statement=AGAIN, respondents=about, place="330102")
    found = asked(context, HANDLER, new)
    assert found.why == {number: [MatchedBy.TEXT, MatchedBy.UNIT, MatchedBy.RESPONDENT, MatchedBy.PLACE]}
    assert 0.5 <= found.likeness[number] < 1
    case = draft(person("单小明"), statement="还是(2026)枫0623民初12号那件事")
    assert asked(context, HANDLER, case).why == {number: [MatchedBy.CASE]}
    assert asked(context, HANDLER, draft(respondents=about, place="330102")).why == {}
    for each in (new, case):
        empty = asked(context, CLERK, each)
        assert (empty.why, empty.issues) == ({}, {})


def test_of_an_accusation_who_may_not_read_it_learns_nothing(context: ServiceContext) -> None:
    """Not that the same person accused: but who registered it sees it, as on its card. The accused sees nothing."""
    about, ours = (
        (RespondentInput("A09", "韩某"),),
        RespondentInput("A00", "韩检察", officer="900103", department="D03"),
    )
    who = person("石大川", ID)
    number = register(context, kind=Kind.ACCUSATION, petitioner=who, statement=SAID, respondents=about)
    again = draft(who, statement=SAID, respondents=about)
    assert asked(context, CLERK, again).why == {number: [MatchedBy.RESIDENT_ID]}
    assert asked(context, BESIDE, again).why == {}
    assert number in asked(context, HANDLER, again).why
    of_him = register(context, kind=Kind.ACCUSATION, petitioner=who, statement=AGAIN, respondents=(ours,))
    assert {number, of_him} == set(asked(context, HANDLER, again).why)
    assert {number} == set(asked(context, ACCUSED, again).why)


@pytest.mark.parametrize("kind", [Kind.CLAIM, Kind.ACCUSATION])
def test_signed_anonymous_and_secret_never_match(context: ServiceContext, kind: Kind) -> None:
    """Either way, by text, person or issue; an anonymous letter sent again is one. Of a secret nothing is left."""
    who = person("石大川", ID)
    signed = register(context, kind=kind, petitioner=who, statement=SAID)
    nameless = register(context, kind=kind, anonymous=True, statement=SAID)
    secret = register(context, kind=kind, petitioner=who, secrecy=True, statement=SAID)
    of_all = {each: asked(context, HANDLER, each) for each in (signed, nameless, secret)}
    assert {each: (found.why, found.issues) for each, found in of_all.items()} == dict.fromkeys(of_all, ({}, {}))
    assert list(asked(context, HANDLER, draft(anonymous=True, statement=SAID)).why) == [nameless]
    assert list(asked(context, HANDLER, draft(who, statement=SAID)).why) == [signed]
    assert asked(context, HANDLER, draft(who, statement=SAID, secrecy=True)).why == {}
    assert asked(context, HANDLER, draft(who, statement=SAID, sealed_post=True)).why == {}
    other = register(context, petitioner=person("单小明", OTHER_ID), statement=SAID)
    assert signed in asked(context, HANDLER, other).why
    for to in (nameless, secret):
        with pytest.raises(Problem, match="never compared"):
            decide(context, other, to, MatchDecision.SAME_ISSUE)
    decide(context, other, signed, MatchDecision.SAME_ISSUE)
    with context.begin(OFFICER) as work:
        secrecy.ask(work, signed)
    assert asked(context, HANDLER, other).why == {}
    with context.begin(OFFICER) as work:
        assert not work.session.scalars(select(MatchedPair)).all()
        assert work.session.get_one(TextIndex, signed).keys == []


@pytest.mark.parametrize(
    ("state", "type_"),
    [
        (PetitionState.CLOSED, "petition.closed.v1"),
        (PetitionState.WITHDRAWN, "petition.withdrawn.v1"),
        (PetitionState.SENT_BACK, "petition.sent_back.v1"),
    ],
)
def test_what_ended_long_ago_is_no_repeat(context: ServiceContext, state: PetitionState, type_: str) -> None:
    """Whichever way it ended: the day is shown, and after the time a match is a match and no more."""
    who = person("石大川", ID)
    number = register(context, petitioner=who, statement=SAID)
    for days, repeat in ((180, True), (182, False)):
        with context.begin(OFFICER) as work:
            its, at = work.session.get_one(Petition, number), work.now - timedelta(days=days)
            its.state = state
            work.session.execute(delete(Step).where(Step.petition == number, Step.type == type_))
            work.session.add(Step(petition=number, at=at, type=type_, agency="A00", officer="900105", data={}))
        with context.begin(Actor("A00", HANDLER.id, "officer")) as work:
            found = matches.of_draft(work, HANDLER, draft(who, statement=SAID))
            (shown,) = matches.present(work, HANDLER, found)["matches"]
        assert (shown["ended_on"], shown["repeat"]) == (day_of(at).isoformat(), repeat)


# -- what a person does ----------------------------------------------------------------------------------------------


def test_what_was_decided_does_not_come_back(context: ServiceContext) -> None:
    """Neither what was found to be another matter, either way, nor what is linked; to say it twice is refused."""
    one, two, three = (
        register(context, petitioner=person("石大川", ID), statement=each) for each in (SAID, AGAIN, SAID)
    )
    assert set(asked(context, HANDLER, one).why) == {two, three}
    decide(context, one, two, MatchDecision.DIFFERENT)
    with pytest.raises(Problem, match="decided before"):
        decide(context, one, two, MatchDecision.DIFFERENT)
    with pytest.raises(Problem, match="with itself"):
        decide(context, one, one, MatchDecision.DIFFERENT)
    assert set(asked(context, HANDLER, one).why) == {three}
    assert set(asked(context, HANDLER, two).why) == {three}
    with context.begin(Actor("A00", "900105", "handler")) as work:
        links.link(work, one, three, links.LinkReason.REPEAT)
    assert asked(context, HANDLER, one).why == asked(context, HANDLER, one).issues == {}


def test_what_is_said_of_two_is_said_once(context: ServiceContext) -> None:
    """From whichever of them: what was said before from the other stands no longer, and said again it is refused."""
    one, two = (register(context, petitioner=person("石大川"), statement=each) for each in (SAID, AGAIN))
    last, other = MatchDecision.SAME_ISSUE, MatchDecision.DIFFERENT
    for number, to in ((one, two), (two, one), (one, two)):
        decide(context, number, to, last)
        with pytest.raises(Problem, match="decided before"):
            decide(context, to, number, last)
        with context.begin(OFFICER) as work:
            (kept,) = work.session.scalars(select(MatchedPair))
            assert (kept.petition, kept.decision) == (number, last)
        last, other = other, last


def test_no_line_tells_of_what_is_out_of_sight(context: ServiceContext) -> None:
    """Neither of what was decided, nor of what was said before that, nor once the other asked for secrecy."""
    ours = RespondentInput("A00", "韩检察", officer="900103", department="D03")
    one, of_him = (register(context, petitioner=person("石大川"), respondents=about) for about in ((), (ours,)))

    def lines(officer: Officer) -> list[str]:
        with context.begin(OFFICER) as work:
            view, steps = walls.view(work, officer, "petition.read"), petitions.steps(work, one)
            shown = links.without_hidden(work, view, one, steps)
            return [each.data["decision"] for each in shown if each.type == links.DECIDED]

    for decision in (MatchDecision.DIFFERENT, MatchDecision.SAME_ISSUE):
        decide(context, one, of_him, decision)
        assert (lines(HANDLER), lines(ACCUSED)) == ([decision], [])
    with context.begin(OFFICER) as work:
        secrecy.ask(work, of_him)
    assert lines(ACCUSED) == []


def test_many_on_one_issue_are_ranked_and_joined(context: ServiceContext) -> None:
    """The likest first, a group once, with those of it in sight; who joined is not shown its own group again."""
    for n in range(8):
        register(
            context,
            petitioner=person(f"某{n}"),
            title="反映别的事",
            statement=f"水渠第{n}段塌了，春耕缺水。" * 2,
        )
    smoke = [register(context, petitioner=person("石大川"), title="油烟扰民", statement=each) for each in ISSUES]
    new = draft(person("单小明"), title="烧烤店油烟", statement="紫杉湾小区底商烧烤店油烟太大，没法开窗。")
    assert set(list(asked(context, HANDLER, new).issues)[:3]) == set(smoke)
    decide(context, smoke[1], smoke[0], MatchDecision.SAME_ISSUE)
    decide(context, smoke[2], smoke[1], MatchDecision.SAME_ISSUE)
    (first, *rest) = asked(context, HANDLER, new).issues.items()
    assert (first[0] in smoke, first[1]) == (True, sorted(smoke))
    assert not {number for number, _ in rest} & set(smoke)
    assert not set(asked(context, HANDLER, smoke[0]).issues) & set(smoke)
    with context.begin(OFFICER) as work:
        # the rarer words weigh more once they were counted
        word_counts.FEWEST, before = 1, word_counts.FEWEST
        assert (word_counts.count(work), word_counts.count(work)) == (1, 0)
        word_counts.FEWEST = before
    assert next(iter(asked(context, HANDLER, new).issues)) in smoke
    accusation = register(context, kind=Kind.ACCUSATION, title="油烟扰民", statement=ISSUES[0])
    assert accusation not in asked(context, HANDLER, new).issues


def test_who_says_more_of_the_same_comes_first_before_words_are_counted(context: ServiceContext) -> None:
    """In a new county, or an hour after the upgrade: not whoever came last, as if no word told anything."""
    much, little = (
        register(context, petitioner=person(name), title=None, statement=said)
        for name, said in (("石大川", "白桦路路灯坏了半年"), ("单小明", "水渠边的白桦路塌陷"))
    )
    new = draft(person("赤狐某"), statement="白桦路路灯坏了没人修")
    assert list(asked(context, HANDLER, new).issues) == [much, little]


def test_what_does_not_open_keeps_no_other_from_being_found(context: ServiceContext) -> None:
    """Neither the text nor whom it is about, changed where they lie: it is like nothing, and the others are there."""
    about = RespondentInput("A09", "韩某")
    broken, whole = (
        register(context, petitioner=person(name), statement=SAID, respondents=(about,))
        for name in ("石大川", "单小明")
    )
    new = draft(person("石大川", phone="19900001208"), statement=SAID, respondents=(about,))
    for column in (Respondent.name, Petition.statement):
        of = getattr(column.class_, "petition", Petition.number)
        with context.begin(OFFICER) as work:
            work.session.execute(update(column.class_).where(of == broken).values({column.key: b"0" * 40}))
        assert whole in asked(context, HANDLER, new).why
    assert asked(context, HANDLER, new).likeness == {whole: 1.0}


def test_what_goes_with_the_key_is_not_matched(context: ServiceContext) -> None:
    """Neither by person nor by text: the rows go with the petition's data key."""
    who = person("石大川", ID)
    number = register(context, petitioner=who, statement=SAID)
    with context.begin(OFFICER) as work:
        vault_of(context).destroy(work.session, number)
    found = asked(context, HANDLER, draft(who, statement=SAID))
    assert (found.why, found.issues) == ({}, {})


def test_what_is_kept_says_nothing_plain(context: ServiceContext) -> None:
    """Neither the reason of a decision nor a key."""
    one, two = (register(context, petitioner=person("石大川", ID), statement=each) for each in (SAID, AGAIN))
    decide(context, one, two, MatchDecision.DIFFERENT)
    with context.begin(OFFICER) as work:
        kept = work.session.scalars(select(MatchedPair)).one()
        assert "看过材料".encode() not in bytes(kept.reason)
