"""A page of cards: as each role is shown them, by the same few statements however many there are, and small."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, event

from contracts import masked
from contracts.vocabulary import Kind, Line, Party, PetitionState, Role, WallReason
from courier.envelope import Actor
from courier.unit_of_work import ServiceContext
from intake.domain.showing import NOT_SHOWN, Showing
from intake.tables import Petition
from intake.use_cases import cards, office, people, registration, walls
from web.tokens import Officer

CLERK, BESIDE = (Officer("A00", number, frozenset({Role.WINDOW})) for number in ("900100", "900101"))
HANDLER = Officer("A00", "900105", frozenset({Role.HANDLER}), "D05")
AID = Officer("A00", "900009", frozenset({Role.AID}))
STATION = Officer("A00", "900120", frozenset({Role.STATION}), None, "SP-QINGXI")
TITLES = (
    "请求支持起诉讨薪",
    "不服不起诉决定要求起诉何某",
    "控告公安机关不立案",
    "反映窗口无坡道",
    "丈夫被撞身亡请求救助",
)
PHONE, STARRED = "+8619900001208", "199****1208"


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    made = build_context(engine, tmp_path)
    with made.begin(OFFICER) as work:
        office.add_department(work, "D05", "第五检察部")
        for number, role in (("900105", "handler"), ("900009", "aid")):
            office.enter(work, number, "韩检察", department="D05", roles=[role], since=work.now.date())
    return made


def registered(context: ServiceContext, kind: Kind = Kind.CLAIM, by: str = "900100", **changes: object) -> str:
    secrecy, anonymous = bool(changes.pop("secrecy", False)), bool(changes.pop("anonymous", False))
    command = replace(petition(kind, secrecy=secrecy, anonymous=anonymous), **changes)  # type: ignore[arg-type]
    with context.begin(Actor("A00", by, "window")) as work:
        return registration.register(work, command).number


def page(context: ServiceContext, officer: Officer, *numbers: str) -> list[dict[str, object]]:
    with context.begin(Actor("A00", officer.id, "x")) as work:
        return cards.page(work, officer, numbers)


@given(
    st.sampled_from(Kind), st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, PHONE])
)
def test_what_is_shown_of_whom(
    kind: Kind, hidden: bool, reads: bool, own: bool, fresh: bool, phone: str | None
) -> None:
    """Nobody's name who is hidden; of an accusation, to who may not read it, no title, and no name but one's own."""
    showing = Showing(kind, hidden, reads, own, fresh)
    if hidden:
        assert not showing.names
    if not reads and (hidden or kind is Kind.ACCUSATION):
        assert not showing.titles
        assert not showing.names or own
    if phone is None:
        assert showing.phone(phone) is None
    else:
        assert (phone if own and fresh else STARRED) == showing.phone(phone)


@pytest.mark.parametrize(
    ("number", "starred"),
    [
        (PHONE, STARRED),
        ("138 0013-8000", "138****8000"),
        ("+8657187654321转801", "571****4321"),
        ("0571-8765432", "057****5432"),
        ("8765432", "****5432"),
        ("12309", "****"),
        ("", "****"),
    ],
)
def test_a_phone_with_stars(number: str, starred: str) -> None:
    """As many stars whatever is behind them; an extension is not shown."""
    assert starred == masked.phone(number)


def test_each_role_sees_its_card(context: ServiceContext) -> None:
    """The window names and masked contacts, its own of today in full; the handler all titles; nobody who is hidden."""
    claim = registered(context)
    ours = registered(context, Kind.ACCUSATION)
    secret, nobody = registered(context, secrecy=True), registered(context, anonymous=True)
    secret_accusation = registered(context, Kind.ACCUSATION, secrecy=True)
    all_ = (claim, ours, secret, nobody, secret_accusation)

    def of(officer: Officer) -> list[tuple[object, ...]]:
        return [(each["title"], each["petitioner"], each["contact"]) for each in page(context, officer, *all_)]

    hidden = ("申诉求决", NOT_SHOWN, None)
    accused = ("检举控告", NOT_SHOWN, None)
    mine = [("标题", "石大川", PHONE), ("检举控告", "石大川", PHONE), hidden, hidden, accused]
    theirs = [("标题", "石大川", STARRED), accused, hidden, hidden, accused]
    assert mine == of(CLERK)
    assert theirs == of(BESIDE)
    read = [("标题", "石大川", STARRED)] * 2 + [("标题", NOT_SHOWN, None)] * 3
    assert read == of(HANDLER)
    assert [] == of(STATION)
    # nobody and somebody who asked for secrecy differ by their number alone
    _, _, one, other, _ = page(context, BESIDE, *all_)
    assert one | {"number": ""} == other | {"number": ""}
    with context.begin(OFFICER) as work:
        for number in all_:
            found = work.session.get_one(Petition, number)
            found.registered_at -= timedelta(days=1)
    assert [("标题", "石大川", STARRED), ("检举控告", "石大川", STARRED), hidden, hidden, accused] == of(CLERK)


def test_what_an_agency_sent_is_no_officers_own(context: ServiceContext) -> None:
    """Its officer's number may be anything, also one of ours."""
    with context.begin(Actor("A09", "900100", "agency")) as work:
        sent = replace(petition(Kind.CLAIM), submitted_by="A09", submission="综转1")
        number = registration.register(work, sent).number
    assert [STARRED] == [each["contact"] for each in page(context, CLERK, number)]


def weight_of(shown: list[dict[str, object]]) -> int:
    """Of the answer, in bytes."""
    return len(json.dumps({"cards": shown}, ensure_ascii=False, separators=(",", ":")).encode())


def test_a_page_asks_the_same_however_long_and_is_small(context: ServiceContext, engine: Engine) -> None:
    """Four statements for one card and for a page of them; a hundred weigh 30 KB at most, and nothing is cut."""
    numbers = [registered(context, title=TITLES[serial % len(TITLES)]) for serial in range(120)]
    with context.begin(OFFICER) as work:
        for number in numbers:
            found = work.session.get_one(Petition, number)
            found.department, found.handler = "D05", "900105"
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for many in (1, 10, 120):
        asked.clear()
        assert many == len(page(context, HANDLER, *numbers[:many]))
        counts.append(len(asked))
    assert [4, 4, 4] == counts
    shown = page(context, HANDLER, *numbers[:100])
    assert weight_of(shown) <= 30_000
    assert set(TITLES) == {each["title"] for each in shown}
    assert {"900105"} == {each["handler"] for each in shown}
    assert numbers[:100] == [each["number"] for each in shown]


def test_a_page_is_small_whatever_was_typed_in(context: ServiceContext) -> None:
    """A hundred of the longest title and name, with a number in full, of the longest line and a state that waits."""
    name, title = "某" * 100, "长" * 200
    long: dict[str, Any] = {
        "title": title,
        "party": Party.ORGANISATION,
        "organisation": name,
        "line": Line.ADMINISTRATIVE_SUPERVISION,
    }
    person = people.PetitionerInput(name, None, "0571-87654321转801", None, sms_consent=False)
    asked = [replace(petition(Kind.CLAIM), **long), replace(petition(Kind.CLAIM), title='"' * 200, petitioner=person)]
    with context.begin(Actor("A00", CLERK.id, "window")) as work:
        made = [registration.register(work, asked[serial % 2]) for serial in range(100)]
        for found in made:
            found.state, found.department, found.handler = PetitionState.REFERRED, "D05", "900105"
            found.pending = [{"command": "refer", "to": "A09", "since": "", "officer": "900105"}]
        numbers = [found.number for found in made]
    shown = page(context, CLERK, *numbers)
    assert weight_of(shown) <= 30_000
    assert {"移交中（待确认）"} == {each["state_zh"] for each in shown}
    for each in shown:
        assert str(each["title"]).endswith("…")
        assert len(str(each["title"])) >= 8
        assert len(str(each["petitioner"])) >= 4
    # an ordinary name leaves the title more room
    number = registered(context, title=title)
    (card,) = page(context, BESIDE, number)
    assert len(str(card["title"])) >= 28
    assert "state_zh" not in card


def test_who_grants_aid_has_the_cards_of_what_asks_for_it(context: ServiceContext) -> None:
    """Of no other, and not behind a wall; a name where it is shown to anybody, a phone with stars."""
    asked, other, walled = registered(context), registered(context), registered(context)
    secret = registered(context, secrecy=True)
    with context.begin(OFFICER) as work:
        for number in (asked, walled, secret):
            work.session.get_one(Petition, number).aid_wish = True
        walls.put_up(work, walled, AID.id, None, WallReason.RECUSED)
    shown = page(context, AID, asked, other, walled, secret)
    assert [(asked, "标题", "石大川", STARRED), (secret, "申诉求决", NOT_SHOWN, None)] == [
        (each["number"], each["title"], each["petitioner"], each["contact"]) for each in shown
    ]
    assert {None} == {each["colour"] for each in shown}
    both = Officer("A00", AID.id, frozenset({Role.AID, Role.WINDOW}))
    assert [asked, other, secret] == [each["number"] for each in page(context, both, asked, other, walled, secret)]


def test_an_unknown_number_is_absent(context: ServiceContext) -> None:
    """As one that is out of sight."""
    number = registered(context)
    assert [number] == [each["number"] for each in page(context, CLERK, "信2026-619926-999999", number, number)]


def test_one_of_several_is_found_by_its_place(context: ServiceContext) -> None:
    """The second petitioner's phone is not the first's."""
    other = people.PetitionerInput("石二", None, "19900001209", None, sms_consent=False)
    number = registered(context, party="joint", others=(other,))
    with context.begin(OFFICER) as work:
        found = work.session.get_one(Petition, number)
        assert "+8619900001209" == people.one_of(work, found, 2, "phone")
        assert people.one_of(work, found, 3, "phone") is None
