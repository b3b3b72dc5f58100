"""Finding: what somebody who searches may mean, what is indexed and when, who is shown what and by which reason."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_context import OFFICER, build_context, index, petition, staff
from sqlalchemy import Engine, text

from contracts.vocabulary import Corrected, FoundBy, Incapacity, Kind, Role
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.domain import finding as rules
from intake.use_cases import (
    corrections,
    finding,
    indexes,
    merging,
    persons,
    petitions,
    registration,
    searches,
    secrecy,
    undoing,
    word_index,
)
from intake.use_cases.people import PetitionerInput
from intake.use_cases.registration import RegisterInput, RespondentInput
from service_kit.vaults import vault_of
from vault import Sealed
from web.tokens import Officer

TODAY = date(2026, 11, 27)
CLERK = Officer("A00", "900100", frozenset({Role.WINDOW}))
BESIDE = Officer("A00", "900101", frozenset({Role.WINDOW}))
HANDLER = Officer("A00", "900105", frozenset({Role.HANDLER}), "D05")
STATION = Officer("A00", "900120", frozenset({Role.STATION}), None, "SP-QINGXI")
ID = "110101199003070310"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made = build_context(engine, tmp_path)
    staff(made, {"D03": ["900103"], "D05": ["900105"]})
    return made


def register(context: ServiceContext, by: str = "900100", **changes: Any) -> str:
    command: RegisterInput = replace(petition(Kind.CLAIM), **changes)
    with context.begin(Actor("A00", by, "window")) as work:
        return registration.register(work, command).number


def person(name: str, resident_id: str | None = None, phone: str | None = None) -> PetitionerInput:
    return PetitionerInput(name, resident_id, phone, None, sms_consent=False)


def find(context: ServiceContext, officer: Officer, q: str, by: FoundBy | None = None, **filters: Any) -> finding.Found:
    with context.begin(Actor("A00", officer.id, "officer")) as work:
        return finding.find(work, officer, q, by, filters)


def numbers(context: ServiceContext, officer: Officer, q: str, **more: Any) -> list[str]:
    return list(find(context, officer, q, **more).why)


# -- what somebody may mean ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("信2026-619926-000123", {FoundBy.NUMBER: "信2026-619926-000123"}),
        ("２０２６-619926-000123", {FoundBy.NUMBER: "信2026-619926-000123"}),
        ("移2026-619926-000001", {FoundBy.REFERRAL: "移2026-619926-000001"}),
        ("000123", {FoundBy.TAIL: "123", FoundBy.PARTNER: "000123"}),
        (ID, {FoundBy.RESIDENT_ID: ID}),
        ("199 0000 1208", {FoundBy.PHONE: "+8619900001208", FoundBy.PARTNER: "199 0000 1208"}),
        ("SDC", {FoundBy.INITIALS: "sdc"}),
        ("石大川", {FoundBy.NAME: "石大川", FoundBy.UNIT: "石大川", FoundBy.RESPONDENT: "石大川"}),
        ("买买提·吐尔逊", {FoundBy.NAME: "买买提吐尔逊"}),
        ("𠮷田", {FoundBy.NAME: "吉田"}),
        ("综转〔2026〕12号", {FoundBy.PARTNER: "综转〔2026〕12号"}),
        ("拖欠工资", {FoundBy.WORDS: "拖欠工资"}),
        ("的", {}),
    ],
)
def test_what_was_typed_may_mean(typed: str, meant: dict[FoundBy, str]) -> None:
    """A number, its tail, an ID by its check digit, a phone, initials, a name or words: whatever it can be."""
    ways = {way.by: way.value for way in rules.ways(typed, TODAY, "0571")}
    assert meant.items() <= ways.items()
    assert meant or not ways


@given(st.text(max_size=100))
def test_whatever_is_typed_means_something_or_nothing(typed: str) -> None:
    """Never an error, and the same thing once; a number may be that of several kinds of paper."""
    ways = rules.ways(typed, TODAY, "0571")
    assert len({(way.by, way.value) for way in ways}) == len(ways)
    of_one = [way.by for way in ways if way.by is not FoundBy.RESIDENT_ID]
    assert len(set(of_one)) == len(of_one)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("石大川", "sdc"),
        ("单小明", "sxm"),
        ("单小明", "dxm"),
        ("欧阳小明", "oyx"),
        ("买买提·吐尔逊", "mmt"),
        ("买买提·吐尔逊", "tex"),
        ("𠮷田", "jt"),
        ("𬭚重", "cz"),
    ],
)
def test_initials_of_a_name(name: str, initials: str) -> None:
    """Of each way to read it, of each part, the rare characters, too."""
    assert initials in rules.initials(name)


@given(st.text(max_size=400), st.text(max_size=4000))
def test_so_many_words_and_no_more(title: str, statement: str) -> None:
    """All of the title's, 64 of the statement's, each once."""
    words = rules.words_of(title, statement)
    assert len(words) == len(set(words)) <= len(set(rules.words(title))) + rules.MOST_WORDS


# -- what is found, and why ------------------------------------------------------------------------------------------


def test_the_same_person_is_found_by_everything_that_is_theirs(context: ServiceContext) -> None:
    """By ID, phone, name and initials in the registration's own transaction, before anything was indexed."""
    number = register(context, petitioner=person("买买提·吐尔逊", ID, "19900001209"))
    for typed, why in (
        (ID, FoundBy.RESIDENT_ID),
        ("+86 199-0000-1209", FoundBy.PHONE),
        ("买买提吐尔逊", FoundBy.NAME),
        ("买买提・吐尔逊", FoundBy.NAME),
        ("mmt", FoundBy.INITIALS),
        (number, FoundBy.NUMBER),
        (number[-6:], FoundBy.TAIL),
    ):
        assert {number: [why]} == find(context, CLERK, typed).why, typed
    assert finding.NOTHING == find(context, CLERK, "石小川").sentence


def test_somebody_is_found_by_every_number_of_theirs(context: ServiceContext) -> None:
    """In the registration's own transaction; put right, the wrong one finds nobody, and the right one again does."""
    several = replace(person("石大川", phone="19900001208"), other_phones=["0571-87654321转801", "19900001209"])
    number = register(context, petitioner=several)

    def found(*phones: str) -> bool:
        of_each = [find(context, CLERK, each).why for each in phones]
        assert of_each in ([{}] * len(phones), [{number: [FoundBy.PHONE]}] * len(phones)), of_each
        return bool(of_each[0])

    def corrected(**right: Any) -> None:
        with context.begin(OFFICER) as work:
            corrections.correct_person(work, number, 1, "听错", **right)

    assert found("19900001208", "0571-87654321", "87654321转9", "199 0000 1209")
    corrected(other_phones=["19900001210"])
    assert found("19900001208", "19900001210")
    assert not found("0571-87654321", "19900001209")
    # the first is another's, who is called second
    corrected(phone="19900001210", other_phones=["19900001208", "19900001209"])
    assert found("19900001208", "19900001209", "19900001210")
    corrected(drop=[Corrected.OTHER_PHONES])
    assert not found("19900001208", "19900001209")
    corrected(other_phones=["19900001209"])
    for undone_ in (undoing.void, undoing.unvoid):
        with context.begin(OFFICER) as work:
            undone_(work, number, "登记有误", "900105")
        assert found("19900001209", "19900001210")
    with context.begin(OFFICER) as work:
        persons.appoint_guardian(
            work,
            number,
            Incapacity.LIMITED,
            "判决书",
            replace(person("石小川", phone="19900001211"), other_phones=["87654322"]),
        )
    assert found("19900001209", "19900001211", "0571-87654322")
    with context.begin(OFFICER) as work:
        secrecy.ask(work, number)
    assert not found("19900001209", "19900001210", "19900001211", "87654322")


def test_of_two_that_are_one_each_is_found_by_its_numbers(context: ServiceContext) -> None:
    """One person by the name and a number of either, whichever is called first: merged and parted both are there."""
    first = register(context, petitioner=replace(person("石大川", phone="19900001208"), other_phones=["19900001209"]))
    second = register(context, petitioner=person("石大川", phone="19900001209"))
    stranger = register(context, petitioner=person("石大川", phone="19900001210"))
    with pytest.raises(errors.NotMerged), context.begin(OFFICER) as work:
        merging.merge(work, first, stranger, "登记两次", "900105")
    for step in (lambda work: merging.merge(work, first, second, "登记两次", "900105"),
                 lambda work: merging.part(work, first, "实为两事", "900105")):  # fmt: skip
        with context.begin(OFFICER) as work:
            step(work)
        assert [second, first] == numbers(context, CLERK, "19900001209")
        assert [first] == numbers(context, CLERK, "19900001208")


def test_words_are_found_by_who_may_read_them(context: ServiceContext) -> None:
    """Title and statement and whom it is about, once they are indexed; the window finds nothing by them."""
    number = register(
        context,
        title="请求支持起诉讨薪",
        statement="石桥安置房工地欠我们七人工资。",
        respondents=(RespondentInput(None, "赤狐某"),),
    )
    assert [] == numbers(context, HANDLER, "安置房")
    index(context)
    for typed, why in (("安置房", FoundBy.WORDS), ("讨薪 工地", FoundBy.WORDS), ("赤狐某", FoundBy.RESPONDENT)):
        assert {number: [why]} == find(context, HANDLER, typed).why
        assert {} == find(context, CLERK, typed).why
    assert {} == find(context, HANDLER, "讨薪 养殖").why


def test_what_asked_for_secrecy_is_found_by_its_number_alone(context: ServiceContext) -> None:
    """From the start, and from the moment at which it was asked for; nobody's words are in the index then."""
    who = person("石大川", ID, "19900001208")
    secret = register(context, petitioner=who, secrecy=True, statement="安置房")
    later = register(context, petitioner=who, statement="安置房", respondents=(RespondentInput(None, "赤狐某"),))
    index(context)
    assert [later] == numbers(context, HANDLER, "安置房")
    with context.begin(OFFICER) as work:
        secrecy.ask(work, later)
    index(context)
    for typed in (ID, "石大川", "sdc", "19900001208", "安置房", "赤狐某"):
        assert [] == numbers(context, HANDLER, typed), typed
    assert [secret] == numbers(context, HANDLER, secret)
    assert {0} == set(_all(context, "SELECT cardinality(words) FROM word_index"))


def test_who_accuses_is_found_by_who_is_shown_them(context: ServiceContext) -> None:
    """The window that registered it and who reads the material; not the window beside, by any way."""
    number = register(context, kind=Kind.ACCUSATION, petitioner=person("石大川", ID, "19900001208"))
    for typed in (ID, "石大川", "sdc", "19900001208"):
        assert [number] == numbers(context, CLERK, typed) == numbers(context, HANDLER, typed)
        assert [] == numbers(context, BESIDE, typed)
    assert [number] == numbers(context, BESIDE, number)


def test_filters_narrow_and_what_is_closed_is_found(context: ServiceContext) -> None:
    first, second = register(context), register(context, kind=Kind.PROPOSAL, service_point="SP-QINGXI")
    with context.begin(OFFICER) as work:
        work.session.execute(text("UPDATE petition SET state = 'closed' WHERE number = :n"), {"n": first})
    assert [second, first] == numbers(context, CLERK, "石大川")
    assert [first] == numbers(context, CLERK, "石大川", open=False)
    assert [second] == numbers(context, CLERK, "石大川", kind="proposal")
    assert [second] == numbers(context, STATION, "石大川")
    year = int(first[1:5])
    assert [second, first] == numbers(context, CLERK, "石大川", year=year)
    assert [] == numbers(context, CLERK, "石大川", year=year - 1)


def test_of_many_the_newest_are_shown_and_it_is_said(context: ServiceContext) -> None:
    made = [register(context) for _ in range(finding.MOST + 3)]
    found = find(context, CLERK, "石大川")
    assert made[: -finding.MOST - 1 : -1] == list(found.why)
    assert finding.MANY == found.sentence


# -- the index -------------------------------------------------------------------------------------------------------


def test_what_cannot_be_indexed_keeps_no_other_from_it(
    context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again later; the others are found."""
    bad, good = register(context, title="坏的一件"), register(context, title="好的一件")

    def fails(work: Any, said: Any) -> None:
        if any(each.number == bad for each in said):
            raise ValueError

    monkeypatch.setattr(indexes, "INDEXES", (word_index.write, fails))
    index(context)
    assert [good] == _all(context, "SELECT petition FROM word_index")
    assert [bad] == _all(context, "SELECT petition FROM to_index WHERE at > now()")


def test_what_somebody_acts_on_is_indexed_once_they_are_done(context: ServiceContext) -> None:
    """Neither waits for the other, though who asks for secrecy needs what the indexer holds; others are indexed."""
    acted_on, other = register(context, title="讨薪"), register(context, title="讨薪")
    with ThreadPoolExecutor(1) as pool, context.begin(OFFICER) as work:
        petitions.load(work, acted_on)
        pool.submit(index, context).result(30)
        assert [other] == _all(context, "SELECT petition FROM word_index")
        secrecy.ask(work, acted_on)
    index(context)
    assert [] == _all(context, "SELECT petition FROM to_index")
    assert [other] == numbers(context, HANDLER, "讨薪")


def test_what_is_changed_is_indexed_again(context: ServiceContext) -> None:
    number = register(context, title="讨薪")
    index(context)
    _run(context, "UPDATE word_index SET words = '{}'")
    with context.begin(OFFICER) as work:
        indexes.later(work, number)
    index(context)
    assert [number] == numbers(context, HANDLER, "讨薪")


def test_rows_go_with_the_petitions_key(context: ServiceContext) -> None:
    """Whoever destroys it: neither a word nor a person of it is found any more, and nothing brings them back."""
    several = replace(person("石大川", phone="19900001208"), other_phones=["19900001209"])
    number, other = (register(context, title="讨薪", petitioner=several) for _ in range(2))
    index(context)
    with context.begin(OFFICER) as work:
        vault_of(work.context).destroy(work.session, number)
        indexes.later(work, number)
    index(context)
    for typed in ("石大川", "sdc", "19900001208", "19900001209", "讨薪"):
        assert [other] == numbers(context, HANDLER, typed)


def test_what_older_code_registered_is_indexed_by_the_command(
    context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off it goes on where it was, and again it does nothing."""
    several = replace(person("石大川", phone="19900001208"), other_phones=["19900001209"])
    made = [register(context, title="讨薪", petitioner=several) for _ in range(5)]
    _run(context, "DELETE FROM to_index; UPDATE person SET name_index = NULL, initials = NULL")
    assert [] == numbers(context, HANDLER, "讨薪")
    monkeypatch.setattr(indexes, "WALKED", 2)
    broken_off = indexes.fill(context, OFFICER)
    assert (2, 2) == next(broken_off)
    del broken_off
    assert made[:2:-1] == numbers(context, HANDLER, "讨薪")
    assert [(2, 0), (4, 2), (5, 3)] == list(indexes.fill(context, OFFICER))
    assert [(2, 0), (4, 0), (5, 0)] == list(indexes.fill(context, OFFICER))
    assert made[::-1] == numbers(context, HANDLER, "讨薪") == numbers(context, CLERK, "石大川")
    assert made[::-1] == numbers(context, CLERK, "sdc")
    # what has its words already, and numbers of which older code knew the first
    _run(context, f"UPDATE person SET other_phones_index = NULL WHERE petition <> '{made[0]}'")
    assert made[:1] == numbers(context, CLERK, "19900001209")
    assert [(2, 2), (4, 4), (5, 4)] == list(indexes.fill(context, OFFICER))
    assert made[::-1] == numbers(context, CLERK, "19900001209")
    assert [(2, 0), (4, 0), (5, 0)] == list(indexes.fill(context, OFFICER))


# -- the trail -------------------------------------------------------------------------------------------------------


def test_a_search_for_a_person_is_on_the_trail(context: ServiceContext) -> None:
    """By a digest that proves it while the month's key lives, with how many were shown; a number's is not."""
    number = register(context)
    find(context, CLERK, "石大川")
    find(context, CLERK, number)
    (event,) = [json.loads(each)["data"] for each in _all(context, _SEARCHED)]
    assert 1 == event["hits"]
    way = rules.ways("石大川", TODAY, "0571")[0]
    with context.begin(OFFICER) as work:
        assert searches.proves(work, event["month"], way, event["digest"])
        assert not searches.proves(work, event["month"], replace(way, value="石小川"), event["digest"])
        assert 0 == searches.forget(work)
    _run(context, "UPDATE data_key SET subject = 'searches/2020-01' WHERE subject LIKE 'searches/%'")
    with context.begin(OFFICER) as work:
        assert 1 == searches.forget(work)
    with context.begin(OFFICER) as work, pytest.raises(Sealed):
        searches.proves(work, "2020-01", way, event["digest"])


_SEARCHED = "SELECT convert_from(body, 'UTF8') FROM events WHERE type = 'person.searched.v1'"


def _all(context: ServiceContext, query: str) -> list[Any]:
    with context.sessions() as session:
        return list(session.scalars(text(query)))


def _run(context: ServiceContext, statement: str) -> None:
    with context.begin(OFFICER) as work:
        work.session.execute(text(statement))
